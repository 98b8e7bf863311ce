"""The transcript engine: the known words at the known times, the same every time."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coach.errors import RecognitionError
from coach.events import Speaker
from coach.recognition.protocol import Hypothesis
from coach.recognition.transcript import TranscriptEngine

RATE = 8000
TURNS = [
    {"who": "agent", "text": "您好，我是远山银行客服，工号三零一七。", "start_s": 1.0, "end_s": 5.0, "syllables": 16},
    {"who": "customer", "text": "哦，你好，什么事情？", "start_s": 5.5, "end_s": 7.0},
    {"who": "agent", "text": "请问现在方便吗", "start_s": 6.8, "end_s": 8.2},
]


def write(folder: Path, data: Any) -> Path:
    path = folder / "truth.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def play(path: Path, speaker: Speaker, chunk_s: float = 0.02, until: float = 10.0) -> list[tuple[float, Hypothesis]]:
    """Every hypothesis with the audio time at which it came."""
    recogniser = TranscriptEngine(path).recogniser(RATE, speaker)
    said = []
    for number in range(round(until / chunk_s)):
        start = number * chunk_s
        found = recogniser.accept(np.zeros(round(chunk_s * RATE), np.int16), start)
        said += [(round(start + chunk_s, 3), each) for each in found]
    return said + [(until, each) for each in recogniser.finish(until)]


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    return write(tmp_path, {"id": "x", "turns": TURNS})


def test_every_speaker_says_their_own_turns_and_nothing_is_lost(truth: Path) -> None:
    for speaker in ("agent", "customer"):
        finals = "".join(said.text for _, said in play(truth, speaker) if said.final)
        assert finals == "".join(str(turn["text"]) for turn in TURNS if turn["who"] == speaker)


def test_a_clause_is_final_as_soon_as_its_last_word_is_over(truth: Path) -> None:
    finals = [(at, said) for at, said in play(truth, "agent") if said.final]
    assert [said.text for _, said in finals] == ["您好，我是远山银行客服，", "工号三零一七。", "请问现在方便吗"]
    for at, said in finals:
        assert said.end <= at < said.end + 0.021
        assert (said.start, said.end) == (said.words[0].start, said.words[-1].end)


def test_words_lie_evenly_in_their_turn(truth: Path) -> None:
    words = [word for _, said in play(truth, "agent") if said.final for word in said.words][:16]
    assert "".join(word.word for word in words) == "您好我是远山银行客服工号三零一七"
    assert words[0].start == 1.0
    assert words[-1].end == pytest.approx(5.0)
    assert [word.end - word.start for word in words] == pytest.approx([0.25] * 16)


def test_partials_grow_into_the_final(truth: Path) -> None:
    said = [each for _, each in play(truth, "agent") if each.start == 1.0]
    assert [each.final for each in said] == [False] * (len(said) - 1) + [True]
    assert len(said) > 4
    for shorter, longer in pairwise(said):
        assert longer.text.startswith(shorter.text)


def test_finals_do_not_depend_on_the_chunks(truth: Path) -> None:
    fine, coarse = ([said for _, said in play(truth, "agent", chunk) if said.final] for chunk in (0.02, 0.5))
    assert fine == coarse


def test_a_turn_that_ends_after_the_audio_is_not_said(truth: Path) -> None:
    assert [said.text for _, said in play(truth, "agent", until=4.0) if said.final] == ["您好，我是远山银行客服，"]


@pytest.mark.parametrize(("data", "code"), [
    ("{", "transcript.json"),
    ([], "transcript.turns"),
    ({"turns": {}}, "transcript.turns"),
    ({"turns": ["hello"]}, "transcript.turn"),
    ({"turns": [{**TURNS[0], "who": "bot"}]}, "transcript.turn"),
    ({"turns": [{**TURNS[0], "text": None}]}, "transcript.turn"),
    ({"turns": [{**TURNS[0], "start_s": "1"}]}, "transcript.turn"),
    ({"turns": [{**TURNS[0], "start_s": True}]}, "transcript.turn"),
    ({"turns": [{**TURNS[0], "end_s": 0.5}]}, "transcript.turn"),
    ({"turns": [{**TURNS[0], "end_s": float("nan")}]}, "transcript.turn"),
    ({"turns": [{**TURNS[0], "start_s": -1.0}]}, "transcript.turn"),
])
def test_a_file_that_is_no_transcript_is_refused(tmp_path: Path, data: Any, code: str) -> None:
    with pytest.raises(RecognitionError) as refused:
        TranscriptEngine(write(tmp_path, data))
    assert refused.value.code == code
    assert "您好" not in refused.value.text


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecognitionError, match=r"transcript\.missing.*nowhere\.json"):
        TranscriptEngine(tmp_path / "nowhere.json")

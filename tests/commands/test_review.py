"""`coach review`: the cards on the terminal, the figure in a file, from the recording or from its log."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from coach.cli import main
from tests.cues.sounds import pcm, speech

CARD = {"type": "prompt", "at": 2.5, "id": "1", "rule": "VER-01", "priority": "P1",
        "text": {"zh": "先说来意", "en": "Purpose first"}, "evidence": {}, "expires_at": 9.0}


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "call.wav"
    voice = pcm(speech(3.0, 4.5, hz=150))
    soundfile.write(path, np.stack([np.zeros_like(voice), voice], axis=1), 8000)
    return path


def test_a_recording_is_drawn(recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(recording), "--recogniser", "none", "--plot", str(tmp_path / "out.html")]) == 0
    assert "</svg>" in (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "0 cards in 3 s" in capsys.readouterr().out


def test_a_log_spares_hearing_the_call_again(recording: Path, tmp_path: Path,
                                             capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "call.jsonl"
    log.write_text(json.dumps(CARD) + "\n", encoding="utf-8")
    assert main(["review", str(recording), "--log", str(log), "--plot", str(tmp_path / "out.png")]) == 0
    assert "VER-01" in capsys.readouterr().out
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def test_a_recording_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(tmp_path / "absent.wav")]) == 65
    assert "absent.wav is not there" in capsys.readouterr().err


def test_a_log_of_another_recording_is_refused(recording: Path, tmp_path: Path,
                                               capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.jsonl").write_text(json.dumps({**CARD, "at": 80.0}) + "\n", encoding="utf-8")
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    for name in ("other", "empty"):
        assert main(["review", str(recording), "--log", str(tmp_path / f"{name}.jsonl")]) != 0
        assert "review.log" in capsys.readouterr().err


def test_numbers_of_people_are_not_drawn(recording: Path, tmp_path: Path) -> None:
    said = {"type": "transcript", "at": 2.0, "speaker": "customer", "start": 1.0, "end": 2.0, "final": True,
            "text": "我的手机号是13912345678", "words": []}
    (tmp_path / "call.jsonl").write_text(json.dumps(said) + "\n", encoding="utf-8")
    plot = tmp_path / "out.html"
    assert main(["review", str(recording), "--log", str(tmp_path / "call.jsonl"), "--plot", str(plot)]) == 0
    assert "我的手机号是" in plot.read_text(encoding="utf-8")
    assert "13912345678" not in plot.read_text(encoding="utf-8")


def test_a_log_that_is_none_is_named(recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.jsonl").write_text("{", encoding="utf-8")
    assert main(["review", str(recording), "--log", str(tmp_path / "bad.jsonl")]) != 0
    assert "playbook.log" in capsys.readouterr().err

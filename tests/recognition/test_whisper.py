"""The Whisper engine on the demonstration call: Mandarin comes out right, noise does not come out."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from coach.audio.frames import Samples
from coach.audio.wavfile import RecordedCall, read_call
from coach.errors import RecognitionError
from coach.events import Speaker
from coach.recognition.protocol import Hypothesis
from coach.recognition.spelling import units
from coach.recognition.store import ModelStore
from coach.recognition.whisper import WhisperEngine
from coach.resources import resource

pytestmark = pytest.mark.whisper

RATE = 8000


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ModelStore(tmp_path_factory.mktemp("models"), offline=True).fetch("whisper-base")


@pytest.fixture(scope="session")
def engine(folder: Path) -> WhisperEngine:
    return WhisperEngine(folder, "zh", "test")


@pytest.fixture(scope="session")
def call() -> RecordedCall:
    return read_call(resource("coach/demo/call.flac"))


@pytest.fixture(scope="session")
def turns() -> list[dict[str, object]]:
    turns: list[dict[str, object]] = json.loads(resource("coach/demo/call.json").read_text(encoding="utf-8"))["turns"]
    return turns


def hear(engine: WhisperEngine, samples: Samples, start: float, rate: int = RATE) -> list[Hypothesis]:
    recogniser = engine.recogniser(rate, "customer")
    said = []
    for first in range(0, len(samples), rate // 5):
        said += recogniser.accept(samples[first : first + rate // 5], start + first / rate)
    return said + recogniser.finish(start + len(samples) / rate)


def turn_audio(call: RecordedCall, turn: dict[str, object]) -> tuple[Samples, float]:
    who: Speaker = turn["who"]  # type: ignore[assignment]
    start, end = float(str(turn["start_s"])) - 0.3, float(str(turn["end_s"])) + 0.2
    return call.channels[who][round(start * call.rate) : round(end * call.rate)], start


def test_the_first_turns_come_out_nearly_right(engine: WhisperEngine, call: RecordedCall,
                                               turns: list[dict[str, object]]) -> None:
    """Most characters of each turn are there, one word each, inside the turn, in simplified characters."""
    for turn in turns[:3]:
        (said,) = hear(engine, *turn_audio(call, turn))
        expected = units(str(turn["text"]))
        found = [word.word for word in said.words]
        assert found == units(said.text)
        common = sum(min(found.count(unit), expected.count(unit)) for unit in set(expected))
        assert common >= 0.7 * len(expected)
        assert abs(said.start - float(str(turn["start_s"]))) < 0.4
        assert abs(said.end - float(str(turn["end_s"]))) < 0.5
        for word, following in pairwise(said.words):
            assert word.start < word.end <= following.start + 1e-6
        assert not set(found) & set("貸款們還錢這個說")


def test_says_the_same_every_time(engine: WhisperEngine, folder: Path, call: RecordedCall,
                                  turns: list[dict[str, object]]) -> None:
    """Whatever the number of threads."""
    samples, start = turn_audio(call, turns[1])
    assert hear(engine, samples, start) == hear(WhisperEngine(folder, "zh", "test", workers=2), samples, start)


@pytest.mark.parametrize("seconds", [0.1, 0.5, 2.0, 5.0])
def test_hears_nothing_in_silence_noise_and_tones(engine: WhisperEngine, seconds: float) -> None:
    time = np.arange(round(seconds * RATE)) / RATE
    noise = np.random.default_rng(1).normal(0, 300, len(time))
    for samples in (np.zeros(len(time)), noise, 3000 * np.sin(2 * np.pi * 450 * time)):
        assert hear(engine, samples.astype(np.int16), 0.0) == []


def test_a_stretch_as_long_as_the_window_is_decoded_on_the_way(engine: WhisperEngine) -> None:
    """The model's window is 30 s; nothing longer ever reaches it."""
    assert hear(engine, np.zeros(40 * RATE, np.int16), 0.0) == []


@pytest.mark.shared
def test_hears_nothing_in_hold_music_and_taps(engine: WhisperEngine, shared: Path) -> None:
    for file in sorted((shared / "data/noise").glob("*.flac")):
        noise = read_call(file)
        samples = noise.channels["customer"]
        for seconds in (1, 4):
            assert hear(engine, samples[: noise.rate * seconds], 0.0, noise.rate) == [], file.name


@pytest.mark.parametrize(("name", "content", "code"), [
    ("model.bin", None, "model.files"),
    ("model.bin", b"broken", "model.broken"),
    ("tokenizer.json", b"{", "model.broken"),
])
def test_a_broken_model_is_an_error_with_a_code(folder: Path, tmp_path: Path, name: str, content: bytes | None,
                                                code: str) -> None:
    for file in folder.iterdir():
        if file.name != name:
            (tmp_path / file.name).symlink_to(file)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(RecognitionError) as refused:
        WhisperEngine(tmp_path, "zh", "test")
    assert refused.value.code == code


def test_a_language_that_the_model_does_not_know_is_refused(folder: Path) -> None:
    with pytest.raises(RecognitionError, match=r"model\.language"):
        WhisperEngine(folder, "tlh", "test")

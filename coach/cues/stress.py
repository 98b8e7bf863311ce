"""Agitation of the customer against the customer's own baseline: a cue, never a verdict, never about the agent.

Aroused speech is higher, has more energy in the upper part of the band, is louder and often faster (Banse and Scherer
1996; Giddens 2013), but not everybody shows every sign, and joy raises them as anger does: only words tell which. So
each feature of the last seconds is set against the same speaker's calm speech in this call, as a standard score; the
scores are gathered into four signs; and raised signs add up one-sidedly, so that a sign that is absent does not argue
against the others. The numbers are in models/agitation.

Loudness never decides: it is taken relative to the background heard in the pauses, so that gain cancels, and weighs
little. The spectrum alone counts for little too: a change of line or a speakerphone looks like that.
"""

from __future__ import annotations

import math
import tomllib
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from coach.cues.acoustics import Hops
from coach.cues.spectrum import HOP_S, Floats, bins
from coach.events import Stress
from coach.resources import resource

SIGNS: Mapping[str, tuple[str, ...]] = {
    "pitch": ("pitch", "pitch_low"),
    "spectrum": ("balance", "balance_loud", "tilt"),
    "level": ("level",),
    "rate": ("rate",),
}
"""The features that make each sign."""

_LOW, _HIGH = bins(300, 1000), bins(1000, 3400)
_FORMANT, _ABOVE = bins(500, 750), bins(1000, 1500)


@dataclass(frozen=True, slots=True)
class StressSettings:
    """Seconds of talk (pauses out) unless said otherwise."""

    window_s: float = 4.0
    """What "now" looks back over, ..."""
    window_audio_s: float = 8.0
    """... but never further than this in audio time."""
    window_min_s: float = 0.05
    """With less voiced speech in the window nothing is said."""
    window_full_s: float = 1.5
    """With less voiced speech in the window than this, scores count less, in proportion."""
    baseline_s: float = 15.0
    """The baseline: the first so many seconds of voiced speech, ..."""
    replace: int = 4
    """... of which then one block of 200 ms is replaced by every so many new ones ..."""
    replace_high: int = 16
    """... and, while the level is high, by every so many."""
    young_s: float = 3.0
    """With so many seconds of voiced baseline, scores count half."""
    every_blocks: int = 2
    """Blocks of 200 ms with talk between events."""
    high: float = 0.5
    """The level from which the baseline hardly learns."""


@dataclass(frozen=True, slots=True)
class StressModel:
    """The fitted numbers; see models/agitation/model.toml for what each means."""

    scale: Mapping[str, float]
    weight: Mapping[str, float]
    map: Mapping[str, float]

    @staticmethod
    @lru_cache(maxsize=1)
    def shipped() -> StressModel:
        """The model that comes with the product."""
        with resource("models/agitation/model.toml").open("rb") as file:
            data = tomllib.load(file)
        return StressModel(data["scale"], data["weight"], data["map"])

    def scores(self, now: Features, normal: Features, trust: float) -> dict[str, float]:
        """Standard scores of each feature, shrunk by `trust` (0..1) while the baseline is young."""
        difference = {name: now[name] - normal[name] for name in self.scale if name != "rate"}
        difference["rate"] = now["rate"] / max(normal["rate"], 1.0) - 1
        return {name: trust * difference[name] / self.scale[name] for name in self.scale}

    def total(self, scores: Mapping[str, float]) -> float:
        """The signs, added up."""
        m = self.map
        sign = {name: float(np.clip(np.mean([scores[f] for f in features]), -m["clip"], m["clip"]))
                for name, features in SIGNS.items()}
        sign["level"] = min(max(sign["level"], -m["level_clip"]), m["level_clip"])
        company = max(sign["pitch"], 0.0) + max(sign["rate"], 0.0)
        sign["spectrum"] = min(sign["spectrum"], m["spectrum_alone"] + company)
        return sum(self.weight[name] * math.log1p(math.exp(m["steepness"] * sign[name])) for name in SIGNS)

    def level(self, scores: Mapping[str, float]) -> float:
        """Agitation, 0..1."""
        return 1 / (1 + math.exp(-self.map["slope"] * (self.total(scores) - self.map["offset"])))


Features = Mapping[str, float]
"""Values of the features of `StressModel.scale`, in semitones, dB and syllables per second."""


@dataclass(frozen=True, slots=True)
class Block:
    """What 200 ms hold. `voiced`, shape (n, 6): pitch in semitones, balance and tilt in dB, energies below and above
    1 kHz, level above the background in dB."""

    voiced: Floats
    talk_s: float
    syllables: float


def block(hops: Hops, syllables: float) -> Block:
    """Measure the voiced windows of a block."""
    rows = np.flatnonzero(hops.sounding & (hops.pitch_hz > 0))
    power = hops.spectra[rows] ** 2 + 1e-14
    low, high = power[:, _LOW].sum(axis=1), power[:, _HIGH].sum(axis=1)
    tilt = power[:, _ABOVE].sum(axis=1) / power[:, _FORMANT].sum(axis=1)
    voiced = np.column_stack((12 * np.log2(hops.pitch_hz[rows]), 10 * np.log10(high / low), 10 * np.log10(tilt),
                              low, high, hops.level_db[rows] - hops.background_db))
    return Block(voiced, float(hops.sounding.sum()) * HOP_S, syllables)


def features(blocks: Collection[Block]) -> Features:
    """What the blocks have in common; there must be voiced windows among them."""
    voiced = np.concatenate([b.voiced for b in blocks])
    pitch, balance, tilt, low, high, level = voiced.T
    talk = sum(b.talk_s for b in blocks)
    return {
        "pitch": float(np.median(pitch)),
        "pitch_low": float(np.percentile(pitch, 20)),
        "balance": float(balance.mean()),
        "balance_loud": 10 * math.log10(float(high.sum() / low.sum())),
        "tilt": float(tilt.mean()),
        "level": float(level.mean()),
        "rate": sum(b.syllables for b in blocks) / max(talk, HOP_S),
    }


class StressMeter:
    """The customer's `Hops` with their syllables in, Stress out."""

    def __init__(self, settings: StressSettings | None = None, model: StressModel | None = None) -> None:
        self.settings = settings or StressSettings()
        self._model = model or StressModel.shipped()
        self._window: deque[tuple[float, Block]] = deque()  # with audio time; bounded by window_s and window_audio_s
        self._baseline: deque[Block] = deque()
        self._since = 0  # blocks since the last event
        self._skipped = 0  # blocks since the baseline last learnt
        self._level = 0.0
        self._normal: Features = {}

    def hops(self, hops: Hops, syllables: float, at: float) -> list[Stress]:
        """Take the next 200 ms; `at` is the audio time now."""
        return self.push(block(hops, syllables), hops.end, at) if hops.sounding.any() else []

    def push(self, new: Block, end: float, at: float) -> list[Stress]:
        """Take a block with talk in it, that ended at audio time `end`."""
        self._window.append((end, new))
        self._forget(end)
        self._since += 1
        if self._since < self.settings.every_blocks:
            return []
        self._since = 0
        return self._judge(at)

    def _forget(self, end: float) -> None:
        """Let go of what has left the window; the baseline may learn it."""
        s = self.settings
        talk = sum(b.talk_s for _, b in self._window)
        while self._window and (
            talk - self._window[0][1].talk_s >= s.window_s or end - self._window[0][0] > s.window_audio_s
        ):
            _, old = self._window.popleft()
            talk -= old.talk_s
            self._learn(old)

    def _learn(self, old: Block) -> None:
        """Take every block while there are few, some when there are enough, hardly any while the level is high."""
        s = self.settings
        if not len(old.voiced):
            return
        full = _voiced_s(self._baseline) >= s.baseline_s
        self._skipped += 1
        if self._skipped < (s.replace_high if self._level >= s.high else s.replace if full else 1):
            return
        self._skipped = 0
        self._baseline.append(old)
        if full:
            self._baseline.popleft()
        self._normal = features(self._baseline)

    def _judge(self, at: float) -> list[Stress]:
        blocks = [b for _, b in self._window]
        voiced_s, baseline_s = _voiced_s(blocks), _voiced_s(self._baseline)
        if voiced_s < self.settings.window_min_s:
            return []
        now = features(blocks)
        s = self.settings
        trust = baseline_s / (baseline_s + s.young_s) * min(voiced_s / s.window_full_s, 1.0)
        scores = self._model.scores(now, self._normal or now, trust)
        self._level = self._model.level(scores)
        return [Stress(at, "customer", self._level, scores, voiced_s, baseline_s)]


def _voiced_s(blocks: Iterable[Block]) -> float:
    return sum(len(b.voiced) for b in blocks) * HOP_S

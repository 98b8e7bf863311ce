"""Agitation of the customer against the customer's own baseline: a cue, never a verdict.

Raised pitch, more level and more energy in the upper band are what aroused speech has in common (Banse and Scherer
1996; Giddens 2013); joy raises them too, so words must say which it is. Each feature of the last seconds is set
against the same speaker's own first speech in this call and expressed in standard scores.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from coach.cues.acoustics import Hops
from coach.cues.spectrum import HOP_S, Floats, bins
from coach.events import Stress

_LOW, _HIGH = bins(300, 1000), bins(1000, 3400)
_FORMANT, _ABOVE = bins(500, 750), bins(1000, 1500)


@dataclass(frozen=True, slots=True)
class StressSettings:
    """Seconds are seconds of voiced speech unless said otherwise."""

    window_s: float = 3.0
    """What "now" looks back over."""
    baseline_s: float = 15.0
    """The baseline is the first so many seconds, then slowly replaced by newer ones."""
    young_s: float = 3.0
    """With so many seconds of baseline, half of the score counts."""
    every_s: float = 0.4
    """Audio time between events while the customer speaks."""
    freeze: float = 0.5
    """Above this level the baseline learns nothing."""


_SPREADS = {"pitch": 2.0, "pitch_low": 2.0, "level": 4.0, "alpha": 2.5, "slope": 2.5}
"""How far a neutral speaker's windows lie apart (one standard deviation): semitones, semitones, dB, dB, dB."""


class StressMeter:
    """The customer's `Hops` in, Stress out."""

    def __init__(self, settings: StressSettings | None = None) -> None:
        self.settings = s = settings or StressSettings()
        self._recent = np.zeros((0, 4))
        self._baseline = np.zeros((0, 4))
        self._silent_s = 0.0
        self._since = 0.0
        self._level = 0.0
        self._keep = round(s.baseline_s / HOP_S)

    def hops(self, hops: Hops, at: float) -> list[Stress]:
        """Take the next 200 ms; `at` is the audio time now."""
        s = self.settings
        if not hops.sounding.any():
            return []
        voiced = _voiced(hops)
        self._learn(voiced)
        self._recent = np.concatenate((self._recent, voiced))[-round(s.window_s / HOP_S) :]
        self._since += 0.2
        if self._since < s.every_s - 1e-9 or len(self._recent) < 20:
            return []
        self._since = 0.0
        return [self._judge(at)]

    def _learn(self, voiced: Floats) -> None:
        if self._level < self.settings.freeze:
            self._baseline = np.concatenate((self._baseline, voiced))[-self._keep :]

    def _judge(self, at: float) -> Stress:
        s = self.settings
        now, normal = _summary(self._recent), _summary(self._baseline)
        baseline_s = len(self._baseline) * HOP_S
        scores = {name: (now[name] - normal[name]) / spread for name, spread in _SPREADS.items()}
        score = sum(scores.values()) / len(scores) * baseline_s / (baseline_s + s.young_s)
        self._level = 1 / (1 + math.exp(2.0 - 2.5 * score))
        return Stress(at, "customer", self._level, scores, len(self._recent) * HOP_S, baseline_s)


def _voiced(hops: Hops) -> Floats:
    """Of the voiced windows: pitch in semitones over 1 Hz, level, alpha ratio and slope in dB; shape (n, 4)."""
    rows = np.flatnonzero(hops.sounding & (hops.pitch_hz > 0))
    power = hops.spectra[rows] ** 2 + 1e-12
    low, high = power[:, _LOW].sum(axis=1), power[:, _HIGH].sum(axis=1)
    formant, above = power[:, _FORMANT].sum(axis=1), power[:, _ABOVE].sum(axis=1)
    return np.stack((12 * np.log2(hops.pitch_hz[rows]), hops.level_db[rows],
                     10 * np.log10(high / low), 10 * np.log10(above / formant)), axis=1)


def _summary(voiced: Floats) -> dict[str, float]:
    pitch = voiced[:, 0]
    return {"pitch": float(np.median(pitch)), "pitch_low": float(np.percentile(pitch, 20)),
            **{name: float(voiced[:, i + 1].mean()) for i, name in enumerate(("level", "alpha", "slope"))}}

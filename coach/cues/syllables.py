"""Syllable nuclei, from the sound alone.

A nucleus is a peak of the band-limited intensity with a dip before and after it, that is voiced: the method of de Jong
and Wempe (2009, Behavior Research Methods 41:385), made to run as the audio arrives: a peak is certain as soon as the
envelope has fallen by the dip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.cues.acoustics import Hops
from coach.cues.spectrum import BLOCK, window_time

_SILENCE_DB = -1e9


@dataclass(frozen=True, slots=True)
class NucleusSettings:
    dip_db: float = 1.5
    """How far the envelope must fall between two nuclei."""
    periodicity: float = 0.2
    """Voiced enough: the autocorrelation peak, 0..1, that a nucleus needs."""
    voiced_within: int = 3
    """... in one of this many windows (10 ms each) on either side of its peak."""


class NucleusDetector:
    """One speaker's `Hops` in, times of nuclei out."""

    def __init__(self, settings: NucleusSettings | None = None) -> None:
        self.settings = settings or NucleusSettings()
        self._rising = True
        self._extreme = _SILENCE_DB  # height of the hill being climbed, or depth of the valley being crossed
        self._peak = 0  # window of that hill's top
        self._voiced = False
        self._last_periodic = -1_000_000

    def push(self, hops: Hops) -> list[float]:
        """The times, in seconds, of the nuclei that became certain in this block (a nucleus may lie before it)."""
        found = []
        s = self.settings
        envelope = np.where(hops.sounding, hops.envelope_db, _SILENCE_DB).tolist()
        for i in range(BLOCK):
            window, x = hops.first + i, envelope[i]
            if hops.periodicity[i] >= s.periodicity:
                self._last_periodic = window
                self._voiced |= self._rising and window - self._peak <= s.voiced_within
            if self._rising:
                if x > self._extreme:
                    self._extreme, self._peak = x, window
                    self._voiced = window - self._last_periodic <= s.voiced_within
                elif x < self._extreme - s.dip_db:
                    if self._voiced:
                        found.append(window_time(self._peak))
                    self._rising, self._extreme = False, x
            elif x < self._extreme:
                self._extreme = x
            elif x > self._extreme + s.dip_db:
                self._rising, self._extreme, self._peak = True, x, window
                self._voiced = window - self._last_periodic <= s.voiced_within
        return found

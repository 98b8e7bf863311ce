"""How many syllables were said, from the sound alone.

Intensity peaks with a dip before and after them, voiced ones (de Jong and Wempe 2009, Behavior Research Methods
41:385), miss syllables that run together, the more the faster the speech. So four weak counters are added up, in the
manner of mrate (Morgan and Fosler-Lussier 1998, ICASSP): peaks of the whole band, of the band of the first formant, of
the mean log envelope of sub-bands (where the weak ones count too; after Wang and Narayanan 2007, IEEE TASLP 15:2190),
and onsets, the peaks of rising sub-band energy. Each event of a counter is worth a fixed part of a syllable, and each
second of talk takes a constant away, which undoes the saturation at high rates. The five numbers are the same for
everybody (models/syllables says where they come from).

All counters run as the audio arrives: a peak is certain as soon as its envelope has fallen by the dip.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from coach.cues.acoustics import Hops
from coach.cues.spectrum import BLOCK, HOP_S, Bools, Floats, bins

_EDGES_HZ = (300, 400, 500, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150, 3400)
_BANDS = np.stack([bins(low, high) for low, high in pairwise(_EDGES_HZ)], axis=1).astype(float)
_FIRST_FORMANT = 5
"""The first so many bands: 300 to 920 Hz."""
_SUB_BANDS = np.stack([np.isin(np.arange(len(_EDGES_HZ) - 1), (i, i + 1, i + 2)) for i in range(0, 12, 2)], axis=1)
"""Six overlapping sub-bands of three bands each."""
_SILENCE_DB = -200.0


@dataclass(frozen=True, slots=True)
class CounterSettings:
    dip_db: float
    """How far the envelope must fall after a peak, and rise before the next."""
    syllables: float
    """What an event is worth."""


@dataclass(frozen=True, slots=True)
class SyllableSettings:
    smooth_windows: int = 7
    """Length of the Hann window that smooths the envelopes, in windows of 10 ms."""
    rise_windows: int = 3
    """Distance over which a rise is measured."""
    range_db: float = 35.0
    """Sub-bands further below the recent peak than this count as silent."""
    periodicity: float = 0.2
    """Voiced enough: the autocorrelation peak, 0..1, that a nucleus needs ..."""
    voiced_within: int = 3
    """... in one of this many windows on either side of its peak."""
    whole: CounterSettings = field(default_factory=lambda: CounterSettings(0.8, 0.25))
    formant: CounterSettings = field(default_factory=lambda: CounterSettings(1.2, 0.39))
    mean: CounterSettings = field(default_factory=lambda: CounterSettings(0.5, 0.45))
    onset: CounterSettings = field(default_factory=lambda: CounterSettings(0.5, 0.24))
    per_second: float = -1.68
    """Syllables taken away for each second of talk."""


class SyllableMeter:
    """One speaker's `Hops` in, syllables out."""

    def __init__(self, settings: SyllableSettings | None = None) -> None:
        self.settings = s = settings or SyllableSettings()
        taps = np.hanning(s.smooth_windows + 2)[1:-1]
        self._taps = taps / taps.sum()
        counters = (s.whole, s.formant, s.mean, s.onset)
        self._counters = [PeakCounter(c.dip_db) for c in counters]
        self._worth = np.array([c.syllables for c in counters])
        late = len(taps) - 1  # the filters need so much of the past
        self._envelopes = np.zeros((late, 2 + _SUB_BANDS.shape[1]))
        self._levels = np.full((late, _BANDS.shape[1]), _SILENCE_DB)
        self._smoothed = np.full((s.rise_windows, _BANDS.shape[1]), _SILENCE_DB)
        self._rises = np.zeros((late, 1))
        self._sounding = np.zeros(late, dtype=bool)
        self._periodic = np.zeros(late // 2 + s.voiced_within, dtype=bool)

    def push(self, hops: Hops) -> float:
        """Syllables of this block. A peak counts when it is certain; a block that brings none is negative."""
        talk_s = float(hops.sounding.sum()) * HOP_S
        return float(self._worth @ self.events(hops)) + self.settings.per_second * talk_s

    def events(self, hops: Hops) -> Floats:
        """How many peaks each of the counters found: whole, formant, mean, onset."""
        s = self.settings
        power = hops.spectra**2 @ _BANDS
        amplitude = np.sqrt(power)
        envelopes = np.column_stack(
            (np.sqrt(power.sum(axis=1)), np.sqrt(power[:, :_FIRST_FORMANT].sum(axis=1)), amplitude @ _SUB_BANDS))
        levels = np.maximum(10 * np.log10(power + 1e-20), hops.peak_db - s.range_db)
        self._envelopes, smooth = self._filter(self._envelopes, envelopes)
        self._levels, level = self._filter(self._levels, levels)
        decibels = 20 * np.log10(smooth + 1e-10)
        level = np.concatenate((self._smoothed, level))
        self._smoothed = level[-s.rise_windows :]
        rise = np.maximum(level[s.rise_windows :] - level[: -s.rise_windows], 0.0).mean(axis=1, keepdims=True)
        self._rises, onset = self._filter(self._rises, rise)
        return self._count(hops, decibels, onset[:, 0])

    def _count(self, hops: Hops, decibels: Floats, onset: Floats) -> Floats:
        """The envelopes are late by half a filter; so must be what says where a peak counts."""
        s = self.settings
        sounding = np.concatenate((self._sounding, hops.sounding))
        periodic = np.concatenate((self._periodic, hops.periodicity >= s.periodicity))
        self._sounding, self._periodic = sounding[-len(self._sounding) :], periodic[-len(self._periodic) :]
        half = len(self._taps) // 2
        voiced = _any_of(periodic, 2 * s.voiced_within + 1)[:BLOCK]
        talked, earlier = sounding[half : half + BLOCK], sounding[:BLOCK]
        floor = np.where(talked, 0.0, _SILENCE_DB)
        envelopes = (decibels[:, 0] + floor, decibels[:, 1] + floor, decibels[:, 2:].mean(axis=1) + floor,
                     np.where(earlier, onset, 0.0))
        masks = (voiced & talked,) * 3 + (earlier,)
        return np.array([c.push(e, m) for c, e, m in zip(self._counters, envelopes, masks, strict=True)], dtype=float)

    def _filter(self, past: Floats, new: Floats) -> tuple[Floats, Floats]:
        """Smooth each column; returns what to remember and the smoothed rows, as many as are new."""
        rows = np.concatenate((past, new))
        smooth = np.lib.stride_tricks.sliding_window_view(rows, len(self._taps), axis=0) @ self._taps
        return rows[-len(past) :], smooth


def _any_of(mask: Bools, width: int) -> Bools:
    """Whether any of `width` neighbours is set, for every full neighbourhood."""
    return np.asarray(np.lib.stride_tricks.sliding_window_view(mask, width).any(axis=1))


class PeakCounter:
    """Counts the peaks of an envelope that stand out by a dip on both sides."""

    def __init__(self, dip_db: float) -> None:
        self._dip = dip_db
        self._rising = True
        self._extreme = _SILENCE_DB  # height of the hill being climbed, or depth of the valley being crossed
        self._counts = False

    def push(self, envelope: Floats, counts: Bools) -> int:
        """Take more of the envelope; `counts` says at which places a peak is a nucleus."""
        found = 0
        rising, extreme, dip = self._rising, self._extreme, self._dip
        for x, counting in zip(envelope.tolist(), counts.tolist(), strict=True):
            if rising:
                if x > extreme:
                    extreme, self._counts = x, counting
                elif x < extreme - dip:
                    found += self._counts
                    rising, extreme = False, x
            elif x < extreme:
                extreme = x
            elif x > extreme + dip:
                rising, extreme, self._counts = True, x, counting
        self._rising, self._extreme = rising, extreme
        return found

"""Pitch of a telephone voice, as the audio arrives.

The telephone removes the fundamental of most voices, so the period is read from the harmonics that are left: the
autocorrelation of each window, taken from its *magnitude* spectrum instead of the power spectrum (the "generalised
autocorrelation", Tolonen and Karjalainen 2000, IEEE Trans. Speech Audio Proc. 8:708), which keeps a strong first
formant from posing as the pitch an octave up. Peaks are normalised for the window and chosen along the cheapest path
through the frames, jumps and changes of voicing having a price (Boersma 1993, IFA Proc. 17:97); the path search is a
Viterbi search with a fixed look-ahead, so results come a bounded time after the audio.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.cues.spectrum import BLOCK, FFT, RATE, WINDOW, Floats

_FORBIDDEN = -9.0
"""Strength of a candidate that is none: far below what any path can win back."""


@dataclass(frozen=True, slots=True)
class PitchSettings:
    """Strengths and prices are on the scale of the normalised autocorrelation, 0..1."""

    floor_hz: float = 70.0
    ceiling_hz: float = 500.0
    candidates: int = 4
    """Peaks kept of each window."""
    unvoiced: float = 0.24
    """Strength of the unvoiced candidate: a periodicity below it is noise. (Lower than with the power spectrum.)"""
    octave_jump: float = 0.35
    """Price of a jump of one octave between neighbouring windows."""
    voicing_change: float = 0.14
    """Price of a change between voiced and unvoiced."""


class PitchTracker:
    """Blocks of magnitude spectra in, the pitch of the block before out (so the look-ahead is one block)."""

    def __init__(self, settings: PitchSettings | None = None) -> None:
        self.settings = settings or PitchSettings()
        s = self.settings
        window = np.abs(np.fft.rfft(np.hanning(WINDOW + 2)[1:-1], FFT)) ** 2
        self._first = int(RATE / s.ceiling_hz)
        self._last = int(np.ceil(RATE / s.floor_hz)) + 1
        shape = np.fft.irfft(window)[: self._last + 2]
        self._shape = shape / shape[0]
        self._lags = np.arange(self._first, self._last + 1)
        self._columns = np.arange(s.candidates)
        self._score = np.zeros(s.candidates + 1)
        self._octaves = np.zeros(s.candidates)  # of the last window's candidates
        self._hertz = np.zeros((2 * BLOCK, s.candidates + 1))  # of the last two blocks; 0 = unvoiced
        self._strength = np.zeros((2 * BLOCK, s.candidates + 1))
        self._back = np.zeros((2 * BLOCK, s.candidates + 1), dtype=np.intp)

    def push(self, magnitude: Floats, quiet: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Take `BLOCK` spectra, shape (BLOCK, FFT/2+1), and where the windows are too quiet to have a pitch.

        Returns, for the block pushed before this one, the pitch in Hz (0 = unvoiced) and the periodicity 0..1 that
        the best candidate of each window had (whether the path took it or not), each of shape (BLOCK,).
        """
        hertz, strength = self._peaks(magnitude, quiet)
        octaves = np.log2(np.maximum(hertz[:, :-1], 1.0))
        price = self._prices(octaves)
        back = np.empty_like(self._back[:BLOCK])
        score = self._score
        for t in range(BLOCK):
            reached = score[:, None] - price[t]
            back[t] = reached.argmax(axis=0)
            score = reached.max(axis=0) + strength[t]
        self._score = score - score.max()
        self._octaves = octaves[-1]
        self._hertz = np.concatenate((self._hertz[BLOCK:], hertz))
        self._strength = np.concatenate((self._strength[BLOCK:], strength))
        self._back = np.concatenate((self._back[BLOCK:], back))
        return self._trace()

    def _peaks(self, magnitude: Floats, quiet: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """The strongest peaks of each window's autocorrelation, the unvoiced candidate in the last column."""
        s = self.settings
        r = np.fft.irfft(magnitude)[:, : self._last + 2]
        r = r / np.maximum(r[:, :1], 1e-9) / self._shape
        left, mid, right = r[:, self._first - 1 : -2], r[:, self._first : -1], r[:, self._first + 1 :]
        bend = np.minimum(left - 2 * mid + right, -1e-9)
        shift = np.clip((left - right) / (2 * bend), -0.5, 0.5)  # parabola through the three points
        height = np.minimum(mid - 0.25 * (left - right) * shift, 1.0)
        peak = (mid > left) & (mid >= right) & ~quiet[:, None]
        height = np.where(peak, height, _FORBIDDEN)
        best = np.argpartition(-height, s.candidates, axis=1)[:, : s.candidates]
        rows = np.arange(len(best))[:, None]
        hertz = np.zeros((len(best), s.candidates + 1))
        hertz[:, :-1] = RATE / (self._lags[best] + shift[rows, best])
        strength = np.full_like(hertz, s.unvoiced)
        strength[:, :-1] = height[rows, best]
        return hertz, strength

    def _prices(self, octaves: Floats) -> Floats:
        """Price of going from each candidate of the window before to each of this one: (BLOCK, from, to)."""
        s = self.settings
        before = np.concatenate((self._octaves[None], octaves[:-1]))
        price = np.full((len(octaves), s.candidates + 1, s.candidates + 1), s.voicing_change)
        price[:, :-1, :-1] = s.octave_jump * np.abs(before[:, :, None] - octaves[:, None, :])
        price[:, -1, -1] = 0.0
        return price

    def _trace(self) -> tuple[Floats, Floats]:
        """Follow the best path back through the newest block and read off the block before it."""
        state = int(self._score.argmax())
        for t in range(2 * BLOCK - 1, BLOCK - 1, -1):
            state = int(self._back[t, state])
        path = np.empty(BLOCK, dtype=np.intp)
        for t in range(BLOCK - 1, -1, -1):
            path[t] = state
            state = int(self._back[t, state])
        periodicity = np.maximum(self._strength[:BLOCK, :-1].max(axis=1), 0.0)
        return self._hertz[np.arange(BLOCK), path], periodicity

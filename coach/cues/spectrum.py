"""20 ms frames in, blocks of short-time spectra of the telephone band out.

Everything the cues measure comes from these spectra: one Fourier transform per 10 ms. All audio is brought to 8 kHz
and only 300 to 3400 Hz is looked at, so a wide-band line, a narrow-band line and a change of codec inside a call
measure alike, and mains hum and DC are out of sight. Only the pitch also looks at the skirt of the band, down to
150 Hz, where most telephone lines still pass a little of the fundamental.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coach.audio.frames import FRAME_S, Samples

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RATE = 8000
"""Samples per second at which everything is measured."""
HOP = 80
"""Samples between windows: 10 ms."""
HOP_S = HOP / RATE
WINDOW = 256
"""Samples in a window: 32 ms, Hann; two periods and more of the deepest voice."""
FFT = 512
BLOCK_FRAMES = 10
"""Frames of 20 ms that are worked on together."""
BLOCK = int(BLOCK_FRAMES * FRAME_S / HOP_S)
"""Windows in a block of 200 ms."""

_FREQUENCIES = np.fft.rfftfreq(FFT, 1 / RATE)
BAND = (_FREQUENCIES >= 300) & (_FREQUENCIES <= 3400)
"""The bins of the telephone band."""
_HUM = _FREQUENCIES < 150


def bins(low_hz: float, high_hz: float) -> Bools:
    """Which bins of a spectrum lie in [low_hz, high_hz)."""
    return np.asarray((low_hz <= _FREQUENCIES) & (high_hz > _FREQUENCIES))


def window_time(index: int) -> float:
    """Audio time in seconds of the middle of window `index`."""
    return ((index + 1) * HOP - WINDOW / 2) / RATE


class Spectra:
    """One speaker's frames to magnitude spectra. Window k ends with sample 80 (k+1) of the 8 kHz signal."""

    def __init__(self, rate: int) -> None:
        self._half = _half_band() if rate == 2 * RATE else None
        self._tail = np.zeros(0 if self._half is None else len(self._half) - 1)
        self._before = np.zeros(WINDOW - HOP)
        shape = np.hanning(WINDOW + 2)[1:-1]
        self._shape = shape / (32768.0 * np.sqrt(FFT / 2 * (shape**2).sum()))

    def push(self, samples: Samples) -> Floats:
        """Take a block of int16 samples (`BLOCK_FRAMES` frames); returns magnitudes, shape (BLOCK, FFT/2+1).

        The squares of a row add up to the mean square of the window, full scale being 1.
        """
        x = samples.astype(np.float64)
        if self._half is not None:
            x = np.concatenate((self._tail, x))
            self._tail = x[-len(self._tail) :]
            x = np.convolve(x, self._half, "valid")[::2]
        x = np.concatenate((self._before, x))
        self._before = x[-len(self._before) :]
        windows = np.lib.stride_tricks.sliding_window_view(x, WINDOW)[::HOP]
        magnitude: Floats = np.abs(np.fft.rfft(windows * self._shape, FFT))
        magnitude[:, _HUM] = 0.0
        return magnitude


def _half_band(taps: int = 31) -> Floats:
    """Low-pass at 3.7 kHz for 16 kHz audio (windowed sinc, Hamming)."""
    n = np.arange(taps) - (taps - 1) / 2
    h = np.sinc(2 * 3700 / (2 * RATE) * n) * np.hamming(taps)
    return np.asarray(h / h.sum())

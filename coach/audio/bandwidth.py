"""The upper half of the band for recognisers that were trained with it: 8 kHz telephone audio to 16 kHz.

A wide-band model reads the empty band above 4 kHz as something no voice ever does. So it is filled with noise that
follows the voice's own envelope, which is all a recogniser's coarse frequency bands can tell up there.

The audio is cut into overlapping windows of 20 ms every 10 ms (square-root Hann, so that they add up to what they
were), moved to a spectrum of twice the width, completed there and added up again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coach.audio.frames import Samples
from coach.audio.resample import to_int16

Floats = NDArray[np.float32]

_WINDOW, _HOP = 160, 80  # input samples; twice as many come out
_HOPS = 8  # per block: numpy works on 80 ms at a time, always, so that results do not depend on chunks
_BLOCK = _HOP * _HOPS
_BIN_HZ = 8000 / _WINDOW
_BINS_IN, _BINS_OUT = _WINDOW // 2 + 1, _WINDOW + 1

_EDGE = round(3300 / _BIN_HZ)  # first bin that the line may have cut
_HEARD = slice(round(2000 / _BIN_HZ), round(3300 / _BIN_HZ))
_GAIN = 0.1  # power of the noise against that of the band that was heard: -10 dB


def _phases() -> NDArray[np.complex64]:
    """A fixed row of random phases, longer than anything a recogniser could find a rhythm in."""
    angles = np.random.Generator(np.random.PCG64(1)).random((8 * _HOPS, _BINS_OUT - _EDGE))
    phases: NDArray[np.complex64] = np.exp(2j * np.pi * angles).astype(np.complex64)
    return phases


class BandwidthExtender:
    """Streaming, one speaker. Twice as many samples come out as go in, in step with them; up to 100 ms are held back
    until more follow or `flush` is called."""

    _ANALYSIS = np.sqrt(np.hanning(_WINDOW + 1)[:-1]).astype(np.float32)
    _SYNTHESIS = np.sqrt(np.hanning(2 * _WINDOW + 1)[:-1]).astype(np.float32)
    _PHASES = _phases()

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything: what comes next has nothing to do with what came before."""
        self._pending = np.zeros(0, np.int16)
        self._before = np.zeros(_WINDOW - _HOP, np.float32)
        self._overlap = np.zeros(2 * _HOP, np.float32)
        self._blocks = 0
        self._owed = 0  # samples that went in and did not come out, in output samples
        self._skip = 2 * _HOP  # output before the first input sample

    def process(self, samples: Samples) -> Samples:
        """int16 samples at 8 kHz to int16 samples at 16 kHz."""
        self._owed += 2 * len(samples)
        self._pending = np.concatenate((self._pending, samples))
        count = len(self._pending) // _BLOCK * _BLOCK
        blocks = self._pending[:count].reshape(-1, _BLOCK)
        self._pending = self._pending[count:]
        out = np.concatenate([np.zeros(0, np.float32), *(self._extend(block) for block in blocks)])
        skipped = min(self._skip, len(out))
        self._skip -= skipped
        self._owed -= len(out) - skipped
        return to_int16(out[skipped:])

    def flush(self) -> Samples:
        """What was held back; then `reset`."""
        owed = self._owed
        rest = self.process(np.zeros(2 * _BLOCK - len(self._pending), np.int16))
        self.reset()
        return rest[:owed]

    def _extend(self, block: Samples) -> Floats:
        heard = np.concatenate((self._before, block.astype(np.float32)))
        self._before = heard[_BLOCK:]
        windows = np.lib.stride_tricks.sliding_window_view(heard, _WINDOW)[::_HOP] * self._ANALYSIS
        spectra = np.zeros((_HOPS, _BINS_OUT), np.complex64)
        spectra[:, :_BINS_IN] = np.fft.rfft(windows, axis=1)
        spectra[:, _EDGE:] += self._noise(np.abs(spectra[:, :_BINS_IN]) ** 2)
        # The inverse transform is twice as long and divides by its length.
        parts = np.fft.irfft(2 * spectra, axis=1).astype(np.float32) * self._SYNTHESIS
        rows = np.zeros((_HOPS + 1, 2 * _HOP), np.float32)
        rows[0] = self._overlap
        rows[:-1] += parts[:, :2 * _HOP]
        rows[1:] += parts[:, 2 * _HOP:]
        self._overlap = rows[-1]
        self._blocks += 1
        return rows[:-1].reshape(-1)

    def _noise(self, power: Floats) -> NDArray[np.complex64]:
        """What lacks above the edge, shape (hops, bins from the edge up), from the power that was heard."""
        wanted = np.repeat(_GAIN * power[:, _HEARD].mean(axis=1, keepdims=True), _BINS_OUT - _EDGE, axis=1)
        wanted[:, :_BINS_IN - _EDGE] -= power[:, _EDGE:]
        at = self._blocks * _HOPS % len(self._PHASES)
        noise: NDArray[np.complex64] = np.sqrt(np.maximum(wanted, 0)) * self._PHASES[at:at + _HOPS]
        return noise

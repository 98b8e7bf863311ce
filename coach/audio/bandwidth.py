"""The upper half of the band for recognisers that were trained with it: 8 kHz telephone audio to 16 kHz.

A wide-band model reads the empty band above the telephone's as something no voice ever does. So that band is filled:
how loud, a small network tells from the band that was heard (models/bandwidth has its card and how it was fitted); with
what hardly matters to a recogniser, whose bands up there are too wide to tell, so it is a row of steady tones.

The audio is cut into overlapping windows of 20 ms every 10 ms (square-root Hann, so that they add up to what they
were), moved to a spectrum of twice the width, completed there and added up again. What the line let through stays.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.audio.frames import Samples
from coach.audio.resample import to_int16
from coach.resources import resource

Floats = NDArray[np.float32]

WINDOW, HOP = 160, 80  # input samples; twice as many come out
BIN_HZ = 8000 / WINDOW
BINS_IN, BINS_OUT = WINDOW // 2 + 1, WINDOW + 1
EDGE = round(3300 / BIN_HZ)  # first bin that the line may have cut
CONTEXT = 4  # hops that the network sees to either side

_HOPS = 8  # per block: numpy works on 80 ms at a time, always, so that results do not depend on chunks
_BLOCK = HOP * _HOPS
_LATE = (CONTEXT + 1) * 2 * HOP  # output samples by which a block's result trails it


def mel_bands(low_hz: float, high_hz: float, count: int, bins: int) -> tuple[Floats, Floats]:
    """Overlapping triangles, evenly spaced on the mel scale: weights (count, bins) that sum to one, centres in Hz."""
    low, high = 1127 * np.log1p(np.array([low_hz, high_hz]) / 700)
    mels = np.linspace(low, high, count + 2)
    at = 1127 * np.log1p(np.arange(bins) * BIN_HZ / 700)
    step = mels[1] - mels[0]
    weights = np.maximum(0, 1 - np.abs(at - mels[1:-1, None]) / step)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights.astype(np.float32), (700 * np.expm1(mels[1:-1] / 1127)).astype(np.float32)


HEARD, _ = mel_bands(350, 3300, 16, BINS_IN)
ADDED, ADDED_HZ = mel_bands(3300, 7950, 10, BINS_OUT)


def log_bands(power: Floats, bands: Floats) -> Floats:
    """Mean power of each band, natural logarithm; silence is 0 for samples in int16 units."""
    logs: Floats = np.log(power @ bands.T + np.float32(1))
    return logs


def with_context(heard: Floats) -> tuple[Floats, Floats]:
    """What the network sees of the hops that have CONTEXT others to either side, and their own level.

    Everything is relative to the hop's own level, so that a loud line and a quiet one look the same.
    """
    windows = np.lib.stride_tricks.sliding_window_view(heard, 2 * CONTEXT + 1, axis=0)  # (hops, bands, window)
    level = heard[CONTEXT:-CONTEXT].mean(axis=1, keepdims=True)
    seen: Floats = np.swapaxes(windows, 1, 2).reshape(len(level), -1) - level
    return seen, level


@dataclass(frozen=True, slots=True)
class Mapping:
    """One hidden layer: log power of the added bands, relative to the level, from what was heard."""

    hidden: Floats  # (inputs, units)
    hidden_bias: Floats
    out: Floats  # (units, added bands)
    out_bias: Floats

    def __call__(self, seen: Floats) -> Floats:
        told: Floats = np.tanh(seen @ self.hidden + self.hidden_bias) @ self.out + self.out_bias
        return told


@functools.cache
def mapping() -> Mapping:
    """The shipped coefficients. Raises FileNotFoundError when the installation is incomplete."""
    with np.load(resource("models/bandwidth/mapping.npz")) as file:
        return Mapping(*(file[name].astype(np.float32) for name in ("hidden", "hidden_bias", "out", "out_bias")))


def _between() -> Floats:
    """Matrix that draws lines between the centres of the added bands: (added bands, bins from EDGE up)."""
    hz = np.arange(EDGE, BINS_OUT) * BIN_HZ
    return np.stack([np.interp(hz, ADDED_HZ, unit) for unit in np.eye(len(ADDED_HZ))]).astype(np.float32)


def _tones() -> NDArray[np.complex64]:
    """Phases of steady tones, one per bin from EDGE up, for the hops of a block.

    A tone in the middle of bin k turns by k half circles per hop. Between the tones the phases are Schroeder's (IEEE
    Trans. Inf. Theory 16:85, 1970), which give a sum without peaks.
    """
    bins = np.arange(EDGE, BINS_OUT)
    turns = bins * np.arange(_HOPS)[:, None] / 2 + bins**2 / 96
    tones: NDArray[np.complex64] = np.exp(2j * np.pi * turns).astype(np.complex64)
    return tones


class BandwidthExtender:
    """Streaming, one speaker. Twice as many samples come out as go in, in step with them; up to 130 ms are held back
    until more follow or `flush` is called."""

    _ANALYSIS = np.sqrt(np.hanning(WINDOW + 1)[:-1]).astype(np.float32)
    _SYNTHESIS = np.sqrt(np.hanning(2 * WINDOW + 1)[:-1]).astype(np.float32)
    _BETWEEN = _between()
    _TONES = _tones()

    def __init__(self) -> None:
        self._mapping = mapping()
        self.reset()

    def reset(self) -> None:
        """Forget everything: what comes next has nothing to do with what came before."""
        self._pending = np.zeros(0, np.int16)
        self._before = np.zeros(WINDOW - HOP, np.float32)
        self._spectra = np.zeros((CONTEXT, BINS_IN), np.complex64)  # of hops that wait for what follows them
        self._heard = np.zeros((0, len(HEARD)), np.float32)  # of those hops and of as many before
        self._overlap = np.zeros(2 * HOP, np.float32)
        self._owed = 0  # output samples for the input so far that are not out
        self._late = _LATE  # output samples still to come that are from before the input began

    def process(self, samples: Samples) -> Samples:
        """int16 samples at 8 kHz to int16 samples at 16 kHz."""
        self._owed += 2 * len(samples)
        self._pending = np.concatenate((self._pending, samples))
        whole = len(self._pending) // _BLOCK * _BLOCK
        blocks = self._pending[:whole].reshape(-1, _BLOCK)
        self._pending = self._pending[whole:]
        out = np.concatenate([np.zeros(0, np.float32), *(self._extend(block) for block in blocks)])
        dropped = min(self._late, len(out))
        self._late -= dropped
        self._owed -= len(out) - dropped
        return to_int16(out[dropped:])

    def flush(self) -> Samples:
        """What was held back; then `reset`."""
        owed = self._owed
        rest = self.process(np.zeros(3 * _BLOCK - len(self._pending), np.int16))
        self.reset()
        return rest[:owed]

    def _extend(self, block: Samples) -> Floats:
        audio = np.concatenate((self._before, block.astype(np.float32)))
        self._before = audio[_BLOCK:]
        windows = np.lib.stride_tricks.sliding_window_view(audio, WINDOW)[::HOP] * self._ANALYSIS
        spectra = np.concatenate((self._spectra, np.fft.rfft(windows, axis=1).astype(np.complex64)))
        self._spectra = spectra[_HOPS:]
        return self._add_up(self._complete(spectra[:_HOPS], self._envelope(spectra[CONTEXT:])))

    def _envelope(self, spectra: NDArray[np.complex64]) -> Floats:
        """Power per bin from EDGE up that the _HOPS hops before the last CONTEXT ones should have."""
        heard = log_bands(_power(spectra), HEARD)
        if not len(self._heard):
            self._heard = np.repeat(heard[:1], 2 * CONTEXT, axis=0)
        heard = np.concatenate((self._heard, heard))
        self._heard = heard[_HOPS:]
        seen, level = with_context(heard)
        return np.maximum(np.exp((self._mapping(seen) + level) @ self._BETWEEN) - np.float32(1), np.float32(0))

    def _complete(self, spectra: NDArray[np.complex64], wanted: Floats) -> NDArray[np.complex64]:
        """Spectra of twice the width with what the wanted power lacks above EDGE."""
        wanted[:, :BINS_IN - EDGE] -= _power(spectra[:, EDGE:])
        wide = np.zeros((_HOPS, BINS_OUT), np.complex64)
        wide[:, :BINS_IN] = spectra
        wide[:, EDGE:] += np.sqrt(np.maximum(wanted, np.float32(0))) * self._TONES
        return wide

    def _add_up(self, spectra: NDArray[np.complex64]) -> Floats:
        # Twice, since the inverse transform divides by its length and that is twice the forward one's.
        parts = np.fft.irfft(2 * spectra, axis=1).astype(np.float32) * self._SYNTHESIS
        hops = np.concatenate((parts[:, :2 * HOP], self._overlap[None]))
        hops[0] += hops[-1]
        hops[1:-1] += parts[:-1, 2 * HOP:]
        self._overlap = parts[-1, 2 * HOP:]
        return hops[:-1].reshape(-1)


def _power(spectra: NDArray[np.complex64]) -> Floats:
    return spectra.real**2 + spectra.imag**2

"""Change of the sample rate, deterministic to the last bit."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from coach.audio.frames import Samples


class Resampler:
    """soxr at its high quality, streaming, one channel; the output is not delayed against the input.

    In floating point on purpose: with 16-bit output libsoxr adds dither whose seed differs from run to run.
    """

    def __init__(self, rate_in: int, rate_out: int) -> None:
        self._stream = soxr.ResampleStream(rate_in, rate_out, 1, dtype="float32")

    def process(self, samples: Samples | NDArray[np.float32]) -> Samples:
        """What is certain by now; `samples` in int16 units. Up to 40 ms are held back."""
        return to_int16(self._stream.resample_chunk(samples.astype(np.float32)))

    def flush(self) -> Samples:
        """The rest. Nothing may follow."""
        return to_int16(self._stream.resample_chunk(np.zeros(0, np.float32), last=True))


def to_int16(samples: NDArray[np.float32]) -> Samples:
    """Rounded and clipped; `samples` in int16 units."""
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)

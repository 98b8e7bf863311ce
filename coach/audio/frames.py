"""The unit that travels through the house: 20 ms of one speaker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.events import Speaker

Samples = NDArray[np.int16]

FRAME_S = 0.02
"""Length of a frame in seconds."""


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of one speaker, number `index` since the call began.

    Every channel is an unbroken sequence of frames: index 0, 1, 2, ... Where no audio arrived, `missing` is true and
    the samples are zeros, so that time always runs on and a gap can still be told from silence.
    """

    speaker: Speaker
    index: int
    rate: int  # 8000 or 16000 samples per second
    samples: Samples  # int16, shape (rate * FRAME_S,)
    missing: bool = False

    @property
    def start(self) -> float:
        """Audio time of the first sample, seconds."""
        return self.index * FRAME_S

    @property
    def end(self) -> float:
        """Audio time just after the last sample, seconds."""
        return (self.index + 1) * FRAME_S

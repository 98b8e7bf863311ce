"""Puts samples that arrive out of order, twice or not at all into one row; counts what was repeated and lost."""

from __future__ import annotations

import numpy as np

from coach.audio.frames import Samples

Run = Samples | int
"""Samples, or how many of them never arrived."""


class ReorderWindow:
    """Holds back samples that arrived early, at most `size` of them counted from the first one awaited.

    Overflow policy: the oldest hole is declared lost, whole, and what was held behind it is let go. Where a hole ends
    therefore never depends on the size of the blocks that came after it.
    """

    def __init__(self, size: int) -> None:
        self.received = 0  # offset of the first sample awaited
        self.repeated = 0
        self.lost = 0
        self._early = np.zeros(size, np.int16)  # the samples from `received` on
        self._present = np.zeros(size, np.bool_)
        self._runs: list[Run] = []

    def push(self, offset: int, samples: Samples) -> None:
        """Take `samples` that begin at `offset`."""
        end = offset + len(samples)
        if offset == end:
            return
        while offset > self.received and end > self.received + len(self._early):
            self._lose_first_hole(offset)
        if offset > self.received:
            self._hold(offset - self.received, samples)
            return
        late = min(self.received - offset, len(samples))
        self.repeated += late
        self._release(samples[late:])

    def flush(self) -> None:
        """Nothing more comes: every hole is lost, everything held is let go."""
        while self._present.any():
            self._lose_first_hole(self.received + len(self._early))

    def drain(self) -> list[Run]:
        """What is certain since the last call, in order and without a break."""
        runs, self._runs = self._runs, []
        return runs

    def _hold(self, position: int, samples: Samples) -> None:
        place = slice(position, position + len(samples))
        known = self._present[place]
        self.repeated += int(known.sum())
        self._early[place] = np.where(known, self._early[place], samples)
        self._present[place] = True

    def _lose_first_hole(self, before: int) -> None:
        """Give up what lies between the first sample awaited and the first one held, or offset `before`."""
        hole = int(self._present.argmax()) if self._present.any() else before - self.received
        hole = min(hole, before - self.received)
        self._runs.append(hole)
        self.lost += hole
        self._shift(hole)
        self._release(np.zeros(0, np.int16))

    def _release(self, samples: Samples) -> None:
        """Let go `samples`, which begin at the first one awaited, and what was held right behind them."""
        held = len(self._early)
        known = self._present[:len(samples)]
        self.repeated += int(known.sum())
        after = self._present[len(samples):]
        run = int((~after).argmax()) if not after.all() else len(after)
        samples = np.concatenate((samples, self._early[len(samples):len(samples) + run])) if held and run else samples
        if len(samples):
            self._runs.append(samples)
            self._shift(len(samples))

    def _shift(self, count: int) -> None:
        """Move the window on by `count` samples."""
        self.received += count
        if not self._present.any():
            return
        rest = max(len(self._early) - count, 0)
        self._early[:rest] = self._early[len(self._early) - rest:].copy()
        self._present[:rest] = self._present[len(self._present) - rest:].copy()
        self._present[rest:] = False

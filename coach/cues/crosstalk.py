"""The other side's voice in this channel: a handset that leaks, a speakerphone, an echo of the line.

Where there is such a path, the level of this channel follows the level of the other one, some time later and weaker.
So the delay is the one at which the two levels correlate over the last seconds of the other's talk, the loss is the
typical difference at that delay, and what is no louder than the other's voice would be after it is cross-talk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.cues.acoustics import QUIETEST_DB, Hops
from coach.cues.spectrum import BLOCK, HOP_S, Bools, Floats


@dataclass(frozen=True, slots=True)
class CrosstalkSettings:
    delay_max_s: float = 0.4
    """Longest delay looked for."""
    memory_s: float = 8.0
    """The path is sought in the last so many seconds ..."""
    talk_min_s: float = 1.0
    """... of which the other must have talked for so long."""
    correlation: float = 0.7
    """Of the levels in dB, from which on there is a path ..."""
    correlation_keep: float = 0.5
    """... and below which there is none any more."""
    loss_min_db: float = 3.0
    """A path that does not weaken is none: the channels carry the same signal, or two people talk alike."""
    margin_db: float = 6.0
    """What is louder than the expected cross-talk by more than this is somebody talking."""
    tail_s: float = 0.1
    """The cross-talk rings on for so long."""


class Crosstalk:
    """Blocks of one channel and of the other in; where the channel holds nothing but the other, out."""

    def __init__(self, settings: CrosstalkSettings | None = None) -> None:
        self.settings = s = settings or CrosstalkSettings()
        self._longest = round(s.delay_max_s / HOP_S)
        length = round(s.memory_s / HOP_S)
        self._here = np.full(length, QUIETEST_DB)
        self._there = np.full(length + self._longest, QUIETEST_DB)
        self._talk = np.zeros(length + self._longest, dtype=bool)
        self.path: tuple[int, float] | None = None
        """Delay in windows and loss in dB, where there is a path."""

    def push(self, here: Hops, there: Hops) -> Bools:
        """Take the same 200 ms of both; returns which windows of `here` are cross-talk, shape (BLOCK,)."""
        self._here = np.concatenate((self._here[BLOCK:], here.envelope_db))
        self._there = np.concatenate((self._there[BLOCK:], there.envelope_db))
        self._talk = np.concatenate((self._talk[BLOCK:], there.sounding))
        if there.sounding.any():
            self.path = self._seek()
        if self.path is None:
            return np.zeros(BLOCK, dtype=bool)
        delay, loss = self.path
        tail = round(self.settings.tail_s / HOP_S)
        end = len(self._there) - delay
        recent = self._there[end - BLOCK - tail : end]
        expected = np.lib.stride_tricks.sliding_window_view(recent, tail + 1).max(axis=1) - loss
        return np.asarray(here.envelope_db <= expected + self.settings.margin_db)

    def _seek(self) -> tuple[int, float] | None:
        """The delay at which this channel follows the other, and the loss; none where it does not."""
        s = self.settings
        count = len(self._here)
        there = np.lib.stride_tricks.sliding_window_view(self._there, count)[::-1]  # row d: delayed by d windows
        talk = np.lib.stride_tricks.sliding_window_view(self._talk, count)[::-1]
        weight = talk.sum(axis=1).astype(float)
        if weight.min() < s.talk_min_s / HOP_S:
            return self.path
        correlation = _correlation(self._here, there, talk, weight)
        delay = int(correlation.argmax())
        if correlation[delay] < (s.correlation if self.path is None else s.correlation_keep):
            return None
        chosen = talk[delay]
        loss = float(np.median(there[delay][chosen] - self._here[chosen]))
        return (delay, loss) if loss >= s.loss_min_db else None


def _correlation(here: Floats, there: Floats, talk: Bools, weight: Floats) -> Floats:
    """Of `here` with each row of `there`, over the windows where that row's `talk` is set."""
    mean_here = (talk @ here) / weight
    there = np.where(talk, there, 0.0)
    mean_there = there.sum(axis=1) / weight
    both = there @ here / weight - mean_here * mean_there
    variance_here = (talk @ here**2) / weight - mean_here**2
    variance_there = (there**2).sum(axis=1) / weight - mean_there**2
    return np.asarray(both / np.sqrt(np.maximum(variance_here * variance_there, 1e-9)))

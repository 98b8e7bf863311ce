"""Decides which audio a recogniser gets: speech with pre-roll, in chunks, and nothing of the silence between.

Pure. The recogniser hears the same chunks whether the call is live or replayed: their borders depend on the frames and
the segmenter's events alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from coach.audio.frames import FRAME_S, Frame, Samples
from coach.events import Event, Speech, SpeechStarted


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """How speech is cut for the recogniser. Seconds of audio time."""

    preroll_s: float = 0.3
    """Audio before the onset: the first consonant is often too quiet to be detected."""

    tail_s: float = 0.2
    """Audio after the end of speech that still belongs to it, for the same reason."""

    chunk_s: float = 0.2
    """Length of the chunks that a recogniser is fed."""

    keep_s: float = 2.0
    """How much recent audio is kept for the pre-roll of speech that the segmenter is not sure of yet."""


class Sink(Protocol):
    """Who takes the audio: the decoder of the channel. `at` is the audio time at which it is handed over."""

    def feed(self, samples: Samples, start: float, at: float) -> None: ...

    def finish(self, end: float, at: float) -> None: ...


class Gate:
    """One channel's gate. Give it every frame with the segmenter's events for that frame, in order."""

    def __init__(self, rate: int, *, gated: bool = True, linger_s: float = 0.0,
                 settings: GateSettings | None = None) -> None:
        """`rate` in samples per second; not `gated`: every frame passes, one by one.

        A stretch is finished only `linger_s` after its end was told: speech that starts anew by then goes on with it.
        """
        self.settings = settings or GateSettings()
        self._rate = rate
        self._gated = gated
        self._linger_s = linger_s
        self._chunk_frames = max(1, round(self.settings.chunk_s / FRAME_S))
        self._recent: deque[Frame] = deque(maxlen=max(1, round(self.settings.keep_s / FRAME_S)))
        self._next = 0  # index of the first frame not yet fed
        self._open = False
        self._ended: tuple[float, float] | None = None  # end of the stretch, and when it was told

    def process(self, frame: Frame, events: Iterable[Event], sink: Sink) -> None:
        """One more frame, and what the segmenter made of it (SpeechStarted, Speech; others are ignored)."""
        if not self._gated:
            sink.feed(frame.samples, frame.start, frame.end)
            return
        self._recent.append(frame)
        onset: float | None = None
        for event in reversed(list(events)):
            if isinstance(event, SpeechStarted):
                onset = event.start
            elif isinstance(event, Speech) and onset is not None:  # cut: ends where the next begins
                self._end(min(event.end + self.settings.tail_s, onset), frame.end, sink)
            elif isinstance(event, Speech) and self._open:
                self._ended = (event.end + self.settings.tail_s, frame.end)
        if onset is not None:
            self._start(onset)
        elif self._ended and frame.end >= self._ended[1] + self._linger_s - FRAME_S / 2:
            self._end(self._ended[0], frame.end, sink)
        if self._open and frame.index + 1 - self._next >= self._chunk_frames:
            self._feed(frame.end, sink)

    def finish(self, at: float, sink: Sink) -> None:
        """The audio is over at `at`."""
        if not self._gated:
            sink.finish(at, at)
        else:
            self._end(self._ended[0] if self._ended else at, at, sink)

    def _start(self, onset: float) -> None:
        """From the onset less the pre-roll, but nothing that belonged to the stretch before; or on with that."""
        self._ended = None
        if self._open:
            return
        self._next = max(_frame(onset - self.settings.preroll_s), self._next, self._recent[0].index)
        self._open = True

    def _end(self, end: float, now: float, sink: Sink) -> None:
        """Feed what there is, the silence after the end included, for a streaming decoder looks ahead."""
        if not self._open:
            return
        end = min(end, now)
        self._feed(now, sink)
        self._open, self._ended = False, None
        self._next = _frame(end)
        sink.finish(end, now)

    def _feed(self, now: float, sink: Sink) -> None:
        """All frames not yet fed, as one chunk."""
        frames = [frame for frame in self._recent if frame.index >= self._next]
        if frames:
            sink.feed(np.concatenate([frame.samples for frame in frames]), frames[0].start, now)
            self._next = frames[-1].index + 1


def _frame(at: float) -> int:
    """Index of the frame that begins at `at`."""
    return round(at / FRAME_S)

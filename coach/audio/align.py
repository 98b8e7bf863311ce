"""Frame k of the agent with frame k of the customer.

    aligner = Aligner(16000)
    aligner.push(frames)              # of either speaker, as they come
    for index, agent, customer in aligner.pairs(): ...

Where a speaker has no frame (a call of one channel, a leg that stopped, a leg that is too late), a missing one stands
in, so that time runs on for both and the gap is seen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable

import numpy as np

from coach.audio.frames import FRAME_S, Frame
from coach.events import SPEAKERS, Speaker

Pair = tuple[int, Frame, Frame]
"""Index, the agent's frame, the customer's frame."""


class Aligner:
    """Waits for the slower speaker, but holds no more than `max_skew_s` seconds of the faster one.

    Overflow policy: the slower speaker is given up and frames pass without it at once. When its frames come back
    within `max_skew_s` of where the call is, they are waited for again; the ones that are too late are dropped and
    counted in `late`.
    """

    def __init__(self, rate: int, speakers: Collection[Speaker] = SPEAKERS, *, max_skew_s: float = 2.0) -> None:
        """`rate` of the frames; `speakers` who have a channel at all."""
        self.late: dict[Speaker, int] = dict.fromkeys(SPEAKERS, 0)
        self._rate = rate
        self._silence = np.zeros(round(rate * FRAME_S), np.int16)
        self._silence.flags.writeable = False
        self._max_skew = round(max_skew_s / FRAME_S)
        self._waiting: dict[Speaker, deque[Frame]] = {speaker: deque() for speaker in SPEAKERS}
        self._awaited = set(speakers)
        self._pairs: list[Pair] = []
        self._index = 0

    def push(self, frames: Iterable[Frame]) -> None:
        """Take frames, in order for each speaker; drain `pairs` afterwards.

        Frames that came in one message belong in one push: nobody is given up between them.
        """
        for frame in frames:
            if frame.index < self._index:
                self._drop(frame)
            else:
                self._awaited.add(frame.speaker)
                self._waiting[frame.speaker].append(frame)
        self._advance()

    def pairs(self) -> list[Pair]:
        """What is complete since the last call, without a break in the index."""
        pairs, self._pairs = self._pairs, []
        return pairs

    def finish(self) -> None:
        """Both channels are over: nobody is waited for any more."""
        self._awaited.clear()
        self._advance()

    def _drop(self, frame: Frame) -> None:
        if not frame.missing:
            self.late[frame.speaker] += 1
        if self._index - frame.index <= self._max_skew:
            self._awaited.add(frame.speaker)

    def _advance(self) -> None:
        """Pair while every awaited speaker has its frame, or somebody has waited long enough."""
        while any(self._waiting.values()):
            behind = {speaker for speaker in self._awaited if not self._waiting[speaker]}
            if behind and max(len(waiting) for waiting in self._waiting.values()) <= self._max_skew:
                return
            self._awaited -= behind
            agent, customer = (self._next(speaker) for speaker in SPEAKERS)
            self._pairs.append((self._index, agent, customer))
            self._index += 1

    def _next(self, speaker: Speaker) -> Frame:
        waiting = self._waiting[speaker]
        if waiting and waiting[0].index == self._index:
            return waiting.popleft()
        return Frame(speaker, self._index, self._rate, self._silence, missing=True)

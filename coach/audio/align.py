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
from dataclasses import replace

import numpy as np

from coach.audio.frames import FRAME_S, Frame
from coach.events import SPEAKERS, Speaker

Pair = tuple[int, Frame, Frame]
"""Index, the agent's frame, the customer's frame."""


SKEW_S = 0.5
"""A speaker may be so far behind the other: two legs began apart, or the network is slower for one. What is more, and
lasts for a window, is a clock that runs slower."""
WINDOW_S = 10.0
SLIP_S = 0.2
"""The slower speaker is brought forward by so much a window, so clocks may differ by two per cent."""


class Aligner:
    """Waits for the slower speaker, but holds no more than `max_skew_s` seconds of the faster one.

    Overflow policy: the slower speaker is given up and frames pass without it at once. When its frames come back
    within `max_skew_s` of where the call is, they are waited for again; the ones that are too late are dropped and
    counted in `late`. A speaker whose frames go on being late by the same time had stopped counting: after
    `max_skew_s` its next frame is taken for now. Whoever is brought forward has missing frames there.
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
        self._shift = dict.fromkeys(SPEAKERS, 0)  # frames by which a speaker's own clock is behind the call's
        self._overdue: dict[Speaker, tuple[int, int]] = {}  # late frames in a row, how late the first was in frames
        self._lead = dict.fromkeys(SPEAKERS, self._max_skew)  # least frames that waited in this window
        self._window_ends = round(WINDOW_S / FRAME_S)
        self._pairs: list[Pair] = []
        self._index = 0

    def push(self, frames: Iterable[Frame]) -> None:
        """Take frames, in order for each speaker; drain `pairs` afterwards.

        Frames that came in one message belong in one push: nobody is given up between them.
        """
        for frame in frames:
            shift = self._shift[frame.speaker]
            placed = replace(frame, index=frame.index + shift) if shift else frame
            if placed.index < self._index:
                self._drop(placed)
            else:
                self._overdue.pop(frame.speaker, None)
                self._awaited.add(frame.speaker)
                self._waiting[frame.speaker].append(placed)
        self._advance()
        self._compare_clocks()

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
        lag = self._index - frame.index
        if lag <= self._max_skew:
            self._awaited.add(frame.speaker)
        count, first = self._overdue.get(frame.speaker, (0, lag))
        self._overdue[frame.speaker] = (count + 1, first)
        if count + 1 >= self._max_skew:
            del self._overdue[frame.speaker]
            if first - lag < count // 20:  # a leg that sends what it kept catches up, however slowly
                self._shift[frame.speaker] += lag

    def _compare_clocks(self) -> None:
        """Bring the slower speaker forward when the faster one was ahead all through a window."""
        for speaker, waiting in self._waiting.items():
            self._lead[speaker] = min(self._lead[speaker], len(waiting))
        if self._index < self._window_ends:
            return
        self._window_ends = self._index + round(WINDOW_S / FRAME_S)
        for faster, slower in (SPEAKERS, SPEAKERS[::-1]):
            if slower in self._awaited:
                excess = self._lead[faster] - round(SKEW_S / FRAME_S)
                self._shift[slower] += min(max(excess, 0), round(SLIP_S / FRAME_S))
            self._lead[faster] = self._max_skew

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

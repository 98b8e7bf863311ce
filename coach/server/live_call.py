"""One live call: its log, its legs with the sockets they are on, its session; and what it needs of others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from coach.audio.frames import Frame
from coach.errors import ConflictError
from coach.events import AgentAction, CallStarted, Event, Speaker, SupervisorAction
from coach.server import wire
from coach.server.call_log import CallLog
from coach.server.leg import Leg


class CallSession(Protocol):
    """What the server needs of coach.call.session.Session."""

    @property
    def recogniser(self) -> str: ...  # engine and model, shown to people
    @property
    def now(self) -> float: ...  # audio time reached, seconds
    @property
    def waiting_s(self) -> float: ...  # speech that waits for recognition, seconds of the speaker with most
    def push(self, frames: list[Frame]) -> list[Event]: ...
    def act(self, action: AgentAction | SupervisorAction) -> list[Event]: ...
    async def end(self, reason: str) -> list[Event]: ...


class Opener(Protocol):
    """Makes sessions. `open` may be slow and is called in a thread; it raises CoachError where it cannot."""

    @property
    def playbook(self) -> str: ...  # version that a call beginning now is coached by
    @property
    def gauges(self) -> Mapping[str, tuple[str, Callable[[], float]]]: ...  # name -> text, value; for the metrics

    def open(self, started: CallStarted, rates: Mapping[Speaker, int]) -> CallSession: ...


class Connection(Protocol):
    """The two things a call does with a softphone's socket by itself."""

    async def send(self, message: str) -> None: ...
    async def close(self, code: int = 1000, reason: str = "") -> None: ...


LEAD_S = 0.4
"""One leg may be so far ahead of the other when it is also ahead of the wall clock. Less than coach.audio.align.SKEW_S,
or an advantage of the line would be taken for one of the clock."""
FASTEST = 1.02
"""A softphone's clock against the wall's: what is faster is not live but sent again."""


class LiveCall:
    """One call: its log, its legs with the sockets they are on, its session."""

    def __init__(self, log: CallLog, sender: str, legs_expected: int, opening: asyncio.Task[CallSession]) -> None:
        self.log = log
        self.sender = sender  # subject of the token that opened it
        self.opening = opening
        self.legs: dict[tuple[Speaker, ...], Leg] = {}
        self.connections: dict[Leg, Connection] = {}
        self.ending: asyncio.Task[None] | None = None
        self.lost = "softphone lost"  # what the call will have ended with if nobody comes back
        self.over = asyncio.Event()
        self.timer: asyncio.TimerHandle | None = None
        self._began = time.monotonic()
        self._legs_expected = legs_expected

    @property
    def complete(self) -> bool:
        """Has every stream of the call said bye?"""
        return len(self.legs) == self._legs_expected and all(leg.finished for leg in self.legs.values())

    @property
    def connected(self) -> bool:
        """Is every stream that has not said bye on a socket?"""
        streaming = [leg for leg in self.legs.values() if not leg.finished]
        return len(self.legs) == self._legs_expected and bool(streaming) and all(
            leg in self.connections for leg in streaming)

    def ahead(self, leg: Leg) -> bool:
        """Should this leg wait for the call's other one? Only with audio from before now, which both send again."""
        if self._legs_expected == 1 or self.ending is not None:
            return False
        others = [other for other in self.legs.values() if other is not leg]
        if others and others[0].finished:
            return False
        slower = others[0].until if others else 0.0
        return leg.until > LEAD_S + max(slower, FASTEST * (time.monotonic() - self._began))

    @property
    def waiting_s(self) -> float:
        """Seconds of speech that wait for recognition."""
        return self.opening.result().waiting_s

    def leg(self, hello: wire.Hello) -> Leg:
        """The leg that this hello speaks of, new or known. Raises ConflictError where it does not fit the call."""
        leg = self.legs.get(tuple(hello.channels))
        if leg is None:
            clash = any(other.rate != hello.rate or set(other.channels) & set(hello.channels)
                        for other in self.legs.values())
            if hello.legs != self._legs_expected or len(self.legs) == self._legs_expected or clash:
                raise ConflictError("call.layout", "The call is running with other channels, legs or rate")
            leg = self.legs[tuple(hello.channels)] = Leg(hello)
        elif not leg.fits(hello):
            raise ConflictError("call.layout", "The stream is running with another encoding or rate")
        return leg

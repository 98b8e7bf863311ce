"""The live calls: who streams them, what happens when a stream breaks off, how they end.

A call outlives its sockets. A softphone that is gone for less than `resume_s` seconds goes on where it was; after that
the call ends by itself. All of it runs on the event loop; only opening and ending a session leave it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from coach.audio.channel import frame_rate
from coach.audio.frames import FRAME_S, Frame
from coach.errors import AuthError, CoachError, ConflictError, MissingError, OverloadError, ProtocolError
from coach.events import SPEAKERS, AgentAction, CallEnded, CallStarted, Event, SupervisorAction
from coach.server import wire
from coach.server.auth import Identity
from coach.server.call_log import CallLog
from coach.server.codec import unpack_audio
from coach.server.headroom import Headroom
from coach.server.hub import Hub
from coach.server.journal import Journal
from coach.server.leg import Leg
from coach.server.live_call import CallSession, Connection, LiveCall, Opener
from coach.server.logs import fault, note
from coach.server.metrics import Metrics

HANDED_BACK = "server stopping"
"""A call that ends so is over for this process alone: its softphone is not told `ended` but to connect again."""

TURN_FRAMES = 100
"""A call computes with so many frames, a second of two speakers, before the others have their turn. An even number: the
speakers' frames are side by side."""


class Calls:
    """All live calls of this server."""

    def __init__(
        self, hub: Hub, opener: Opener, journal: Journal, metrics: Metrics, headroom: Headroom, *,
        resume_s: float, max_calls: int,
    ) -> None:
        self._hub = hub
        self._journal = journal
        self._metrics = metrics
        self._headroom = headroom
        self._opener = opener
        self._resume_s = resume_s
        self._max_calls = max_calls
        self._calls: dict[str, LiveCall] = {}
        self._chores: set[asyncio.Task[None]] = set()
        self.draining = False

    def __len__(self) -> int:
        return len(self._calls)

    def refusal(self) -> OverloadError | None:
        """Why a new call would be refused now; None where there is room."""
        if self.draining or len(self._calls) >= self._max_calls:
            return OverloadError("server.full", "The server takes no more calls now; try again later")
        if (self._headroom.tight and self._calls) or self._journal.choked:  # there is always room for one
            return OverloadError("server.busy", "The server has as much to do as it can do well; try again later")
        return None

    async def enter(self, hello: wire.Hello, identity: Identity, connection: Connection) -> tuple[LiveCall, Leg]:
        """A softphone wants to stream: a new call, a second leg, or one that comes back.

        Raises AuthError, ConflictError, MissingError, OverloadError, or what opening the session raised.
        """
        if not identity.may_send(hello.agent):
            raise AuthError("auth.agent", "This token may not send calls of that agent")
        call = self._calls.get(hello.call)
        if call is None:
            call = self._open(hello, identity)
        elif call.sender != identity.subject or call.log.started.agent != hello.agent:
            raise ConflictError("call.taken", "The call id is in use")
        elif call.ending is not None:
            raise (self.refusal() if self.draining else None) or _ended()
        await asyncio.shield(call.opening)
        leg = call.leg(hello)
        before = call.connections.get(leg)
        call.connections[leg] = connection
        if before is not None:
            self._do(before.close(ConflictError.close_code, "call.taken_over"))
        self._watch(call)
        return call, leg

    async def take(self, call: LiveCall, leg: Leg, connection: Connection, frame: bytes) -> float:
        """A binary frame of a leg; returns the seconds of audio that were new. Raises CoachError.

        A long gap is many frames: other calls have their turn in between.
        """
        if call.connections.get(leg) is not connection:
            raise ConflictError("call.taken_over", "Another connection has taken this stream over")
        if call.ending is not None:
            return 0.0  # `ended` is on its way
        if leg.finished:
            raise ProtocolError("protocol.order", "Audio after bye")
        frames = leg.take(*unpack_audio(frame))
        seconds = FRAME_S * len(frames) / len(leg.channels)
        self._metrics.audio.inc(seconds * len(leg.channels))
        call.log.stopwatch.arrivals.note(min(leg.until for leg in call.legs.values()), time.monotonic())
        leg.waiting.extend(frames)
        while leg.waiting:
            self._push(call, [leg.waiting.popleft() for _ in range(min(TURN_FRAMES, len(leg.waiting)))])
            if leg.waiting:
                await asyncio.sleep(0)
        return seconds

    def act(self, call_id: str, action: AgentAction | SupervisorAction) -> None:
        """Somebody did something on a screen. Raises ConflictError when the call is over."""
        call = self._calls.get(call_id)
        if call is None or call.ending is not None or not call.opening.done():
            raise ConflictError("call.ended", "The call is over or has not begun")
        self._run(call, lambda session: session.act(action))

    async def bye(self, call: LiveCall, leg: Leg, reason: str) -> None:
        """A leg has sent everything; with the last one the call ends."""
        self._push(call, leg.finish())
        if call.complete:
            await self.end(call, reason)
        else:
            self._watch(call)

    def leave(self, call: LiveCall, leg: Leg, connection: Connection, lost: str | None = None) -> None:
        """A leg's socket is gone; `lost` is the code of the error that it was closed for."""
        if call.connections.get(leg) is connection:
            del call.connections[leg]
            call.lost = lost or "softphone lost"
            self._watch(call)

    async def end(self, call: LiveCall, reason: str) -> None:
        """Close the call, once, whoever asks; returns when its last event is out."""
        if call.ending is None:
            call.ending = asyncio.create_task(self._end(call, reason))
        await asyncio.shield(call.ending)

    async def drain(self, within_s: float) -> None:
        """The server stops: no new calls, up to `within_s` for the running ones, then they are handed back."""
        self.draining = True
        endings = [call.over.wait() for call in self._calls.values()]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await asyncio.gather(*endings)
        endings_now = [self.end(call, HANDED_BACK) for call in list(self._calls.values())]
        await asyncio.gather(*endings_now, return_exceptions=True)  # a session that could not open has nothing to end
        await asyncio.gather(*self._chores, return_exceptions=True)

    # -- within

    def _open(self, hello: wire.Hello, identity: Identity) -> LiveCall:
        if self._hub.has_ended(hello.call):
            raise _ended()
        if hello.resume:
            raise MissingError("call.unknown", "This server does not know the call; begin a new one")
        if (refusal := self.refusal()) is not None:
            raise refusal
        started = CallStarted(0.0, hello.call, hello.agent, hello.campaign, hello.language, self._opener.playbook,
                              hello.context)
        speakers = [speaker for speaker in SPEAKERS if hello.legs == 2 or speaker in hello.channels]
        rates = dict.fromkeys(speakers, frame_rate(hello.rate))
        opening = asyncio.create_task(asyncio.to_thread(self._opener.open, started, rates))
        log = CallLog(started, identity.teams, self._journal, self._metrics)
        call = self._calls[hello.call] = LiveCall(log, identity.subject, hello.legs, opening)
        opening.add_done_callback(lambda task: self._opened(call, task))
        return call

    def _opened(self, call: LiveCall, task: asyncio.Task[CallSession]) -> None:
        """The session is there, or will never be."""
        started = call.log.started
        if task.cancelled() or task.exception() is not None:
            self._calls.pop(started.call, None)
            call.over.set()
            return
        call.log.recogniser = task.result().recogniser
        note("call.opened", call=started.call, agent=started.agent, campaign=started.campaign,
             recogniser=call.log.recogniser)
        self._hub.open(call.log)
        self._watch(call)

    def _push(self, call: LiveCall, frames: list[Frame]) -> None:
        self._run(call, lambda session: session.push(frames))

    def _run(self, call: LiveCall, work: Callable[[CallSession], list[Event]]) -> None:
        """Do something with the session and publish what follows; a fault of ours ends the call, not the server."""
        session = call.opening.result()
        try:
            events = work(session)
        except CoachError:
            raise
        except Exception as error:
            fault("call.fault", error, call=call.log.call)
            self._do(self.end(call, "server.internal"))
            raise CoachError("server.internal", "The server failed on this call; it is over") from error
        self._hub.publish(call.log, events, session.now)

    def _watch(self, call: LiveCall) -> None:
        """Start the clock on a call that lacks a stream, stop it on one that lacks none."""
        if call.timer is not None:
            call.timer.cancel()
            call.timer = None
        if not call.connected and call.ending is None:
            loop = asyncio.get_running_loop()
            call.timer = loop.call_later(self._resume_s, lambda: self._do(self.end(call, call.lost)))

    async def _end(self, call: LiveCall, reason: str) -> None:
        if call.timer is not None:
            call.timer.cancel()
        session = await call.opening
        try:
            frames = [frame for leg in call.legs.values() for frame in leg.finish()]
            events = session.push(frames) if frames else []
            events += await session.end(reason)
        except Exception as error:  # noqa: BLE001 -- whatever broke, the call must be seen to end
            fault("call.fault", error, call=call.log.call)
            reason = "server.internal"
            events = [CallEnded(session.now, reason)]
        self._hub.publish(call.log, events, session.now)
        self._hub.close(call.log, reason)
        self._calls.pop(call.log.call, None)
        call.over.set()
        self._metrics.calls.labels(reason).inc()
        note("call.ended", call=call.log.call, reason=reason, audio_s=round(session.now, 2))
        for leg, connection in call.connections.items():
            if reason == HANDED_BACK:
                self._do(connection.close(CloseCode.SERVICE_RESTART, "server.stopping"))
            else:
                self._do(_goodbye(connection, wire.Ended(reason=reason, samples=leg.received)))

    def _do(self, chore: Coroutine[Any, Any, None]) -> None:
        """Something that nobody waits for, kept until it is done."""
        task = asyncio.create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)


def _ended() -> ConflictError:
    return ConflictError("call.ended", "A call of this id is over; use another id for a new call")


async def _goodbye(connection: Connection, ended: wire.Ended) -> None:
    """The last message, where there is still somebody to read it."""
    with contextlib.suppress(ConnectionClosed):
        await connection.send(ended.model_dump_json())
    await connection.close()

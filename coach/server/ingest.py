"""A softphone's socket: hello, audio in order of arrival, bye."""

from __future__ import annotations

import asyncio
import time

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from coach.errors import CoachError, PeerTimeoutError, ProtocolError
from coach.server import wire
from coach.server.auth import Verifier
from coach.server.calls import Calls
from coach.server.codec import parse
from coach.server.edge import first_message
from coach.server.leg import Leg
from coach.server.limits import Pace
from coach.server.live_call import LiveCall
from coach.settings import Settings

ABREAST_S = 0.02
"""How often a leg that is ahead looks whether the other one has come up."""


class Ingest:
    """The handler of /v1/audio."""

    def __init__(self, calls: Calls, verifier: Verifier, settings: Settings) -> None:
        self._calls = calls
        self._verifier = verifier
        self._hello_timeout_s = settings.hello_timeout_s
        self._idle_timeout_s = settings.idle_timeout_s
        self._max_pace = settings.max_pace

    async def __call__(self, socket: ServerConnection) -> None:
        hello = await first_message(socket, wire.SOFTPHONE, wire.Hello, self._hello_timeout_s)
        identity = self._verifier.identity(hello.token, "softphone")
        call, leg = await self._calls.enter(hello, identity, socket)
        lost = None
        try:
            await socket.send(
                wire.Ready(call=hello.call, resume_at=leg.received, recogniser=call.log.recogniser).model_dump_json()
            )
            await self._stream(socket, call, leg)
        except CoachError as error:
            lost = error.code
            raise
        finally:
            self._calls.leave(call, leg, socket, lost)

    async def _stream(self, socket: ServerConnection, call: LiveCall, leg: Leg) -> None:
        """Until the socket closes: the call's end closes it."""
        pace = Pace(self._max_pace, time.monotonic())
        while True:
            frame = await self._receive(socket)
            if isinstance(frame, bytes):
                seconds = await self._calls.take(call, leg, socket, frame)
                if (samples := leg.due_ack()) is not None:
                    await socket.send(wire.Ack(samples=samples).model_dump_json())
                # A softphone that sends a lot at once must not starve the other calls; TCP slows it down.
                await asyncio.sleep(pace.pause(seconds, call.waiting_s, time.monotonic()))
                # The wall clock is waited for, too; a socket that closes meanwhile is seen at once.
                while call.ahead(leg) and socket.state is State.OPEN:  # noqa: ASYNC110
                    await asyncio.sleep(ABREAST_S)
            else:
                message = parse(wire.SOFTPHONE, frame)
                if not isinstance(message, wire.Bye):
                    raise ProtocolError("protocol.order", "Only audio and bye follow the hello")
                await self._calls.bye(call, leg, message.reason)

    async def _receive(self, socket: ServerConnection) -> str | bytes:
        try:
            async with asyncio.timeout(self._idle_timeout_s):
                return await socket.recv()
        except TimeoutError:
            raise PeerTimeoutError(
                "protocol.idle", f"No audio for {self._idle_timeout_s:g} s; connect again to go on"
            ) from None

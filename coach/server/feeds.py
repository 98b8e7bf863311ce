"""The pages' sockets: an agent's overlay, a supervisor's board."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection

from coach.errors import AuthError, ConflictError, MissingError, OverloadError, PeerTimeoutError, ProtocolError
from coach.events import AgentAction, SupervisorAction
from coach.server import wire
from coach.server.auth import Identity, Verifier
from coach.server.call_log import Reader
from coach.server.calls import Calls
from coach.server.codec import parse
from coach.server.edge import first_message, first_of
from coach.server.hub import Hub
from coach.server.journal import Journal
from coach.server.limits import Bucket
from coach.server.logs import note
from coach.server.outbox import Outbox, Outgoing

MESSAGES_PER_S, MESSAGES_AT_ONCE = 10.0, 50.0
"""What a person can click, and a page that has just come back."""
ROW_INTERVAL_S = 0.5
"""A call's row on a board changes at most this often."""
ROWS_WAIT_AT = 16
"""A board with so many messages still to be sent gets its rows later: then they are the newest."""


class Feed:
    """One page's socket with its outbox."""

    def __init__(self, socket: ServerConnection, identity: Identity) -> None:
        self._socket = socket
        self._waiting = asyncio.Event()
        self._too_slow = asyncio.Event()
        self.reader = Reader(identity, Outbox(self._wake))

    def _wake(self) -> None:
        self._waiting.set()
        if self.reader.outbox.overflown:
            self._too_slow.set()

    async def run(self, take: Callable[[str | bytes], None]) -> None:
        """Send what is published and `take` what the page says, until it leaves or has to go. Raises CoachError."""
        await first_of(self._receive(take), self._send(), self._cut(), self._expire())

    async def _receive(self, take: Callable[[str | bytes], None]) -> None:
        bucket = Bucket(MESSAGES_PER_S, MESSAGES_AT_ONCE, time.monotonic())
        async for frame in self._socket:
            if bucket.spend(1.0, time.monotonic()) > 0:
                raise OverloadError("rate.limit", "Too many messages in too short a time; try again later")
            try:
                take(frame)
            except (MissingError, ConflictError) as error:  # the page was a moment behind; no reason to part
                self.reader.outbox.put(Outgoing(wire.Error(code=error.code, text=error.text).model_dump_json()))

    async def _send(self) -> None:
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            while (message := self.reader.outbox.take()) is not None:
                await self._socket.send(message.text)
                if message.sent is not None:
                    message.sent()

    async def _cut(self) -> None:
        await self._too_slow.wait()
        raise PeerTimeoutError("feed.slow", "This page reads too slowly; connect again for a fresh snapshot")

    async def _expire(self) -> None:
        await asyncio.sleep(max(self.reader.identity.expires - time.time(), 0))
        raise AuthError("auth.expired", "The token has expired; ask for a new one")


class Overlay:
    """The handler of /v1/overlay: the agent's own call, and what the agent does with its cards."""

    def __init__(self, hub: Hub, calls: Calls, verifier: Verifier, *, hello_timeout_s: float) -> None:
        self._hub = hub
        self._calls = calls
        self._verifier = verifier
        self._hello_timeout_s = hello_timeout_s

    async def __call__(self, socket: ServerConnection) -> None:
        hello = await first_message(socket, wire.OVERLAY, wire.FeedHello, self._hello_timeout_s)
        feed = Feed(socket, self._verifier.identity(hello.token, "agent"))
        reader = feed.reader
        self._hub.enter(reader)
        try:
            if hello.call is None:
                self._hub.follow(reader)
            else:
                self._hub.find(hello.call, reader.identity).join(reader)
            note("overlay.opened", agent=reader.identity.subject, call=hello.call or "current")
            await feed.run(lambda frame: self._take(reader, frame))
        finally:
            self._hub.leave(reader)

    def _take(self, reader: Reader, frame: str | bytes) -> None:
        message = parse(wire.OVERLAY, frame)
        log = reader.log
        if isinstance(message, wire.Shown):
            if log is not None:
                log.stopwatch.drawn(message.prompt)
            return
        if not isinstance(message, wire.Action):
            raise ProtocolError("protocol.order", "There is one hello")
        if log is None or message.call not in (None, log.call) or not log.stopwatch.knows(message.prompt):
            raise MissingError("prompt.unknown", "There is no such card in the call that this page shows")
        self._calls.act(log.call, AgentAction(0.0, message.prompt, message.action))


class Supervisor:
    """The handler of /v1/supervisor: the board, one call in full, and what the supervisor does."""

    def __init__(self, hub: Hub, calls: Calls, verifier: Verifier, journal: Journal, *, hello_timeout_s: float) -> None:
        self._hub = hub
        self._journal = journal
        self._calls = calls
        self._verifier = verifier
        self._hello_timeout_s = hello_timeout_s

    async def __call__(self, socket: ServerConnection) -> None:
        hello = await first_message(socket, wire.SUPERVISOR, wire.FeedHello, self._hello_timeout_s)
        feed = Feed(socket, self._verifier.identity(hello.token, "supervisor"))
        reader = feed.reader
        self._hub.enter(reader)
        try:
            self._hub.show_board(reader)
            if hello.call is not None:
                self._watch(reader, hello.call)
            await first_of(feed.run(lambda frame: self._take(reader, frame)), self._rows(reader))
        finally:
            self._hub.leave(reader)

    async def _rows(self, reader: Reader) -> None:
        while True:
            await asyncio.sleep(ROW_INTERVAL_S)
            if len(reader.outbox) < ROWS_WAIT_AT:
                for row in self._hub.changed_rows(reader):
                    reader.outbox.put(Outgoing(wire.RowMessage(row=row).model_dump_json()))

    def _take(self, reader: Reader, frame: str | bytes) -> None:
        message = parse(wire.SUPERVISOR, frame)
        match message:
            case wire.Watch():
                self._watch(reader, message.call)
            case wire.Unwatch():
                if reader.log is not None:
                    reader.log.leave(reader)
            case wire.Whisper() | wire.Note() | wire.Flag() | wire.Fault():
                self._remark(reader, message)
            case _:
                raise ProtocolError("protocol.order", "There is one hello")

    def _watch(self, reader: Reader, call: str) -> None:
        try:
            log = self._hub.find(call, reader.identity)
        except MissingError:
            reader.outbox.put(Outgoing(wire.Gone(call=call).model_dump_json()))
            return
        log.join(reader)
        self._account(reader, "watch", call)

    def _remark(self, reader: Reader, message: wire.Remark) -> None:
        log = self._hub.find(message.call, reader.identity)
        self._calls.act(log.call, SupervisorAction(0.0, reader.identity.subject, message.type, message.text))
        self._account(reader, message.type, log.call)

    def _account(self, reader: Reader, deed: str, call: str) -> None:
        who = reader.identity.subject
        note("call.supervised", call=call, by=who, deed=deed)
        self._journal.deed(who, deed, call)

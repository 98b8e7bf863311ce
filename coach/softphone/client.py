"""The socket side of a softphone: keeps the audio, connects again, goes on at the right sample."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from coach.audio.decode import encode, sample_bytes
from coach.errors import AudioError, AuthError, CoachError, ConflictError, MissingError, OverloadError, ProtocolError
from coach.server import wire
from coach.server.codec import pack_audio, parse
from coach.softphone.kept import Kept
from coach.softphone.sources import Block

DELAYS_S = (0.1, 0.25, 0.5, 1.0, 2.0)
"""Waits before the first, second, ... attempt to connect again; the last one repeats."""
CONNECT_S = 5.0
MESSAGE_S = 0.1
"""Audio in one message; after a cut the rest follows in messages of this length, as fast as the server takes them."""

FINAL: dict[int, type[CoachError]] = {
    error.close_code: error for error in (ProtocolError, AuthError, MissingError, ConflictError, AudioError)
}
"""Closes after which connecting again cannot help."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the call ended: the server's reason, samples it took per channel, how often the line was cut."""

    reason: str
    samples: int
    cuts: int


def _quiet() -> logging.Logger:
    """At DEBUG websockets logs what is in the frames: the token, for one."""
    logger = logging.getLogger("coach.softphone.socket")
    logger.setLevel(logging.WARNING)
    return logger


class Softphone:
    """Streams one call. `told` hears what a person would like to know: "connected ...", "cut", "resumed ..."."""

    def __init__(
        self,
        url: str,
        hello: wire.Hello,
        *,
        keep_s: float = 1800.0,
        patience_s: float = 60.0,
        wait_when_full: bool = False,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`keep_s` seconds of audio are kept; a server away for `patience_s` ends the call.

        A server that comes back after a cut wants the rest. One that was restarted wants everything, and has the same
        call again when everything is kept. With `wait_when_full` the source waits rather than have audio lost that was
        not acknowledged, which a recording can and a conversation cannot.
        """
        self._url = url
        self._hello = hello
        self._patience_s = patience_s
        self._wait_when_full = wait_when_full
        self._told = told
        self._bytes = sample_bytes(hello.encoding) * len(hello.channels)  # of one sample of all channels
        self._kept = Kept(self._bytes, round(keep_s * hello.rate))
        self._more = asyncio.Event()  # audio was added, or the source is over
        self._room = asyncio.Event()  # audio was acknowledged
        self._recording: asyncio.Task[None] | None = None
        self._over = False  # the source is over
        self._cuts = 0
        self._ready = False  # on this connection
        self._error = ""  # what the server said last was wrong

    async def run(self, source: AsyncIterator[Block]) -> Outcome:
        """Stream until the source is over and the server has said so. Raises CoachError."""
        self._recording = asyncio.create_task(self._record(source))
        try:
            outcome = await self._stay_connected()
            if self._recording.done() and not self._recording.cancelled():
                self._recording.result()  # raises what the source raised
            return outcome
        finally:
            self._recording.cancel()
            await asyncio.gather(self._recording, return_exceptions=True)

    @property
    def connected(self) -> bool:
        """Whether the server takes audio now."""
        return self._ready

    def hang_up(self) -> None:
        """The conversation is over: what has been recorded is still sent, then bye."""
        if self._recording is not None:
            self._recording.cancel()

    async def _record(self, source: AsyncIterator[Block]) -> None:
        """The audio runs on, whether there is a server or not."""
        try:
            async for block in source:
                while self._wait_when_full and self._kept.full:
                    self._room.clear()
                    await self._room.wait()
                self._kept.add(encode(block, self._hello.encoding))
                self._more.set()
        finally:
            self._over = True
            self._more.set()

    async def _stay_connected(self) -> Outcome:
        loop = asyncio.get_running_loop()
        lost_at, attempt = loop.time(), 0
        while True:
            cause: Exception
            try:
                async with connect(self._url, compression=None, proxy=None, open_timeout=CONNECT_S,
                                   close_timeout=CONNECT_S, logger=_quiet()) as socket:
                    return await self._stream(socket)
            except ConnectionClosed as closed:
                if self._over and closed.rcvd and closed.rcvd.reason == "call.ended":  # and nobody told us
                    return Outcome("recording ended", self._kept.end, self._cuts)
                self._give_up(closed)
                cause = closed
            except InvalidURI as error:
                raise ProtocolError("softphone.url", f"{self._url} is not a ws:// or wss:// address") from error
            except (OSError, TimeoutError, InvalidHandshake) as refused:
                cause = refused
            if self._ready:
                self._ready, self._cuts, lost_at, attempt = False, self._cuts + 1, loop.time(), 0
                self._told("cut")
            elif self._cuts == 0 or loop.time() - lost_at > self._patience_s:
                raise MissingError("softphone.connect", f"no server answers at {self._url}") from cause
            await asyncio.sleep(DELAYS_S[min(attempt, len(DELAYS_S) - 1)])
            attempt += 1

    def _give_up(self, closed: ConnectionClosed) -> None:
        """Raise what the server said where another attempt cannot help."""
        code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")
        if code in FINAL:
            raise FINAL[code](reason or "softphone.refused", self._error or "the server refused") from closed
        if code == OverloadError.close_code and not self._cuts:
            raise OverloadError(reason or "server.full", self._error or "try again later") from closed

    async def _stream(self, socket: ClientConnection) -> Outcome:
        """One connection, until the call has ended. Raises ConnectionClosed when it breaks."""
        self._error = ""
        resume = self._kept.start if self._cuts else None
        await socket.send(self._hello.model_copy(update={"resume": resume}).model_dump_json())
        sending: asyncio.Task[None] | None = None
        try:
            async for frame in socket:
                match parse(wire.SOFTPHONE_REPLY, frame):
                    case wire.Ready() as ready:
                        self._ready = True
                        self._kept.acknowledged = ready.resume_at
                        self._told(f"resumed at {ready.resume_at}" if self._cuts else f"connected {ready.recogniser}")
                        sending = asyncio.create_task(self._send(socket, ready.resume_at))
                    case wire.Ack() as ack:
                        self._kept.acknowledged = ack.samples
                        self._room.set()
                    case wire.Ended() as ended:
                        return Outcome(ended.reason, ended.samples, self._cuts)
                    case wire.Error() as error:
                        self._error = error.text
        finally:
            if sending is not None:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
        raise ConnectionClosed(None, None)  # closed as if all were well, but the call has not ended

    async def _send(self, socket: ClientConnection, offset: int) -> None:
        """Everything from sample `offset` on, and bye after the last one."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                offset = max(offset, self._kept.start)
                audio = self._kept.read(offset, round(MESSAGE_S * self._hello.rate))
                if audio:
                    await socket.send(pack_audio(offset, audio))
                    offset += len(audio) // self._bytes
                elif self._over:
                    await socket.send(wire.Bye(reason="recording ended").model_dump_json())
                    return
                else:
                    self._more.clear()
                    await self._more.wait()

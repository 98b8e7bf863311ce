"""A line that can be cut: a TCP relay in front of a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Relay:
    """Passes bytes on to `port`. `budget`: cut every line after so many bytes of the caller; None never."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self.budget: int | None = None
        self._lines = 0
        self._line_came = asyncio.Condition()
        self._passing = asyncio.Event()
        self._passing.set()
        self._target = port
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def up(self) -> None:
        """Take calls, on the port of the first time."""
        self._server = await asyncio.start_server(self._line, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse new lines and cut the present ones."""
        assert self._server is not None
        self._server.close()
        self._passing.set()
        self.cut()
        await asyncio.gather(*self._tasks)

    def cut(self) -> None:
        """Cut all lines, without a word."""
        for writer in self._writers:
            writer.transport.abort()

    async def lines(self, count: int) -> None:
        """Wait until so many lines have been made."""
        async with self._line_came:
            await self._line_came.wait_for(lambda: self._lines >= count)

    def hold(self, held: bool) -> None:
        """Let nothing pass until it is let go."""
        if held:
            self._passing.clear()
        else:
            self._passing.set()

    def turn_to(self, port: int) -> None:
        """New lines go to another server."""
        self._target = port

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._line_came:
            self._lines += 1
            self._line_came.notify_all()
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        ends = {writer, far_writer}
        self._writers |= ends
        budget = self.budget
        for source, sink, limit in ((reader, far_writer, budget), (far_reader, writer, None)):
            task = asyncio.create_task(self._pass(source, sink, limit, ends))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, limit: int | None,
                    ends: set[asyncio.StreamWriter]) -> None:
        passed = 0
        try:
            while data := await source.read(1000):
                passed += len(data)
                if limit is not None and passed > limit:
                    break
                await self._passing.wait()
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            for writer in ends:
                writer.transport.abort()
            self._writers -= ends


@asynccontextmanager
async def relay_to(port: int) -> AsyncIterator[Relay]:
    """A relay in front of `port`."""
    relay = Relay(port)
    await relay.up()
    try:
        yield relay
    finally:
        await relay.down()

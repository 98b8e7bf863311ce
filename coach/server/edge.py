"""The edge of every socket: what both kinds of handler share, and the one place where errors become close codes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from prometheus_client import Counter
from pydantic import TypeAdapter
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from coach.errors import CoachError, PeerTimeoutError, ProtocolError
from coach.server.codec import parse
from coach.server.logs import fault, note
from coach.server.wire import Error, Message

LAST_WORD_S = 1.0
"""How long a peer gets to take the error message before the socket closes."""

M = TypeVar("M", bound=Message)
N = TypeVar("N", bound=Message)


async def first_message(socket: ServerConnection, adapter: TypeAdapter[M], kind: type[N], timeout_s: float) -> N:
    """The hello that every socket begins with. Raises ProtocolError, PeerTimeoutError."""
    try:
        async with asyncio.timeout(timeout_s):
            frame = await socket.recv()
    except TimeoutError:
        raise PeerTimeoutError("protocol.timeout", f"No hello within {timeout_s:g} s") from None
    message = parse(adapter, frame)
    if not isinstance(message, kind):
        raise ProtocolError("protocol.order", "The first message must be hello")
    return message


async def first_of(*jobs: Coroutine[Any, Any, None]) -> None:
    """Run the jobs until one of them returns or raises; the others are cancelled."""
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def guarded(
    socket: ServerConnection, handler: Callable[[ServerConnection], Awaitable[None]], refused: Counter
) -> None:
    """Run a handler; an error that it raises is told to the peer, logged and counted by its code, closes the socket."""
    path = socket.request.path.split("?")[0] if socket.request else ""
    try:
        await handler(socket)
    except ConnectionClosed:
        pass
    except CoachError as error:
        note("socket.refused", path=path, code=error.code)
        refused.labels(error.code).inc()
        await _tell(socket, error)
    except Exception as error:  # noqa: BLE001 -- the edge: nothing of ours may reach the peer
        fault("socket.fault", error, path=path)
        refused.labels("server.internal").inc()
        await _tell(socket, CoachError("server.internal", "The server failed; the fault is in its log"))


async def _tell(socket: ServerConnection, error: CoachError) -> None:
    with contextlib.suppress(ConnectionClosed, TimeoutError):
        async with asyncio.timeout(LAST_WORD_S):
            await socket.send(Error(code=error.code, text=error.text).model_dump_json())
    closing = asyncio.create_task(socket.close(error.close_code, error.code))
    with contextlib.suppress(ConnectionClosed):
        while True:  # what it sent meanwhile stands before its answer to the close
            await socket.recv()
    await closing

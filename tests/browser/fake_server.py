"""A stand-in for the server that a test holds in its hand: the pages, and feeds that say what the test tells them to.

Messages are built with coach/server/wire.py, so that the pages never meet a message the real server could not send.
Run as a program, it plays a lively call and a board of calls for whoever opens the pages.
"""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from coach.resources import resource
from coach.server import wire
from coach.server.auth import Verifier
from coach.server.hub import Hub
from coach.server.pages import Pages, collect

STARTED = "2025-03-14T10:30:00+08:00"
Json = dict[str, Any]


class FakeServer:
    """`async with FakeServer() as server:` then `server.url`, `server.event(...)`, `server.received`."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.call: wire.CallInfo | None = None
        self.events: list[Json] = []
        self.rows: dict[str, Json] = {}
        self.received: asyncio.Queue[Json] = asyncio.Queue()
        self.hellos: list[Json] = []
        self.drawn: list[str] = []  # cards that a page said it has drawn
        self.seq = 0
        self.refusing = False  # answers no one, as a network that is down
        self.refusing_remarks = False
        self.refuse_code: int | None = None  # closes every page with this code
        self._overlays: set[ServerConnection] = set()
        self._boards: set[ServerConnection] = set()
        self._watching: dict[ServerConnection, str] = {}
        self._server: Server | None = None
        self._pages = Pages(collect(resource), Hub(), Verifier("a key that signs nothing here"), lambda: True)

    async def __aenter__(self) -> FakeServer:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def listen(self) -> None:
        """Accept connections (again, on the port that it had)."""
        self._server = await serve(self._serve, "127.0.0.1", self.port, process_request=self._page)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close every connection and listen no more."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # -- what a test tells it

    def begin(self, call: str = "c-1", **fields: Any) -> None:
        """A call begins; overlays turn to it."""
        self.call = wire.CallInfo(**{
            "call": call, "agent": "wang.min", "campaign": "loan_followup", "language": "zh", "recogniser": "whisper",
            "started": STARTED, "live": True, "at": 0.0, **fields})
        self.events = []
        for page in self._overlays:
            self._send(page, self._snapshot())

    def event(self, type: str, at: float, **fields: Any) -> None:  # noqa: A002 (the name on the wire)
        """One event of the call."""
        assert self.call is not None
        event = {"type": type, "at": at, **fields}
        self.events.append(event)
        self.call = self.call.model_copy(update={"at": max(at, self.call.at)})
        self.seq += 1
        message = wire.EventMessage(call=self.call.call, seq=self.seq, event=event)
        for page in (*self._overlays, *(page for page, call in self._watching.items() if call == self.call.call)):
            self._send(page, message)

    def prompt(self, id: str, at: float, zh: str, en: str = "", *, priority: str = "P1", rule: str = "PACE-01",  # noqa: A002
               evidence: Json | None = None, lasts_s: float = 20.0) -> None:
        """A card."""
        self.event("prompt", at, id=id, rule=rule, priority=priority, text={"zh": zh, "en": en or zh},
                   evidence=evidence or {}, expires_at=at + lasts_s)

    def row(self, call: str, **fields: Any) -> None:
        """A call on the board is new or has changed."""
        old = self.rows.get(call) or {
            "call": call, "agent": "li.na", "teams": ["retail"], "tally": {},
            "campaign": "inbound", "language": "zh", "started": STARTED, "at": 0.0,
            "need": 0, "reasons": [], "phase": "handle", "modes": [], "stress": 0.2, "pace": 1.0, "silence_s": 0.0,
            "prompts": [], "flagged": False, "recognition": "ready"}
        self.rows[call] = {**old, **fields}
        message = wire.RowMessage(row=wire.RowInfo(**self.rows[call]))
        for page in self._boards:
            self._send(page, message)

    def gone(self, call: str) -> None:
        """A call leaves the board."""
        del self.rows[call]
        for page in self._boards:
            self._send(page, wire.Gone(call=call))

    async def cut(self) -> None:
        """The network fails: connections drop without a word and none gets through until `restore`."""
        self.refusing = True
        pages = [*self._overlays, *self._boards]
        for page in pages:
            page.transport.abort()
        for page in pages:
            await page.wait_closed()

    def restore(self) -> None:
        """The network is back."""
        self.refusing = False

    # -- the server

    def _send(self, page: ServerConnection, message: wire.Message) -> None:
        asyncio.get_running_loop().create_task(_quietly(page, message.model_dump_json()))

    def _snapshot(self) -> wire.Snapshot:
        return wire.Snapshot(seq=self.seq, call=self.call, events=self.events)

    async def _serve(self, page: ServerConnection) -> None:
        hello = wire.FeedHello.model_validate_json(await page.recv())
        self.hellos.append(hello.model_dump())
        if self.refuse_code:
            await page.close(self.refuse_code, "refused")
            return
        overlay = page.request is not None and page.request.path == "/v1/overlay"
        pages = self._overlays if overlay else self._boards
        pages.add(page)
        rows = sorted(self.rows.values(), key=lambda row: -row["need"])
        self._send(page, self._snapshot() if overlay else wire.Board(rows=[wire.RowInfo(**row) for row in rows]))
        if hello.call and not overlay:
            self._watch(page, hello.call)
        with contextlib.suppress(ConnectionClosed):
            async for text in page:
                self._take(page, (wire.OVERLAY if overlay else wire.SUPERVISOR).validate_json(text))
        pages.discard(page)
        self._watching.pop(page, None)

    def _take(self, page: ServerConnection, message: wire.Message) -> None:
        if isinstance(message, wire.Shown):
            self.drawn.append(message.prompt)
            return
        self.received.put_nowait(message.model_dump())
        match message:
            case wire.Action(prompt=prompt, action=action):
                self._acted(prompt, action)
            case wire.Watch(call=call):
                self._watch(page, call)
            case wire.Unwatch():
                self._watching.pop(page, None)
            case wire.Whisper() if self.refusing_remarks:
                self._send(page, wire.Error(code="call.ended", text="The call has ended"))
            case wire.Whisper() | wire.Note() | wire.Flag() | wire.Fault():
                if self.call and self.call.call == message.call:
                    self.event("supervisor_action", self.call.at, by="zhao.lin", action=message.type, text=message.text)

    def _watch(self, page: ServerConnection, call: str) -> None:
        self._watching[page] = call
        self._send(page, self._snapshot() if self.call and self.call.call == call else wire.Gone(call=call))

    def _acted(self, prompt: str, action: str) -> None:
        assert self.call is not None
        self.event("agent_action", self.call.at, prompt=prompt, action=action)
        known = {event["id"]: event["rule"] for event in self.events if event["type"] == "prompt"}
        closed = {event["id"] for event in self.events if event["type"] == "prompt_closed"}
        if prompt in known and prompt not in closed:
            reason = "dismissed" if action == "dismiss" else "acknowledged"
            self.event("prompt_closed", self.call.at, id=prompt, rule=known[prompt], reason=reason)

    def _page(self, _: ServerConnection, request: Request) -> Response | None:
        if self.refusing:
            return Response(HTTPStatus.SERVICE_UNAVAILABLE, "down", Headers())
        return None if request.path.startswith("/v1/") else self._pages.respond(request)


async def _quietly(page: ServerConnection, text: str) -> None:
    with contextlib.suppress(ConnectionClosed):
        await page.send(text)

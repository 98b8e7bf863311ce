"""Scripted sessions, and small clients for the sockets of a running server."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from coach.audio.frames import FRAME_S, Frame
from coach.events import (
    AgentAction,
    CallEnded,
    CallStarted,
    Event,
    Prompt,
    PromptClosed,
    Speaker,
    SupervisorAction,
)
from coach.server.app import Server
from coach.server.auth import Role, mint
from coach.server.codec import pack_audio

KEY = "a key for tests that is long enough"
WAIT_S = 5.0


def card(at: float = 0.1, number: int = 1, priority: str = "P1", expires_s: float = 8.0) -> Prompt:
    """A prompt as a playbook would give it."""
    return Prompt(at, f"p{number}", "PACE-01", priority, {"zh": "直接讲两点", "en": "Two points"},  # type: ignore[arg-type]
                  {"value": 5.1, "end": at - 0.04}, at + expires_s)


class FakeSession:
    """Emits the scripted events when their time has come; remembers what it was given."""

    recogniser = "none"
    waiting_s = 0.0

    def __init__(self, started: CallStarted, rates: Mapping[Speaker, int], script: list[Event]) -> None:
        self.started = started
        self.rates = dict(rates)
        self.frames: dict[str, list[Frame]] = {speaker: [] for speaker in rates}
        self.actions: list[Event] = []
        self.progress: Callable[[float], None] = lambda _: None
        self._script: list[Event] = [started, *script]

    @property
    def now(self) -> float:
        return round(min(len(frames) for frames in self.frames.values()) * FRAME_S, 6)

    def samples(self, speaker: str) -> np.ndarray[Any, Any]:
        return np.concatenate([frame.samples for frame in self.frames[speaker]])

    def push(self, frames: list[Frame]) -> list[Event]:
        for frame in frames:
            self.frames[frame.speaker].append(frame)
        self.progress(self.now)
        due = [event for event in self._script if event.at <= self.now]
        self._script = self._script[len(due):]
        return due

    def act(self, action: AgentAction | SupervisorAction) -> list[Event]:
        stamped = dataclasses.replace(action, at=self.now)
        self.actions.append(stamped)
        if isinstance(action, AgentAction) and action.action == "dismiss":
            return [stamped, PromptClosed(self.now, action.prompt, "PACE-01", "dismissed")]
        return [stamped]

    async def end(self, reason: str) -> list[Event]:
        return [CallEnded(self.now, reason)]


class FakeOpener:
    """Opens scripted sessions and keeps them by call id."""

    playbook = "test"
    recogniser = "none"
    gauges: Mapping[str, tuple[str, Callable[[], float]]] = {}

    def __init__(self) -> None:
        self.script: list[Event] = []
        self.sessions: dict[str, FakeSession] = {}
        self.make: Callable[..., FakeSession] = FakeSession
        self._goals: list[tuple[float, asyncio.Event]] = []

    def open(self, started: CallStarted, rates: Mapping[Speaker, int]) -> FakeSession:
        session = self.sessions[started.call] = self.make(started, rates, list(self.script))
        session.progress = self._progress
        return session

    def _progress(self, now: float) -> None:
        for goal, reached in self._goals:
            if now >= goal:
                reached.set()

    async def reached(self, audio_s: float) -> None:
        """Wait until a session has come to this audio time from now on."""
        goal = asyncio.Event()
        self._goals.append((audio_s, goal))
        async with asyncio.timeout(WAIT_S):
            await goal.wait()


class Peer:
    """A socket with JSON in and out and a time limit on every wait."""

    def __init__(self, socket: ClientConnection, path: str) -> None:
        self.socket = socket
        self.path = path

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self, kind: str | None = None) -> dict[str, Any]:
        """The next message; with `kind` the next one of that type, others are passed over."""
        async with asyncio.timeout(WAIT_S):
            while True:
                message: dict[str, Any] = json.loads(await self.socket.recv())
                if kind in (None, message["type"]):
                    return message

    async def hear_event(self, kind: str) -> dict[str, Any]:
        while True:
            event: dict[str, Any] = (await self.hear("event"))["event"]
            if event["type"] == kind:
                return event

    async def closed(self) -> tuple[int, str]:
        """Code and reason of the close, whatever comes before it."""
        async with asyncio.timeout(WAIT_S):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        return self.socket.close_code or 0, self.socket.close_reason or ""


class Desk:
    """A running server and what tests want from it."""

    def __init__(self, server: Server, opener: FakeOpener) -> None:
        self.server = server
        self.opener = opener

    async def reached_calls(self, count: int) -> None:
        """Wait until the server has taken so many hellos."""
        async with asyncio.timeout(WAIT_S):
            while len(self.server._calls) < count:  # noqa: ASYNC110 -- nothing is told before a session is open
                await asyncio.sleep(0.005)

    def url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.server.port}{path}"

    def token(self, role: Role, name: str = "a1", *teams: str, ttl_s: float = 60) -> str:
        return mint(KEY, role, name, teams=teams, ttl_s=ttl_s)

    @asynccontextmanager
    async def peer(self, path: str, **options: Any) -> AsyncIterator[Peer]:
        async with connect(self.url(path), proxy=None, close_timeout=1, **options) as socket:
            yield Peer(socket, path)

    def hello(self, **changes: Any) -> dict[str, Any]:
        """A good hello of a softphone, with changes."""
        return {
            "type": "hello", "v": 1, "token": self.token("softphone", "a1", "east"), "call": "c1", "agent": "a1",
            "campaign": "inbound", "encoding": "mulaw", "rate": 8000, "channels": ["agent", "customer"], **changes,
        }

    @asynccontextmanager
    async def softphone(self, **changes: Any) -> AsyncIterator[Peer]:
        """A softphone that the server has taken."""
        async with self.peer("/v1/audio") as phone:
            await phone.say(**self.hello(**changes))
            assert (await phone.hear())["type"] == "ready"
            yield phone

    @asynccontextmanager
    async def overlay(self, agent: str = "a1", **more: Any) -> AsyncIterator[Peer]:
        async with self.peer("/v1/overlay") as page:
            await page.say(type="hello", v=1, token=self.token("agent", agent), **more)
            yield page

    @asynccontextmanager
    async def supervisor(self, *teams: str, **more: Any) -> AsyncIterator[Peer]:
        async with self.peer("/v1/supervisor") as page:
            await page.say(type="hello", v=1, token=self.token("supervisor", "s1", *(teams or ("east",))), **more)
            yield page


async def send_audio(phone: Peer, start_s: float, end_s: float, *, rate: int = 8000, sample_bytes: int = 2) -> None:
    """Silence of the call from `start_s` to `end_s` in messages of 100 ms; `sample_bytes` of all channels."""
    offset, end = round(start_s * rate), round(end_s * rate)
    while offset < end:
        count = min(rate // 10, end - offset)
        await phone.socket.send(pack_audio(offset, b"\xff" * count * sample_bytes))
        offset += count


Open = Callable[..., AbstractAsyncContextManager[Desk]]

"""`coach demo`: the server, a softphone that plays the demonstration call, and an overlay in the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

from websockets.asyncio.client import connect

from coach.audio.wavfile import RecordedCall, read_call
from coach.call.session import Sessions
from coach.demo.expected import Expected, missing, read_expected
from coach.errors import CoachError, SettingsError
from coach.events import Json
from coach.resources import resource
from coach.server import wire
from coach.server.app import Server
from coach.server.auth import Role, mint
from coach.server.latency import PromptLatency
from coach.server.sessions import open_sessions
from coach.settings import Settings
from coach.softphone.client import Softphone
from coach.softphone.sources import play

AGENT, TEAM = "demo-agent", "demo"
AGAIN_S = 15.0


@dataclass(frozen=True, slots=True)
class Stage:
    """What every round of the demonstration needs."""

    server: Server
    key: str
    recording: RecordedCall
    expected: Expected

    def token(self, role: Role) -> str:
        return mint(self.key, role, AGENT if role != "supervisor" else "demo-supervisor", teams=(TEAM,))

    @property
    def socket_url(self) -> str:
        return self.server.url.replace("http", "ws", 1)


async def run_demo(settings: Settings, *, once: bool) -> int:
    """Play the call (again and again, unless `once`). Exit code: 0 if all expected prompts reached the overlay, else 1.

    Raises CoachError where it cannot begin.
    """
    recording = read_call(resource("coach/demo/call.flac"))
    expected = read_expected(resource("coach/demo/call.json"))
    print("Preparing recogniser and playbook ...", flush=True)
    sessions = await asyncio.to_thread(open_sessions, settings)
    key = secrets.token_urlsafe(32)
    async with _server(settings, sessions, key) as server:
        stage = Stage(server, key, recording, expected)
        _welcome(stage, sessions)
        number = 1
        while True:
            absent = await _round(stage, number)
            if once:
                return 1 if absent else 0
            print(f"\nThe call is played again in {AGAIN_S:.0f} s. Ctrl-C ends the demonstration.", flush=True)
            await asyncio.sleep(AGAIN_S)
            number += 1


@contextlib.asynccontextmanager
async def _server(settings: Settings, sessions: Sessions, key: str) -> AsyncIterator[Server]:
    """The server on the port of the settings or, where that is taken, on a free one."""
    try:
        server = await Server(settings, sessions, key).__aenter__()
    except SettingsError as error:
        if error.code != "settings.port":
            raise
        server = await Server(settings.model_copy(update={"port": 0}), sessions, key).__aenter__()
    try:
        yield server
    finally:
        await server.stop(0.0)


def _welcome(stage: Stage, sessions: Sessions) -> None:
    print(
        f"""
Recogniser: {sessions.recogniser}
Recording:  {stage.recording.seconds:.0f} s, a loan follow-up in which the agent makes the usual mistakes

Open in a browser:
  the agent's overlay     {stage.server.url}/overlay#token={stage.token("agent")}
  the supervisor's board  {stage.server.url}/supervisor#token={stage.token("supervisor")}
""",
        flush=True,
    )


async def _round(stage: Stage, number: int) -> list[str]:
    """Play the call once, show its prompts here as they arrive, then how quick they were. Returns what did not come."""
    call = f"demo-{number}"
    hello = wire.Hello(
        token=stage.token("softphone"), call=call, agent=AGENT, campaign=stage.expected.campaign,
        encoding="mulaw", rate=8000, channels=["agent", "customer"],
    )
    arrived: list[Json] = []
    watching = asyncio.Event()
    overlay = asyncio.create_task(_overlay(stage, call, arrived, watching))
    try:
        await watching.wait()
        await Softphone(f"{stage.socket_url}/v1/audio", hello, wait_when_full=True).run(play(stage.recording))
        await asyncio.wait_for(overlay, timeout=30)
    finally:
        overlay.cancel()
    _latencies([latency for latency in stage.server.hub.latencies() if latency.call == call])
    absent = missing(stage.expected, arrived)
    print(f"Expected prompts on the overlay: {len(stage.expected.rules) - len(absent)} of {len(stage.expected.rules)}"
          + (f"; missing {', '.join(absent)}" if absent else ""), flush=True)
    return absent


async def _overlay(stage: Stage, call: str, arrived: list[Json], watching: asyncio.Event) -> None:
    """A connected overlay: prints every card of `call` and keeps it in `arrived`; returns when the call has ended."""
    async with connect(f"{stage.socket_url}/v1/overlay", proxy=None) as socket:
        await socket.send(wire.FeedHello(token=stage.token("agent")).model_dump_json())
        async for frame in socket:
            message = json.loads(frame)
            watching.set()
            if message["type"] == "error":
                raise CoachError(message["code"], message["text"])
            events = message.get("events", []) if message["type"] == "snapshot" else [message.get("event", {})]
            current = message["call"] if message["type"] == "event" else (message.get("call") or {}).get("call")
            for event in events if current == call else []:
                if event["type"] == "prompt":
                    arrived.append(event)
                _show(event)
                if event["type"] == "call_ended":
                    return


def _show(event: Json) -> None:
    """One line for what a person wants to see go by."""
    clock = f"{event['at']:6.1f} s "
    match event["type"]:
        case "prompt":
            text = event["text"]
            print(f"{clock} [{event['priority']} {event['rule']}] {text['zh']}  ({text.get('en', '')})")
        case "transcript" if event["final"]:
            print(f"{clock} {event['speaker']}: {event['text']}")
        case "recognition":
            print(f"{clock} recogniser {event['engine']} {event['model']}: {event['state']} {event['detail']}".rstrip())
    sys.stdout.flush()


def _latencies(latencies: list[PromptLatency]) -> None:
    print("\nFrom the last audio of the evidence to the prompt on the overlay's socket:")
    for latency in latencies:
        print(f"  {latency.prompt:12} {latency.evidence_ms / 1e3:6.2f} s, of which "
              f"{latency.decided_ms:.0f} ms after the audio at the prompt's own time")
    if latencies:
        middle = sorted(latency.evidence_ms for latency in latencies)[len(latencies) // 2]
        print(f"  median       {middle / 1e3:6.2f} s", flush=True)

"""The promise that nobody else makes: a live call and its replay have the same events, to the last byte."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from websockets.asyncio.client import connect

from coach.audio.wavfile import RecordedCall, read_call
from coach.call.decoding import DecodePool
from coach.call.replay import About, replay
from coach.call.session import Sessions
from coach.events import to_json
from coach.playbook import load
from coach.recognition.transcript import TranscriptEngine
from coach.resources import resource
from coach.server.app import Server
from coach.server.auth import mint
from coach.server.wire import FeedHello, Hello
from coach.settings import Settings
from coach.settings import load as load_settings
from coach.softphone.client import Softphone
from coach.softphone.sources import play

KEY = "k" * 32
SECONDS = 20  # of the demonstration call: enough for speech, words, pace, and a prompt of each kind of evidence


@pytest.fixture(scope="module")
def recording() -> RecordedCall:
    call = read_call(resource("coach/demo/call.flac"))
    return dataclasses.replace(call, channels={s: x[: SECONDS * call.rate] for s, x in call.channels.items()})


@pytest.fixture(scope="module")
def engine() -> TranscriptEngine:
    return TranscriptEngine(resource("coach/demo/call.json"))


async def live_events(settings: Settings, engine: TranscriptEngine, recording: RecordedCall) -> list[dict[str, Any]]:
    """What a supervisor who watches the call receives, from hello to the end."""
    pool = DecodePool(2)
    sessions = Sessions(engine, "zh", load("zh-bank"), pool, lambda _: engine)
    async with Server(settings, sessions, KEY) as server:
        address = server.url.replace("http", "ws", 1)
        async with connect(f"{address}/v1/supervisor", proxy=None) as socket:
            await socket.send(FeedHello(token=mint(KEY, "supervisor", "boss", teams=("t",))).model_dump_json())
            hello = Hello(token=mint(KEY, "softphone", "ann", teams=("t",)), call="live", agent="ann",
                          campaign="loan_followup", encoding="mulaw", rate=8000, channels=["agent", "customer"])
            phone = Softphone(f"{address}/v1/audio", hello, wait_when_full=True)
            streaming = asyncio.create_task(phone.run(play(recording)))
            events: list[dict[str, Any]] = []
            async for frame in socket:
                message = json.loads(frame)
                if message["type"] == "row" and not events:
                    await socket.send('{"type": "watch", "call": "live"}')
                elif message["type"] == "snapshot":
                    events += message["events"]
                elif message["type"] == "event":
                    events.append(message["event"])
                    if message["event"]["type"] == "call_ended":
                        break
            await streaming
    pool.close()
    return events


async def test_live_prompts_are_the_replayed_prompts(engine: TranscriptEngine, recording: RecordedCall,
                                                     tmp_path: Path) -> None:
    wav = tmp_path / "live.wav"
    soundfile.write(wav, np.stack(list(recording.channels.values()), axis=1), recording.rate, subtype="PCM_16")
    about = About("loan_followup", "zh", agent="ann")
    replayed = [to_json(event) for event in replay(wav, about, engine, load("zh-bank"))]
    live = await live_events(load_settings(port=0), engine, recording)
    for kind in ("prompt", "transcript", "pace", "stress", "dynamics", "speech", "phase", "mode"):
        ours = [event for event in live if event["type"] == kind and event.get("final", True)]
        theirs = [event for event in replayed if event["type"] == kind and event.get("final", True)]
        assert theirs or kind in ("mode", "phase"), f"the replay has no {kind}: the comparison would prove nothing"
        assert ours == theirs

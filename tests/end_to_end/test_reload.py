"""A playbook that changes under a serving process: the running call never notices, the next one has the new words."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from coach.audio.wavfile import RecordedCall, read_call
from coach.call.decoding import DecodePool
from coach.call.session import Sessions
from coach.playbook import load
from coach.recognition.transcript import TranscriptEngine
from coach.resources import resource
from coach.server.app import Server
from coach.server.auth import mint
from coach.server.reloading import Reloading
from coach.server.wire import FeedHello, Hello
from coach.settings import load as load_settings
from coach.softphone.client import Softphone
from coach.softphone.sources import play

KEY = "k" * 32
RULE, SECONDS = "VER-01", 12
"""Its card goes up in so much of the demonstration call, some seconds after the first words."""


@pytest.fixture
def recording() -> RecordedCall:
    call = read_call(resource("coach/demo/call.flac"))
    return dataclasses.replace(call, channels={s: x[: SECONDS * call.rate] for s, x in call.channels.items()})


async def _call(server: Server, board: ClientConnection, name: str, recording: RecordedCall,
                midway: Callable[[], Awaitable[object]] | None = None) -> list[dict[str, Any]]:
    """The events of one call; `midway` is awaited when its first words are known."""
    address = server.url.replace("http", "ws", 1)
    hello = Hello(token=mint(KEY, "softphone", "ann", teams=("t",)), call=name, agent="ann",
                  campaign="loan_followup", encoding="mulaw", rate=8000, channels=["agent", "customer"])
    streaming = asyncio.create_task(Softphone(f"{address}/v1/audio", hello, wait_when_full=True).run(play(recording)))
    events: list[dict[str, Any]] = []
    watching = False
    async for frame in board:
        message = json.loads(frame)
        if message["type"] == "row" and not watching:
            watching = True
            await board.send(json.dumps({"type": "watch", "call": name}))
        new = message["events"] if message["type"] == "snapshot" else [message.get("event")]
        events += [event for event in new if event]
        if midway is not None and any(event["type"] == "transcript" for event in events):
            assert not any(event["type"] == "prompt" for event in events), "too late to prove anything"
            await midway()
            midway = None
        if events and events[-1]["type"] == "call_ended":
            break
    await streaming
    return events


def _cards(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == "prompt"]


async def test_a_running_call_finishes_on_its_version_and_the_next_has_the_new_one(
        recording: RecordedCall, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "coach.server")
    pack = Path(shutil.copytree(resource("coach/playbook/packs/zh-bank"), tmp_path / "pack"))
    old, engine, pool = load(pack), TranscriptEngine(resource("coach/demo/call.json")), DecodePool(2)
    sessions = Sessions(engine, "zh", old, pool, lambda _: engine)
    reloading = Reloading(sessions, str(pack))
    text = next(case.text["zh"] for case in old.cases if case.rule == RULE)
    file = pack / "verify.yaml"
    sound = file.read_text(encoding="utf-8").replace(text, "换了新的话")
    async with (Server(load_settings(port=0), sessions, KEY) as server,
                connect(f"{server.url.replace('http', 'ws', 1)}/v1/supervisor", proxy=None) as board):
        await board.send(FeedHello(token=mint(KEY, "supervisor", "boss", teams=("t",))).model_dump_json())
        file.write_text(sound, encoding="utf-8")
        first = await _call(server, board, "first", recording, midway=reloading.reload)
        file.write_text(sound.replace("priority:", "priorty:", 1), encoding="utf-8")
        assert not await reloading.reload()
        second = await _call(server, board, "second", recording)
    pool.close()
    new = sessions.playbook
    assert new != old.version
    for events, version, words in ((first, old.version, text), (second, new, "换了新的话")):
        assert events[0]["playbook"] == version
        assert _cards(events)
        assert {card["evidence"]["playbook"].partition("@")[2] for card in _cards(events)} == {version}
        assert words in [card["text"]["zh"] for card in _cards(events) if card["rule"] == RULE]
    line = 1 + sound[:sound.index("priority:")].count("\n")
    refused = [record for record in caplog.records if record.event == "playbook.refused"]  # type: ignore[attr-defined]
    assert [record.fields["where"] for record in refused][:1] == [f"{file.name}:{line}"]  # type: ignore[attr-defined]


async def test_asked_twice_while_reading_it_reads_once_more(tmp_path: Path) -> None:
    pack = Path(shutil.copytree(resource("coach/playbook/packs/en-bank"), tmp_path / "pack"))
    engine, pool = TranscriptEngine(resource("coach/demo/call.json")), DecodePool(1)
    sessions = Sessions(engine, "zh", load(pack), pool, lambda _: engine)
    reloading = Reloading(sessions, str(pack))
    waiting = asyncio.create_task(reloading.run())
    try:
        file = pack / "playbook.yaml"
        for number in range(2):
            file.write_text(file.read_text(encoding="utf-8") + f"# {number}\n", encoding="utf-8")
            reloading.ask()
            await asyncio.sleep(0.02)
        async with asyncio.timeout(20):
            while sessions.playbook != load(pack).version:  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(0.02)
    finally:
        waiting.cancel()
        pool.close()

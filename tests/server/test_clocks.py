"""Audio time is counted in samples: whatever clock a softphone has, and however it sends, the events are the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from coach.audio.wavfile import RecordedCall, read_call
from coach.call.decoding import DecodePool
from coach.call.replay import About, replay
from coach.call.session import Sessions
from coach.events import SPEAKERS, to_json
from coach.playbook import load
from coach.recognition.none import NoEngine
from coach.records.recorder import Recorder
from coach.records.store import Store
from coach.resources import resource
from coach.server.app import Server
from coach.server.auth import mint
from coach.server.wire import Hello
from coach.settings import Settings
from coach.softphone import Softphone, play
from coach.softphone.sources import Block
from tests.server.desk import KEY

SECONDS, PACE = 10.0, 10.0
ENGINE, PLAYBOOK = NoEngine("clocks"), load("zh-bank")
Source = Callable[[RecordedCall], AsyncIterator[Block]]


@pytest.fixture(scope="module")
def recording() -> RecordedCall:
    whole = read_call(resource("coach/demo/call.flac"))
    start, end = (round(at * whole.rate) for at in (20.0, 20.0 + SECONDS))
    return RecordedCall(whole.rate, {speaker: samples[start:end] for speaker, samples in whole.channels.items()})


@pytest.fixture(scope="module")
def truth(recording: RecordedCall, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The events of a replay."""
    wav = tmp_path_factory.mktemp("clocks") / "call.wav"
    soundfile.write(wav, np.stack(list(recording.channels.values()), axis=1), recording.rate, subtype="PCM_16")
    return told(map(to_json, replay(wav, About("inbound", "zh"), ENGINE, PLAYBOOK)))


def told(events: Any) -> list[dict[str, Any]]:
    """Without those that name the call."""
    return [event for event in events if event["type"] not in ("call_started", "call_ended", "recognition")]


def hello(**changes: Any) -> Hello:
    return Hello.model_validate({"token": mint(KEY, "softphone", "a1"), "call": "c1", "agent": "a1", "rate": 8000,
                                 "encoding": "linear16", "channels": list(SPEAKERS), **changes})


async def events_of(folder: Path, calling: Callable[[str], Any], **changes: Any) -> list[dict[str, Any]]:
    """What a server records while `calling(address)` runs."""
    store = Store(f"sqlite:///{folder}/records.db")
    sessions = Sessions(ENGINE, "zh", PLAYBOOK, DecodePool(1), lambda _: ENGINE)
    with Recorder(store) as recorder:
        settings = Settings(port=0, max_lag_s=60, max_cpu=60, **changes)
        async with Server(settings, sessions, KEY, recorder) as server:
            await calling(f"ws://127.0.0.1:{server.port}/v1/audio")
    (record,) = store.records()
    events = told(store.events(record["record"]))
    store.close()
    return events


async def fast(recording: RecordedCall) -> AsyncIterator[Block]:
    async for block in play(recording, pace=PACE * 1.005):
        yield block


async def slow(recording: RecordedCall) -> AsyncIterator[Block]:
    async for block in play(recording, pace=PACE * 0.995):
        yield block


async def bursts(recording: RecordedCall) -> AsyncIterator[Block]:
    """Nothing for two seconds of audio, then all of it."""
    async for block in play(recording, pace=PACE, block_s=2.0):
        yield block


async def pauses(recording: RecordedCall) -> AsyncIterator[Block]:
    """Half of the call, nothing for longer than the server waits, the other half."""
    for number, start in enumerate((0, round(SECONDS / 2 * recording.rate))):
        await asyncio.sleep(number * 0.8)
        part = {speaker: samples[start : start + round(SECONDS / 2 * recording.rate)]
                for speaker, samples in recording.channels.items()}
        async for block in play(RecordedCall(recording.rate, part), pace=PACE):
            yield block


@pytest.mark.parametrize("source", [fast, slow, bursts, pauses])
async def test_a_softphones_clock_changes_nothing(
    source: Source, recording: RecordedCall, truth: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Half a per cent fast or slow, in bursts, with a pause after which the idle line has to be made anew."""
    phones: list[Softphone] = []

    async def calling(address: str) -> None:
        phones.append(Softphone(address, hello()))
        outcome = await phones[0].run(source(recording))
        assert (outcome.cuts > 0) == (source is pauses)

    assert await events_of(tmp_path, calling, idle_timeout_s=0.4) == truth


@pytest.mark.parametrize("later", SPEAKERS)
async def test_two_legs_that_send_all_again_stay_together(
    later: str, recording: RecordedCall, truth: list[dict[str, Any]], tmp_path: Path
) -> None:
    """One connects half a second after the other, which is five seconds of this audio: it is waited for."""

    async def leg(address: str, speaker: str) -> None:
        await asyncio.sleep(0.5 * (speaker == later))
        phone = Softphone(address, hello(channels=[speaker], legs=2))
        alone = RecordedCall(recording.rate, {name: samples for name, samples in recording.channels.items()
                                              if name == speaker})
        await phone.run(play(alone, pace=PACE))

    async def calling(address: str) -> None:
        await asyncio.gather(*(leg(address, speaker) for speaker in SPEAKERS))

    assert await events_of(tmp_path, calling) == truth

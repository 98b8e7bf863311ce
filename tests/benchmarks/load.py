"""How many calls one server holds: N softphones in real time, and how late it answers them.

    python -m tests.benchmarks.load --calls 20 --seconds 30 [--recogniser none]

The server is a process of its own. Printed: from sending audio to its acknowledgement (everything that follows from
it has been published by then), from a pace event's own audio to a board that watches the call, the server's CPU and
memory per call, what the server refused. The softphones share the machine's cores with the server: the true figures are
somewhat better.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from coach.audio.decode import encode
from coach.audio.wavfile import read_call
from coach.resources import resource
from coach.server.auth import mint
from coach.server.codec import pack_audio

MESSAGE_S = 0.1
RATE = 8000


@dataclass
class Lags:
    """Seconds."""

    ack: list[float] = field(default_factory=list)
    pace: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


async def call(url: str, key: str, number: int, audio: bytes, seconds: float, lags: Lags) -> None:
    """One softphone; they begin evenly over five seconds, each somewhere else in the recording."""
    await asyncio.sleep(5.0 * (number * 0.618 % 1.0))
    step = round(RATE * MESSAGE_S)
    shift = number * 7919 * 2 * step % len(audio)
    audio = audio[shift:] + audio[:shift]
    name, sent = f"load-{number}", {}
    async with connect(f"{url}/v1/audio", proxy=None, compression=None) as socket:
        hello = {"type": "hello", "v": 1, "token": mint(key, "softphone", name, teams=("load",)), "call": name,
                 "agent": name, "campaign": "inbound", "encoding": "mulaw", "rate": RATE,
                 "channels": ["agent", "customer"]}
        await socket.send(json.dumps(hello))
        answer = json.loads(await socket.recv())
        if answer["type"] != "ready":
            lags.refused.append(answer["code"])
            return

        async def listen() -> None:
            async for frame in socket:
                message = json.loads(frame)
                if message["type"] == "ack":
                    lags.ack.append(time.monotonic() - sent[message["samples"]])

        listening = asyncio.create_task(listen())
        watching = asyncio.create_task(watch(url, key, name, sent, lags)) if number == 0 else None
        began = time.monotonic()
        for index in range(round(seconds / MESSAGE_S)):
            await asyncio.sleep(began + (index + 1) * MESSAGE_S - time.monotonic())
            start = index * 2 * step % len(audio)
            sent[(index + 1) * step] = time.monotonic()
            block = audio[start : start + 2 * step]
            await socket.send(pack_audio(index * step, block + audio[: 2 * step - len(block)]))
        await socket.send('{"type":"bye"}')
        await listening
        if watching:
            watching.cancel()


async def watch(url: str, key: str, name: str, sent: dict[int, float], lags: Lags) -> None:
    """A board that watches the first call."""
    async with connect(f"{url}/v1/supervisor", proxy=None) as socket:
        await socket.send(json.dumps({"type": "hello", "v": 1, "token": mint(key, "supervisor", "b", teams=("load",))}))
        await socket.send(json.dumps({"type": "watch", "call": name}))
        async for frame in socket:
            message = json.loads(frame)
            if message["type"] == "event" and message["event"]["type"] in ("pace", "dynamics", "speech"):
                due = -(-message["event"]["at"] // MESSAGE_S) * MESSAGE_S
                lags.pace.append(time.monotonic() - sent.get(round(due * RATE), time.monotonic()))


def usage(pid: int) -> tuple[float, float]:
    """CPU seconds and resident MiB of a process (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks, pages = int(fields[11]) + int(fields[12]), int(fields[21])
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def line(name: str, seconds: list[float]) -> str:
    if not seconds:
        return f"{name:34} none"
    middle, high, most = (1e3 * np.percentile(seconds, share) for share in (50, 95, 100))
    return f"{name:34} median {middle:6.0f} ms   p95 {high:6.0f} ms   most {most:6.0f} ms   of {len(seconds)}"


async def run(args: argparse.Namespace, url: str, key: str, pid: int) -> None:
    recording = read_call(resource("coach/demo/call.flac"))
    audio = encode(list(recording.channels.values()), "mulaw")
    lags, (cpu_before, idle_mib) = Lags(), usage(pid)
    began = time.monotonic()
    calls = [call(url, key, number, audio, args.seconds, lags) for number in range(args.calls)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    elapsed = time.monotonic() - began
    cpu, mib = usage(pid)
    broken = [error for error in results if isinstance(error, ConnectionClosed)]
    print(f"{args.calls} calls of {args.seconds:g} s, recogniser {args.recogniser}")
    print(line("audio sent -> acknowledged", lags.ack))
    print(line("pace, dynamics, speech -> board", lags.pace))
    per_call = (mib - idle_mib) / max(args.calls, 1)
    print(f"server: {(cpu - cpu_before) / elapsed:.2f} cores, {per_call:.1f} MiB per call, {mib:.0f} MiB in all; "
          f"refused {len(lags.refused)}, broken {len(broken)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--recogniser", default="none")
    args = parser.parse_args()
    key = secrets.token_urlsafe(32)
    environment = {**os.environ, "COACH_SECRET": key, "COACH_RECORDS": "", "COACH_MAX_CALLS": "1000",
                   "COACH_LOG": "ERROR"}
    serve = "import sys; from coach.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", serve, "serve", "--port", "0", "--recogniser", args.recogniser]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().rpartition(" ")[2].strip().replace("http", "ws", 1)
            asyncio.run(run(args, url, key, server.pid))
        finally:
            server.terminate()


if __name__ == "__main__":
    main()

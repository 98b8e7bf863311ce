"""A server of its own and many softphones with their overlays, in real time: what load and soak measure with."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from coach.audio.decode import encode
from coach.audio.frames import Samples
from coach.audio.wavfile import read_call
from coach.events import SPEAKERS, Prompt
from coach.resources import resource
from coach.server.auth import mint
from coach.server.codec import pack_audio
from coach.server.latency import evidence_end
from tests.benchmarks.korean import build_call
from tests.benchmarks.processes import usage

MESSAGE_S = 0.1
ALLOWANCE_S = {"none": 0.0, "vosk": 0.3, "whisper": 1.0}
"""`latency_s` of the engines: audio time after which a result is handed over, never sooner."""
CUES = ("pace", "pace_change", "stress", "dynamics", "speech_started", "speech")


@dataclass(frozen=True)
class Material:
    """What is said in the calls: both channels, mu-law, interleaved."""

    language: str
    rate: int
    audio: bytes

    def turned(self, number: int, seconds: float) -> bytes:
        """The same going round from another place for each `number`, `seconds` long."""
        step = 2 * round(self.rate * MESSAGE_S)
        shift = number * 79 * step % len(self.audio)
        length = round(seconds * self.rate) * 2
        once = self.audio[shift:] + self.audio[:shift]
        return (once * math.ceil(length / len(once)))[:length]


def material(language: str) -> Material:
    """zh: the demonstration call; ko: four calls built from the reference recordings, one after another."""
    if language == "zh":
        recording = read_call(resource("coach/demo/call.flac"))
        return Material(language, recording.rate, encode(list(recording.channels.values()), "mulaw"))
    calls = [build_call(number, 60.0).channels for number in range(4)]
    joined: list[Samples] = [np.concatenate([call[speaker] for call in calls]) for speaker in SPEAKERS]
    return Material(language, 16000, encode(joined, "mulaw"))


@dataclass
class Figures:
    """What the softphones and pages saw. Seconds."""

    acks: list[float] = field(default_factory=list)
    cues: list[float] = field(default_factory=list)
    prompts: list[float] = field(default_factory=list)
    evidence: list[float] = field(default_factory=list)
    finals: list[float] = field(default_factory=list)
    refused: int = 0
    broken: int = 0
    skipped: int = 0  # event numbers that a page missed

    def clear(self) -> None:
        """Forget the times: the calls have only begun."""
        for times in (self.acks, self.cues, self.prompts, self.evidence, self.finals):
            times.clear()


@dataclass
class Service:
    """A server in a process of its own."""

    url: str  # ws://…
    key: str
    pid: int
    recogniser: str

    def usage(self) -> tuple[float, float]:
        """CPU seconds and resident MiB (Linux)."""
        return usage(self.pid)

    def metric(self, name: str) -> float:
        """One number of /metrics, 0 where it is not there."""
        token = mint(self.key, "supervisor", "load")
        request = urllib.request.Request(  # noqa: S310 -- the address is ours
            f"{self.url.replace('ws', 'http', 1)}/metrics", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request) as page:  # noqa: S310
            lines = page.read().decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} "))


@contextmanager
def service(recogniser: str, language: str, *, admission: bool, records: str = "", **more: str) -> Iterator[Service]:
    """Runs a server until the block is left. Without `admission` it takes every call, to find out what it can bear."""
    key = secrets.token_urlsafe(32)
    environment = {**os.environ, "COACH_SECRET": key, "COACH_RECORDS": records, "COACH_MAX_CALLS": "10000",
                   "COACH_LANGUAGE": language, "COACH_LOG": "ERROR", **more}
    if not admission:
        environment |= {"COACH_MAX_LAG_S": "1000", "COACH_MAX_CPU": "1000"}
    command = [sys.executable, "-m", "coach", "serve", "--port", "0", "--recogniser", recogniser]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().rpartition(" ")[2].strip()
            yield Service(address.replace("http", "ws", 1), key, server.pid, recogniser)
        finally:
            server.terminate()


class Phone:
    """One call: a softphone in real time, and the overlay of its agent."""

    def __init__(self, at: Service, name: str, what: Material, audio: bytes, figures: Figures) -> None:
        self._service = at
        self._name = name
        self._what = what
        self._audio = audio
        self._figures = figures
        self._step = round(what.rate * MESSAGE_S)
        self._sent: list[float] = []  # wall time at which each message went out
        self._ends: dict[str, list[tuple[float, float]]] = {speaker: [] for speaker in SPEAKERS}  # speech: end, known

    async def run(self) -> bool:
        """Play the audio to its end. False where the server did not take the call or lost it."""
        try:
            async with self._overlay(), connect(
                f"{self._service.url}/v1/audio", proxy=None, compression=None, ping_timeout=None
            ) as line:
                await line.send(json.dumps(self._hello()))
                answer = json.loads(await line.recv())
                if answer["type"] != "ready":
                    self._figures.refused += 1
                    return False
                acknowledging = asyncio.create_task(self._acknowledged(line))
                await self._play(line)
                await acknowledging
                return True
        except (ConnectionClosed, OSError, TimeoutError):
            self._figures.broken += 1
            return False

    def _hello(self) -> dict[str, Any]:
        token = mint(self._service.key, "softphone", self._name, teams=("load",))
        return {"type": "hello", "v": 1, "token": token, "call": self._name, "agent": self._name, "encoding": "mulaw",
                "campaign": "loan_followup", "language": self._what.language, "rate": self._what.rate,
                "channels": list(SPEAKERS)}

    async def _play(self, line: ClientConnection) -> None:
        began = time.monotonic()
        for start in range(0, len(self._audio), 2 * self._step):
            await asyncio.sleep(began + (len(self._sent) + 1) * MESSAGE_S - time.monotonic())
            self._sent.append(time.monotonic())
            await line.send(pack_audio(start // 2, self._audio[start : start + 2 * self._step]))
        await line.send('{"type":"bye","reason":"recording ended"}')

    async def _acknowledged(self, line: ClientConnection) -> None:
        async for frame in line:
            message = json.loads(frame)
            if message["type"] == "ack":
                self._figures.acks.append(time.monotonic() - self._when(message["samples"] / self._what.rate))

    @asynccontextmanager
    async def _overlay(self) -> AsyncIterator[None]:
        async with connect(f"{self._service.url}/v1/overlay", proxy=None, compression=None) as page:
            token = mint(self._service.key, "agent", self._name)
            await page.send(json.dumps({"type": "hello", "v": 1, "token": token, "call": None}))
            await page.recv()  # no call yet
            reading = asyncio.create_task(self._read(page))
            try:
                yield
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, page: ClientConnection) -> None:
        seq = 0
        with contextlib.suppress(ConnectionClosed):
            async for frame in page:
                message = json.loads(frame)
                if message["type"] == "event":
                    self._figures.skipped += message["seq"] - seq - 1
                    self._measure(message["event"], time.monotonic())
                seq = message.get("seq", seq)

    def _measure(self, event: dict[str, Any], now: float) -> None:
        match event["type"]:
            case "prompt":
                card = Prompt(**{name: value for name, value in event.items() if name != "type"})
                self._figures.prompts.append(now - self._when(card.at))
                self._figures.evidence.append(now - self._when(evidence_end(card)))
            case "transcript" if event["final"]:
                known = [at for end, at in self._ends[event["speaker"]] if end >= event["end"] - 0.3]
                asked = min(known, default=event["end"])  # the model may also end a sentence before speech does
                self._figures.finals.append(now - self._when(asked) - ALLOWANCE_S[self._service.recogniser])
            case kind if kind in CUES:
                self._figures.cues.append(now - self._when(event["at"]))
                if kind == "speech":
                    self._ends[event["speaker"]].append((event["end"], event["at"]))

    def _when(self, at: float) -> float:
        """Wall time at which the message went out that brought the audio before `at`."""
        index = math.ceil(round(at / MESSAGE_S, 6)) - 1
        return self._sent[min(max(index, 0), len(self._sent) - 1)]


def high(seconds: list[float]) -> float:
    """The 95th percentile; 0 of nothing."""
    return float(np.percentile(seconds, 95)) if seconds else 0.0

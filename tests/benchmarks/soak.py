"""Calls for an hour, one after another on every line: flat memory, and no event lost, doubled or changed.

    python -m tests.benchmarks.soak --calls 20 --minutes 60 --json OUT      (beforehand: --minutes 3 --length 40)

Each line plays calls of `--length` seconds, each with its agent's overlay, through one server with records in SQLite.
Every minute its memory, its CPU, and the 95th percentiles of that minute are printed and written to OUT. At the end the
recorded events of every call are compared with those of an undisturbed replay of the same audio, and the numbers of the
events that each overlay got must have no gap. The exit code is 1 where an event is missing, wrong or twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from coach.audio.decode import decode
from coach.call.replay import About, replay
from coach.events import to_json
from coach.playbook import load
from coach.recognition.none import NoEngine
from coach.records.store import Store
from tests.benchmarks.phones import Figures, Material, Phone, Service, high, material, service

PARTS = 4
"""Different calls: so many replays tell what every call should have had."""
NOT_COMPARED = ("call_started", "call_ended", "recognition")  # they name the call and the engine's reasons


@dataclass(frozen=True)
class Minute:
    """The server after one more minute. Times are 95th percentiles in seconds."""

    minute: float
    mib: float
    cores: float
    phones_cores: float  # of the softphones and overlays
    ack_s: float
    cue_s: float
    prompt_s: float
    waiting: float  # entries that the records still have to write


@dataclass
class Report:
    """What is printed and written."""

    calls_at_once: int
    minutes: list[Minute] = field(default_factory=list)
    calls: int = 0
    events: int = 0
    refused: int = 0
    broken: int = 0
    skipped: int = 0
    wrong: list[str] = field(default_factory=list)
    done: bool = False

    @property
    def mib_per_hour(self) -> float | None:
        """Slope of the memory over the last three quarters; None of too few points."""
        points = self.minutes[len(self.minutes) // 4 :]
        if len(points) < 3:
            return None
        return float(np.polyfit([point.minute / 60 for point in points], [point.mib for point in points], 1)[0])

    def write(self, path: Path | None) -> None:
        if path is not None:
            path.write_text(json.dumps({**asdict(self), "mib_per_hour": self.mib_per_hour}, indent=1))


async def line(at: Service, number: int, what: Material, args: argparse.Namespace, figures: Figures,
               played: dict[str, int]) -> None:
    """Calls one after another until the time is over; `played` gets their names and which part each was."""
    ends = time.monotonic() + 60 * args.minutes
    await asyncio.sleep(args.length * number / args.calls)
    count = 0
    while time.monotonic() + args.length <= ends:
        name, part = f"soak-{number}-{count}", (number + count) % PARTS
        played[name] = part
        await Phone(at, name, what, what.turned(part, args.length), figures).run()
        count += 1


async def watch(at: Service, figures: Figures, report: Report, out: Path | None) -> None:
    """Once a minute, until cancelled."""
    began = before = time.monotonic()
    cpu, own = at.usage()[0], time.process_time()
    while True:
        await asyncio.sleep(60.0 - (time.monotonic() - began) % 60.0)
        waiting = await asyncio.to_thread(at.metric, "coach_records_waiting")
        now, (used, mib) = time.monotonic(), at.usage()
        times = (high(figures.acks), high(figures.cues), high(figures.prompts))
        minute = Minute(round((now - began) / 60, 1), round(mib, 1), round((used - cpu) / (now - before), 3),
                        round((time.process_time() - own) / (now - before), 3), *times, waiting)
        before, cpu, own = now, used, time.process_time()
        figures.clear()
        report.minutes.append(minute)
        report.write(out)
        print(f"{minute.minute:5.0f} min {minute.mib:7.1f} MiB {minute.cores:5.2f} + {minute.phones_cores:.2f} cores "
              f" ack {minute.ack_s:.3f}  cue {minute.cue_s:.3f}  prompt {minute.prompt_s:.3f}  "
              f"records waiting {minute.waiting:.0f}", flush=True)


async def play(at: Service, what: Material, args: argparse.Namespace, report: Report) -> dict[str, int]:
    """The hour itself."""
    figures, played = Figures(), dict[str, int]()
    watching = asyncio.create_task(watch(at, figures, report, args.json))
    await asyncio.gather(*(line(at, number, what, args, figures, played) for number in range(args.calls)))
    watching.cancel()
    report.refused, report.broken, report.skipped = figures.refused, figures.broken, figures.skipped
    return played


def truth(what: Material, part: int, length: float) -> list[dict[str, Any]]:
    """The events of an undisturbed replay."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "call.wav"
        channels = decode(what.turned(part, length), "mulaw", 2)
        soundfile.write(wav, np.stack(channels, axis=1), what.rate, subtype="PCM_16")
        about = About("loan_followup", what.language)
        return compared(map(to_json, replay(wav, about, NoEngine("soak"), load("zh-bank"))))


def compared(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] not in NOT_COMPARED]


def check(store: Store, played: dict[str, int], truths: list[list[dict[str, Any]]], report: Report) -> None:
    """Every call's record against its truth."""
    report.calls = len(played)
    for name, part in played.items():
        records = store.records(name)
        events = compared(store.events(records[0]["record"])) if len(records) == 1 else []
        report.events += len(events)
        if events != truths[part]:
            pairs = enumerate(zip(events, truths[part], strict=False))
            place = next((number for number, (ours, theirs) in pairs if ours != theirs), -1)
            report.wrong.append(f"{name}: {len(records)} records, {len(events)} events of {len(truths[part])}, "
                                f"differ at {place}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=20, help="at once")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--length", type=float, default=300.0, help="of one call, seconds")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    what, report = material("zh"), Report(args.calls)
    with tempfile.TemporaryDirectory() as folder:
        records = f"sqlite:///{folder}/records.db"
        with service("none", "zh", admission=False, records=records) as at:
            played = asyncio.run(play(at, what, args, report))
        store = Store(records)
        check(store, played, [truth(what, part, args.length) for part in range(PARTS)], report)
        store.close()
    report.done = True
    report.write(args.json)
    slope = report.mib_per_hour
    print("\n".join(report.wrong) or "every call has the events of its undisturbed replay")
    print(f"{report.calls} calls, {report.events} events; refused {report.refused}, broken {report.broken}, events "
          f"that overlays missed {report.skipped}; memory {'' if slope is None else f'{slope:+.1f} '}MiB per hour")
    return 1 if report.wrong or report.broken or report.refused or report.skipped else 0


if __name__ == "__main__":
    sys.exit(main())

"""How many calls one server holds: softphones in real time, each with its agent's overlay.

    python -m tests.benchmarks.load [--recogniser none|whisper|vosk] [--language zh|ko] [--json OUT]
    python -m tests.benchmarks.load --calls 8                          one number of calls, no search

Finds the largest number of calls with, at the 95th percentile, over all calls after the first seconds,

- 0.5 s or less from sending the audio at whose end a cue (pace, stress, dynamics, speech), or without recognition a
  prompt, is due until it is on the overlay's socket. The time that evidence needs by design is printed apart:
  "evidence" is from sending the last audio that the prompt rests on, held back or not;
- with recognition, 1 s or less from sending the audio at which speech was known to be over until its final transcript
  is on the overlay, beyond the engine's own allowance (`latency_s`: Vosk 0.3 s, Whisper 1 s), and at most 1 % of the
  speech not recognised.

Then that number and half as many again arrive one after another at a server that may refuse. The softphones and pages
share the machine's cores with the server: the true figures are somewhat better.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.benchmarks.phones import Figures, Material, Phone, Service, high, material, service

PROMPT_S, FINAL_S, SHED = 0.5, 1.0, 0.01
RAMP_S = 6.0


@dataclass(frozen=True)
class Round:
    """One number of calls. Times are 95th percentiles in seconds."""

    offered: int
    taken: int
    ack_s: float
    cue_s: float
    prompt_s: float
    prompts: int
    evidence_s: float
    final_s: float
    finals: int
    shed: float  # share of the speech that was not recognised
    cores: float  # of the server
    mib_per_call: float
    mib: float
    refused: int
    broken: int
    skipped: int

    @property
    def good(self) -> bool:
        """Is everybody served as they should be? With words a prompt is as late as its final, which is judged."""
        acoustic = max(self.cue_s, 0.0 if self.finals else self.prompt_s)
        return (acoustic <= PROMPT_S and self.final_s <= FINAL_S and self.shed <= SHED
                and not self.broken and not self.skipped)

    def __str__(self) -> str:
        return (f"{self.taken:4} {self.ack_s:6.3f} {self.cue_s:6.3f} {self.prompt_s:7.3f} /{self.prompts:4} "
                f"{self.evidence_s:9.3f} {self.final_s:7.3f} /{self.finals:5} {self.shed:6.1%} {self.cores:6.2f} "
                f"{self.mib_per_call:8.1f} {self.mib:6.0f} {self.refused:8} {'yes' if self.good else 'no':>5}")


HEAD = "calls    ack    cue  prompt /   n  evidence   final /    n   shed  cores MiB/call    MiB  refused  good"


async def measure(at: Service, what: Material, calls: int, seconds: float, ramp_s: float) -> Round:
    """So many calls at once, beginning evenly over `ramp_s`; measured from then on for `seconds`."""
    figures, (_, idle_mib) = Figures(), at.usage()
    phones = [Phone(at, f"load-{number}", what, what.turned(number, ramp_s * (1 - number / calls) + seconds), figures)
              for number in range(calls)]

    async def later(number: int) -> bool:
        await asyncio.sleep(ramp_s * number / calls)
        return await phones[number].run()

    running = [asyncio.create_task(later(number)) for number in range(calls)]
    await asyncio.sleep(ramp_s)
    figures.clear()
    began, (cpu, _) = time.monotonic(), at.usage()
    await asyncio.sleep(seconds - 0.5)
    cores, mib = (at.usage()[0] - cpu) / (time.monotonic() - began), at.usage()[1]
    await asyncio.wait(running, timeout=15.0)  # an overloaded server takes longer, or for ever
    late = [task for task in running if not task.done()]
    for task in late:
        task.cancel()
    done = await asyncio.gather(*running, return_exceptions=True)
    decoded, shed = at.metric("coach_decoded_seconds"), at.metric("coach_decode_shed_seconds")
    taken = calls - figures.refused
    return Round(calls, taken, high(figures.acks), high(figures.cues), high(figures.prompts), len(figures.prompts),
                 high(figures.evidence), high(figures.finals), len(figures.finals), shed / max(decoded + shed, 1e-9),
                 cores, (mib - idle_mib) / max(taken, 1), mib, figures.refused,
                 sum(result is not True for result in done) - figures.refused, figures.skipped)


def attempt(args: argparse.Namespace, what: Material, calls: int, *, admission: bool = False) -> Round:
    """A fresh server with so many calls. Prints a line."""
    with service(args.recogniser, args.language, admission=admission) as at:
        ramp_s = 3 * args.seconds if admission else RAMP_S
        found = asyncio.run(measure(at, what, calls, args.seconds, ramp_s))
    print(found, flush=True)
    return found


def search(args: argparse.Namespace, what: Material) -> list[Round]:
    """Twice as many until it is too much, then halves, until the answer is known to a tenth."""
    rounds, good, bad, calls = [], 0, 0, args.first
    while calls > good and calls != bad:
        rounds.append(attempt(args, what, calls))
        if not rounds[-1].good:  # once more: something else may have wanted the machine
            rounds.append(attempt(args, what, calls))
        good, bad = (calls, bad) if rounds[-1].good else (good, calls)
        calls = 2 * good if not bad else (good + bad) // 2 if bad - good > max(1, good // 10) else good
    return rounds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, help="only so many")
    parser.add_argument("--first", type=int, default=8, help="where the search begins")
    parser.add_argument("--seconds", type=float, default=20.0, help="measured for so long each time")
    parser.add_argument("--recogniser", choices=("none", "whisper", "vosk"), default="none")
    parser.add_argument("--language", choices=("zh", "ko"), default="zh")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    what = material(args.language)
    print(f"recogniser {args.recogniser}, language {args.language}; 95th percentiles in seconds\n{HEAD}", flush=True)
    rounds = [attempt(args, what, args.calls)] if args.calls else search(args, what)
    most = max((found.offered for found in rounds if found.good), default=0)
    report = {"recogniser": args.recogniser, "language": args.language, "most": most,
              "rounds": [asdict(found) for found in rounds]}
    if not args.calls and most:
        print(f"largest good number: {most}; now {most + -(-most // 2)} come to a server that may refuse", flush=True)
        report["admission"] = asdict(attempt(args, what, most + -(-most // 2), admission=True))
    if args.json:
        args.json.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()

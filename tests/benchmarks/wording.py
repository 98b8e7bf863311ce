"""How much of what people may say the pack hears: sets of sentences that its writers had not seen.

    python -m tests.benchmarks.wording SET.yaml... [--pack PACK] [--missed] [--json OUT]

A set is written like tests/playbook/wording/plain.yaml: for a rule, a campaign, short calls in which the rule applies
(`fires`) and in which it does not (`quiet`). Printed per set: the share of the first that applies, and of the second
that does so all the same; with --missed every call that went wrong.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from coach.playbook import Playbook, load
from coach.playbook.rehearsal import events, run
from coach.playbook.script import parse


@dataclass(frozen=True, slots=True)
class Outcome:
    """One short call."""

    rule: str
    kind: str
    """fires or quiet."""
    script: str
    applied: tuple[str, ...]

    @property
    def right(self) -> bool:
        return (self.rule in self.applied) == (self.kind == "fires")


def outcomes(path: Path, playbook: Playbook) -> Iterator[Outcome]:
    """What the pack makes of every short call of a set."""
    for rule, given in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        for kind in ("fires", "quiet"):
            for script in given.get(kind, []):
                applied: set[str] = set()
                for state, _ in run(playbook, events(parse(script, given["campaign"]), playbook)):
                    applied.update(state.scene.fired)
                yield Outcome(rule, kind, script, tuple(sorted(applied)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--pack", default="zh-bank")
    parser.add_argument("--missed", action="store_true")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    playbook = load(args.pack)
    found = {path.name: list(outcomes(path, playbook)) for path in args.sets}
    print(f"{'set':24} {'rules':>5} {'heard':>15} {'fired in quiet':>18}")
    for name, given in found.items():
        fires = [outcome for outcome in given if outcome.kind == "fires"]
        quiet = [outcome for outcome in given if outcome.kind == "quiet"]
        heard, false = sum(outcome.right for outcome in fires), sum(not outcome.right for outcome in quiet)
        print(f"{name:24} {len({outcome.rule for outcome in given}):5} {heard:4}/{len(fires):4} "
              f"{heard / max(len(fires), 1):.3f}  {false:4}/{len(quiet):4} {false / max(len(quiet), 1):.3f}")
        for outcome in given if args.missed else ():
            if not outcome.right:
                print(f"  {outcome.rule} {outcome.kind}: {outcome.script}\n      applied: {', '.join(outcome.applied)}")
    if args.json:
        args.json.write_text(json.dumps({name: [asdict(outcome) for outcome in given]
                                         for name, given in found.items()}, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()

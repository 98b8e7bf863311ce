"""Cards of written calls against what their writers expected: heard, forbidden, and how many a minute.

    python -m tests.benchmarks.written_calls tests/calls/*.yaml [--logs FOLDER] [--pack PACK] [--json OUT]

Without --logs the calls are played from their text, at 4.8 syllables a second; a second fast turn of the customer then
brings the change of pace that the cues would tell. With it they are played from event logs ID.jsonl as `coach replay
--events` writes them of the rendered calls, whose truth ID.json stands beside them and has the times.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from coach.events import Event, Prompt
from coach.playbook import Playbook, load
from coach.playbook.logs import read_log
from coach.playbook.rehearsal import events, pace_change, run
from tests.benchmarks.precision import script

FAST = 1.25
"""Speed of a turn from which the customer has changed pace."""


@dataclass
class Score:
    """Of the calls of one file."""

    calls: int = 0
    expected: int = 0
    heard: int = 0
    forbidden: int = 0
    cards: int = 0
    minutes: float = 0.0
    notes: list[str] = field(default_factory=list)

    @property
    def per_minute(self) -> float:
        """Cards in a minute of call."""
        return self.cards / self.minutes if self.minutes else 0.0


Times = list[tuple[float, float]]


def played(call: Mapping[str, Any], playbook: Playbook, logs: Path | None) -> tuple[list[Event], Times]:
    """What goes into the playbook, and when every turn begins and ends."""
    if logs is not None:
        truth = json.loads((logs / f"{call['id']}.json").read_text(encoding="utf-8"))
        return read_log(logs / f"{call['id']}.jsonl"), [(turn["start_s"], turn["end_s"]) for turn in truth["turns"]]
    written = script(call)
    fast = [line.end for line, turn in zip(written.lines, call["turns"], strict=True)
            if turn["who"] == "customer" and turn.get("speed", 1.0) >= FAST]
    if len(fast) > 1:
        written = replace(written, cues=(pace_change(fast[1] - 0.5, "customer", faster=True),))
    return events(written, playbook), [(line.start, line.end) for line in written.lines]


def judge_call(score: Score, call: Mapping[str, Any], playbook: Playbook, logs: Path | None) -> None:
    """One call more."""
    happened, times = played(call, playbook, logs)
    cards = [told for _, out in run(playbook, happened) for told in out if isinstance(told, Prompt)]
    score.calls += 1
    score.cards += len(cards)
    score.minutes += (times[-1][1] + 1.0) / 60
    for turn, (start, end) in zip(call["turns"], times, strict=True):
        for want in turn.get("expect", ()):
            rules = want.get("any_of", [want["rule"]])
            heard = any(card.rule in rules and start <= card.at <= end + want["within_s"] for card in cards)
            score.expected += 1
            score.heard += heard
            if not heard:
                score.notes.append(f"{call['id']}: not heard {'|'.join(rules)} at {start:.0f} s")
    for card in cards:
        if card.rule in call.get("forbid", ()) or card.priority in call.get("forbid_priorities", ()):
            score.forbidden += 1
            score.notes.append(f"{call['id']}: forbidden {card.rule} at {card.at:.0f} s")


def scores(paths: list[Path], playbook: Playbook, logs: Path | None = None) -> Iterator[tuple[str, Score]]:
    """Name of the file, and its score."""
    for path in paths:
        score = Score()
        for call in yaml.safe_load(path.read_text(encoding="utf-8")):
            if logs is None or (logs / f"{call['id']}.jsonl").exists():
                judge_call(score, call, playbook, logs)
        yield path.stem, score


def main() -> None:
    """Print a line for every file, and what was missed or should not have been."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("calls", type=Path, nargs="+")
    parser.add_argument("--logs", type=Path)
    parser.add_argument("--pack", default="zh-bank")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    found = dict(scores(args.calls, load(args.pack), args.logs))
    for name, score in found.items():
        print(f"{name}: {score.calls} calls, {score.heard}/{score.expected} expected cards, "
              f"{score.forbidden} forbidden, {score.per_minute:.2f} cards a minute")
        for note in score.notes:
            print(f"  {note}")
    if args.json:
        args.json.write_text(json.dumps({name: asdict(score) for name, score in found.items()}, ensure_ascii=False,
                                        indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

"""How many cards of the written calls deserve to be seen: every card is labelled by hand in tests/calls/labels.yaml.

    python -m tests.benchmarks.precision [--logs FOLDER] [--pack PACK] [--json OUT]

A card is right if a competent supervisor who has followed the call up to that moment would want the agent to see it.
Without --logs the calls are played from their text, at 4.8 syllables a second; with it from event logs ID.jsonl as
`coach replay --events` writes them of the rendered calls. Exit status 1 where a card has no label.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from coach.events import Event, Prompt
from coach.playbook import Playbook, load
from coach.playbook.logs import read_log
from coach.playbook.rehearsal import Line, Script, events, run

CALLS = Path(__file__).resolve().parents[1] / "calls"
SYLLABLES_PER_S = 4.8


@dataclass(frozen=True, slots=True)
class Judged:
    """One card of one call; `right` is None where nobody has labelled it."""

    call: str
    card: Prompt
    right: bool | None


def script(call: Mapping[str, Any]) -> Script:
    """A written call with the times that its turns would take."""
    lines: list[Line] = []
    at = 0.3
    for turn in call["turns"]:
        at += turn.get("gap", 0.4)
        end = at + len(turn["say"]) / SYLLABLES_PER_S / turn.get("speed", 1.0)
        lines.append(Line(turn["who"], turn["say"], round(at, 2), round(end, 2)))
        at = end
    return Script(tuple(lines), campaign=call["campaign"], ends=at + 1.0)


def judge(playbook: Playbook, logs: Path | None = None) -> Iterator[Judged]:
    """Every card of every call with its label."""
    labels = yaml.safe_load((CALLS / "labels.yaml").read_text(encoding="utf-8"))
    for file in ("exemplary.yaml", "flawed.yaml"):
        for call in yaml.safe_load((CALLS / file).read_text(encoding="utf-8")):
            happened: list[Event] = events(script(call), playbook) if logs is None \
                else read_log(logs / f"{call['id']}.jsonl")
            for _, told in run(playbook, happened):
                for card in told:
                    if isinstance(card, Prompt):
                        label = labels.get(call["id"], {}).get(f"{card.rule}/{card.evidence['case']}")
                        yield Judged(call["id"], card, None if label is None else label.startswith("right"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=Path)
    parser.add_argument("--pack", default="zh-bank")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    found = list(judge(load(args.pack), args.logs))
    unlabelled = [judged for judged in found if judged.right is None]
    for judged in found:
        if not judged.right:
            verdict = "no label" if judged.right is None else "wrong"
            heard = [hit["text"] for hit in judged.card.evidence.get("heard", [])]
            card = judged.card
            print(f"{verdict}: {judged.call} {card.rule}/{card.evidence['case']} at {card.at:.1f} s "
                  f"{card.text['zh']} {heard}")
    right = sum(judged.right is True for judged in found)
    figures = {"cards": len(found), "right": right, "unlabelled": len(unlabelled),
               "precision": round(right / max(len(found), 1), 3)}
    print(json.dumps(figures))
    if args.json:
        args.json.write_text(json.dumps(figures), encoding="utf-8")
    sys.exit(1 if unlabelled else 0)


if __name__ == "__main__":
    main()

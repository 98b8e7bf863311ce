"""The shipped packs: their examples go as written, their coverage is complete, the development calls come out right."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from coach.events import Prompt
from coach.playbook import load
from coach.playbook.coverage import behaviours, coverage
from coach.playbook.editor import sentence_table
from coach.playbook.examples import run_examples
from coach.playbook.rehearsal import events, from_truth, pace_change, run
from coach.playbook.script import parse
from coach.playbook.source import entries, read

ROOT = Path(__file__).resolve().parents[2]
PARAPHRASES = Path(__file__).with_name("paraphrases.yaml")


@pytest.mark.parametrize("pack", ["zh-bank", "en-bank"])
def test_every_example_goes_as_it_is_written(pack: str) -> None:
    outcomes = list(run_examples(read(pack)))
    assert outcomes
    assert [f"{outcome.mark} {outcome.rule} {outcome.trouble}" for outcome in outcomes if outcome.trouble] == []


def test_the_coverage_table_is_up_to_date() -> None:
    assert (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8") == coverage(read("zh-bank"))


def test_other_ways_of_saying_it_are_heard() -> None:
    """At least 95 % of paraphrases apply, and at most 2 % of what only sounds alike does."""
    playbook = load("zh-bank")
    counts = {"fires": [0, 0], "quiet": [0, 0]}
    for rule, given in yaml.safe_load(PARAPHRASES.read_text(encoding="utf-8")).items():
        for kind, count in counts.items():
            for script in given.get(kind, []):
                applied = {name for state, _ in run(playbook, events(parse(script, given["campaign"]), playbook))
                           for name in state.scene.fired}
                count[0] += rule in applied
                count[1] += 1
    assert counts["fires"][0] / counts["fires"][1] >= 0.95
    assert counts["quiet"][0] / counts["quiet"][1] <= 0.02


@pytest.mark.shared
def test_every_rule_and_behaviour_is_covered_at_its_priority(shared: Path) -> None:
    wanted = json.loads((shared / "playbook_rules.json").read_text(encoding="utf-8"))
    pack = {rule: model for _, rule, model in entries(read("zh-bank"), "rules")}
    assert sorted(pack) == sorted(row["rule"] for row in wanted)
    for row in wanted:
        model = pack[row["rule"]]
        assert {item["behaviour"] for item in row["rows"]} <= set(behaviours(model)), row["rule"]
        assert min(str(case.priority or model.priority) for case in model.cases or [model]) == row["priority"]


@pytest.mark.shared
def test_development_calls_with_their_transcripts(shared: Path) -> None:
    """Every expected card in time, nothing forbidden, and few enough cards to be looked at."""
    playbook = load("zh-bank")
    cards = minutes = 0.0
    for path in sorted((shared / "calls").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        fast = [turn["end_s"] for turn in truth["turns"] if turn["who"] == "customer" and turn["speed"] >= 1.25]
        cues = (pace_change(fast[1] - 0.5, "customer", faster=True),) if len(fast) > 1 else ()
        script = replace(from_truth(truth), cues=cues)
        fired = [told for _, out in run(playbook, events(script, playbook)) for told in out if isinstance(told, Prompt)]
        for turn in truth["turns"]:
            for want in turn.get("expect", []):
                rules = want.get("any_of", [want["rule"]])
                assert any(card.rule in rules and turn["start_s"] <= card.at <= turn["end_s"] + want["within_s"]
                           for card in fired), f"{truth['id']}: {rules}"
        assert not [card.rule for card in fired if card.rule in truth.get("forbid", [])]
        assert not [card.rule for card in fired if card.priority in truth.get("forbid_priorities", [])]
        if "forbid_priorities" not in truth:
            cards, minutes = cards + len(fired), minutes + truth["duration_s"] / 60
    assert cards / minutes <= 4.0


def test_the_reference_lists_every_sentence() -> None:
    assert sentence_table().rstrip() in (ROOT / "docs" / "playbook.md").read_text(encoding="utf-8")

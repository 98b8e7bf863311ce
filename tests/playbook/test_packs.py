"""The shipped packs: their examples go as written, their coverage is complete, the development calls come out right."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from coach.events import Prompt
from coach.playbook import load
from coach.playbook.coverage import behaviours, coverage
from coach.playbook.editor import sentence_table
from coach.playbook.examples import run_examples
from coach.playbook.rehearsal import events, from_truth, pace_change, run
from coach.playbook.source import entries, read
from tests.benchmarks.precision import CALLS, judge
from tests.benchmarks.wording import outcomes
from tests.benchmarks.written_calls import scores

ROOT = Path(__file__).resolve().parents[2]
WORDING = Path(__file__).with_name("wording")


@pytest.mark.parametrize("pack", ["zh-bank", "en-bank"])
def test_every_example_goes_as_it_is_written(pack: str) -> None:
    outcomes = list(run_examples(read(pack)))
    assert outcomes
    assert [f"{outcome.mark} {outcome.rule} {outcome.trouble}" for outcome in outcomes if outcome.trouble] == []


def test_the_coverage_table_is_up_to_date() -> None:
    assert (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8") == coverage(read("zh-bank"))


@pytest.mark.parametrize(("name", "heard", "false"), [
    ("plain", 0.95, 0.02), ("everyday", 0.9, 0.03), ("spoken", 0.82, 0.06), ("idiomatic", 0.28, 0.14)])
def test_other_ways_of_saying_it_are_heard(name: str, heard: float, false: float) -> None:
    """Of the first so much at least applies, of what only sounds alike so much at most."""
    found = list(outcomes(WORDING / f"{name}.yaml", load("zh-bank")))
    for kind, least in (("fires", heard), ("quiet", 1 - false)):
        right = [outcome.right for outcome in found if outcome.kind == kind]
        assert sum(right) / len(right) >= least


def test_cards_of_the_written_calls_deserve_to_be_seen() -> None:
    found = list(judge(load("zh-bank")))
    assert not [f"{one.call} {one.card.rule}" for one in found if one.right is None]
    assert sum(one.right is True for one in found) / len(found) >= 0.9
    assert not [one.card.rule for one in found if one.call.startswith("e") and one.card.priority in ("P0", "P1")]


def test_calls_of_writers_who_did_not_know_the_pack() -> None:
    """Most of what they expected is shown; hardly anything that they forbade, hardly anything in calm calls."""
    found = dict(scores([CALLS / "strangers.yaml", CALLS / "calm.yaml"], load("zh-bank")))
    strangers, calm = found["strangers"], found["calm"]
    assert strangers.heard / strangers.expected >= 0.75
    assert strangers.forbidden <= 2
    assert strangers.per_minute <= 4.0
    assert calm.forbidden / calm.calls <= 0.5
    assert calm.per_minute <= 1.0


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

"""The demonstration knows what has to come, and is not content with less."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coach.demo.expected import missing, read_expected
from coach.resources import resource

TURNS = [
    {"start_s": 1.0, "end_s": 3.0, "expect": [{"rule": "VER-01", "within_s": 4}]},
    {"start_s": 5.0, "end_s": 9.0},
    {"start_s": 10.0, "end_s": 12.0, "expect": [{"rule": "LST-01", "within_s": 3}, {"rule": "COMP-02", "within_s": 4}]},
]


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    path = tmp_path / "truth.json"
    path.write_text(json.dumps({"campaign": "inbound", "turns": TURNS}))
    return path


def test_a_prompt_counts_only_between_its_turns_start_and_its_deadline(truth: Path) -> None:
    expected = read_expected(truth)
    early, late = {"rule": "VER-01", "at": 0.9}, {"rule": "VER-01", "at": 7.1}
    in_time = [{"rule": "VER-01", "at": 7.0}, {"rule": "LST-01", "at": 11.0}, {"rule": "COMP-02", "at": 16.0}]
    assert missing(expected, [early, late]) == ["VER-01", "LST-01", "COMP-02"]
    assert missing(expected, in_time) == []


def test_the_shipped_call_expects_the_prompts_that_it_shows_off() -> None:
    expected = read_expected(resource("coach/demo/call.json"))
    assert {rule for rule, _, _ in expected.rules} == {"VER-01", "EMO-02", "PACE-01", "LST-01", "COMP-02", "SOL-02"}

"""What the demonstration call must bring up: read from the truth beside the recording."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from coach.events import Json


@dataclass(frozen=True, slots=True)
class Expected:
    """`rules`: (rule, earliest, latest) in seconds of the call, one for each prompt that must come."""

    campaign: str
    rules: tuple[tuple[str, float, float], ...]


def read_expected(path: Path) -> Expected:
    """From a truth as the renderer writes it: turns with `expect: [{rule, within_s}]`."""
    truth = json.loads(path.read_text(encoding="utf-8"))
    rules = tuple(
        (wanted["rule"], turn["start_s"], turn["end_s"] + wanted["within_s"])
        for turn in truth["turns"]
        for wanted in turn.get("expect", ())
    )
    return Expected(truth["campaign"], rules)


def missing(expected: Expected, arrived: Iterable[Json]) -> list[str]:
    """The rules for which no prompt arrived in time; `arrived`: prompt events as JSON."""
    prompts = [(prompt["rule"], prompt["at"]) for prompt in arrived]
    return [
        rule
        for rule, earliest, latest in expected.rules
        if not any(name == rule and earliest <= at <= latest for name, at in prompts)
    ]

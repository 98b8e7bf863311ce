"""Counts of what became of a call's cards."""

from __future__ import annotations

from coach.events import AgentAction, Prompt, PromptClosed
from coach.server.tally import Tally


def _prompt(card: str, rule: str, priority: str = "P1") -> Prompt:
    return Prompt(1.0, card, rule, priority, {"zh": "慢一点"}, {}, 20.0)  # type: ignore[arg-type]


def test_cards_are_counted_by_rule_with_what_the_agent_made_of_them() -> None:
    tally = Tally()
    for event in (_prompt("a", "PACE-01"), _prompt("b", "PACE-01"), _prompt("c", "LST-01"),
                  AgentAction(2.0, "a", "helped"), PromptClosed(2.0, "a", "PACE-01", "acknowledged"),
                  PromptClosed(9.0, "b", "PACE-01", "expired"), AgentAction(10.0, "b", "not_helped")):
        tally.fold(event)
    assert tally.counts() == {"PACE-01": (2, 1, 1, 1), "LST-01": (1, 0, 0, 0)}


def test_a_second_thought_about_a_card_replaces_the_first() -> None:
    tally = Tally()
    for event in (_prompt("a", "PACE-01"), AgentAction(2.0, "a", "helped"), AgentAction(3.0, "a", "not_helped")):
        tally.fold(event)
    assert tally.counts() == {"PACE-01": (1, 0, 0, 1)}


def test_ticks_and_cards_of_other_calls_count_nothing() -> None:
    tally = Tally()
    for event in (_prompt("t", "NEW-01", "P3"), AgentAction(2.0, "x", "helped"),
                  PromptClosed(2.0, "x", "PACE-01", "acknowledged")):
        tally.fold(event)
    assert tally.counts() == {}

"""The board's order: which call needs a supervisor."""

from __future__ import annotations

from coach.events import (
    Event,
    Mode,
    Pace,
    PromptClosed,
    Recognition,
    Speech,
    SpeechStarted,
    Stress,
    SupervisorAction,
    to_json,
)
from coach.server.need import CallState
from tests.server.desk import card


def after(*events: Event, at: float | None = None) -> CallState:
    state = CallState()
    for event in events:
        state.fold(event, to_json(event))
    state.at = state.at if at is None else at
    return state


def need(state: CallState) -> int:
    points = state.row()["need"]
    assert isinstance(points, int)
    return points


def stressed(level: float, at: float = 1.0) -> Stress:
    return Stress(at, "customer", level, {}, 10.0, 10.0)


def pace(ratio: float, speaker: str = "customer") -> Pace:
    return Pace(1.0, speaker, 4.0, 4.0, ratio, "signal", 5.0, 20.0)  # type: ignore[arg-type]


def test_a_quiet_call_needs_nobody() -> None:
    """No signs, no points, no reasons."""
    row = after(SpeechStarted(0.5, "agent", 0.4), pace(1.05), stressed(0.2)).row()
    assert (row["need"], row["reasons"]) == (0, [])


def test_an_open_compliance_card_outweighs_everything_else_alone() -> None:
    """P0 first; closed, it counts no more."""
    p0 = card(1.0, priority="P0")
    others = (
        after(stressed(1.0)), after(pace(2.0)), after(at=100.0), after(card(1.0), at=9.0),
        after(Mode(1.0, "angry", True)),
        after(SupervisorAction(1.0, "s1", "flag")), after(Recognition(1.0, "none", "", "failed")),
    )
    assert all(0 < need(other) < need(after(p0)) for other in others)
    assert need(after(p0, PromptClosed(2.0, p0.id, p0.rule, "acknowledged"))) == 0


def test_a_card_nobody_touches_counts_after_a_while() -> None:
    """Eight seconds are the agent's own."""
    talk = SpeechStarted(1.0, "agent", 0.9)
    assert need(after(talk, card(1.0), at=8.9)) == 0
    assert need(after(talk, card(1.0, priority="P2"), at=20.0)) == 0
    assert after(talk, card(1.0), at=9.0).row()["reasons"] == ["waiting"]


def test_a_checklist_tick_is_no_card() -> None:
    """P3 is never open."""
    assert after(card(1.0, priority="P3")).row()["prompts"] == []


def test_agitation_that_rises_counts_more_than_agitation_that_lasts() -> None:
    """The same level, but one was there all along."""
    risen = after(*[stressed(0.2, at / 2) for at in range(60)], stressed(0.8, 30.5))
    lasting = after(*[stressed(0.8, at / 2) for at in range(62)])
    assert "stress_rising" in risen.row()["reasons"]
    assert "stress_rising" not in lasting.row()["reasons"]


def test_only_the_customers_pace_counts() -> None:
    """A brisk agent is no emergency."""
    assert need(after(pace(1.6, "agent"))) == 0
    assert after(pace(1.6)).row()["reasons"] == ["pace"]


def test_silence_grows_and_is_right_in_grief() -> None:
    """Nobody talks: more points by the second, up to a limit; none in a bereaved customer's call."""
    spoken = Speech(5.2, "customer", 1.0, 5.0)
    points = [need(after(spoken, at=at)) for at in (10.0, 13.0, 16.0, 60.0, 600.0)]
    assert points[0] == 0
    assert points == sorted(points)
    assert points[3] == points[4] > 0
    assert need(after(spoken, Mode(6.0, "grief", True), at=60.0)) == 0
    assert after(spoken, SpeechStarted(59.0, "agent", 58.8), at=60.0).row()["silence_s"] == 0


def test_need_is_at_most_100_and_reasons_are_worst_first() -> None:
    """However bad it gets."""
    row = after(
        card(1.0, 1, "P0"), card(1.0, 2, "P0"), card(1.0, 3), card(1.0, 4), card(1.0, 5), stressed(1.0), pace(2.0),
        Mode(1.0, "angry", True), SupervisorAction(1.0, "s1", "flag"), at=60.0,
    ).row()
    assert row["need"] == 100
    assert row["reasons"][:2] == ["p0", "waiting"]


def test_modes_come_and_go_in_order() -> None:
    """The row shows those that are on, oldest first."""
    state = after(Mode(1.0, "elderly", True), Mode(2.0, "angry", True), Mode(3.0, "elderly", False))
    assert state.row()["modes"] == ["angry"]

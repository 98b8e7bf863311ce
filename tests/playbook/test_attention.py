"""One card at a time, and only while it is worth a look."""

from __future__ import annotations

from coach.events import AgentAction, Event, Priority, Prompt, PromptClosed
from coach.playbook import attention
from coach.playbook.loader import BUDGETS
from coach.playbook.model import Case
from coach.playbook.state import Card, Desk


def card(rule: str, priority: Priority, at: float, turn: int = 0, **more: float) -> Card:
    """A card that wants to be shown."""
    budget = BUDGETS[priority]
    case = Case(0, rule, 1, rule, (), priority, (), (), (), None, frozenset(), {"zh": rule, "en": rule},
                more.get("cooldown_s", budget.cooldown_s), int(more.get("per_call", budget.per_call)), budget.lasts_s,
                more.get("quiet_s", budget.spacing_s))
    return Card(case, at, {}, case.text, turn)


def play(cards: list[Card], until: float = 60.0, talking: tuple[float, float] = (-1.0, -1.0)) -> list[Event]:
    """Offer the cards at their times and tick the clock in between."""
    desk, told, tick = Desk(), list[Event](), 0.0
    while tick <= until:
        for wanted in cards:
            if tick - 0.25 < wanted.at <= tick:
                desk = attention.offer(desk, BUDGETS, wanted)
        desk, more = attention.attend(desk, BUDGETS, tick, talking[0] <= tick < talking[1])
        told += more
        tick += 0.25
    return told


def shown(told: list[Event]) -> list[tuple[str, float]]:
    return [(event.rule, event.at) for event in told if isinstance(event, Prompt)]


def test_p0_is_shown_at_once_even_while_the_agent_talks() -> None:
    assert shown(play([card("AA-01", "P0", 5.0)], talking=(0.0, 30.0))) == [("AA-01", 5.0)]


def test_p1_waits_for_a_breath_but_not_long() -> None:
    assert shown(play([card("AA-01", "P1", 5.0)], talking=(4.0, 5.5))) == [("AA-01", 5.5)]
    assert shown(play([card("AA-01", "P1", 5.0)], talking=(0.0, 30.0))) == [("AA-01", 6.0)]


def test_p0_takes_the_place_of_anything_below() -> None:
    told = play([card("AA-01", "P1", 5.0), card("BB-01", "P0", 5.5)], until=10.0)
    assert shown(told) == [("AA-01", 5.0), ("BB-01", 5.5)]
    assert [(event.rule, event.reason) for event in told if isinstance(event, PromptClosed)] == [("AA-01", "replaced")]


def test_a_card_whose_moment_has_passed_is_dropped() -> None:
    busy = [card("AA-01", "P0", 5.0), card("AA-02", "P0", 7.0, turn=1), card("AA-03", "P0", 9.0, turn=2)]
    assert ("CC-01", 12.0) not in shown(play([*busy, card("CC-01", "P2", 5.0)]))
    assert "CC-01" not in [rule for rule, _ in shown(play([*busy, card("CC-01", "P2", 5.0)]))]


def test_cooldown_and_cap_hold() -> None:
    often = [card("AA-01", "P1", float(at), turn=at, cooldown_s=10.0, per_call=2) for at in range(5, 60, 3)]
    times = [at for _, at in shown(play(often))]
    assert len(times) == 2
    assert times[1] - times[0] >= 10.0


def test_one_breath_gets_one_card_of_a_family() -> None:
    assert shown(play([card("RISK-01", "P1", 5.0, turn=3), card("RISK-02", "P1", 5.2, turn=3)])) == [("RISK-01", 5.0)]
    two = shown(play([card("RISK-01", "P1", 5.0, turn=3), card("EMO-02", "P1", 5.2, turn=3)]))
    assert [rule for rule, _ in two] == ["RISK-01", "EMO-02"]


def test_a_card_expires_when_it_said() -> None:
    told = play([card("AA-01", "P1", 5.0)])
    up = next(event for event in told if isinstance(event, Prompt))
    down = next(event for event in told if isinstance(event, PromptClosed))
    assert (down.id, down.reason, down.at) == (up.id, "expired", up.expires_at)


def test_what_did_not_help_rests_longer() -> None:
    desk = attention.offer(Desk(), BUDGETS, card("AA-01", "P1", 5.0, cooldown_s=10.0))
    desk, told = attention.attend(desk, BUDGETS, 5.0, agent_talking=False)
    up = next(event for event in told if isinstance(event, Prompt))
    desk, closed = attention.answer(desk, AgentAction(6.0, up.id, "dismiss"))
    assert isinstance(closed[0], PromptClosed)
    assert not attention.offer(desk, BUDGETS, card("AA-01", "P1", 20.0, cooldown_s=10.0)).waiting
    assert attention.offer(desk, BUDGETS, card("AA-01", "P1", 40.0, cooldown_s=10.0)).waiting

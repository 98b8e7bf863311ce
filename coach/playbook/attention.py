"""The agent's attention is the scarcest thing in a call: one card at a time, and only while it is worth a look.

P0 goes up at once, past any spacing, even while the agent is talking. P1 and P2 wait for a breath of the agent, but not
so long that they come too late; a waiting card whose moment has passed is dropped. P3 never comes here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from coach.events import AgentAction, Event, Priority, Prompt, PromptClosed
from coach.playbook.model import Budget
from coach.playbook.state import Card, Desk

RANK: Mapping[Priority, int] = {"P0": 0, "P1": 1, "P2": 2, "P3": 3}
UNWANTED_FACTOR = 3.0
"""A rule whose card was dismissed or did not help waits this many times its cooldown."""
BREATH_S = 3.0
"""Two such cards that are closer together than this are one."""
Budgets = Mapping[Priority, Budget]


def offer(desk: Desk, budgets: Budgets, card: Card) -> Desk:
    """Let a card wait for its turn, unless its rule has had its share."""
    case = card.case
    if _told_already(desk, card):
        return desk
    shown = desk.shown.get(case.rule, ())
    budget = budgets[case.priority]
    waiting = [other for other in desk.waiting if other.case.rule == case.rule]
    if any(RANK[other.case.priority] <= RANK[case.priority] for other in waiting):
        return desk
    if len(shown) >= case.per_call or (shown and card.at - shown[-1] < _cooldown(desk, card)):
        outranks = desk.showing is not None and desk.showing.case.rule == case.rule \
            and RANK[case.priority] < RANK[desk.showing.case.priority]
        if not (case.priority == "P0" and (not shown or outranks or card.at - shown[-1] >= budget.cooldown_s)):
            return desk
    kept = tuple(other for other in desk.waiting if other not in waiting)
    return replace(desk, waiting=(*kept, card))


def _told_already(desk: Desk, card: Card) -> bool:
    """One breath that calls for two cards gets one: two P0 about one turn, or two of a family of rules."""
    others = [*desk.waiting, *([desk.showing] if desk.showing is not None else [])]
    return any(
        other.turn == card.turn and card.at - max(other.at, other.shown_at) < BREATH_S
        and RANK[other.case.priority] <= RANK[card.case.priority] and other.case.rule != card.case.rule
        and (card.case.priority == "P0" or _family(other) == _family(card))
        for other in others)


def _family(card: Card) -> str:
    return card.case.rule.split("-")[0]


def _cooldown(desk: Desk, card: Card) -> float:
    unwanted = card.case.rule in desk.unwanted
    return card.case.cooldown_s * (UNWANTED_FACTOR if unwanted and card.case.priority != "P0" else 1.0)


def attend(desk: Desk, budgets: Budgets, at: float, agent_talking: bool) -> tuple[Desk, list[Event]]:
    """Take down what has expired and put up what may be shown at `at`."""
    events: list[Event] = []
    if desk.showing is not None and at >= desk.showing.expires_at:
        events.append(PromptClosed(at, desk.showing.id, desk.showing.case.rule, "expired"))
        desk = replace(desk, showing=None)
    if not desk.waiting:
        return desk, events
    fresh = tuple(card for card in desk.waiting if at - card.at <= budgets[card.case.priority].patience_s)
    desk = desk if len(fresh) == len(desk.waiting) else replace(desk, waiting=fresh)
    for card in sorted(fresh, key=lambda card: (RANK[card.case.priority], card.at, card.case.index)):
        if _may_show(desk, budgets, card, at, agent_talking):
            desk, told = _show(desk, budgets, card, at)
            events += told
            break
    return desk, events


def _may_show(desk: Desk, budgets: Budgets, card: Card, at: float, agent_talking: bool) -> bool:
    priority = card.case.priority
    budget = budgets[priority]
    showing = desk.showing
    if showing is not None:
        below = RANK[priority] - RANK[showing.case.priority]
        alone = budgets[showing.case.priority]
        if below >= 0 and at - showing.shown_at < (alone.yields_s if below else alone.dwell_s):
            return False
    if priority == "P0":
        return True
    if at - desk.last_at < card.case.quiet_s:
        return False
    if sum(when > at - 60.0 for when in desk.recent) >= budget.per_minute:
        return False
    return not agent_talking or at - card.at >= budget.held_s


def _show(desk: Desk, budgets: Budgets, card: Card, at: float) -> tuple[Desk, list[Event]]:
    case = card.case
    events: list[Event] = []
    if desk.showing is not None:
        events.append(PromptClosed(at, desk.showing.id, desk.showing.case.rule, "replaced"))
    shown = (*desk.shown.get(case.rule, ()), at)
    up = replace(card, id=f"{case.rule}#{len(shown)}", shown_at=at, expires_at=round(at + case.lasts_s, 3))
    events.append(Prompt(at, up.id, case.rule, case.priority, up.text, up.evidence, up.expires_at))
    return replace(
        desk, showing=up, waiting=tuple(other for other in desk.waiting if other is not card), last_at=at,
        shown={**desk.shown, case.rule: shown},
        recent=desk.recent if case.priority == "P0" else (*desk.recent[-9:], at)), events


def answer(desk: Desk, action: AgentAction) -> tuple[Desk, list[Event]]:
    """What the agent did with a card."""
    rule = action.prompt.split("#")[0]
    if action.action in ("dismiss", "not_helped"):
        desk = replace(desk, unwanted={**desk.unwanted, rule: action.at})
    if action.action == "helped":
        desk = replace(desk, helped=True)
    showing = desk.showing
    if showing is None or showing.id != action.prompt or action.action not in ("acknowledge", "dismiss"):
        return desk, []
    reason = "acknowledged" if action.action == "acknowledge" else "dismissed"
    return replace(desk, showing=None), [PromptClosed(action.at, showing.id, rule, reason)]


def close(desk: Desk, at: float) -> tuple[Desk, list[Event]]:
    """The call is over."""
    showing = desk.showing
    told: list[Event] = [] if showing is None else [PromptClosed(at, showing.id, showing.case.rule, "call ended")]
    return replace(desk, showing=None, waiting=()), told

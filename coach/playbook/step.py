"""The playbook as one pure function: `step(playbook, state, event) -> (state, events)`. Audio time only."""

from __future__ import annotations

from dataclasses import replace

from coach.events import AgentAction, CallEnded, CallStarted, Checklist, Event
from coach.playbook import attention, rules, scene
from coach.playbook.hearing import hear
from coach.playbook.model import Case, Happening, Playbook
from coach.playbook.state import Card, State
from coach.playbook.view import View

MAX_CHAIN = 64
"""Happenings that one event may lead to; a playbook whose rules set each other off ends here."""


def step(playbook: Playbook, state: State, event: Event) -> tuple[State, list[Event]]:
    """The state after `event` and the events that follow from it.

    Takes every event of the call in order of `at`, and a Clock at least every quarter of a second.
    """
    told: list[Event] = []
    hearing, happened = hear(playbook, state.hearing, event)
    if hearing is not state.hearing:
        state = replace(state, hearing=hearing)
    state, measured = scene.measure(state, event)
    state, passed = _moments(playbook, state, event.at)
    happened += measured + passed
    if isinstance(event, CallStarted):
        told += _open_items(playbook, state, event.at)
        happened.append(Happening("call", "starts", event.at, event.at))
    elif isinstance(event, CallEnded):
        happened.append(Happening("call", "ends", event.at, event.at))
    state, cards, more = _follow(playbook, state, event.at, happened)
    told += more
    state, more = _give(playbook, state, event, cards)
    told += more
    if isinstance(event, AgentAction):
        desk, more = attention.answer(state.desk, event)
        state = replace(state, desk=desk)
        told += more
    return _attend(playbook, state, event, told)


def _attend(playbook: Playbook, state: State, event: Event, told: list[Event]) -> tuple[State, list[Event]]:
    talking = state.hearing.voices["agent"].speaking
    desk, more = attention.attend(state.desk, playbook.budgets, event.at, talking)
    told += more
    if isinstance(event, CallEnded):
        desk, more = attention.close(desk, event.at)
        told += more
    return (state if desk is state.desk else replace(state, desk=desk)), told


def _moments(playbook: Playbook, state: State, at: float) -> tuple[State, list[Happening]]:
    happened: list[Happening] = []
    while state.moments < len(playbook.moments) and playbook.moments[state.moments] <= at:
        moment = playbook.moments[state.moments]
        turn = state.hearing.turns[-1].index if state.hearing.turns else -1
        happened.append(Happening("reaches", f"{moment:g}", at, moment, turn=turn, values={"call_s": moment}))
        state = replace(state, moments=state.moments + 1)
    return state, happened


def _follow(playbook: Playbook, state: State, at: float, happened: list[Happening],
            ) -> tuple[State, list[Card], list[Event]]:
    """Everything that follows from what happened, in order, and from deadlines that have passed."""
    cards: list[Card] = []
    told: list[Event] = []
    queue = list(happened)
    for index in range(MAX_CHAIN):
        if index < len(queue):
            state, found, more, events = _one(playbook, state, queue[index], at)
            queue += more
            told += events
        else:
            state, found = rules.due(View(playbook, state, at))
            if not found:
                break
        for card in found:
            if _silenced(playbook, state, card.case):
                continue
            state, fired = _fired(state, card)
            queue.append(fired)
            cards.append(card)
    return state, cards, told


def _one(playbook: Playbook, state: State, happened: Happening, at: float,
         ) -> tuple[State, list[Card], list[Happening], list[Event]]:
    state, more, told = scene.advance(View(playbook, state, at, happened), happened)
    state, cards = rules.wanted(View(playbook, state, at, happened), happened)
    state, ticked = _tick(playbook, state, happened)
    return state, cards, more, told + ticked


def _silenced(playbook: Playbook, state: State, case: Case) -> bool:
    """P0 speaks in every mode."""
    return case.priority != "P0" and any(
        mode.silences(case.rule) for mode in playbook.modes if mode.name in state.scene.modes)


def _fired(state: State, card: Card) -> tuple[State, Happening]:
    rule = card.case.rule
    times = (*state.scene.fired.get(rule, ()), card.at)
    turn = state.hearing.turns[-1].index if state.hearing.turns else -1
    return (replace(state, scene=replace(state.scene, fired={**state.scene.fired, rule: times})),
            Happening("fires", rule, card.at, card.at, turn=turn))


def _give(playbook: Playbook, state: State, event: Event, cards: list[Card]) -> tuple[State, list[Event]]:
    """Cards to the desk; hints and notes for the wrap-up to the checklist."""
    told: list[Event] = []
    desk = state.desk
    for card in cards:
        case = card.case
        if case.priority == "P3" or isinstance(event, CallEnded):
            told.append(Checklist(event.at, case.rule, card.text, card.evidence, "due"))
        else:
            desk = attention.offer(desk, playbook.budgets, card)
    return (state if desk is state.desk else replace(state, desk=desk)), told


def _open_items(playbook: Playbook, state: State, at: float) -> list[Event]:
    return [Checklist(at, case.rule, case.text, state="open") for case in playbook.cases
            if case.tick and case.applies(state.started.campaign)]


def _tick(playbook: Playbook, state: State, happened: Happening) -> tuple[State, list[Event]]:
    told: list[Event] = []
    for number, condition in playbook.ticking.get((happened.kind, happened.name), ()):
        case: Case = playbook.cases[number]
        if case.rule in state.done or not case.applies(state.started.campaign):
            continue
        found = condition.test(View(playbook, state, happened.at, happened), condition.args, happened)
        if found is not None:
            state = replace(state, done=state.done | {case.rule})
            heard = [{"speaker": hit.speaker, "phrase": hit.phrase, "start": round(hit.start, 2)} for hit in found.hits]
            told.append(Checklist(happened.at, case.rule, case.text, {"heard": heard}))
    return state, told

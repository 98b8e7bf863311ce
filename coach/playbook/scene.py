"""Where the call stands: phase, modes, slots, fault, and the last measures of voice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from coach.events import Dynamics, Event, Mode, Pace, PaceChange, Phase, Stress, SupervisorAction, Transcript
from coach.playbook.model import Condition, Happening
from coach.playbook.state import Scene, State
from coach.playbook.view import View

KEPT_S = 30.0
"""How long measures are kept."""
SETTLED_S = 6.0
"""A phase is not left for an earlier one before it has lasted this long."""
UNCLEAR = 0.5
"""Mean confidence of an utterance below which it is hard to make out."""

Found = tuple[State, list[Happening]]


def measure(state: State, event: Event) -> Found:
    """Take note of a cue, and say what happened by it."""
    scene = state.scene
    if isinstance(event, PaceChange):
        happened = Happening("pace_change", event.direction, event.at, event.since, event.speaker, _turn(state),
                             values=_measured(event, event.speech_s, since=round(event.since, 2)))
        scene = replace(scene, pace={**scene.pace, event.speaker: event.direction})
    elif isinstance(event, Pace):
        scene = _kept(scene, f"{event.speaker} pace", event.at, event.syllables_per_s)
        happened = Happening("pace", event.speaker, event.at, event.at - event.speech_s, event.speaker, _turn(state),
                             values=_measured(event, event.speech_s))
    elif isinstance(event, Stress):
        scene = _kept(scene, "stress", event.at, event.level)
        happened = Happening("stress", "", event.at, event.at, event.speaker, _turn(state),
                             values={"level": round(event.level, 2), "baseline_s": round(event.baseline_s, 1)})
    elif isinstance(event, Dynamics) and event.kind != "silence":
        scene = _kept(scene, f"{event.speaker} {event.kind}", event.at, 1.0)
        happened = Happening(event.kind, "", event.at, event.start, event.speaker, _turn(state), values=event.values)
    elif isinstance(event, Transcript) and event.final and event.words \
            and sum(word.conf for word in event.words) < UNCLEAR * len(event.words):
        scene = _kept(scene, f"{event.speaker} unclear", event.at, 1.0)
        happened = Happening("unclear", event.speaker, event.at, event.start, event.speaker, _turn(state))
    elif isinstance(event, SupervisorAction) and event.action == "fault":
        return replace(state, scene=replace(scene, fault=event.text)), []
    else:
        return state, []
    return replace(state, scene=scene), [happened]


def _turn(state: State) -> int:
    return state.hearing.turns[-1].index if state.hearing.turns else -1


def _measured(event: Pace | PaceChange, speech_s: float, **more: float) -> dict[str, float | str]:
    return {"syllables_per_s": round(event.syllables_per_s, 2), "baseline": round(event.baseline, 2),
            "ratio": round(event.ratio, 2), "window_s": round(speech_s, 1), "source": event.source, **more}


def _kept(scene: Scene, name: str, at: float, value: float) -> Scene:
    series = scene.rates.get(name, ())
    first = next((index for index, (when, _) in enumerate(series) if when > at - KEPT_S), len(series))
    return replace(scene, rates={**scene.rates, name: (*series[first:], (at, value))})


def advance(view: View, happened: Happening) -> tuple[State, list[Happening], list[Event]]:
    """Change phase, modes and slots by what happened; further happenings and the events to tell of them."""
    state, more, events = view.state, list[Happening](), list[Event]()
    for change in (_phase, _modes, _slots):
        state, found, told = change(replace(view, state=state), happened)
        more += found
        events += told
    return state, more, events


Change = tuple[State, list[Happening], list[Event]]


def _first(view: View, conditions: Iterable[Condition], happened: Happening) -> Happening | None:
    for condition in conditions:
        if any(key in ((happened.kind, happened.name), (happened.kind, "*")) for key in condition.keys):
            found: Happening | None = condition.test(view, condition.args, happened)
            if found is not None:
                return found
    return None


def _phase(view: View, happened: Happening) -> Change:
    scene = view.scene
    orders = {phase.name: phase.order for phase in view.playbook.phases}
    for phase in reversed(view.playbook.phases):
        if phase.name == scene.phase:
            continue
        back = phase.order < orders.get(scene.phase, 0)
        if back and happened.at - scene.phase_since < SETTLED_S:
            continue
        found = _first(view, phase.enters, happened)
        if found is not None:
            scene = replace(scene, phase=phase.name, phase_since=happened.at,
                            reached=max(scene.reached, phase.order))
            begins = Happening("phase", phase.name, happened.at, found.start, found.speaker, found.turn, found.hits)
            return (replace(view.state, scene=scene), [begins],
                    [Phase(happened.at, phase.name, _reason(found))])
    return view.state, [], []


def _modes(view: View, happened: Happening) -> Change:
    state, more, events = view.state, list[Happening](), list[Event]()
    for mode in view.playbook.modes:
        on = mode.name in state.scene.modes
        found = _first(view, mode.leaves if on else mode.enters, happened)
        if found is None or (not on and not all(view.holds(condition) for condition in mode.given)):
            continue
        modes = dict(state.scene.modes)
        if on:
            del modes[mode.name]
        else:
            modes[mode.name] = happened.at
        state = replace(state, scene=replace(state.scene, modes=modes))
        more.append(Happening(f"mode {'off' if on else 'on'}", mode.name, happened.at, found.start, found.speaker,
                              found.turn, found.hits, found.values))
        events.append(Mode(happened.at, mode.name, not on, _reason(found)))
    return state, more, events


def _slots(view: View, happened: Happening) -> Change:
    state, more = view.state, list[Happening]()
    for slot in view.playbook.slots:
        found = _first(view, slot.filled, happened)
        if found is None or not found.hits:
            continue
        value = found.hits[-1].value or found.hits[-1].heard
        known = state.scene.slots.get(slot.name)
        if value == known:
            continue
        state = replace(state, scene=replace(state.scene, slots={**state.scene.slots, slot.name: value}))
        more.append(Happening("slot filled" if known is None else "slot changed", slot.name, happened.at, found.start,
                              found.speaker, found.turn, found.hits,
                              {"value": value} if known is None else {"value": value, "before": known}))
    return state, more, []


def _reason(found: Happening) -> str:
    """Why, in a few words: the phrase, or what was measured."""
    if found.hits:
        return found.hits[0].phrase
    return found.kind



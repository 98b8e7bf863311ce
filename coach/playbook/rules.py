"""Which rules apply: happenings against the sentences of the playbook, deadlines, and the evidence for a card."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

from coach.events import Json
from coach.playbook.model import Case, Condition, Happening, Hit
from coach.playbook.state import Card, Pending, State
from coach.playbook.view import View

WORDS_LATE_S = 2.5
"""How long after the end of speech its words are waited for before "not said" is believed."""
CERTAIN, CERTAIN_P0 = 0.75, 0.65
"""Mean confidence of the agent's words from which it is believed that something was not said."""
SPEAKING_ON_S = 6.0
"""How long past a deadline a speaker who is still talking may yet say it."""


def wanted(view: View, happened: Happening) -> tuple[State, list[Card]]:
    """Cases that want this happening: a card at once, or something pending."""
    state, cards = view.state, list[Card]()
    index = view.playbook.waiting_for
    seen: set[int] = set()
    for key in ((happened.kind, happened.name), (happened.kind, "*")):
        for number, condition in index.get(key, ()):
            case = view.playbook.cases[number]
            if number in seen or not case.applies(state.started.campaign):
                continue
            found = condition.test(replace(view, anchor=happened), condition.args, happened)
            if found is None:
                continue
            here = replace(view, state=state, anchor=found)
            if not _stands(here, case):
                continue
            seen.add(number)
            if case.within is None:
                if _certain(here, case):
                    cards.append(_card(here, case, condition))
            elif not any(pending.case == number for pending in state.pending):
                due_at = inf if case.within.seconds is None else found.at + case.within.seconds
                state = replace(state, pending=(*state.pending, Pending(number, found, due_at)))
    return state, cards


def _stands(view: View, case: Case) -> bool:
    """Whether everything that must be so is so, and nothing that must not."""
    return all(map(view.holds, case.given)) and not any(map(view.holds, case.unless))


def due(view: View) -> tuple[State, list[Card]]:
    """Cards of pending cases whose time has come without what was waited for."""
    state = view.state
    cards: list[Card] = []
    kept: list[Pending] = []
    for pending in state.pending:
        case = view.playbook.cases[pending.case]
        here = replace(view, anchor=pending.anchor)
        if not _is_due(here, case, pending):
            kept.append(pending)
        elif not _stands(here, case):
            continue
        elif _words_open(here, case, pending):
            kept.append(pending)
        elif _certain(here, case):
            cards.append(_card(here, case))
    return (state, []) if len(kept) == len(state.pending) else (replace(state, pending=tuple(kept)), cards)


def _is_due(view: View, case: Case, pending: Pending) -> bool:
    if pending.due <= view.at:
        return True
    limit = case.within
    if limit is None or limit.seconds is not None:
        return False
    if limit.speaker is None:
        turn = view.anchor_turn
        return turn is not None and not turn.open
    done = [turn for turn in view.hearing.turns
            if turn.speaker == limit.speaker and turn.index > pending.anchor.turn and not turn.open]
    return len(done) >= limit.turns


def _certain(view: View, case: Case) -> bool:
    """Whether the agent can be believed not to have said what the case misses. Quiet hints need no certainty."""
    if case.priority == "P3":
        return True
    for condition in case.unless:
        if condition.args.get("who") == "agent" and "lexicons" in condition.args:
            seconds = condition.args.get("seconds")
            since = view.since if condition.recent else view.at - seconds if seconds else -1e9
            if not view.clear("agent", since, CERTAIN_P0 if case.priority == "P0" else CERTAIN):
                return False
    return True


def _words_open(view: View, case: Case, pending: Pending) -> bool:
    """Whether what was not heard may have been said all the same: its words are not known yet."""
    speakers = {condition.args.get("who") for condition in case.unless if "lexicons" in condition.args}
    since = pending.anchor.at if pending.due == inf else pending.due
    for speaker, voice in view.hearing.voices.items():
        if speaker not in speakers and "anyone" not in speakers:
            continue
        if voice.speaking and pending.due < inf and voice.since < pending.due and view.at - since < SPEAKING_ON_S:
            return True
        if not voice.speaking and voice.heard_until < voice.until - 0.6 and view.at - voice.until < WORDS_LATE_S:
            return True
    return False


def _card(view: View, case: Case, condition: Condition | None = None) -> Card:
    evidence: dict[str, Json] = {"because": condition.source if condition else " / ".join(
        sentence.source for sentence in case.when)}
    anchor = view.anchor
    if anchor is not None:
        if anchor.hits:
            evidence["heard"] = [_quote(hit) for hit in anchor.hits]
        elif anchor.values:
            evidence["measured"] = dict(anchor.values)
        evidence["since"] = round(anchor.start, 2)
    absent = [sentence.source for sentence in case.unless if "lexicons" in sentence.args or "agenda" in sentence.args]
    if absent:
        evidence["not_heard"] = absent
    if view.scene.modes:
        evidence["modes"] = sorted(view.scene.modes)
    evidence["case"] = case.number
    evidence["playbook"] = f"{view.playbook.name}@{view.playbook.version}"
    text = {language: _filled(words, view, language) for language, words in case.text.items()}
    return Card(case, view.at, evidence, text, anchor.turn if anchor is not None else -1)


def _quote(hit: Hit) -> dict[str, Json]:
    return {"speaker": hit.speaker, "phrase": hit.phrase, "text": hit.heard, "start": round(hit.start, 2),
            "end": round(hit.end, 2)}


def _filled(text: str, view: View, language: str) -> str:
    """The prompt with its slots filled; a slot that is not known stays an ellipsis."""
    if "{" not in text:
        return text
    return text.format_map(_Slots(view, language))


class _Slots(dict[str, str]):
    """Looks up what stands in braces: a slot, a context field, the number heard, or the points still missing."""

    def __init__(self, view: View, language: str) -> None:
        super().__init__()
        self._view, self._language = view, language

    def __missing__(self, name: str) -> str:
        view = self._view
        if name.startswith("missing_"):
            agenda = name.removeprefix("missing_")
            points = view.playbook.agendas[agenda].points
            texts = [points[index][0] for index in view.missing(agenda)]
            return ("、" if self._language == "zh" else ", ").join(text[self._language] for text in texts)
        if name == "n" and view.anchor is not None and view.anchor.hits:
            return view.anchor.hits[-1].value or "…"
        value: Any = view.scene.slots.get(name, view.context(name))
        return "…" if value in (None, "") else str(value)

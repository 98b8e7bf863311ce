"""From files to a compiled Playbook, with every mistake named: file, line, what it belongs to, what to do."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

from coach.events import Priority
from coach.playbook import happenings, states  # noqa: F401 - importing them declares the forms
from coach.playbook.english import English
from coach.playbook.language import Names, SentenceError, deadline, understand
from coach.playbook.matching import LexiconText, Matcher
from coach.playbook.model import (
    AgendaSpec,
    Budget,
    Case,
    Condition,
    Deadline,
    Key,
    ModeSpec,
    PhaseSpec,
    Playbook,
    SlotSpec,
)
from coach.playbook.phrases import PhraseError, Words, expand, orders, spelt_out, spoken
from coach.playbook.pinyin import Mandarin
from coach.playbook.reading import Language
from coach.playbook.schema import MAX_PROMPT, CaseModel, LexiconModel, RuleModel, TextsModel
from coach.playbook.source import Problems, Source, entries, read

LANGUAGES: Mapping[str, Callable[[], Language]] = {"zh": Mandarin, "en": English}
BUDGETS: Mapping[Priority, Budget] = {
    "P0": Budget(20.0, 0.0, 3.0, 0.0, 10.0, 0.0, 10.0, 20, 60),
    "P1": Budget(12.0, 2.0, 6.0, 1.0, 4.0, 2.0, 45.0, 3, 5),
    "P2": Budget(10.0, 6.0, 6.0, 3.0, 4.0, 15.0, 120.0, 2, 2),
}


def load(path_or_name: str | Path) -> Playbook:
    """Read and compile a playbook: a folder, a file, or the name of a shipped pack. Raises PlaybookError."""
    return compile_source(read(path_or_name))


def compile_source(source: Source, *, everything: bool = False) -> Playbook:
    """Compile what was read; `everything`: rules that are switched off too. Raises PlaybookError."""
    return _Compiler(source, everything).playbook()


@dataclass
class _Place:
    """Where the sentences that are being compiled stand."""

    file: str
    path: tuple[Hashable, ...]


class _Compiler:
    def __init__(self, source: Source, everything: bool) -> None:
        self.source = source
        self.everything = everything
        self.problems = Problems()
        self.kinds = {kind: self._unique(kind) for kind in (
            "campaigns", "phases", "modes", "slots", "agendas", "words", "lexicons", "rules")}
        self.names = Names(**{kind: list(found) for kind, found in self.kinds.items() if kind != "words"})

    def _unique(self, kind: str) -> dict[str, tuple[str, Any]]:
        found: dict[str, tuple[str, Any]] = {}
        for file, name, model in entries(self.source, kind):
            if name in found:
                first = self.source.mark(found[name][0], kind, name)
                self.problems.add(self.source.mark(file, kind, name),
                                  f"{kind} {name}: already defined at {first}; keep one or rename it")
            found[name] = (file, model)
        return found

    def playbook(self) -> Playbook:
        """Everything, or PlaybookError."""
        heads = [(file, model.playbook) for file, model in self.source.files.items() if model.playbook]
        if len(heads) != 1:
            self.problems.add(self.source.name, f"'playbook:' with name, language and title must stand in exactly one "
                                                f"file; it stands in {len(heads)}")
            self.problems.raise_any()
        head = heads[0][1]
        language = LANGUAGES[head.language]()
        lexicons = self._lexicons()
        phases, modes, slots, agendas = self._phases(), self._modes(), self._slots(), self._agendas()
        cases = self._cases(head.language)
        self.problems.raise_any()
        sentences = [condition for case in cases for condition in case.when]
        return Playbook(
            head.name, head.language, self.source.version, _texts(head.title), Matcher(language, lexicons),
            phases, modes, slots, agendas, cases, self._budgets(),
            _index((case.index, condition) for case in cases for condition in case.when),
            _index((case.index, condition) for case in cases for condition in case.tick),
            _numbers(sentences, happenings.silence), _numbers(sentences, happenings.talks_for),
            _numbers(sentences, happenings.reaches), self.source.name)

    def _lexicons(self) -> dict[str, LexiconText]:
        texts: dict[str, LexiconText] = {}
        words = {name: listed for name, (_, listed) in self.kinds["words"].items()}
        for name, (file, written) in self.kinds["lexicons"].items():
            model = LexiconModel(phrases=written) if isinstance(written, list) else written
            place = _Place(file, ("lexicons", name))
            values = {said: value for value, phrases in model.values.items()
                      for said in self._spelt_out(place, phrases, words)}
            phrases = (*self._spelt_out(place, model.phrases, words), *values)
            excluded_too = self._spelt_out(place, model.not_, words)
            if not phrases:
                self._problem(place, "it has no phrases; add some or remove it")
            wanted, excluded = self._written(place, phrases), self._written(place, excluded_too)
            for said in wanted.keys() & excluded.keys():
                self._problem(place, f"'{said}' can never match: 'not' has '{excluded[said]}'; remove one of them")
            texts[name] = LexiconText(phrases, excluded_too, values, model.sounds, not model.denied_too)
        return texts

    def _spelt_out(self, place: _Place, phrases: Iterable[str], words: Words) -> tuple[str, ...]:
        """Phrases with the words they name, in the orders they may be said in; problems are noted."""
        found: list[str] = []
        for phrase in phrases:
            try:
                found += orders(spelt_out(phrase, words))
            except PhraseError as error:
                self._problem(place, f"'{phrase}': {error}")
        return tuple(found)

    def _written(self, place: _Place, phrases: Iterable[str]) -> dict[str, str]:
        """What each phrase without a gap stands for -> the phrase; problems are noted."""
        written: dict[str, str] = {}
        for phrase in phrases:
            try:
                segments, _ = expand(phrase)
            except PhraseError as error:
                self._problem(place, f"'{phrase}': {error}")
                continue
            for elements in (elements for segment in segments for elements in segment):
                said = spoken(elements)
                if not any(char.isalnum() for char in said):
                    self._problem(place, f"'{phrase}' can never match: '{said}' cannot be said; write words")
            if len(segments) == 1:
                for said in map(spoken, segments[0]):
                    if said in written and said in (phrase, written[said]):
                        self._problem(place, f"'{said}' is written twice ('{written[said]}' and '{phrase}'); keep one")
                    written.setdefault(said, phrase)
        return written

    def _phases(self) -> tuple[PhaseSpec, ...]:
        phases = []
        for order, (name, (file, model)) in enumerate(self.kinds["phases"].items()):
            place = _Place(file, ("phases", name))
            if order and not model.enters:
                self._problem(place, "nothing ever begins it; write under 'enters' what is said then")
            phases.append(PhaseSpec(name, _texts(model.title), order, self._sentences(place, "enters", model.enters)))
        return tuple(phases)

    def _modes(self) -> tuple[ModeSpec, ...]:
        modes = []
        for name, (file, model) in self.kinds["modes"].items():
            place = _Place(file, ("modes", name))
            for pattern in model.mutes:
                known = any(rule == pattern or (pattern.endswith("*") and rule.startswith(pattern[:-1]))
                            for rule in self.names.rules)
                if not known:
                    self._problem(place, f"there is no rule '{pattern}' to mute; correct or remove it")
            modes.append(ModeSpec(
                name, _texts(model.title), self._sentences(place, "enters", model.enters),
                self._states(place, "if", model.if_), self._sentences(place, "leaves", model.leaves),
                tuple(model.mutes)))
        return tuple(modes)

    def _slots(self) -> tuple[SlotSpec, ...]:
        return tuple(SlotSpec(name, self._sentences(_Place(file, ("slots", name)), "filled", model.filled))
                     for name, (file, model) in self.kinds["slots"].items())

    def _agendas(self) -> dict[str, AgendaSpec]:
        agendas = {}
        for name, (file, points) in self.kinds["agendas"].items():
            agendas[name] = AgendaSpec(name, tuple(
                (_texts(point.title), self._states(_Place(file, ("agendas", name, index)), "done", point.done))
                for index, point in enumerate(points)))
        return agendas

    def _cases(self, language: str) -> tuple[Case, ...]:
        cases: list[Case] = []
        for rule, (file, model) in self.kinds["rules"].items():
            parts = model.cases or [CaseModel()]
            for number, part in enumerate(parts, 1):
                path = ("rules", rule, "cases", number - 1) if model.cases else ("rules", rule)
                case = self._case(_Place(file, path), rule, number, model, part, len(cases))
                if case is not None and (self.everything or model.enabled):
                    cases.append(case)
        return tuple(cases)

    def _case(self, place: _Place, rule: str, number: int, model: RuleModel, part: CaseModel, index: int,
              ) -> Case | None:
        priority = part.priority or model.priority
        prompt = part.prompt or model.prompt
        when, within = part.when or model.when, part.within or model.within
        unless = [*model.unless, *part.unless] if model.cases else model.unless
        given = [*model.if_, *part.if_] if model.cases else model.if_
        tick = part.tick or model.tick
        if priority is None or prompt is None or not (when or tick):
            missing = [name for name, value in (("priority", priority), ("when", when or tick), ("prompt", prompt))
                       if not value]
            self._problem(place, f"{' and '.join(missing)} missing; every case needs a priority, a 'when' and a prompt")
            return None
        if within and not unless:
            self._problem(place, f"'within: {within}' waits for nothing; write under 'unless' what should be said")
        if within and not when:
            self._problem(place, f"'within: {within}' has no beginning; say under 'when' what starts the time")
        self._glance(place, prompt)
        budget = self._budgets().get(priority, BUDGETS["P2"])
        chosen = part.for_ or model.for_
        excluded = part.not_for or model.not_for
        for name in (*chosen, *excluded):
            if name not in self.names.campaigns:
                self._problem(place, f"there is no campaign '{name}'; known: {', '.join(self.names.campaigns)}")
        campaigns = frozenset(chosen)
        if excluded and not chosen:
            campaigns = frozenset(self.names.campaigns) - frozenset(excluded)
        return Case(
            index, rule, number, model.title, tuple(part.behaviour or model.behaviour), priority,
            self._sentences(place, "when", when), self._states(place, "if", given),
            self._states(place, "unless", unless),
            self._deadline(place, within), campaigns, _texts(prompt),
            _first(part.cooldown_s, model.cooldown_s, budget.cooldown_s),
            _first(part.per_call, model.per_call, budget.per_call),
            _first(part.lasts_s, model.lasts_s, budget.lasts_s), _first(part.quiet_s, model.quiet_s, budget.spacing_s),
            self._sentences(place, "tick", tick), part.review or model.review)

    def _glance(self, place: _Place, prompt: TextsModel) -> None:
        for language, limit in MAX_PROMPT.items():
            text = getattr(prompt, language)
            length = len(re.sub(r"\{[^}]*\}", "…", text))
            if length > limit:
                self._problem(place, f"the {language} prompt has {length} characters, more than one glance takes; "
                                     f"shorten it to {limit}")
            for _, name, _, _ in Formatter().parse(text):
                agenda = name.removeprefix("missing_") if name and name.startswith("missing_") else None
                if agenda is not None and agenda not in self.names.agendas:
                    self._problem(place, f"there is no agenda '{agenda}' for {{{name}}}; add it under agendas:")

    def _deadline(self, place: _Place, sentence: str | None) -> Deadline | None:
        if sentence is None:
            return None
        try:
            return deadline(sentence)
        except SentenceError as error:
            self._problem(place, str(error), "within")
            return None

    def _sentences(self, place: _Place, key: str, sentences: Iterable[str]) -> tuple[Condition, ...]:
        return self._understood(place, key, sentences, "happening")

    def _states(self, place: _Place, key: str, sentences: Iterable[str]) -> tuple[Condition, ...]:
        return self._understood(place, key, sentences, "state")

    def _understood(self, place: _Place, key: str, sentences: Iterable[str], role: Any) -> tuple[Condition, ...]:
        found = []
        for index, sentence in enumerate(sentences):
            try:
                found.append(understand(sentence, role, self.names))
            except SentenceError as error:
                self._problem(place, str(error), key, index)
        return tuple(found)

    def _problem(self, place: _Place, text: str, *below: Hashable) -> None:
        mark = self.source.mark(place.file, *place.path, *below)
        self.problems.add(mark, f"{place.path[0]} {place.path[1]}: {text}")

    def _budgets(self) -> dict[Priority, Budget]:
        budgets = dict(BUDGETS)
        for file in self.source.files.values():
            budgets |= {name: Budget(**model.model_dump()) for name, model in file.attention.items()}
        return budgets


def _first(*values: Any) -> Any:
    return next(value for value in values if value is not None)


def _texts(model: TextsModel) -> dict[str, str]:
    return {"zh": model.zh, "en": model.en}


def _index(pairs: Iterable[tuple[int, Condition]]) -> dict[Key, tuple[tuple[int, Condition], ...]]:
    found: dict[Key, list[tuple[int, Condition]]] = defaultdict(list)
    for number, condition in pairs:
        for key in condition.keys:
            found[key].append((number, condition))
    return {key: tuple(items) for key, items in found.items()}


def _numbers(sentences: Iterable[Condition], form: Callable[..., Any]) -> tuple[float, ...]:
    """The seconds that some sentence of this form waits for."""
    return tuple(sorted({float(sentence.args["seconds"]) for sentence in sentences if sentence.test is form}))

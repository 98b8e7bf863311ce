"""The sentences a rule is written in: templates, and how a sentence becomes a Condition.

Every form is declared once, beside the function that tests it (happenings.py, states.py): its template, an example and
what it means. The reference in docs/playbook.md and the JSON Schema are made from the same table.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from coach.playbook.model import Condition, Deadline, Key

_NAME = r"[a-z][a-z0-9_]*"
_RULE = r"[A-Z]+-(?:\d+|\*)"
_NUMBER = r"\d+(?:\.\d+)?"
KINDS: Mapping[str, str] = {
    "who": "agent|customer|anyone",
    "lexicons": rf"{_NAME}(?: (?:and|or) {_NAME})*",
    "phases": rf"{_NAME}(?: or {_NAME})*",
    "phase": _NAME,
    "mode": _NAME,
    "slot": _NAME,
    "agenda": _NAME,
    "campaigns": rf"{_NAME}(?: or {_NAME})*",
    "rules": rf"{_RULE}(?: or {_RULE})*",
    "field": _NAME,
    "fault": "unknown|ours|misunderstanding",
    "direction": "up|down",
    "pace": "faster|slower|steady",
    "operator": "=|!=|>=|<=|>|<",
    "value": r"\S+",
    "n": r"\d+",
    "seconds": _NUMBER,
    "number": _NUMBER,
    "percent": r"\d+",
}
"""What can stand in the braces of a template, as a regular expression."""


class SentenceError(ValueError):
    """A sentence is not one of the forms, or names what does not exist. The text says what to write instead."""


@dataclass(frozen=True)
class Names:
    """What the playbook defines; a sentence may name nothing else."""

    lexicons: Collection[str]
    phases: Collection[str]
    modes: Collection[str]
    slots: Collection[str]
    agendas: Collection[str]
    campaigns: Collection[str]
    rules: Collection[str]


@dataclass(frozen=True)
class Form:
    """One kind of sentence."""

    role: Literal["happening", "state"]
    template: str
    meaning: str
    example: str
    test: Callable[..., Any]
    keys: Callable[[Mapping[str, Any]], tuple[Key, ...]] = field(default=lambda args: ())
    recent: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The template as a regular expression with a group for every brace."""
        return re.compile(regex(self.template))


def regex(template: str) -> str:
    """`{kind}` or `{name:kind}` in braces; what is in square brackets may be left out."""
    out: list[str] = []
    for piece in re.split(r"(\{[^}]*\}|[\[\]])", template):
        if piece == "[":
            out.append("(?:")
        elif piece == "]":
            out.append(")?")
        elif piece.startswith("{"):
            name, _, kind = piece[1:-1].partition(":")
            out.append(f"(?P<{name}>{KINDS[kind or name]})")
        else:
            out.append(re.escape(piece).replace(r"\ ", " "))
    return "".join(out)


FORMS: list[Form] = []


def happening(template: str, meaning: str, example: str, keys: Callable[[Mapping[str, Any]], tuple[Key, ...]],
              ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a sentence for `when`, `tick`, `enters`, `leaves` or `filled`."""
    def declare(test: Callable[..., Any]) -> Callable[..., Any]:
        FORMS.append(Form("happening", template, meaning, example, test, keys))
        return test
    return declare


def state(template: str, meaning: str, example: str, *, recent: bool = False,
          ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a sentence for `if`, `unless` or the points of an agenda.

    `recent`: it looks only at what was said since the turn in which it happened.
    """
    def declare(test: Callable[..., Any]) -> Callable[..., Any]:
        FORMS.append(Form("state", template, meaning, example, test, recent=recent))
        return test
    return declare


def understand(sentence: str, role: Literal["happening", "state"], names: Names) -> Condition:
    """The condition that `sentence` stands for. Raises SentenceError."""
    plain = " ".join(sentence.split())
    negated = role == "state" and plain.startswith("not ")
    wanted = plain[4:] if negated else plain
    for form in FORMS:
        if form.role != role:
            continue
        match = form.pattern.fullmatch(wanted)
        if match:
            args = {name: _argument(kind, match[name], names) for name, kind in _kinds(form.template).items()}
            return Condition(plain, form.test, args, negated, form.recent, form.keys(args))
    raise SentenceError(_remedy(wanted, role))


def deadline(sentence: str) -> Deadline:
    """`10 s`, `2 agent turns`, `1 customer turn` or `this turn`. Raises SentenceError."""
    plain = " ".join(sentence.split())
    if plain == "this turn":
        return Deadline(plain)
    seconds = re.fullmatch(rf"({_NUMBER}) s", plain)
    if seconds:
        return Deadline(plain, seconds=float(seconds[1]))
    turns = re.fullmatch(r"([1-9]) (agent|customer) turns?", plain)
    if turns:
        return Deadline(plain, turns=int(turns[1]), speaker="agent" if turns[2] == "agent" else "customer")
    raise SentenceError(f"I do not understand the deadline '{plain}'; write '10 s', '2 agent turns', "
                        "'1 customer turn' or 'this turn'")


def _kinds(template: str) -> dict[str, str]:
    found = {}
    for piece in re.findall(r"\{([^}]*)\}", template):
        name, _, kind = piece.partition(":")
        found[name] = kind or name
    return found


def _argument(kind: str, text: str | None, names: Names) -> Any:
    if text is None:
        return None
    if kind in ("seconds", "number"):
        return float(text)
    if kind in ("n", "percent"):
        return int(text)
    if kind == "lexicons":
        groups = [group.split(" and ") for group in text.split(" or ")]
        for group in groups:
            for name in group:
                _known(name, names.lexicons, "lexicon", "add it under lexicons:")
        return tuple(tuple(group) for group in groups)
    if kind in ("phases", "campaigns", "rules"):
        defined = {"phases": names.phases, "campaigns": names.campaigns, "rules": names.rules}[kind]
        chosen = tuple(text.split(" or "))
        for name in chosen:
            if not name.endswith("*"):
                _known(name, defined, kind[:-1], f"add it under {kind}:")
            elif not any(rule.startswith(name[:-1]) for rule in defined):
                raise SentenceError(f"no rule begins with {name[:-1]}")
        return chosen
    if kind in ("phase", "mode", "slot", "agenda"):
        plural = {"phase": names.phases, "mode": names.modes, "slot": names.slots, "agenda": names.agendas}[kind]
        return _known(text, plural, kind, f"add it under {kind}s:")
    return text


def _known(name: str, defined: Collection[str], what: str, remedy: str) -> str:
    if name not in defined:
        raise SentenceError(f"there is no {what} '{name}'{_guess(name, defined)}; or {remedy}")
    return name


def _guess(name: str, defined: Collection[str]) -> str:
    close = difflib.get_close_matches(name, sorted(defined), 1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _remedy(sentence: str, role: str) -> str:
    examples = [form.example for form in FORMS if form.role == role]
    close = difflib.get_close_matches(sentence, examples, 1, cutoff=0.3)
    other = "state" if role == "happening" else "happening"
    if any(form.pattern.fullmatch(sentence) for form in FORMS if form.role == other):
        where = "'if' or 'unless'" if other == "state" else "'when'"
        return f"'{sentence}' belongs under {where}, not here; here write for example '{(close or examples)[0]}'"
    return f"I do not understand '{sentence}'; write for example '{(close or examples)[0]}'"

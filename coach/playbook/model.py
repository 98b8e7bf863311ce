"""A compiled playbook: what `step` reads. Frozen; shared by every call that runs under the same version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from coach.events import Json, Priority, Speaker
from coach.playbook.matching import Matcher

Texts = Mapping[str, str]
"""The same words in several languages: "zh", "en"."""
Key = tuple[str, str]
"""What a happening is filed under: its kind and its name ("*" for any name)."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase of a lexicon was said."""

    lexicon: str
    speaker: Speaker
    at: float
    """Audio time at which it was known."""
    start: float
    end: float
    heard: str
    """What the recogniser wrote."""
    phrase: str
    value: str
    turn: int
    """Index of the turn it was said in."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that a rule can wait for has happened."""

    kind: str
    name: str
    at: float
    start: float
    speaker: Speaker | None = None
    turn: int = -1
    hits: tuple[Hit, ...] = ()
    values: Mapping[str, Json] = field(default_factory=dict)
    """Measured values, for the evidence."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One sentence of a rule, understood."""

    source: str
    """The sentence as written."""
    test: Callable[..., Any]
    """For a happening: (view, args, happening) -> Happening or None. For a state: (view, args) -> bool."""
    args: Mapping[str, Any]
    negated: bool = False
    recent: bool = False
    """Looks only at what was said since the turn in which it happened."""
    keys: tuple[Key, ...] = ()
    """For a happening: what it is filed under."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long to wait for what should be said: seconds, or turns of a speaker, or the end of the turn it began in."""

    source: str
    seconds: float | None = None
    turns: int = 0
    speaker: Speaker | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One way in which a rule applies: one behaviour, one prompt."""

    index: int
    rule: str
    number: int
    """1 for the first case of its rule."""
    title: str
    behaviours: tuple[str, ...]
    priority: Priority
    when: tuple[Condition, ...]
    """Any of these happenings."""
    given: tuple[Condition, ...]
    """All of these states, at the happening and at the deadline."""
    unless: tuple[Condition, ...]
    """None of these states, at the happening and at the deadline."""
    within: Deadline | None
    campaigns: frozenset[str]
    """Empty: all."""
    text: Texts
    cooldown_s: float
    per_call: int
    lasts_s: float
    quiet_s: float
    """Least time since any card was put up, for cards that can wait for a calm moment or not come at all."""
    tick: tuple[Condition, ...] = ()
    """Any of these happenings ticks the checklist item of the rule."""
    review: str = ""

    def applies(self, campaign: str) -> bool:
        """Whether calls of this campaign are coached by it."""
        return not self.campaigns or campaign in self.campaigns


@dataclass(frozen=True, slots=True)
class PhaseSpec:
    """A phase of the call, and what is said when it begins."""

    name: str
    title: Texts
    order: int
    enters: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class ModeSpec:
    """A mode of the call, what begins and ends it, and which rules it keeps quiet."""

    name: str
    title: Texts
    enters: tuple[Condition, ...]
    given: tuple[Condition, ...]
    leaves: tuple[Condition, ...]
    mutes: tuple[str, ...]

    def silences(self, rule: str) -> bool:
        """Whether `rule` may not show while the mode is on."""
        return any(fnmatchcase(rule, pattern) for pattern in self.mutes)


@dataclass(frozen=True, slots=True)
class SlotSpec:
    """A fact that is picked up from what is said."""

    name: str
    filled: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AgendaSpec:
    """Points that a call has to cover; each is a state that comes true."""

    name: str
    points: tuple[tuple[Texts, tuple[Condition, ...]], ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """How much attention cards of one priority may take."""

    lasts_s: float
    """How long a card stays."""
    dwell_s: float
    """How long it is left alone by cards of the same priority."""
    yields_s: float
    """How long it is left alone by cards of lower priority."""
    held_s: float
    """How long it may be held back while the agent is talking."""
    patience_s: float
    """How long it may wait for its turn; after that its moment has passed."""
    spacing_s: float
    """Least time since the last card of any priority was put up, where the rule does not say otherwise."""
    cooldown_s: float
    """Least time between two cards of one rule, where the rule does not say otherwise."""
    per_call: int
    """Most cards of one rule in one call, where the rule does not say otherwise."""
    per_minute: int
    """It is not shown where so many cards below P0 were shown in the last minute."""


@dataclass(frozen=True)
class Playbook:
    """Everything compiled; `version` is a hash of the text it was made from."""

    name: str
    language: str
    version: str
    title: Texts
    matcher: Matcher
    phases: tuple[PhaseSpec, ...]
    modes: tuple[ModeSpec, ...]
    slots: tuple[SlotSpec, ...]
    agendas: Mapping[str, AgendaSpec]
    cases: tuple[Case, ...]
    budgets: Mapping[Priority, Budget]
    waiting_for: Mapping[Key, tuple[tuple[int, Condition], ...]]
    """Happening -> cases (by index) and the sentence that wants it."""
    ticking: Mapping[Key, tuple[tuple[int, Condition], ...]]
    """Happening -> checklist items (by case) that it ticks."""
    silences: tuple[float, ...] = ()
    """Lengths of silence, in seconds, that some rule waits for."""
    talks: tuple[float, ...] = ()
    """Lengths of uninterrupted talk, in seconds, that some rule waits for."""
    moments: tuple[float, ...] = ()
    """Audio times, in seconds, that some rule waits for."""
    source: str = ""
    """Where it was loaded from."""

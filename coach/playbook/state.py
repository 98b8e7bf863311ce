"""What is known of one call at one moment of audio time. Every part is frozen; `step` returns a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from coach.events import CallStarted, Json, Speaker
from coach.playbook.model import Case, Happening, Hit, Playbook
from coach.playbook.reading import Reading

HISTORY = 60
"""Turns that are kept."""


@dataclass(frozen=True, slots=True)
class Turn:
    """All that one speaker says until the other takes over."""

    index: int
    speaker: Speaker
    start: float
    end: float
    sounds: tuple[str, ...]
    open: bool = True
    """Still going on, as far as is known."""


@dataclass(frozen=True, slots=True)
class Words:
    """Readings with their times, the indices after which a sentence, or any clause, ends, and the indices of what the
    recogniser was sure of."""

    readings: tuple[Reading, ...] = ()
    starts: tuple[float, ...] = ()
    ends: tuple[float, ...] = ()
    stops: frozenset[int] = frozenset()
    breaks: frozenset[int] = frozenset()
    sure: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Voice:
    """One speaker: the sound of them, and how far their words are known."""

    speaking: bool = False
    since: float = 0.0
    """Onset of the current or last stretch of speech."""
    until: float = 0.0
    """End of the last stretch of speech."""
    run_since: float = 0.0
    """Where the current run of talk, without a pause that would let the other in, began."""
    run_s: float = 0.0
    """Length of that run up to which it has been reported."""
    heard_until: float = 0.0
    """End of the last final transcript."""
    tail: Words = field(default_factory=Words)
    """Last words, for phrases that the detector has cut in two."""
    partial: tuple[str, ...] = ()
    """The last partial, for what stays the same in the next."""


VOICES: Mapping[Speaker, Voice] = {"agent": Voice(), "customer": Voice()}


@dataclass(frozen=True, slots=True)
class Hearing:
    """What has been said, by whom and when."""

    voices: Mapping[Speaker, Voice] = field(default_factory=lambda: VOICES)
    turns: tuple[Turn, ...] = ()
    hits: Mapping[str, tuple[Hit, ...]] = field(default_factory=dict)
    silent_s: float = 0.0
    """Length of the current silence up to which it has been reported."""
    held: frozenset[Speaker] = frozenset()
    """Whose channel is on hold: nobody owes a word then."""
    held_until: float = 0.0
    """Audio time up to which the line was on hold."""
    clarity: Mapping[str, tuple[tuple[float, int, float], ...]] = field(default_factory=dict)
    """Speaker -> (end, readings, mean confidence) of every final."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the call stands."""

    phase: str = ""
    phase_since: float = 0.0
    reached: int = 0
    """Highest order of a phase so far."""
    modes: Mapping[str, float] = field(default_factory=dict)
    slots: Mapping[str, str] = field(default_factory=dict)
    fault: str = "unknown"
    pace: Mapping[str, str] = field(default_factory=dict)
    """Speaker -> "faster", "slower" or "steady"."""
    rates: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    """Measure ("stress", "agent pace", ...) -> (audio time, value) of the last half minute."""
    fired: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Rule -> audio times at which it applied, shown or not."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A rule waits for what should be said."""

    case: int
    anchor: Happening
    due: float
    """Audio time in seconds; infinite where turns are counted."""


@dataclass(frozen=True, slots=True)
class Card:
    """Something to show."""

    case: Case
    at: float
    """When the rule applied."""
    evidence: Mapping[str, Json]
    text: Mapping[str, str]
    turn: int = -1
    """Turn that it is about."""
    id: str = ""
    shown_at: float = 0.0
    expires_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Desk:
    """The agent's attention: one card at a time, the others wait a little or are dropped."""

    showing: Card | None = None
    waiting: tuple[Card, ...] = ()
    last_at: float = -1e9
    shown: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Rule -> when its cards were shown."""
    recent: tuple[float, ...] = ()
    """When the last cards below P0 were shown."""
    unwanted: Mapping[str, float] = field(default_factory=dict)
    """Rule -> when the agent last said that its card did not help."""
    helped: bool = False
    """The agent has said of a card that it helped."""


@dataclass(frozen=True, slots=True)
class State:
    """One call. `State.begin`, then `step` for every event."""

    started: CallStarted
    hearing: Hearing = field(default_factory=Hearing)
    scene: Scene = field(default_factory=Scene)
    pending: tuple[Pending, ...] = ()
    moments: int = 0
    """How many of `Playbook.moments` have passed."""
    done: frozenset[str] = frozenset()
    """Checklist items that are ticked."""
    desk: Desk = field(default_factory=Desk)

    @classmethod
    def begin(cls, playbook: Playbook, call_started: CallStarted) -> State:
        """The state before the first event of a call."""
        first = playbook.phases[0].name if playbook.phases else ""
        fault = str(call_started.context.get("fault", "unknown"))
        return cls(call_started, scene=replace(Scene(), phase=first, fault=fault))

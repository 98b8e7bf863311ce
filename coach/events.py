"""Everything that can happen in a call.

Every event is a frozen dataclass with `at`: audio time, in seconds since the first sample of the call, at which the
event is known (a prompt's `at` is when it reaches the screen). Audio time is the only clock in here: the same recording
and the same playbook give the same events to the last byte, live or replayed.

`to_json` gives the one representation that every reader gets: `coach replay`, the overlay, the supervisor, the records.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

Speaker = Literal["agent", "customer"]
SPEAKERS: tuple[Speaker, Speaker] = ("agent", "customer")
Priority = Literal["P0", "P1", "P2", "P3"]
Json = Any  # a value that json.dumps takes as it is

NO_VALUES: Mapping[str, Json] = {}


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; `type` is the name on the wire."""

    type: ClassVar[str] = ""
    at: float


# -- the call itself -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallStarted(Event):
    """The softphone's hello was accepted. `context` is what the CRM sent along."""

    type: ClassVar[str] = "call_started"
    call: str
    agent: str
    campaign: str
    language: str
    playbook: str
    context: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallEnded(Event):
    """`reason`: "bye", "recording ended", "softphone lost", "server stopping" or an error code."""

    type: ClassVar[str] = "call_ended"
    reason: str


@dataclass(frozen=True, slots=True)
class Gap(Event):
    """Audio of `speaker` between `start` and `end` never arrived (sample offsets say so)."""

    type: ClassVar[str] = "gap"
    speaker: Speaker
    start: float
    end: float


# -- speech and words ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SpeechStarted(Event):
    """`start` is the onset, without pre-roll; `at - start` is what the detector needed to be sure."""

    type: ClassVar[str] = "speech_started"
    speaker: Speaker
    start: float


@dataclass(frozen=True, slots=True)
class Speech(Event):
    """A stretch of speech has ended; `at - end` is the hangover."""

    type: ClassVar[str] = "speech"
    speaker: Speaker
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word; `conf` 0..1."""

    word: str
    start: float
    end: float
    conf: float


@dataclass(frozen=True, slots=True)
class Transcript(Event):
    """Words of one speaker. Partials (`final` false) may be taken back; a final replaces its partials."""

    type: ClassVar[str] = "transcript"
    speaker: Speaker
    start: float
    end: float
    text: str
    final: bool
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognition(Event):
    """What the recogniser is doing for this call, always shown honestly.

    `state`: "ready", "behind" (decoding cannot keep up, work is shed), "recovered", "acoustic only", "failed".
    """

    type: ClassVar[str] = "recognition"
    engine: str
    model: str
    state: Literal["ready", "behind", "recovered", "acoustic only", "failed"]
    detail: str = ""


# -- cues ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pace(Event):
    """Articulation rate (pauses out) over the last `speech_s` seconds of speech, against the speaker's own baseline."""

    type: ClassVar[str] = "pace"
    speaker: Speaker
    syllables_per_s: float
    baseline: float
    ratio: float
    source: Literal["words", "signal"]
    speech_s: float
    baseline_s: float  # seconds of speech the baseline rests on, the prior not counted
    to_other: float | None = None  # over the other speaker's baseline, once that is known


@dataclass(frozen=True, slots=True)
class PaceChange(Event):
    """The sequential detector decided: faster, slower, or back to the baseline ("steady"); true since `since`."""

    type: ClassVar[str] = "pace_change"
    speaker: Speaker
    direction: Literal["faster", "slower", "steady"]
    syllables_per_s: float
    baseline: float
    ratio: float
    since: float
    speech_s: float  # seconds of speech the decision rests on
    source: Literal["words", "signal"]


@dataclass(frozen=True, slots=True)
class Stress(Event):
    """Agitation against the customer's own baseline, 0..1. A cue, never a verdict, never about the agent."""

    type: ClassVar[str] = "stress"
    speaker: Literal["customer"]
    level: float
    features: Mapping[str, float]  # standard scores against the baseline
    speech_s: float
    baseline_s: float


@dataclass(frozen=True, slots=True)
class Dynamics(Event):
    """Who talks, and how the turns go. `values` depends on `kind` (see coach/cues/dynamics.py)."""

    type: ClassVar[str] = "dynamics"
    kind: str  # overlap, interruption, silence, monologue, response_gap, hesitation, talk_share, hold, ...
    speaker: Speaker | None
    start: float
    end: float
    values: Mapping[str, Json] = field(default_factory=dict)


# -- coaching --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prompt(Event):
    """A card for the agent. `evidence` is what a supervisor would accept: phrase and time, or value and baseline."""

    type: ClassVar[str] = "prompt"
    id: str
    rule: str
    priority: Priority
    text: Mapping[str, str]  # "zh" and "en"
    evidence: Mapping[str, Json]
    expires_at: float


@dataclass(frozen=True, slots=True)
class PromptClosed(Event):
    """`reason`: acknowledged, dismissed, expired, replaced, call ended."""

    type: ClassVar[str] = "prompt_closed"
    id: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Phase(Event):
    """The call is now in this phase of its frame."""

    type: ClassVar[str] = "phase"
    phase: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Mode(Event):
    """A mode (grief, elderly, complaint, ...) was entered or left, and why."""

    type: ClassVar[str] = "mode"
    mode: str
    on: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Checklist(Event):
    """An item of the call's checklist: opened when the call starts, done, or due (a quiet hint, never a pop-up).

    What is due after the call has ended is a note for the wrap-up.
    """

    type: ClassVar[str] = "checklist"
    item: str
    text: Mapping[str, str]
    evidence: Mapping[str, Json] = field(default_factory=dict)
    state: Literal["open", "due", "done"] = "done"


# -- people ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgentAction(Event):
    """What the agent did with a card."""

    type: ClassVar[str] = "agent_action"
    prompt: str  # Prompt.id
    action: Literal["acknowledge", "dismiss", "helped", "not_helped"]


@dataclass(frozen=True, slots=True)
class SupervisorAction(Event):
    """What a supervisor did with the call."""

    type: ClassVar[str] = "supervisor_action"
    by: str
    action: Literal["whisper", "note", "flag", "fault"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Clock(Event):
    """Audio time has reached `at`: lets deadlines pass when nobody speaks. Never stored or shown."""

    type: ClassVar[str] = "clock"


def to_json(event: Event) -> dict[str, Json]:
    """The event as plain JSON values, `type` and `at` first; numbers rounded to a millisecond / 1e-4.

    A field that is None (a speaker that an event does not have) is left out.
    """
    out: dict[str, Json] = {"type": event.type, "at": round(event.at, 3)}
    for item in dataclasses.fields(event):
        value = getattr(event, item.name)
        if item.name != "at" and value is not None:
            out[item.name] = _plain(value)
    return out


def _plain(value: Any) -> Json:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Word):
        return {"word": value.word, "start": round(value.start, 3), "end": round(value.end, 3),
                "conf": round(value.conf, 3)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value

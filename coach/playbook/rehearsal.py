"""A conversation as it is written down, turned into the events that a live call would have brought.

For the examples beside the rules and for tests: voices start and stop, words are known a moment after they are said,
the clock ticks. Nothing in here hears anything; pace, stress and interruptions are written into the script.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from coach.events import (
    CallEnded,
    CallStarted,
    Clock,
    Dynamics,
    Event,
    Json,
    PaceChange,
    Speaker,
    Speech,
    SpeechStarted,
    Transcript,
    Word,
)
from coach.playbook.model import Playbook
from coach.playbook.state import State
from coach.playbook.step import step

TICK_S = 0.25
"""Step of the clock."""
KNOWN_S = 0.3
"""Words are known this long after they were said."""
ONSET_S = 0.1
"""A voice is noticed this long after it began."""
HANGOVER_S = 0.3
"""Its end is noticed this long after it stopped."""
MAX_PIECE_S = 8.0
"""A sentence that takes longer is cut."""
INTERRUPTED_S = 0.3
"""Both must talk at once for this long to make an interruption."""
_CLAUSES = re.compile(r"[^。！？!?；;.]+[。！？!?；;.]*")


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of the script; times in seconds of audio time."""

    speaker: Speaker
    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Script:
    """A call written down."""

    lines: tuple[Line, ...]
    cues: tuple[Event, ...] = ()
    campaign: str = "inbound"
    context: Mapping[str, Json] = field(default_factory=dict)
    ends: float = 0.0


def events(script: Script, playbook: Playbook) -> list[Event]:
    """All events of the call in order of audio time, CallStarted first and CallEnded last."""
    started = CallStarted(0.0, "rehearsal", "agent", script.campaign, playbook.language, playbook.version,
                          script.context)
    ends = max([script.ends, *(line.end + 1.0 for line in script.lines), *(cue.at + 1.0 for cue in script.cues)])
    found: list[Event] = [*script.cues, *_voices(script.lines), *_interruptions(script.lines)]
    found += [Clock(tick * TICK_S) for tick in range(1, int(ends / TICK_S))]
    return [started, *sorted(found, key=_order), CallEnded(ends, "recording ended")]


def run(playbook: Playbook, happened: Iterable[Event]) -> Iterator[tuple[State, list[Event]]]:
    """The state after each event, and what the playbook said to it; nothing happens before CallStarted."""
    state: State | None = None
    for event in happened:
        if isinstance(event, CallStarted):
            state = State.begin(playbook, event)
        if state is not None:
            state, told = step(playbook, state, event)
            yield state, told


def _order(event: Event) -> tuple[float, int]:
    return round(event.at, 3), isinstance(event, Clock)


def _voices(lines: tuple[Line, ...]) -> Iterator[Event]:
    for line in lines:
        yield SpeechStarted(line.start + ONSET_S, line.speaker, line.start)
        yield Speech(line.end + HANGOVER_S, line.speaker, line.start, line.end)
        pieces = _pieces(line)
        total = sum(len(piece) for piece in pieces)
        at = line.start
        for piece in pieces:
            end = at + (line.end - line.start) * len(piece) / total
            yield Transcript(end + KNOWN_S, line.speaker, at, end, piece, True, (Word(piece, at, end, 1.0),))
            at = end


def _pieces(line: Line) -> list[str]:
    """Sentences; a long one in stretches, as the detector would cut it."""
    longest = max(1, int(len(line.text) * MAX_PIECE_S / max(line.end - line.start, MAX_PIECE_S)))
    return [sentence[start:start + longest] for sentence in _CLAUSES.findall(line.text) or [line.text]
            for start in range(0, len(sentence), longest)]


def _interruptions(lines: tuple[Line, ...]) -> Iterator[Event]:
    for first, second in itertools.pairwise(lines):
        overlap = first.end - second.start
        if second.speaker != first.speaker and overlap > INTERRUPTED_S:
            yield Dynamics(second.start + 0.5, "interruption", second.speaker, second.start, second.start + 0.5,
                           {"into_s": round(second.start - first.start, 2), "overlap_s": round(overlap, 2)})


def from_truth(truth: Mapping[str, Json]) -> Script:
    """The script of a rendered call: `turns` with who, text, start_s and end_s; see tools that render calls."""
    lines = tuple(Line(turn["who"], turn["text"], turn["start_s"], turn["end_s"]) for turn in truth["turns"])
    return Script(lines, (), truth.get("campaign", "inbound"), truth.get("context", {}), truth["duration_s"])


def pace_change(at: float, speaker: Speaker, faster: bool) -> PaceChange:
    """A cue for scripts: a speaker has sped up or slowed down."""
    rate = 5.8 if faster else 3.4
    return PaceChange(at, speaker, "faster" if faster else "slower", rate, 4.5, rate / 4.5, at - 3.0, 6.0, "signal")


def shifted(script: Script, seconds: float) -> Script:
    """The same call, later."""
    return replace(script, lines=tuple(
        replace(line, start=line.start + seconds, end=line.end + seconds) for line in script.lines))

"""Plays a known transcript back in audio time: for playbook authors and tests. Never chosen silently.

The file is JSON: {"turns": [{"who": "agent"|"customer", "text": "...", "start_s": 0.7, "end_s": 4.1}, ...]}; whatever
else it holds is ignored. A turn is told clause by clause, each final as soon as its last word is over, its words spread
evenly over the turn: as a very good recogniser would, the same every time.
"""

from __future__ import annotations

import json
import math
import re
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from coach.audio.frames import Samples
from coach.errors import RecognitionError
from coach.events import SPEAKERS, Speaker
from coach.recognition.protocol import Hypothesis, Recogniser
from coach.recognition.spelling import spread, units

MIN_CLAUSE_UNITS = 4
"""A comma ends a clause of at least so many words; shorter ones ("对，") go with what follows."""

PARTIAL_EVERY_S = 0.4
"""While a clause is being said, what was said so far is told this often."""

_STOPS = re.compile(r"(?<=[。？！；?!;…])|(?<=[，,：:])")
_HARD_STOP = re.compile(r"[。？！；?!;…]$")


@dataclass(frozen=True, slots=True)
class _Turn:
    who: Speaker
    text: str
    start: float
    end: float


class TranscriptEngine:
    """The transcript at `path`. Raises RecognitionError "transcript.*" when there is none or it is not one."""

    name = "transcript"
    latency_s = 0.2
    gated = False
    linger_s = 0.0
    reusable = False

    def __init__(self, path: Path) -> None:
        self.model = path.name
        self.why = "a known transcript was asked for"
        self._clauses: dict[Speaker, list[Hypothesis]] = {"agent": [], "customer": []}
        for turn in _read(path):
            self._clauses[turn.who] += _clauses(turn)
        for clauses in self._clauses.values():
            clauses.sort(key=lambda clause: (clause.end, clause.start))

    def recogniser(self, rate: int, speaker: Speaker) -> Recogniser:
        """Plays `speaker`'s turns."""
        return _Player(rate, self._clauses[speaker])


class _Player:
    def __init__(self, rate: int, clauses: list[Hypothesis]) -> None:
        self._rate = rate
        self._left = deque(clauses)
        self._told = 0.0  # audio time of the last partial

    def accept(self, samples: Samples, start: float) -> list[Hypothesis]:
        now = start + len(samples) / self._rate
        said = self._until(now)
        if self._left and now - self._told >= PARTIAL_EVERY_S:
            said += self._so_far(now)
        return said

    def finish(self, end: float) -> list[Hypothesis]:
        return self._until(end)

    def _until(self, now: float) -> list[Hypothesis]:
        said = []
        while self._left and self._left[0].end <= now + 1e-6:
            said.append(self._left.popleft())
        return said

    def _so_far(self, now: float) -> list[Hypothesis]:
        clause = self._left[0]
        words = tuple(word for word in clause.words if word.end <= now)
        if not words:
            return []
        self._told = now
        text = clause.text if len(words) == len(clause.words) else _prefix(clause.text, len(words))
        return [Hypothesis(clause.start, words[-1].end, text, final=False, words=words)]


def _prefix(text: str, count: int) -> str:
    """The shortest beginning of `text` with `count` words in it."""
    for length in range(len(text) + 1):
        if len(units(text[:length])) >= count and units(text[:length]) == units(text)[:count]:
            return text[:length]
    return text


def _clauses(turn: _Turn) -> list[Hypothesis]:
    """The clauses of a turn, each with its share of the turn's words and so of its time."""
    parts: list[str] = []
    for part in _STOPS.split(turn.text):
        if parts and not _complete(parts[-1]):
            parts[-1] += part
        elif part:
            parts.append(part)
    if len(parts) > 1 and not _complete(parts[-1]):
        parts[-2:] = ["".join(parts[-2:])]
    words = spread(turn.text, turn.start, turn.end)
    clauses, first = [], 0
    for text in parts:
        own = words[first : first + len(units(text))]
        first += len(own)
        if own:
            clauses.append(Hypothesis(own[0].start, own[-1].end, text.strip(), final=True, words=own))
    return clauses


def _complete(clause: str) -> bool:
    """Whether this is a clause of its own, and not to be joined with the next."""
    return bool(_HARD_STOP.search(clause)) or len(units(clause)) >= MIN_CLAUSE_UNITS


def _read(path: Path) -> list[_Turn]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecognitionError("transcript.missing", f"cannot read the transcript {path}: {error.strerror}") from error
    except ValueError as error:  # JSON and UTF-8 alike
        raise RecognitionError("transcript.json", f"{path} is not JSON in UTF-8") from error
    turns = data.get("turns") if isinstance(data, dict) else None
    if not isinstance(turns, list):
        raise RecognitionError("transcript.turns", f'{path} has no list "turns"')
    return [_turn(path, number, turn) for number, turn in enumerate(turns, 1)]


def _turn(path: Path, number: int, turn: Any) -> _Turn:
    """One turn, checked. Error texts name the turn by its number, never by its words."""

    def wrong(what: str) -> RecognitionError:
        return RecognitionError("transcript.turn", f"{path}, turn {number}: {what}")

    if not isinstance(turn, dict):
        raise wrong("is not an object")
    if turn.get("who") not in SPEAKERS:
        raise wrong('"who" must be "agent" or "customer"')
    if not isinstance(turn.get("text"), str):
        raise wrong('"text" must be a string')
    start, end = turn.get("start_s"), turn.get("end_s")
    if not (_is_number(start) and _is_number(end)):
        raise wrong('"start_s" and "end_s" must be numbers, in seconds')
    if not 0 <= start < end < math.inf:
        raise wrong('"start_s" must be at least 0 and before "end_s"')
    return _Turn(turn["who"], turn["text"], start, end)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)

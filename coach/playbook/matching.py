"""Finds the phrases of all lexicons in what was said.

Phrases are cut at their gaps into atoms; equal atoms of different phrases are one. An atom of n readings may differ by
k edits, so of its k + 1 pieces at least one sounds right: pieces are kept in one dictionary by their folded sound, and
only atoms of which a piece is found are compared in full. The cost of a transcript grows with its length and hardly
with the number of phrases.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from coach.playbook.phrases import Part, expand
from coach.playbook.reading import Language, Reading

MAX_GAP = 6
"""Readings that a gap may hold."""
MAX_NUMBER = 12
"""Readings that a number may have."""
INDEL = 0.8
"""Distance of one reading too many or too few."""
MIN_FOR_INDEL = 7
"""Shorter atoms must have every reading."""

Span = tuple[int, int, float]
_Elements = tuple[int | Part, ...]
"""Atoms, by their index, and what stands between them."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A segment or the beginning of a phrase, found in readings[start:end]; `number` is where a number in it stands."""

    start: int
    end: int
    cost: float
    said: str
    number: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class LexiconText:
    """A lexicon as it is written."""

    phrases: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    """What contains or overlaps a phrase but means something else."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Phrase as written -> the value it stands for in a slot."""
    sounds: bool = True
    """False: only as written, however alike it may sound."""
    deniable: bool = True
    """False: "不能保证" counts as "保证"."""


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase of a lexicon, found in readings[start:end]."""

    lexicon: str
    start: int
    end: int
    phrase: str
    """The phrase that it is, of those the lexicon's writing stands for."""
    value: str
    """The number in it, or what the lexicon says the phrase stands for, or ""."""
    cost: float
    """Sum of distances; 0 where every reading sounds right."""


@dataclass(frozen=True, slots=True)
class _Phrase:
    lexicon: str
    source: str
    segments: tuple[tuple[_Elements, ...], ...]
    value: str
    excludes: bool
    sounds: bool
    deniable: bool


class Matcher:
    """All lexicons of a playbook, compiled. Never changes after it is built; safe to share between threads."""

    def __init__(self, language: Language, lexicons: Mapping[str, LexiconText]) -> None:
        self.language = language
        self._atoms: list[tuple[Reading, ...]] = []
        self._texts: list[str] = []
        self._atom_of: dict[str, int] = {}
        self._phrases: dict[int | Part, list[_Phrase]] = defaultdict(list)  # by first element
        for name in sorted(lexicons):
            self._add(name, lexicons[name])

    def _add(self, name: str, lexicon: LexiconText) -> None:
        for source, excludes in [(phrase, False) for phrase in lexicon.phrases] + [
                (phrase, True) for phrase in lexicon.excluded]:
            segments = tuple(
                tuple(tuple(self._atom(element) if isinstance(element, str) else element for element in elements)
                      for elements in segment) for segment in expand(source))
            phrase = _Phrase(name, source, segments, lexicon.values.get(source, ""), excludes, lexicon.sounds,
                             lexicon.deniable)
            for first in dict.fromkeys(elements[0] for elements in segments[0]):
                self._phrases[first].append(phrase)

    def _atom(self, text: str) -> int:
        if text not in self._atom_of:
            self._atom_of[text] = len(self._atoms)
            self._atoms.append(self.language.read(text).readings)
            self._texts.append(text)
        return self._atom_of[text]

    @property
    def size(self) -> int:
        """How many different pieces of text are looked for."""
        return len(self._atoms)

    @cached_property
    def _pieces(self) -> dict[tuple[str, ...], list[tuple[int, int]]]:
        """Folded sounds of a piece -> (atom, where in the atom the piece begins)."""
        pieces: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
        for index, atom in enumerate(self._atoms):
            for start, end in _cuts(len(atom), self.language.allowed(len(atom))):
                pieces[tuple(reading.near for reading in atom[start:end])].append((index, start))
        return dict(pieces)

    @cached_property
    def _lengths(self) -> tuple[int, ...]:
        return tuple(sorted({len(piece) for piece in self._pieces}))

    def find(self, readings: tuple[Reading, ...], stops: frozenset[int], breaks: frozenset[int], since: int = 0,
             ) -> list[Match]:
        """Matches that end after reading number `since`, in order of their start; of one lexicon none overlap.

        `stops` and `breaks` are indices of readings after which a sentence, or any clause, ends.
        """
        heard = _Heard(self._texts, self._spans(readings), _numbers(readings), stops)
        found: dict[tuple[int, int, int], tuple[_Phrase, _Place]] = {}
        firsts: list[int | Part] = [*heard.spans, Part.NUMBER]
        for first in firsts:
            for phrase in self._phrases.get(first, ()):
                for place in heard.places(phrase.segments):
                    key = id(phrase), place.start, place.end
                    if place.end > since and (key not in found or place.cost < found[key][1].cost):
                        found[key] = phrase, place
        return self._chosen(list(found.values()), readings, breaks)

    def _chosen(self, found: list[tuple[_Phrase, _Place]], readings: tuple[Reading, ...], breaks: frozenset[int],
                ) -> list[Match]:
        excluded: dict[str, list[_Place]] = defaultdict(list)
        for phrase, place in found:
            if phrase.excludes:
                excluded[phrase.lexicon].append(place)
        taken: dict[str, list[_Place]] = defaultdict(list)
        matches: list[Match] = []
        for phrase, place in sorted(found, key=_longest_first):
            if phrase.excludes or _overlaps(excluded[phrase.lexicon], place) \
                    or _overlaps(taken[phrase.lexicon], place) \
                    or (not phrase.sounds and place.cost > 0) \
                    or (phrase.deniable and self._denied(readings, breaks, place.start)):
                continue
            taken[phrase.lexicon].append(place)
            number = self.language.number(readings[slice(*place.number)]) if place.number else ""
            matches.append(Match(
                phrase.lexicon, place.start, place.end, place.said, phrase.value or number, place.cost))
        return sorted(matches, key=lambda match: (match.start, match.end, match.lexicon))

    def _denied(self, readings: tuple[Reading, ...], breaks: frozenset[int], start: int) -> bool:
        """Whether the phrase that begins at `start` is denied by what stands before it, and is no denial itself."""
        clause = max((mark + 1 for mark in breaks if mark < start), default=0)
        return self.language.denied(readings[clause:start]) and not any(
            self.language.denied(readings[start:start + length]) for length in (1, 2))

    def _spans(self, readings: tuple[Reading, ...]) -> dict[int, list[Span]]:
        """Atom -> where it is heard, and how far from right."""
        sounds = tuple(reading.near for reading in readings)
        tried: set[tuple[int, int]] = set()
        spans: dict[int, list[Span]] = defaultdict(list)
        for length in self._lengths:
            for at in range(len(sounds) - length + 1):
                for index, offset in self._pieces.get(sounds[at:at + length], ()):
                    start = at - offset
                    if (index, start) in tried:
                        continue
                    tried.add((index, start))
                    span = self._compare(self._atoms[index], readings, start)
                    if span is not None:
                        spans[index].append(span)
        return spans

    def _compare(self, atom: tuple[Reading, ...], readings: tuple[Reading, ...], start: int) -> Span | None:
        allowed = self.language.allowed(len(atom))
        if 0 <= start <= len(readings) - len(atom):
            cost = self._cost(atom, readings[start:start + len(atom)], allowed)
            if cost is not None:
                return start, start + len(atom), cost
        if len(atom) >= MIN_FOR_INDEL:
            return self._shifted(atom, readings, max(start, 0), allowed)
        return None

    def _cost(self, atom: tuple[Reading, ...], heard: tuple[Reading, ...], allowed: float) -> float | None:
        total, written = 0.0, 0
        for one, other in zip(atom, heard, strict=True):
            if one.char == other.char:
                written += 1
                continue
            total += self.language.distance(one, other)
            if total > allowed:
                return None
        if written == len(atom):
            return 0.0
        if len(atom) <= 2 and any(a.tone != b.tone for a, b in zip(atom, heard, strict=True)):
            return None  # two syllables that only nearly sound alike are too often another word
        return total + 0.01

    def _shifted(self, atom: tuple[Reading, ...], readings: tuple[Reading, ...], start: int, allowed: float,
                 ) -> Span | None:
        """The best alignment with exactly one reading too many or too few."""
        best: Span | None = None
        for extra in (1, -1):
            heard = readings[start:start + len(atom) + extra]
            if len(heard) != len(atom) + extra:
                continue
            longer, shorter = (heard, atom) if extra == 1 else (atom, heard)
            for skipped in range(1, len(longer) - 1):
                cost = self._cost(shorter, longer[:skipped] + longer[skipped + 1:], allowed - INDEL)
                if cost is not None and (best is None or cost + INDEL < best[2]):
                    best = start, start + len(heard), cost + INDEL
        return best


def _cuts(length: int, allowed: float) -> list[tuple[int, int]]:
    """Cut `length` readings into one more piece than there can be edits (an edit costs 0.7 at least)."""
    edits = int(allowed / 0.7) if length > 1 else 0
    edges = [round(length * part / (edits + 1)) for part in range(edits + 2)]
    return list(itertools.pairwise(edges))


def _numbers(readings: tuple[Reading, ...]) -> dict[int, int]:
    """Where a number begins -> where it ends."""
    numbers: dict[int, int] = {}
    at = 0
    while at < len(readings):
        end = at
        while end < len(readings) and readings[end].numeral and end - at < MAX_NUMBER:
            end += 1
        if end > at:
            numbers[at] = end
        at = max(end, at + 1)
    return numbers


class _Heard:
    """One stretch of readings with everything that is found in it."""

    def __init__(self, texts: Sequence[str], spans: Mapping[int, list[Span]], numbers: Mapping[int, int],
                 stops: frozenset[int]) -> None:
        self._texts = texts
        self.spans = spans
        self._numbers = [_Place(start, end, 0.0, "…", (start, end)) for start, end in numbers.items()]
        self._stops = stops
        self._known: dict[tuple[_Elements, ...], list[_Place]] = {}

    def places(self, segments: tuple[tuple[_Elements, ...], ...]) -> list[_Place]:
        """Where all segments follow one another."""
        return self._follow((self._segment(segment) for segment in segments), MAX_GAP)

    def _segment(self, segment: tuple[_Elements, ...]) -> list[_Place]:
        if segment not in self._known:
            self._known[segment] = [place for elements in segment for place in self._elements(elements)]
        return self._known[segment]

    def _elements(self, elements: _Elements) -> list[_Place]:
        found: list[_Place] | None = None
        gap = 0
        for element in elements:
            if element is Part.GAP:
                gap = MAX_GAP
                continue
            here = self._one(element)
            found = here if found is None else self._follow((found, here), gap)
            gap = 0
            if not found:
                return []
        return found or []

    def _one(self, element: int | Part) -> list[_Place]:
        if isinstance(element, Part):
            return self._numbers
        text = self._texts[element]
        return [_Place(start, end, cost, text) for start, end, cost in self.spans.get(element, ())]

    def _follow(self, parts: Iterable[list[_Place]], gap: int) -> list[_Place]:
        """Places of the parts one behind the other, at most `gap` readings and no end of a sentence between them."""
        found: list[_Place] | None = None
        for part in parts:
            if found is None:
                found = part
            else:
                found = [_Place(before.start, after.end, before.cost + after.cost,
                                before.said + ("…" if gap else "") + after.said, before.number or after.number)
                         for before in found for after in part
                         if 0 <= after.start - before.end <= gap
                         and not any(before.end - 1 <= stop < after.start for stop in self._stops)]
            if not found:
                return []
        return found or []


def _longest_first(item: tuple[_Phrase, _Place]) -> tuple[int, int, float, str, str]:
    phrase, place = item
    return place.start, -place.end, place.cost, phrase.lexicon, phrase.source


def _overlaps(taken: Sequence[_Place], place: _Place) -> bool:
    return any(place.start < other.end and other.start < place.end for other in taken)

"""Finds the phrases of all lexicons in what was said.

A phrase is cut at its gaps into segments, a segment into alternatives, an alternative at its numbers into atoms: plain
text. Equal atoms and equal segments of different phrases are one. An atom of n readings may differ by k edits, so of
its k + 1 pieces at least one sounds right: pieces are kept in one dictionary by their folded sound, and only atoms of
which a piece is found are compared in full. The cost of a transcript grows with its length and with what is found in
it, hardly with the number of phrases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from operator import ne

from coach.playbook.phrases import Part, expand
from coach.playbook.places import GAP, LONG_GAP, NUMBER, Place, alternative, follow, numbers, overlaps, spelt
from coach.playbook.reading import Language, Reading

GAPS = {Part.GAP: GAP, Part.LONG_GAP: LONG_GAP}
INDEL = 0.7
"""Distance of one reading too many or too few."""
MIN_FOR_INDEL = 9
"""Shorter atoms must have every reading."""
TONE = 0.02
"""Distance of a wrong tone."""
SHORT_ATOM = 4
"""In an atom of at most so many readings, one that was recognised beyond doubt must be as written."""
SHORT = {1: 0.0, 2: 0.015}
"""Most that a whole phrase of so few readings may be off: one must be written right, two have the right tones; what
only nearly sounds alike is too often another word."""
EXCLUDED = 0.1
"""An exclusion must be heard as well as this: it may not cost a warning."""


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
    """Sum of distances; 0 where every reading is as written."""


@dataclass(frozen=True, slots=True)
class _Phrase:
    index: int
    lexicon: str
    segments: tuple[int, ...]
    gaps: tuple[int, ...]
    value: str
    excludes: bool
    sounds: bool
    deniable: bool


class Matcher:
    """All lexicons of a playbook, compiled. Never changes after it is built; safe to share between threads."""

    def __init__(self, language: Language, lexicons: Mapping[str, LexiconText]) -> None:
        self.language = language
        self._atoms: dict[str, int] = {}
        self._readings: list[tuple[Reading, ...]] = []
        self._segments: dict[tuple[tuple[int, ...], ...], int] = {}
        self._in_segments: dict[int, list[tuple[int, tuple[int, ...]]]] = defaultdict(list)
        self._phrases: dict[int, list[_Phrase]] = defaultdict(list)  # by first segment
        self._count = 0
        for name in sorted(lexicons):
            self._add(name, lexicons[name])
        self._texts = list(self._atoms)
        self._sounds = [tuple(reading.near for reading in atom) for atom in self._readings]
        self._lone: dict[str, list[int]] = defaultdict(list)  # character -> atoms that are only that
        for index, atom in enumerate(self._readings):
            if len(atom) == 1:
                self._lone[atom[0].char].append(index)
        self._pieces = self._cut()
        self._lengths = tuple(sorted({len(piece) for piece in self._pieces}))

    def _add(self, name: str, lexicon: LexiconText) -> None:
        for sources, excludes in ((lexicon.phrases, False), (lexicon.excluded, True)):
            for source in sources:
                pieces, gaps = expand(source)
                segments = tuple(map(self._segment, pieces))
                self._phrases[segments[0]].append(_Phrase(
                    self._count, name, segments, tuple(GAPS[gap] for gap in gaps), lexicon.values.get(source, ""),
                    excludes, lexicon.sounds, lexicon.deniable))
                self._count += 1

    def _segment(self, alternatives: Iterable[tuple[str | Part, ...]]) -> int:
        key = tuple(tuple(map(self._element, elements)) for elements in alternatives)
        if key not in self._segments:
            self._segments[key] = len(self._segments)
            for elements in key:
                self._in_segments[elements[0]].append((self._segments[key], elements))
        return self._segments[key]

    def _element(self, element: str | Part) -> int:
        if isinstance(element, Part):
            return NUMBER if element is Part.NUMBER else -GAPS[element]
        if element not in self._atoms:
            self._atoms[element] = len(self._atoms)
            self._readings.append(self.language.read(element).readings)
        return self._atoms[element]

    def _cut(self) -> dict[tuple[str, ...], list[tuple[int, int]]]:
        """Folded sounds of a piece -> (atom, where in the atom the piece begins)."""
        pieces: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
        for index, atom in enumerate(self._readings):
            for start, end in () if len(atom) == 1 else _cuts(len(atom), self.language.edits(len(atom))):
                pieces[self._sounds[index][start:end]].append((index, start))
        return dict(pieces)

    @property
    def size(self) -> int:
        """How many phrases there are, as they are written."""
        return self._count

    def find(self, readings: tuple[Reading, ...], stops: frozenset[int], breaks: frozenset[int], since: int = 0,
             sure: frozenset[int] = frozenset()) -> list[Match]:
        """Matches that end after reading number `since`, in order of their start; of one lexicon none overlap.

        `stops` and `breaks` are indices of readings after which a sentence, or any clause, ends; `sure` are those that
        were recognised beyond doubt: in a short phrase they are taken as written, not by their sound.
        """
        segments = self._found_segments(readings, stops, sure)
        found: list[tuple[_Phrase, Place]] = []
        for first in segments:
            for phrase in self._phrases.get(first, ()):
                if all(segment in segments for segment in phrase.segments):
                    places = segments[first]
                    for segment, gap in zip(phrase.segments[1:], phrase.gaps, strict=True):
                        places = follow(places, segments[segment], gap, stops)
                    found += [(phrase, place) for place in places if place.end > since]
        return self._chosen(found, readings, breaks)

    def _found_segments(self, readings: tuple[Reading, ...], stops: frozenset[int], sure: frozenset[int],
                        ) -> dict[int, list[Place]]:
        places = self._found_atoms(readings, sure)
        places[NUMBER] = numbers(readings)
        segments: dict[int, list[Place]] = {}
        for first, here in list(places.items()):
            if not here:
                continue
            for segment, elements in self._in_segments.get(first, ()):
                found = here if len(elements) == 1 else alternative(elements, places, stops)
                if found:
                    segments.setdefault(segment, []).extend(found)
        return segments

    def _chosen(self, found: list[tuple[_Phrase, Place]], readings: tuple[Reading, ...], breaks: frozenset[int],
                ) -> list[Match]:
        excluded: dict[str, list[Place]] = defaultdict(list)
        for phrase, place in found:
            if phrase.excludes and place.cost <= EXCLUDED:
                excluded[phrase.lexicon].append(place)
        taken: dict[str, list[Place]] = defaultdict(list)
        matches: list[Match] = []
        for phrase, place in sorted(found, key=_longest_first):
            if phrase.excludes or any(not spelt(other, place) for other in excluded[phrase.lexicon]
                                      if overlaps((other,), place)) \
                    or overlaps(taken[phrase.lexicon], place) \
                    or (not phrase.sounds and place.cost > 0) \
                    or place.cost > SHORT.get(place.end - place.start, place.cost) \
                    or (phrase.deniable and self._denied(readings, breaks, place)):
                continue
            taken[phrase.lexicon].append(place)
            number = self.language.number(readings[slice(*place.number)]) if place.number else ""
            matches.append(Match(
                phrase.lexicon, place.start, place.end, place.said, phrase.value or number, place.cost))
        return sorted(matches, key=lambda match: (match.start, match.end, match.lexicon))

    def _denied(self, readings: tuple[Reading, ...], breaks: frozenset[int], place: Place) -> bool:
        """Whether the phrase is denied by what stands before it or in its gaps, and is no denial itself."""
        denied, start = self.language.denied, place.start
        own = min([place.end, start + 2, *(gap for gap, _ in place.gaps)])
        if any(denied(readings[start:end]) for end in range(start + 1, own + 1)):
            return False
        clause = max((mark + 1 for mark in breaks if mark < start), default=0)
        return denied(readings[clause:start]) or any(denied(readings[slice(*gap)]) for gap in place.gaps)

    def _found_atoms(self, readings: tuple[Reading, ...], sure: frozenset[int]) -> dict[int, list[Place]]:
        """Atom -> where it is heard, and how far from right."""
        sounds = tuple(reading.near for reading in readings)
        tried: set[tuple[int, int]] = set()
        places: dict[int, list[Place]] = {}
        for at, reading in enumerate(readings):
            for index in self._lone.get(reading.char, ()):  # what stands alone must be written right
                places.setdefault(index, []).append(Place(at, at + 1, 0.0, self._texts[index]))
        for length in self._lengths:
            for at in range(len(sounds) - length + 1):
                for index, offset in self._pieces.get(sounds[at:at + length], ()):
                    start = at - offset
                    if (index, start) in tried:
                        continue
                    tried.add((index, start))
                    place = self._compare(index, readings, sounds, start)
                    if place is not None and (place.cost == 0 or not self._surely_other(index, readings, place, sure)):
                        places.setdefault(index, []).append(place)
        return places

    def _surely_other(self, index: int, readings: tuple[Reading, ...], place: Place, sure: frozenset[int]) -> bool:
        """Whether a short atom is written otherwise where the recogniser was in no doubt."""
        atom = self._readings[index]
        return len(atom) <= SHORT_ATOM and any(
            at in sure and readings[at].char != wanted.char for at, wanted in enumerate(atom, place.start))

    def _compare(self, index: int, readings: tuple[Reading, ...], sounds: tuple[str, ...], start: int) -> Place | None:
        wanted = self._sounds[index]
        end = start + len(wanted)
        if start >= 0 and end <= len(readings):
            unlike = sum(map(ne, wanted, sounds[start:end]))
            if unlike <= self.language.edits(len(wanted)):
                cost = self._cost(self._readings[index], readings[start:end], self.language.allowed(len(wanted)))
                if cost is not None:
                    return Place(start, end, cost, self._texts[index])
        if len(wanted) >= MIN_FOR_INDEL:
            return self._shifted(index, readings, max(start, 0), self.language.allowed(len(wanted)))
        return None

    def _cost(self, atom: tuple[Reading, ...], heard: tuple[Reading, ...], allowed: float) -> float | None:
        """Distance of `heard` from the atom; None above what is allowed."""
        total = 0.0
        same = True
        for one, other in zip(atom, heard, strict=True):
            if one.char != other.char:
                same = False
                total += self.language.distance(one, other)
                if one.tone != other.tone:
                    total += TONE
                if total > allowed:
                    return None
        return 0.0 if same else total + 0.01

    def _shifted(self, index: int, readings: tuple[Reading, ...], start: int, allowed: float) -> Place | None:
        """The best alignment with exactly one reading too many or too few."""
        atom = self._readings[index]
        best: Place | None = None
        for extra in (1, -1):
            heard = readings[start:start + len(atom) + extra]
            if len(heard) != len(atom) + extra:
                continue
            longer, shorter = (heard, atom) if extra == 1 else (atom, heard)
            for skipped in range(1, len(longer) - 1):
                cost = self._cost(shorter, longer[:skipped] + longer[skipped + 1:], allowed - INDEL)
                if cost is not None and (best is None or cost + INDEL < best.cost):
                    best = Place(start, start + len(heard), cost + INDEL, self._texts[index])
        return best


def _cuts(length: int, edits: int) -> list[tuple[int, int]]:
    """Cut `length` readings into one more piece than there can be edits."""
    return list(pairwise(round(length * part / (edits + 1)) for part in range(edits + 2)))


def _longest_first(item: tuple[_Phrase, Place]) -> tuple[int, int, float, int]:
    phrase, place = item
    return place.start, -place.end, place.cost, phrase.index

"""Where the parts of phrases stand in what was said, and how they follow one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from coach.playbook.reading import Reading

MAX_NUMBER = 12
"""Readings that a number may have."""
GAP, LONG_GAP = 6, 14
"""Readings that a gap may hold."""
LONE_REACH = 2
"""Readings that a gap, but not a long one, may hold beside a lone character: one syllable says too little to be looked
for far away. Numbers and words of more than one letter are no such thing."""
NUMBER = -1
"""Stands among atoms for a number; other negatives stand for a gap inside brackets, of so many readings."""


class Place(NamedTuple):
    """Found in readings[start:end]; `number` is where the first number in it stands, `gaps` what lies between."""

    start: int
    end: int
    cost: float
    said: str
    number: tuple[int, int] | None = None
    gaps: tuple[tuple[int, int], ...] = ()


def numbers(readings: tuple[Reading, ...]) -> list[Place]:
    """Runs of numerals, and the same without the units at their end: 三十万 is 三十万, and 三十 before 万."""
    found: list[Place] = []
    at = 0
    while at < len(readings):
        end = at
        while end < len(readings) and end - at < MAX_NUMBER and (
                readings[end].numeral if end > at else readings[end].begins_number):
            end += 1
        last = end
        while last > at:
            found.append(Place(at, last, 0.0, "".join(reading.char for reading in readings[at:last]), (at, last)))
            last -= 1
            if readings[last].begins_number:
                break
        at = max(end, at + 1)
    return found


def alternative(elements: tuple[int, ...], places: Mapping[int, list[Place]], stops: frozenset[int]) -> list[Place]:
    """Where an alternative of several atoms and numbers is found."""
    found: list[Place] | None = None
    gap = 0
    for element in elements:
        if element < NUMBER:
            gap = -element
            continue
        here = places.get(element, [])
        found = here if found is None else follow(found, here, gap, stops)
        gap = 0
        if not found:
            return []
    return found or []


def follow(first: list[Place], second: list[Place], gap: int, stops: frozenset[int]) -> list[Place]:
    """Places of the two one behind the other, at most `gap` readings and no end of a sentence between them."""
    return [Place(before.start, after.end, before.cost + after.cost,
                   before.said + ("…" if after.start > before.end else "") + after.said,
                   before.number or after.number,
                   before.gaps if after.start == before.end else (*before.gaps, (before.end, after.start)))
            for before in first for after in second
            if 0 <= after.start - before.end <= (LONE_REACH if gap == GAP and _lone(before, after) else gap)
            and not (stops and any(before.end - 1 <= stop < after.start for stop in stops))]


def _lone(before: Place, after: Place) -> bool:
    """Whether what stands at either side of a gap between the two is a single character."""
    ends = before.number is not None and before.number[1] == before.end
    begins = after.number is not None and after.number[0] == after.start
    return (len(before.said.rpartition("…")[2]) == 1 and not ends) or (
        len(after.said.partition("…")[0]) == 1 and not begins)


def overlaps(taken: Sequence[Place], place: Place) -> bool:
    return any(place.start < other.end and other.start < place.end for other in taken)


def spelt(inner: Place, outer: Place) -> bool:
    """Whether `outer` is more than `inner` and has it in its own words, not in a gap: who wrote it meant it so."""
    return outer.start <= inner.start and inner.end <= outer.end and inner.end - inner.start < outer.end - outer.start \
        and not any(start < inner.end and inner.start < end for start, end in outer.gaps)

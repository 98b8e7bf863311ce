"""How text is read aloud: the units that phrases and transcripts are compared in.

One `Reading` is a Mandarin syllable or an English word. A `Language` turns text into readings and knows what sounds
alike and what denies; everything else in the matcher is the same for every language.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Reading:
    """One unit as written and as it sounds."""

    char: str
    """Written form: one simplified character, a numeral, a letter; or a lower-case word."""
    sound: str
    """Toneless syllable ("dai"); the word itself in English."""
    tone: str
    """Syllable with its tone ("dai4")."""
    near: str
    """The sound with what listeners and recognisers confuse folded together ("zheng" and "zen" are both "zen")."""
    numeral: bool = False
    """Can be part of a number, as read or as digits."""
    begins_number: bool = False
    """Can be the first part of one ("三" can, "点" cannot)."""


@dataclass(frozen=True, slots=True)
class Text:
    """A stretch of text as readings."""

    readings: tuple[Reading, ...]
    places: tuple[int, ...]
    """For each reading, the index of its first character in the text it came from."""
    stops: frozenset[int]
    """Indices of readings after which a sentence ends."""
    breaks: frozenset[int]
    """Indices of readings after which there is any mark at all."""


class Language(Protocol):
    """What the matcher must know about a language. Pure; results depend on the arguments alone."""

    code: str

    def read(self, text: str) -> Text:
        """Readings of `text`; punctuation and spaces leave only `stops` and `breaks`."""
        ...

    def distance(self, one: Reading, other: Reading) -> float:
        """0 the same, little where usually confused, much where unlike."""
        ...

    def allowed(self, length: int) -> float:
        """Sum of distances up to which a phrase of `length` readings is still the phrase."""
        ...

    def edits(self, length: int) -> int:
        """How many readings of such a phrase may differ in their folded sound."""
        ...

    def denied(self, before: tuple[Reading, ...]) -> bool:
        """Whether what was said just `before` a phrase turns it into its denial."""
        ...

    def number(self, readings: tuple[Reading, ...]) -> str:
        """A span of numerals as digits where it is a number ("三十" -> "30"), else as it was read."""
        ...


def before_marks(text: str, places: Sequence[int], marks: Collection[str]) -> frozenset[int]:
    """Indices into `places` of the readings that stand just before one of `marks`."""
    found: set[int] = set()
    at = 0
    for place, char in enumerate(text):
        if char in marks:
            while at < len(places) and places[at] < place:
                at += 1
            if at:
                found.add(at - 1)
    return frozenset(found)

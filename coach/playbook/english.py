"""English, word by word."""

from __future__ import annotations

import re

from coach.playbook.reading import Reading, Text, before_marks

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?%?")
_SHORT = {"n't": " not", "'re": " are", "'m": " am", "'ll": " will", "'ve": " have", "'d": " would"}
_NUMERALS = frozenset((
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "fifteen", "twenty", "thirty", "forty", "fifty", "sixty", "hundred", "thousand", "million", "point", "percent"))
_DENIALS = frozenset(["not", "never", "no", "cannot", "without", "nobody", "nothing"])
_FILLERS = frozenset((
    "be", "been", "being", "a", "an", "the", "to", "that", "you", "your", "it", "is", "are", "do", "does", "can",
    "could", "will", "would", "ever", "actually", "really", "give", "make", "promise", "just", "say", "any"))
STOPS = frozenset(".?!;\n")
BREAKS = STOPS | frozenset(",:")


class English:
    """Reads English; a word is a reading, contractions are opened."""

    code = "en"

    def read(self, text: str) -> Text:
        """Readings of lower-case words and numbers; "don't" is read as two words."""
        lower = text.lower().replace("’", "'").replace("can't", "cannot").replace("won't", "will not")
        readings: list[Reading] = []
        places: list[int] = []
        for match in _WORD.finditer(lower):
            for word in _opened(match[0]).split():
                number = word[0].isdigit() or word in _NUMERALS
                readings.append(Reading(word, word, word, word, number, number))
                places.append(min(match.start(), len(text) - 1))
        return Text(tuple(readings), tuple(places),
                    before_marks(lower, places, STOPS), before_marks(lower, places, BREAKS))

    def distance(self, one: Reading, other: Reading) -> float:
        """Words are the same, inflected, or not."""
        if one.sound == other.sound:
            return 0.0
        shorter, longer = sorted((one.sound, other.sound), key=len)
        return 0.3 if len(shorter) >= 4 and longer.startswith(shorter) else 1.4

    def allowed(self, length: int) -> float:
        """One inflection in phrases of three words and more."""
        return 0.3 if length >= 3 else 0.0

    def edits(self, length: int) -> int:
        """None: an inflection is found by the other words of the phrase."""
        return 1 if length >= 3 else 0

    def denied(self, before: tuple[Reading, ...]) -> bool:
        """"I cannot promise", "we do not actually guarantee"."""
        for reading in reversed(before[-5:]):
            if reading.char in _DENIALS:
                return True
            if reading.char not in _FILLERS:
                return False
        return False

    def number(self, readings: tuple[Reading, ...]) -> str:
        """As it was said."""
        return " ".join(reading.char for reading in readings)


def _opened(word: str) -> str:
    for short, full in _SHORT.items():
        if word.endswith(short):
            return word.removesuffix(short) + full
    return word.removesuffix("'s")

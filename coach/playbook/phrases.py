"""How a phrase is written in a lexicon, and what it expands to.

    保证收益            as it is said
    (保证|承诺)收益      one of several
    保证[您的]收益       may be left out
    肯定…下来           up to six syllables or words in between, within one sentence; beside a lone syllable two
    流水……帮您做        up to fourteen
    {n}个工作日          a number, as read or as digits; its value can be used in the prompt
    利息~无所谓         both in one sentence, in either order, up to fourteen in between
    <钱>……取不出来      one of the words that are defined under that name
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product

MAX_EXPANSIONS = 600
MAX_NESTING = 20
MAX_DEPTH = 5
"""Words that name words that name words... end here."""


class Part(Enum):
    """What can stand between the words of a phrase."""

    GAP = "…"
    LONG_GAP = "……"
    NUMBER = "{n}"


Element = str | Part


class PhraseError(ValueError):
    """A phrase is not written as described above; the text says what to change."""


@dataclass(frozen=True, slots=True)
class _Scanner:
    source: str

    def sequence(self, at: int, closing: str) -> tuple[list[list[Element]], int]:
        """All readings of `source` from `at` to the bracket that closes it, and where that stands."""
        choices: list[list[list[Element]]] = []
        done: list[list[Element]] = []
        while at < len(self.source):
            char = self.source[at]
            if char in closing:
                break
            if char == "|" and closing:
                done += _join(choices)
                choices, at = [], at + 1
                continue
            options, at = self.one(at)
            choices.append(options)
        else:
            if closing:
                raise PhraseError(f"'{closing}' is missing")
        return done + _join(choices), at

    def one(self, at: int) -> tuple[list[list[Element]], int]:
        """The readings of the element at `at`, and where the next one begins."""
        source = self.source
        if source[at] == "(":
            inner, end = self.sequence(at + 1, ")")
            return inner, end + 1
        if source[at] == "[":
            inner, end = self.sequence(at + 1, "]")
            return [[], *inner], end + 1
        if source.startswith("{n}", at):
            return [[Part.NUMBER]], at + 3
        if source.startswith("……", at):
            return [[Part.LONG_GAP]], at + 2
        if source[at] == "…":
            return [[Part.GAP]], at + 1
        if source[at] in ")]}{|":
            raise PhraseError(f"'{source[at]}' is out of place")
        return [[source[at]]], at + 1


def _join(choices: list[list[list[Element]]]) -> list[list[Element]]:
    total = 1
    for options in choices:
        total *= len(options)
    if total > MAX_EXPANSIONS:
        raise PhraseError(f"this stands for {total} phrases; write two or more shorter ones")
    return [[element for option in chosen for element in option] for chosen in product(*choices)]


Words = Mapping[str, Sequence[str]]
"""Name -> words that mean the same wherever the name is written."""


def spelt_out(source: str, words: Words) -> str:
    """The phrase with the words in the place of their names; such words may name others. Raises PhraseError."""
    for _ in range(MAX_DEPTH + 1):
        if "<" not in source:
            return source
        source = re.sub(r"<([^<>]*)>", lambda name: f"({'|'.join(_named(name[1], words))})", source)
    raise PhraseError("the words it names end in a circle, or a '<' has no '>'")


def _named(name: str, words: Words) -> Sequence[str]:
    if name not in words:
        close = difflib.get_close_matches(name, words, 1)
        guess = f"; did you mean <{close[0]}>?" if close else ""
        raise PhraseError(f"there are no words <{name}>{guess}; or add them under words:")
    return words[name]


def orders(source: str) -> tuple[str, ...]:
    """The phrase in the orders in which it may be said."""
    parts = source.split("~")
    inside = any(parts[0].count(opening) != parts[0].count(closing) for opening, closing in ("()", "[]"))
    if len(parts) > 2 or (len(parts) == 2 and inside):
        raise PhraseError("one '~' at most, and outside all brackets")
    return (source,) if len(parts) == 1 else ("……".join(parts), "……".join(reversed(parts)))


Segment = list[tuple[Element, ...]]
"""What can be said at one place of a phrase: alternatives, each of texts and numbers (and gaps inside brackets)."""


def expand(source: str) -> tuple[list[Segment], list[Part]]:
    """The segments of a phrase, and the gaps between them. Raises PhraseError.

    Alternatives on the two sides of a gap are not multiplied: (a|b)…(c|d) has two segments of two.
    """
    pieces, gaps = _between_gaps(source.strip().replace("...", "…"))
    return [_segment(piece) for piece in pieces], gaps


def _between_gaps(source: str) -> tuple[list[str], list[Part]]:
    pieces: list[str] = [""]
    gaps: list[Part] = []
    depth = 0
    for place, char in enumerate(source):
        depth += (char in "([") - (char in ")]")
        if depth > MAX_NESTING:
            raise PhraseError(f"brackets within brackets, more than {MAX_NESTING} deep; write several phrases")
        if char != "…" or depth:
            pieces[-1] += char
        elif source[place - 1:place] == "…":
            gaps[-1] = Part.LONG_GAP
        else:
            gaps.append(Part.GAP)
            pieces.append("")
    if gaps and not all(pieces):
        raise PhraseError("a gap can only stand between words")
    return pieces, gaps


def _segment(source: str) -> Segment:
    found, _ = _Scanner(source).sequence(0, "")
    alternatives = list(dict.fromkeys(tuple(_merged(elements)) for elements in found))
    for elements in alternatives:
        if not elements:
            raise PhraseError("a part of it can stand for nothing at all; leave something outside the square brackets")
        if not {elements[0], elements[-1]}.isdisjoint((Part.GAP, Part.LONG_GAP)):
            raise PhraseError("a gap can only stand between words")
    return alternatives


def spoken(elements: tuple[Element, ...]) -> str:
    """One alternative as it is said, for messages."""
    return "".join(element if isinstance(element, str) else element.value for element in elements)


def _merged(elements: list[Element]) -> list[Element]:
    merged: list[Element] = []
    for element in elements:
        if isinstance(element, str) and merged and isinstance(merged[-1], str):
            merged[-1] += element
        else:
            merged.append(element)
    return [element.strip() if isinstance(element, str) else element for element in merged
            if not (isinstance(element, str) and not element.strip())]

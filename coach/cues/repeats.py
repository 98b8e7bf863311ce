"""Somebody says the same sentence again: a caller who does not feel heard."""

from __future__ import annotations

import unicodedata
from collections import deque
from dataclasses import dataclass
from itertools import pairwise

from coach.events import Dynamics, Transcript


@dataclass(frozen=True, slots=True)
class RepeatSettings:
    alike: float = 0.6
    """Share of the pairs of neighbouring letters that two sentences have in common (Dice), from which on they repeat;
    recognisers do not hear the same sentence the same way twice."""
    letters: int = 6
    """Shorter sentences are formulas (谢谢你, 好的) and repeat without a meaning."""
    within_s: float = 180.0
    remember: int = 40


class RepeatMeter:
    """One speaker's final transcripts in, Dynamics "repetition" out."""

    def __init__(self, settings: RepeatSettings | None = None) -> None:
        self.settings = settings or RepeatSettings()
        self._said: deque[tuple[float, frozenset[str]]] = deque(maxlen=self.settings.remember)

    def words(self, transcript: Transcript) -> list[Dynamics]:
        """Take a final transcript; `values` say how often it was said by now and how alike the closest one is."""
        s = self.settings
        letters = [c for c in transcript.text.lower() if unicodedata.category(c)[0] in "LN"]
        if len(letters) < s.letters:
            return []
        pairs = frozenset(a + b for a, b in pairwise(letters))
        earlier = [(start, _dice(pairs, other)) for start, other in self._said
                   if transcript.start - start <= s.within_s]
        self._said.append((transcript.start, pairs))
        alike = [(start, likeness) for start, likeness in earlier if likeness >= s.alike]
        if not alike:
            return []
        values = {"times": len(alike) + 1, "likeness": max(likeness for _, likeness in alike), "first_at": alike[0][0]}
        return [Dynamics(transcript.at, "repetition", transcript.speaker, transcript.start, transcript.end, values)]


def _dice(a: frozenset[str], b: frozenset[str]) -> float:
    return 2 * len(a & b) / (len(a) + len(b))

"""When did a rate change? A sequential decision, not a threshold on one window.

Page's cumulative sum (1954, Biometrika 41:100) of the logarithm of a likelihood ratio: how much better a rise by
`rise` explains a phrase than no change does. A phrase is an utterance or a few seconds of a long one; its mean varies
by what each of its seconds does and by what they have in common (`Normal.variance`), so one hurried sentence says
little however long it is, and an unsteady speaker has to say more than a steady one. The sum never falls below zero;
a change is called when it passes the limit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from coach.cues.baseline import Normal

Direction = Literal["faster", "slower", "steady"]

REMEMBERED = 20
"""Phrases of an excursion among which its beginning is sought."""


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """Deviations are relative (0.3 = 30 % faster); seconds are seconds of speech."""

    false_alarms_per_hour: float = 4.0
    """Of speech without a change, in each direction. The limit follows from it (`limit`)."""
    rise: float = 0.25
    """The change that is looked for; larger ones are found sooner, half of it counts for nothing."""
    young: float = 0.3
    """The baseline may be wrong by so many standard deviations."""
    clip: float = 0.6
    """Largest deviation that a phrase can claim."""
    baseline_min_s: float = 6.0
    """No decision on a baseline younger than this ..."""
    evidence_min_s: float = 3.0
    """... nor on less changed speech than this ..."""
    phrases: int = 2
    """... nor on fewer phrases that speak for it."""
    least: float = 0.2
    """A smaller rise is not told, nor a fall that such a rise would undo."""
    back: float = 0.6
    """The limit for the way back, relative to the first limit."""


def limit(normal: Normal, settings: ChangeSettings, phrase_s: float = 4.0) -> float:
    """The height that a sum passes `false_alarms_per_hour` times in an hour of speech without a change.

    Speech of information i per second (half the squared rise over the variance) passes h once in (exp(h) - h - 1) / i
    seconds (Siegmund 1985, Sequential Analysis, chapter 2, for a continuous sum; phrases overshoot, which the `young`
    slack more than makes up for: tests/cues/test_change.py counts).
    """
    information = settings.rise**2 / (2 * normal.variance(phrase_s) * phrase_s)
    return math.log(max(3600 * information / settings.false_alarms_per_hour, math.e))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A phrase as the detector sees it."""

    start: float  # audio time
    seconds: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Change:
    """A decision: `deviation` on average since `since`, over `seconds` of speech."""

    direction: Direction
    since: float
    seconds: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Excursion:
    """A one-sided sum, and what has gone into it since it last left zero (of late, if that is long ago)."""

    sum: float = 0.0
    support: int = 0
    """How many phrases spoke for the change."""
    phrases: tuple[Evidence, ...] = ()

    @property
    def seconds(self) -> float:
        """Of speech."""
        return sum(p.seconds for p in self.phrases)

    def add(self, phrase: Evidence, worth: float) -> Excursion:
        """The sum after a phrase."""
        if self.sum + worth <= 0.0:
            return Excursion()
        return Excursion(self.sum + worth, self.support + (worth > 0.0), (*self.phrases, phrase)[-REMEMBERED:])

    def change(self, direction: Direction, normal: Normal) -> Change:
        """What the excursion says: the change began where it is likeliest that a change of the size seen did."""
        middle = _mean(self.phrases) / 2
        worth = [(p.deviation - middle) * middle / normal.variance(p.seconds) for p in self.phrases]
        first = max(range(len(worth)), key=lambda i: sum(worth[i:]))
        since = self.phrases[first:]
        return Change(direction, since[0].start, sum(p.seconds for p in since), _mean(since))


def _mean(phrases: Sequence[Evidence]) -> float:
    return sum(p.deviation * p.seconds for p in phrases) / sum(p.seconds for p in phrases)


class ChangeDetector:
    """Watches a stream of evidence whose newest part may still be revised.

    The caller keeps the revisable phrases and shows them all each time (`judge`); `settle` hands over the oldest, which
    will not be shown again.
    """

    def __init__(self, settings: ChangeSettings | None = None) -> None:
        self.settings = settings or ChangeSettings()
        self.state: Direction = "steady"
        self._announced = 0.0  # deviation of the change that is on
        self._up = self._down = Excursion()  # over the settled phrases
        self._from = 0.0  # audio time of the last decision: what began before it has been judged

    def judge(self, phrases: Sequence[Evidence], normal: Normal) -> Change | None:
        """The decision that `phrases` now allow against the baseline, if any."""
        s = self.settings
        up, down = self._sums(phrases, normal)
        height = limit(normal, s)
        if self.state != "steady":
            back = down if self._announced > 0 else up
            enough = back.sum >= s.back * height and back.seconds >= s.evidence_min_s
            return self._decide(back.change("steady", normal)) if enough else None
        best = up if up.sum >= down.sum else down
        if (normal.seconds < s.baseline_min_s or best.sum < height or best.seconds < s.evidence_min_s
                or best.support < s.phrases):
            return None
        change = best.change("faster" if best is up else "slower", normal)
        told = max(change.deviation, -change.deviation / (1 + change.deviation)) >= s.least
        return self._decide(change) if told else None

    def calm(self, phrases: Sequence[Evidence], normal: Normal) -> bool:
        """Nothing is going on, nor half way to it."""
        up, down = self._sums(phrases, normal)
        return self.state == "steady" and max(up.sum, down.sum) < limit(normal, self.settings) / 2

    def settle(self, phrase: Evidence, normal: Normal) -> None:
        """Take over the oldest phrase for good."""
        self._up, self._down = self._sums([phrase], normal)

    def _sums(self, phrases: Sequence[Evidence], normal: Normal) -> tuple[Excursion, Excursion]:
        s = self.settings
        rise = abs(self._announced) or s.rise
        doubt = s.young * math.sqrt(normal.variance(4.0) * 4.0 / max(normal.seconds, 1.0))
        up, down = self._up, self._down
        for phrase in phrases:
            if phrase.start < self._from:
                continue
            deviation = min(max(phrase.deviation, -s.clip), s.clip)
            weight = rise / normal.variance(phrase.seconds)
            if self._announced:
                gain = deviation - self._announced / 2
                up, down = up.add(phrase, gain * weight), down.add(phrase, -gain * weight)
            else:
                up = up.add(phrase, (deviation - rise / 2 - doubt) * weight)
                down = down.add(phrase, (-deviation - rise / 2 - doubt) * weight)
        return up, down

    def _decide(self, change: Change) -> Change:
        self.state = change.direction
        self._announced = 0.0 if change.direction == "steady" else change.deviation
        self._from = change.since
        self._up = self._down = Excursion()
        return change

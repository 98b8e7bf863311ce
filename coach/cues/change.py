"""When did a rate change? A sequential decision, not a threshold on one window.

Page's cumulative sum (1954, Biometrika 41:100). Each chunk of speech adds its relative deviation from the baseline,
clipped and less a slack, times its seconds; the sum never falls below zero, and a change is called when it passes the
limit. The sum has a plain meaning: seconds of speech gained, or lost, against the baseline since the change began.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from coach.cues.baseline import Normal

Direction = Literal["faster", "slower", "steady"]


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """Deviations are relative (0.3 = 30 % faster); seconds are seconds of speech."""

    false_alarms_per_hour: float = 6.0
    """Of speech without a change, in either direction. The decision limit follows from it (`limit`)."""
    slack: float = 0.08
    """Deviation that is normal; below .08 natural drift adds up to alarms."""
    young: float = 0.3
    """Added to the slack, divided by the root of the baseline's seconds: a young baseline may be wrong by so much."""
    clip: float = 0.6
    """Largest deviation that one chunk can claim."""
    baseline_min_s: float = 6.0
    """No decision on a baseline younger than this ..."""
    evidence_min_s: float = 3.0
    """... nor on less changed speech than this ..."""
    utterance_s: float = 6.0
    """... nor on a single utterance, unless it has gone on for so long: one hurried sentence is no change."""
    utterance_share: float = 0.2
    """An utterance has a part in it that brings this share of the limit."""
    back: float = 0.6
    """The limit for the way back, from half the announced deviation, relative to the first limit."""


def limit(spread: float, slack: float, per_hour: float) -> float:
    """The height, in seconds, that a sum of chunks with no change in them passes `per_hour` times an hour of speech.

    For a Brownian motion of variance `spread`**2 and drift -`slack` per second, reflected at zero: the mean time
    between passages of h is about spread**2 / (2 slack**2) * exp(2 slack h / spread**2) (Siegmund 1985, Sequential
    Analysis, chapter 2).
    """
    scale = spread**2 / (2 * slack)
    return scale * math.log(max(3600 * 2 * slack**2 / (spread**2 * per_hour), math.e))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A chunk of speech as the detector sees it."""

    start: float  # audio time
    seconds: float
    deviation: float
    utterance: int  # number of the utterance it belongs to


@dataclass(frozen=True, slots=True)
class Excursion:
    """A one-sided sum, and what has gone into it since it last left zero."""

    sum_s: float = 0.0
    since: float = 0.0  # audio time
    seconds: float = 0.0
    weighted: float = 0.0  # deviation times seconds, unclipped
    utterance: int = -1  # the newest one
    brought_s: float = 0.0  # by the newest utterance
    most_s: float = 0.0  # that an earlier one brought

    @property
    def deviation(self) -> float:
        """Mean deviation since the excursion began."""
        return self.weighted / self.seconds if self.seconds else 0.0

    def add(self, chunk: Evidence, gain: float) -> Excursion:
        """The sum after a chunk that is worth `gain` per second."""
        worth = gain * chunk.seconds
        if self.sum_s + worth <= 0.0:
            return Excursion()
        same = chunk.utterance == self.utterance
        return Excursion(
            self.sum_s + worth,
            self.since if self.sum_s else chunk.start,
            self.seconds + chunk.seconds,
            self.weighted + chunk.deviation * chunk.seconds,
            chunk.utterance,
            worth + (self.brought_s if same else 0.0),
            self.most_s if same else max(self.most_s, self.brought_s),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A decision: `deviation` on average since `since`, over `seconds` of speech."""

    direction: Direction
    since: float
    seconds: float
    deviation: float


class ChangeDetector:
    """Watches a stream of evidence whose newest part may still be revised.

    The caller keeps the revisable chunks and shows them all each time (`judge`); `settle` hands over the oldest, which
    will not be shown again.
    """

    def __init__(self, settings: ChangeSettings | None = None) -> None:
        self.settings = settings or ChangeSettings()
        self.state: Direction = "steady"
        self._announced = 0.0  # deviation of the change that is on
        self._up = self._down = Excursion()  # over the settled chunks
        self._from = 0.0  # audio time of the last decision: what began before it has been judged

    def judge(self, chunks: Sequence[Evidence], normal: Normal) -> Change | None:
        """The decision that `chunks` now allow against the baseline, if any."""
        s = self.settings
        up, down = self._sums(chunks, normal)
        height = self._limit(normal)
        if self.state != "steady":
            back = down if self._announced > 0 else up
            return self._decide("steady", back) if back.sum_s >= s.back * height else None
        if normal.seconds < s.baseline_min_s:
            return None
        best, direction = (up, "faster") if up.sum_s >= down.sum_s else (down, "slower")
        several = min(best.brought_s, best.most_s) >= s.utterance_share * height
        if best.sum_s < height or best.seconds < s.evidence_min_s or not (several or best.seconds >= s.utterance_s):
            return None
        return self._decide("faster" if direction == "faster" else "slower", best)

    def calm(self, chunks: Sequence[Evidence], normal: Normal) -> bool:
        """Nothing is going on, nor half way to it."""
        up, down = self._sums(chunks, normal)
        return self.state == "steady" and max(up.sum_s, down.sum_s) < self._limit(normal) / 2

    def settle(self, chunk: Evidence, normal: Normal) -> None:
        """Take over the oldest chunk for good."""
        self._up, self._down = self._sums([chunk], normal)

    def _slack(self, normal: Normal) -> float:
        return self.settings.slack + self.settings.young / math.sqrt(max(normal.seconds, 1.0))

    def _limit(self, normal: Normal) -> float:
        return limit(normal.spread, self._slack(normal), self.settings.false_alarms_per_hour)

    def _sums(self, chunks: Sequence[Evidence], normal: Normal) -> tuple[Excursion, Excursion]:
        s = self.settings
        middle = self._announced / 2
        slack = 0.0 if middle else self._slack(normal)
        up, down = self._up, self._down
        for chunk in chunks:
            if chunk.start >= self._from:
                gain = min(max(chunk.deviation, -s.clip), s.clip) - middle
                up, down = up.add(chunk, gain - slack), down.add(chunk, -gain - slack)
        return up, down

    def _decide(self, direction: Direction, on: Excursion) -> Change:
        self.state = direction
        self._announced = 0.0 if direction == "steady" else on.deviation
        self._from = on.since
        self._up = self._down = Excursion()
        return Change(direction, on.since, on.seconds, on.deviation)

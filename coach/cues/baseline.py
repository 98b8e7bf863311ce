"""What is normal for this speaker, from what they have shown so far in this call."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SHARED = 0.3
"""Variance that a whole phrase has in common, relative to that of one second by itself: people speak one phrase faster
than the next, and longer phrases do not average that out."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed of a speaker before they have been heard, and how much that belief weighs."""

    value: float
    value_s: float  # seconds of speech
    spread: float  # see `Normal`
    spread_phrases: float


@dataclass(frozen=True, slots=True)
class Normal:
    """A speaker's baseline. `spread`: standard deviation of one second of speech, relative to `value`, beside what
    its phrase has in common."""

    value: float
    spread: float
    seconds: float  # of speech that it rests on, the prior not counted

    def variance(self, seconds: float) -> float:
        """Of the relative deviation of a phrase with so much talk."""
        return self.spread**2 * (1 / seconds + SHARED)


def normal(past: Sequence[tuple[float, float]], prior: Prior, reach: float) -> Normal:
    """Robust mean and spread of phrases, pairs of a value and the seconds of speech it stands for.

    Values further than `reach` (relative) from the weighted median are pulled in to it (winsorised), so that one
    shouted number does not move the mark.
    """
    if not past:
        return Normal(prior.value, prior.spread, 0.0)
    values, seconds = (np.array(x) for x in zip(*past, strict=True))
    total = float(seconds.sum())
    order = np.argsort(values, kind="stable")
    middle = values[order][np.searchsorted(np.cumsum(seconds[order]), total / 2)]
    pulled = np.clip(values, middle * (1 - reach), middle * (1 + reach))
    value = float((pulled @ seconds + prior.value * prior.value_s) / (total + prior.value_s))
    squares = float(((pulled / middle - 1) ** 2 / (1 / seconds + SHARED)).sum())
    known = len(past) - 1  # one is spent on the middle
    spread = math.sqrt((squares + prior.spread**2 * prior.spread_phrases) / (known + prior.spread_phrases))
    return Normal(value, spread, total)

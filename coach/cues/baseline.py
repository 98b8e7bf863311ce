"""What is normal for this speaker, from what they have shown so far in this call."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed of a speaker before they have been heard, and how many seconds of speech that belief weighs."""

    value: float
    value_s: float
    spread: float
    """Standard deviation of a chunk of one second, relative to `value`."""
    spread_s: float


@dataclass(frozen=True, slots=True)
class Normal:
    """A speaker's baseline: `spread` is the relative standard deviation of one second of speech."""

    value: float
    spread: float
    seconds: float  # of speech that it rests on, the prior not counted


def normal(past: Sequence[tuple[float, float]], prior: Prior, reach: float) -> Normal:
    """Robust mean and spread of `past`, pairs of a value and the seconds of speech it stands for.

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
    deviation = (pulled / middle - 1) * seconds
    spread = max(_spread(deviation, seconds, prior), _spread(*_blocks(deviation, seconds), prior))
    return Normal(value, spread, total)


def _spread(deviation: Floats, seconds: Floats, prior: Prior) -> float:
    """From deviations times seconds: a mean over n seconds varies by spread / sqrt(n), so each says the same."""
    squares = float(deviation @ deviation)
    return math.sqrt((squares + prior.spread**2 * prior.spread_s) / (float(seconds.sum()) + prior.spread_s))


def _blocks(deviation: Floats, seconds: Floats, length_s: float = 4.0) -> tuple[Floats, Floats]:
    """Add up neighbours to blocks of about `length_s`: what varies from sentence to sentence shows only there."""
    block = np.floor((np.cumsum(seconds) - seconds / 2) / length_s).astype(int)
    return np.bincount(block, deviation).astype(float), np.bincount(block, seconds).astype(float)

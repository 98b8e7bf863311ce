"""What is normal for this speaker, from what they have shown so far in this call."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def baseline(past: Sequence[tuple[float, float]], prior: float, prior_s: float, reach: float) -> float:
    """A robust mean of `past`, pairs of a value and the seconds of speech it stands for.

    Values further than `reach` from the weighted median are pulled in to it (winsorised), so that one shouted number
    does not move the mark. The population `prior` weighs as much as `prior_s` seconds of speech.
    """
    if not past:
        return prior
    values, seconds = (np.array(x) for x in zip(*past, strict=True))
    order = np.argsort(values, kind="stable")
    middle = values[order][np.searchsorted(np.cumsum(seconds[order]), seconds.sum() / 2)]
    pulled = np.clip(values, middle - reach, middle + reach)
    return float((pulled @ seconds + prior * prior_s) / (seconds.sum() + prior_s))

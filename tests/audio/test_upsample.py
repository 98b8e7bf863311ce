"""Twice the rate, in any chunks."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.audio.upsample import Doubler


def doubled(samples: np.ndarray, size: int) -> np.ndarray:
    """All that comes out for chunks of `size`."""
    doubler = Doubler()
    return np.concatenate([doubler.process(samples[at:at + size]) for at in range(0, len(samples), size)])


@settings(deadline=None)
@given(size=st.integers(1, 700))
def test_the_result_does_not_depend_on_chunks(size: int) -> None:
    """To the last bit."""
    samples = np.random.default_rng(1).integers(-20000, 20000, 900).astype(np.int16)
    np.testing.assert_array_equal(doubled(samples, size), doubled(samples, 900))


def test_a_tone_of_the_telephone_band_stays_itself() -> None:
    """One millisecond late, within half a decibel up to 3 kHz."""
    for hz in (200, 1000, 3000):
        tone = (10000 * np.sin(2 * np.pi * hz * np.arange(4000) / 8000)).astype(np.int16)
        wanted = 10000 * np.sin(2 * np.pi * hz * np.arange(8000) / 16000)
        assert np.abs(doubled(tone, 160)[216:7816] - wanted[200:7800]).max() < 600


def test_reset_forgets() -> None:
    """What comes next has nothing to do with what came before."""
    doubler = Doubler()
    samples = np.arange(100, dtype=np.int16)
    first = doubler.process(samples)
    doubler.reset()
    np.testing.assert_array_equal(doubler.process(samples), first)

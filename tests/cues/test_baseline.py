"""A speaker's normal: robust, a prior that fades, a spread that shows what varies from sentence to sentence."""

import numpy as np
import pytest

from coach.cues.baseline import Prior, normal

PRIOR = Prior(4.9, 1.5, 0.17, 8.0)


def test_before_a_word_is_heard_the_population_is_believed():
    found = normal([], PRIOR, 0.6)
    assert (found.value, found.spread, found.seconds) == (4.9, 0.17, 0.0)


def test_the_prior_fades():
    """After 3 s of speech at 6 syllables per second it still pulls, after 60 s no more."""
    assert normal([(6.0, 1.0)] * 3, PRIOR, 0.6).value == pytest.approx(5.63, abs=0.01)
    assert normal([(6.0, 1.0)] * 60, PRIOR, 0.6).value == pytest.approx(6.0, abs=0.05)


def test_one_wild_value_hardly_moves_it():
    """A chunk of 20 among twenty of 5 counts as if it were 8."""
    assert normal([(5.0, 1.0)] * 20 + [(20.0, 1.0)], PRIOR, 0.6).value < 5.2


def test_the_spread_is_that_of_a_second_of_speech():
    """Independent chunks with a standard deviation of 20 %: found again within a tenth of it."""
    rates = 5 * (1 + 0.2 * np.random.default_rng(0).standard_normal(400))
    assert normal([(r, 1.0) for r in rates], PRIOR, 0.6).spread == pytest.approx(0.2, abs=0.02)


def test_what_varies_only_from_sentence_to_sentence_counts_too():
    """Chunks alike within sentences of 4 s: the spread of a second is twice what the chunks themselves show."""
    rates = np.repeat(5 * (1 + 0.1 * np.random.default_rng(0).standard_normal(100)), 4)
    assert normal([(r, 1.0) for r in rates], PRIOR, 0.6).spread > 0.17

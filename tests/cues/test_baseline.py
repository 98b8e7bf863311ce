"""A speaker's normal: robust, a prior that fades, a spread that shows what varies from phrase to phrase."""

import numpy as np
import pytest

from coach.cues.baseline import SHARED, Prior, normal

PRIOR = Prior(4.9, 1.5, 0.12, 3.0)


def test_before_a_word_is_heard_the_population_is_believed():
    found = normal([], PRIOR, 0.6)
    assert (found.value, found.spread, found.seconds) == (4.9, 0.12, 0.0)


def test_the_prior_fades():
    """After 3 s of speech at 6 syllables per second it still pulls, after 60 s no more."""
    assert normal([(6.0, 1.0)] * 3, PRIOR, 0.6).value == pytest.approx(5.63, abs=0.01)
    assert normal([(6.0, 3.0)] * 20, PRIOR, 0.6).value == pytest.approx(6.0, abs=0.05)


def test_one_wild_value_hardly_moves_it():
    """A phrase of 20 among twenty of 5 counts as if it were 8."""
    assert normal([(5.0, 1.0)] * 20 + [(20.0, 1.0)], PRIOR, 0.6).value < 5.2


@pytest.mark.parametrize("seconds", [1.0, 4.0])
def test_the_spread_is_that_of_a_second_of_speech(seconds):
    """Phrases that vary as the model says, whatever their length: found again within a tenth."""
    variance = 0.2**2 * (1 / seconds + SHARED)
    rates = 5 * (1 + np.sqrt(variance) * np.random.default_rng(0).standard_normal(400))
    found = normal([(r, seconds) for r in rates], PRIOR, 0.6)
    assert found.spread == pytest.approx(0.2, rel=0.1)
    assert found.variance(seconds) == pytest.approx(variance, rel=0.2)


def test_long_phrases_do_not_average_out_what_they_have_in_common():
    found = normal([(5.0, 3.0)] * 5, PRIOR, 0.6)
    assert found.variance(100.0) > found.variance(3.0) / 3

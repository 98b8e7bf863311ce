"""Syllables from the sound: as many as there are, whatever the level, and none where nobody speaks."""

import numpy as np
import pytest

from coach.cues.syllables import PeakCounter, SyllableMeter
from tests.cues.sounds import hops, noise, speech, vowel


def count(sound: np.ndarray) -> float:
    meter = SyllableMeter()
    return sum(meter.push(block) for block in hops(np.pad(sound, (1600, 4800))))


@pytest.mark.parametrize("per_second", [3.0, 4.0, 5.0, 6.0])
def test_made_syllables_are_counted(per_second):
    """Within 25 % of the truth without any calibration for these voices, over 10 s."""
    sound = speech(10.0, per_second)
    assert count(sound) == pytest.approx(10 * per_second, rel=0.25)


def test_faster_speech_has_more_syllables_per_second():
    """5.5 against 4 per second reads at least 25 % more."""
    assert count(speech(10, 5.5)) > 1.25 * count(speech(10, 4.0))


@pytest.mark.parametrize("gain_db", [-20, -12, 12])
def test_the_level_does_not_matter(gain_db):
    """The count changes by less than 3 % with the gain."""
    sound = speech(10.0, 4.5) * 0.25
    assert count(sound * 10 ** (gain_db / 20)) == pytest.approx(count(sound), rel=0.03)


def test_a_long_vowel_is_one_syllable_and_not_many():
    """Four seconds of one sound: nothing to add, rather something to take away."""
    assert count(vowel(150, 4.0)) < 3


def test_line_noise_does_not_matter():
    """White noise 20 dB below the speech changes the count by less than 12 %."""
    sound = speech(10.0, 4.5)
    assert count(sound + noise(10.0, 0.01)) == pytest.approx(count(sound), rel=0.12)


def test_silence_has_no_syllables():
    assert count(np.zeros(16000)) == 0


def test_a_peak_needs_a_dip_on_both_sides():
    """Two hills with a dip of 1 between them are one peak for a dip of 2 and two for a dip of 0.5."""
    hills = np.array([0.0, 5, 4, 5, 0, 0])
    everywhere = np.ones(len(hills), dtype=bool)
    assert PeakCounter(2.0).push(hills, everywhere) == 1
    assert PeakCounter(0.5).push(hills, everywhere) == 2


def test_a_peak_that_is_no_nucleus_does_not_count():
    hills = np.array([0.0, 5, 0, 6, 0])
    assert PeakCounter(1.0).push(hills, np.array([True, False, True, True, True])) == 1


def test_where_a_block_ends_does_not_matter():
    """The same envelope in pieces gives the same peaks."""
    rng = np.random.default_rng(2)
    envelope, mask = rng.standard_normal(200).cumsum(), rng.random(200) > 0.3
    whole = PeakCounter(1.0).push(envelope, mask)
    parts = PeakCounter(1.0)
    assert whole == sum(parts.push(envelope[i : i + 7], mask[i : i + 7]) for i in range(0, 200, 7)) > 5

"""A channel that cannot be heard well says so, once, and says when it is well again."""

import numpy as np
import pytest

from tests.cues.sounds import noise, of, run, speech


def problems(sound: np.ndarray) -> list[list[str]]:
    kinds = ("audio_quality", "audio_clear")
    return [e.values["problems"] for e in run(None, sound) if getattr(e, "kind", "") in kinds]


def turns(seconds: float, level: float, floor: float = 0.001) -> np.ndarray:
    """Speech with pauses on a line with noise."""
    part = np.concatenate((np.zeros(8000), speech(3, 4.3, level=level)))
    sound = np.tile(part, int(seconds / 4))
    return sound + noise(len(sound) / 8000, floor)


def test_a_good_line_says_nothing():
    assert problems(turns(24, 0.5)) == []


def test_a_quiet_speaker():
    assert problems(turns(24, 0.03, 0.0001)) == [["quiet"]]


def test_a_noisy_line():
    assert problems(turns(24, 0.4, 0.02)) == [["noisy"]]


def test_a_clipped_line():
    assert problems(np.clip(turns(24, 8.0), -1, 1)) == [["clipped"]]


def test_a_line_that_recovers():
    """Clipped, then clear."""
    assert problems(np.concatenate((np.clip(turns(16, 8.0), -1, 1), turns(24, 0.5)))) == [["clipped"], []]


def test_the_values_are_levels_of_the_speech():
    """Speech at a tenth of full scale is about -20 dB, clearly above the noise at -60."""
    event = of(run(None, turns(24, 0.03, 0.0001)), "audio_quality")[0]
    assert event.values["level_dbfs"] == pytest.approx(-51, abs=4)
    assert event.values["snr_db"] > 20
    assert event.values["clipped"] == 0

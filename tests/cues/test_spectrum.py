"""Blocks of spectra: what is in the telephone band, at any rate, is measured alike; the rest is out of sight."""

import numpy as np
import pytest

from coach.cues.spectrum import BAND, BLOCK, FFT, RATE, Spectra, bins, window_time
from tests.cues.sounds import pcm, times, tone, vowel


def power_db(magnitude: np.ndarray) -> float:
    return float(10 * np.log10((magnitude[:, BAND] ** 2).sum(axis=1).mean() + 1e-12))


def test_a_row_adds_up_to_the_mean_square_of_its_window():
    """A sine of amplitude 0.5 has -9 dB full scale."""
    spectra = Spectra(RATE)
    spectra.push(tone(1000, 0.2, 0.5))
    assert power_db(spectra.push(tone(1000, 0.2, 0.5))) == pytest.approx(-9.03, abs=0.1)


@pytest.mark.parametrize("sound", [0.5 + 0 * times(0.4), 0.5 * np.sin(2 * np.pi * 50 * times(0.4))])
def test_direct_current_and_mains_hum_are_out_of_sight(sound):
    """Both at half of full scale leave less than -60 dB in the band once the step at the start is over."""
    spectra = Spectra(RATE)
    spectra.push(pcm(sound)[:1600])
    assert power_db(spectra.push(pcm(sound)[1600:])) < -60


def test_wide_band_audio_measures_like_narrow_band_audio():
    """The same voice at 16 and at 8 kHz gives the same band powers within 0.2 dB."""
    narrow, wide = Spectra(8000), Spectra(16000)
    for _ in range(2):
        a = narrow.push(pcm(vowel(150, 0.2)))
        b = wide.push(pcm(vowel(150, 0.2, rate=16000)))
    assert power_db(a) == pytest.approx(power_db(b), abs=0.2)


def test_a_tone_above_the_band_does_not_fold_into_it():
    """5 kHz at 16 kHz, which plain decimation would turn into 3 kHz, is 40 dB down."""
    spectra = Spectra(16000)
    sound = pcm(0.5 * np.sin(2 * np.pi * 5000 * times(0.2, 16000)))
    spectra.push(sound)
    assert power_db(spectra.push(sound)) < -9 - 40


def test_shapes_and_times():
    """A block is 200 ms of windows 10 ms apart, whose middles lie in order."""
    assert Spectra(RATE).push(np.zeros(1600, np.int16)).shape == (BLOCK, FFT // 2 + 1)
    assert window_time(BLOCK) - window_time(0) == pytest.approx(0.2)
    assert not (bins(300, 1000) & bins(1000, 3400)).any()

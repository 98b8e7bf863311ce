"""Half a spectrum becomes a whole one, in step and the same however it is fed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.audio.bandwidth import BandwidthExtender


def hiss(seconds: float, low: float, high: float, level: float = 2000.0) -> np.ndarray:
    """Noise between two frequencies at 8 kHz."""
    spectrum = np.fft.rfft(np.random.default_rng(3).standard_normal(int(8000 * seconds)))
    hz = np.fft.rfftfreq(int(8000 * seconds), 1 / 8000)
    samples = np.fft.irfft(np.where((hz > low) & (hz < high), spectrum, 0), int(8000 * seconds))
    return (samples / samples.std() * level).astype(np.int16)


def extended(samples: np.ndarray, sizes: list[int] | None = None) -> np.ndarray:
    """Everything that comes out when `samples` go in, cut into blocks of `sizes`."""
    extender = BandwidthExtender()
    out, at, turn = [], 0, 0
    while at < len(samples):
        size = sizes[turn % len(sizes)] if sizes else len(samples)
        out.append(extender.process(samples[at:at + size]))
        at, turn = at + size, turn + 1
    return np.concatenate([*out, extender.flush()])


def band(samples: np.ndarray, low: float, high: float) -> float:
    """Power between two frequencies at 16 kHz, per sample."""
    power = np.abs(np.fft.rfft(samples.astype(float)) / len(samples)) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / 16000)
    return float(2 * power[(hz >= low) & (hz < high)].sum())


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=4), length=st.integers(0, 4000))
def test_the_result_does_not_depend_on_chunks(sizes: list[int], length: int) -> None:
    """To the last bit; and two samples come out for every one that went in."""
    samples = hiss(0.5, 300, 3400)[:length]
    whole = extended(samples)
    assert len(whole) == 2 * len(samples)
    np.testing.assert_array_equal(extended(samples, sizes), whole)


def test_what_was_heard_stays_what_and_where_it_was() -> None:
    """Below the edge of the band the audio is that of a plain resampling, without delay."""
    t = np.arange(8000) / 8000
    tone = 8000 * np.sin(2 * np.pi * 700 * t)
    finer = 8000 * np.sin(2 * np.pi * 700 * np.arange(16000) / 16000)
    out = extended(tone.astype(np.int16))
    spectrum = np.fft.rfft(out[400:-400])
    spectrum[np.fft.rfftfreq(len(out) - 800, 1 / 16000) > 3000] = 0
    heard = np.fft.irfft(spectrum, len(out) - 800)
    assert np.abs(heard[400:-400] - finer[800:-800]).max() < 80


def test_the_empty_band_is_filled_and_follows_the_voice() -> None:
    """A hiss gets a high band, a hum far less; silence stays silent; a louder line gets the same, louder."""

    def share(samples: np.ndarray) -> float:
        out = extended(samples)
        return band(out, 4000, 7500) / band(out, 200, 3400)

    hissing, humming = share(hiss(1, 1500, 3400)), share(hiss(1, 300, 1000))
    assert hissing > 0.001
    assert humming < hissing / 10
    assert share(hiss(1, 1500, 3400, level=200)) == pytest.approx(hissing, rel=0.2)
    assert not extended(np.zeros(4000, np.int16)).any()


def test_reset_forgets() -> None:
    """A second stretch of speech sounds as if it were the first."""
    extender = BandwidthExtender()
    samples = hiss(0.3, 300, 3400)
    first = extender.process(samples)
    extender.reset()
    np.testing.assert_array_equal(extender.process(samples), first)
    extender.flush()
    np.testing.assert_array_equal(extender.process(samples), first)


def test_nothing_in_nothing_out() -> None:
    """An empty stretch is no special case for the caller."""
    extender = BandwidthExtender()
    assert len(extender.process(np.zeros(0, np.int16))) == len(extender.flush()) == 0


def test_full_scale_does_not_wrap() -> None:
    """The added band may clip, it may not turn loud into its opposite."""
    square = np.where(np.arange(8000) % 20 < 10, 32767, -32768).astype(np.int16)
    out = extended(square).astype(int)
    plain = np.repeat(square, 2).astype(int)
    assert np.mean(np.sign(out) == np.sign(plain)) > 0.9

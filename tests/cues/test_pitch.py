"""The pitch of a telephone voice: the right octave without the fundamental, at any level, and no pitch in noise."""

import numpy as np
import pytest

from tests.cues.sounds import hops, noise, speech, times, vowel


def voiced(sound: np.ndarray) -> np.ndarray:
    """All pitches found, without the unvoiced windows."""
    pitch = np.concatenate([block.pitch_hz for block in hops(sound)])
    return pitch[pitch > 0]


@pytest.mark.parametrize("hz", [80, 100, 130, 170, 220, 290, 380, 450])
def test_the_octave_is_right_without_the_fundamental(hz):
    """Of a steady voice with nothing below 300 Hz every window is within half a semitone."""
    pitch = voiced(vowel(hz, 1.5))
    assert len(pitch) > 100
    assert np.abs(12 * np.log2(pitch[5:-5] / hz)).max() < 0.5


def test_a_strong_first_formant_does_not_pose_as_the_pitch():
    """Harmonics 3 and 4 stand 20 dB above the others; the pitch stays 150 Hz."""
    t = times(1.5)
    sound = sum(np.cos(2 * np.pi * 150 * k * t) * (1.0 if k in (3, 4) else 0.1) for k in range(2, 20)) * 0.1
    assert np.median(voiced(sound)) == pytest.approx(150, rel=0.03)


def test_a_glide_is_followed():
    """From 120 to 240 Hz in a second: median error under half a semitone."""
    t = times(1.0)
    phase = 2 * np.pi * 120 * (2**t - 1) / np.log(2)
    sound = sum(np.cos(k * phase) / k for k in range(3, 13)) * 0.1
    found = np.concatenate([block.pitch_hz for block in hops(np.pad(sound, (0, 4000)))])[: len(t) // 80]
    at = (np.arange(len(found)) * 0.01 - 0.006).clip(0)
    good = found > 0
    assert good.mean() > 0.85
    assert np.median(np.abs(12 * np.log2(found[good] / (120 * 2 ** at[good])))) < 0.5


@pytest.mark.parametrize("gain_db", [-24, -12, 6])
def test_the_level_does_not_matter(gain_db):
    """The same pitches, within a cent, at other gains."""
    sound = speech(2.0, 4.5, hz=180)
    a, b = voiced(sound), voiced(sound * 10 ** (gain_db / 20))
    assert len(b) > 0.9 * len(a)
    assert np.median(b) == pytest.approx(np.median(a), rel=0.01)


def test_noise_has_no_pitch():
    """At most 5 % of the windows of white noise are taken for voiced."""
    pitch = np.concatenate([block.pitch_hz for block in hops(noise(4.0, 0.1))])
    assert (pitch > 0).mean() < 0.05


def test_silence_has_no_pitch():
    """None at all."""
    assert not len(voiced(np.zeros(16000)))


@pytest.mark.shared
def test_praat_on_the_undamaged_recording_agrees_with_us_on_the_telephone(shared):
    """On every fourth sentence of the reference set: gross errors under 8 %, median error under a semitone."""
    from tests.benchmarks.corpora import clips, narrow
    from tests.benchmarks.pitch import compare, ours, praat

    rows = [compare(praat(clip.samples, 16000), ours(*narrow(clip.samples)))
            for clip in list(clips(shared, "zh"))[::4]]
    gross, both = (sum(row[column] for row in rows) for column in (0, 1))
    assert both > 500
    assert gross / both < 0.08
    assert np.median(np.concatenate([row[5:] for row in rows])) < 1.0

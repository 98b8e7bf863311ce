"""Recordings as they come: formats, rates, channels, and files that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from coach.audio.wavfile import read_call
from coach.errors import AudioError


def tone(rate: int, hz: float, seconds: float = 0.5) -> np.ndarray:
    """A sine at half of full scale."""
    return (16384 * np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate)).astype(np.int16)


def loudest_hz(samples: np.ndarray, rate: int) -> float:
    """The strongest frequency."""
    return float(np.abs(np.fft.rfft(samples)).argmax() * rate / len(samples))


def test_left_is_the_agent_and_right_the_customer(tmp_path: Path) -> None:
    """A 16-bit file at a rate we keep is read to the last bit."""
    agent, customer = tone(8000, 300), tone(8000, 1000)
    soundfile.write(tmp_path / "call.wav", np.stack((agent, customer), axis=1), 8000)
    call = read_call(tmp_path / "call.wav")
    assert (call.rate, list(call.channels), call.seconds) == (8000, ["agent", "customer"], 0.5)
    np.testing.assert_array_equal(call.channels["agent"], agent)
    np.testing.assert_array_equal(call.channels["customer"], customer)


def test_one_channel_is_the_customer(tmp_path: Path) -> None:
    """Nobody is the agent of a mono recording."""
    soundfile.write(tmp_path / "call.flac", tone(16000, 300), 16000)
    assert list(read_call(str(tmp_path / "call.flac")).channels) == ["customer"]


@pytest.mark.parametrize(("name", "subtype"), [
    ("ulaw.wav", "ULAW"), ("alaw.wav", "ALAW"), ("float.wav", "FLOAT"), ("deep.wav", "PCM_24"), ("call.ogg", "VORBIS")])
def test_formats_are_read_at_their_true_level(tmp_path: Path, name: str, subtype: str) -> None:
    """Whatever holds the samples, a half-scale sine comes out at half scale."""
    soundfile.write(tmp_path / name, tone(8000, 440) / 32768, 8000, subtype=subtype)
    samples = read_call(tmp_path / name).channels["customer"]
    assert loudest_hz(samples, 8000) == pytest.approx(440, abs=2)
    assert np.abs(samples).max() == pytest.approx(16384, rel=0.05)


@pytest.mark.parametrize(("rate", "frame_rate"), [(11025, 8000), (22050, 16000), (44100, 16000), (48000, 16000)])
def test_other_rates_are_resampled(tmp_path: Path, rate: int, frame_rate: int) -> None:
    """Length in seconds and pitch stay."""
    soundfile.write(tmp_path / "call.wav", tone(rate, 440), rate)
    call = read_call(tmp_path / "call.wav")
    assert call.rate == frame_rate
    assert call.seconds == pytest.approx(0.5, abs=0.001)
    assert loudest_hz(call.channels["customer"], frame_rate) == pytest.approx(440, abs=2)


def test_a_float_file_beyond_full_scale_is_clipped(tmp_path: Path) -> None:
    """Loud does not wrap around."""
    soundfile.write(tmp_path / "loud.wav", np.array([2.0, -2.0] * 100, np.float32), 8000, subtype="FLOAT")
    assert set(read_call(tmp_path / "loud.wav").channels["customer"].tolist()) == {32767, -32768}


def write(path: Path, content: bytes) -> Path:
    """The file, written."""
    path.write_bytes(content)
    return path


def test_what_is_no_recording_says_why(tmp_path: Path) -> None:
    """Every way to be wrong has its own code."""
    soundfile.write(tmp_path / "slow.wav", tone(4000, 300), 4000)
    soundfile.write(tmp_path / "four.wav", np.zeros((100, 4), np.int16), 8000)
    soundfile.write(tmp_path / "empty.wav", np.zeros((0, 2), np.int16), 8000)
    cases = {
        tmp_path / "nowhere.wav": "audio.missing",
        tmp_path: "audio.missing",
        write(tmp_path / "words.wav", b"this is not audio at all"): "audio.broken",
        write(tmp_path / "nothing.wav", b""): "audio.broken",
        tmp_path / "slow.wav": "audio.rate",
        tmp_path / "four.wav": "audio.channels",
        tmp_path / "empty.wav": "audio.empty",
    }
    found = {}
    for path in cases:
        with pytest.raises(AudioError) as caught:
            read_call(path)
        found[path] = caught.value.code
        assert path.name in caught.value.text
    assert found == cases


def test_a_recording_that_breaks_off_is_refused(tmp_path: Path) -> None:
    """Half a FLAC file is broken, not a shorter call."""
    soundfile.write(tmp_path / "whole.flac", np.random.default_rng(1).integers(-9999, 9999, 40000).astype(np.int16),
                    8000)
    whole = (tmp_path / "whole.flac").read_bytes()
    with pytest.raises(AudioError, match=r"audio\.broken"):
        read_call(write(tmp_path / "half.flac", whole[:len(whole) // 2]))


@pytest.mark.shared
def test_a_real_call_is_two_channels_at_8_khz(shared: Path) -> None:
    """The reference recording."""
    call = read_call(shared / "data" / "calls_en" / "auto_repairs_40.flac")
    assert (call.rate, list(call.channels)) == (8000, ["agent", "customer"])
    assert call.seconds == pytest.approx(245, abs=1)

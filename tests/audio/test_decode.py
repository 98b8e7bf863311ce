"""Bytes to samples and back, against libsndfile's own G.711."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from coach.audio.decode import ENCODINGS, decode, encode
from coach.errors import AudioError

EVERY_BYTE = bytes(range(256))
EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
SUBTYPES = {"mulaw": "ULAW", "alaw": "ALAW"}


def reference_decode(data: bytes, encoding: str) -> np.ndarray:
    """What libsndfile makes of the bytes."""
    samples, _ = soundfile.read(io.BytesIO(data), dtype="int16", samplerate=8000, channels=1, format="RAW",
                                subtype=SUBTYPES[encoding])
    return samples


@pytest.mark.parametrize("encoding", SUBTYPES)
def test_every_g711_byte_decodes_as_libsndfile_decodes_it(encoding: str) -> None:
    """All 256 codes of both laws give the reference's sample."""
    np.testing.assert_array_equal(decode(EVERY_BYTE, encoding, 1)[0], reference_decode(EVERY_BYTE, encoding))


@pytest.mark.parametrize("encoding", SUBTYPES)
def test_every_sample_encodes_within_a_step_of_libsndfile(encoding: str) -> None:
    """Positive samples give the reference's byte; negative ones differ by at most one step, where G.191 rounds."""
    reference = io.BytesIO()
    soundfile.write(reference, EVERY_SAMPLE, 8000, format="RAW", subtype=SUBTYPES[encoding])
    ours, theirs = encode([EVERY_SAMPLE], encoding), reference.getvalue()
    positive = EVERY_SAMPLE >= 0
    np.testing.assert_array_equal(np.frombuffer(ours, np.uint8)[positive], np.frombuffer(theirs, np.uint8)[positive])
    ours_back, theirs_back = reference_decode(ours, encoding), reference_decode(theirs, encoding)
    assert np.abs(ours_back.astype(int) - theirs_back.astype(int)).max() <= 1024
    assert np.mean(ours_back == theirs_back) > 0.99


@pytest.mark.parametrize("encoding", SUBTYPES)
def test_g711_survives_tandem_coding(encoding: str) -> None:
    """A decoded sample encodes to a byte that decodes to the same sample: a second leg adds no noise."""
    once = decode(EVERY_BYTE, encoding, 1)
    np.testing.assert_array_equal(decode(encode(once, encoding), encoding, 1)[0], once[0])


def test_mulaw_extremes_are_those_of_g711() -> None:
    """0xFF is zero, 0x80 and 0x00 are the loudest positive and negative sample."""
    assert decode(b"\xff\x80\x00", "mulaw", 1)[0].tolist() == [0, 32124, -32124]
    assert encode([np.array([0, 32767, -32768], np.int16)], "mulaw") == b"\xff\x80\x00"


def test_linear16_is_little_endian() -> None:
    """The low byte comes first."""
    assert decode(b"\x01\x00\x00\x80", "linear16", 1)[0].tolist() == [1, -32768]


@given(data=st.binary(max_size=200), encoding=st.sampled_from(ENCODINGS), channels=st.integers(1, 2))
def test_channels_come_apart_and_together_again(data: bytes, encoding: str, channels: int) -> None:
    """Decode, encode, decode is decode, for any bytes; every channel is as long as the others."""
    data = data[:len(data) // (2 * channels) * 2 * channels]
    once = decode(data, encoding, channels)
    assert len(once) == channels
    assert len({len(channel) for channel in once}) == 1
    again = decode(encode(once, encoding), encoding, channels)
    for left, right in zip(once, again, strict=True):
        np.testing.assert_array_equal(left, right)


def test_two_channels_alternate() -> None:
    """The first sample is the first channel's."""
    left, right = decode(b"\x01\x00\x02\x00\x03\x00\x04\x00", "linear16", 2)
    assert (left.tolist(), right.tolist()) == ([1, 3], [2, 4])


@pytest.mark.parametrize(("data", "encoding", "channels", "code"), [
    (b"\x00\x00\x00", "linear16", 1, "audio.size"),
    (b"\x00\x00", "linear16", 2, "audio.size"),
    (b"\x00", "mulaw", 2, "audio.size"),
    (b"\x00\x00", "opus", 1, "audio.encoding"),
    (b"\x00\x00\x00", "alaw", 3, "audio.channels"),
    (b"", "linear16", 0, "audio.channels"),
])
def test_what_cannot_be_decoded_says_why(data: bytes, encoding: str, channels: int, code: str) -> None:
    """Each mistake has its own code."""
    with pytest.raises(AudioError) as caught:
        decode(data, encoding, channels)
    assert caught.value.code == code


def test_unknown_encoding_is_refused_when_encoding_too() -> None:
    """Nothing is written in an encoding nobody can read."""
    with pytest.raises(AudioError, match=r"audio\.encoding"):
        encode([np.zeros(4, np.int16)], "gsm")

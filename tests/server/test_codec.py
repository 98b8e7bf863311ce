"""Frames to messages: whatever comes in, a message or one CoachError comes out."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.errors import AudioError, CoachError, ProtocolError
from coach.server import wire
from coach.server.codec import HEADER_BYTES, pack_audio, parse, unpack_audio

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
fields = st.sampled_from(["type", "v", "token", "call", "agent", "encoding", "rate", "channels", "resume", "context"])


@given(offset=st.integers(0, 2**63 - 1), audio=st.binary(max_size=100))
def test_audio_survives_the_wire(offset: int, audio: bytes) -> None:
    """Offset and bytes come back as they went in."""
    assert unpack_audio(pack_audio(offset, audio)) == (offset, audio)


def test_the_header_is_two_little_endian_numbers() -> None:
    """The bytes that docs/protocol.md promises."""
    assert pack_audio(0x0102, b"\xaa") == bytes([1, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0xAA])


@given(st.binary(max_size=40))
def test_any_binary_frame_is_audio_or_a_protocol_error(frame: bytes) -> None:
    """Nothing else ever leaves."""
    with contextlib.suppress(ProtocolError):
        offset, audio = unpack_audio(frame)
        assert pack_audio(offset, audio) == frame
        assert len(audio) == len(frame) - HEADER_BYTES


@given(st.text() | st.builds(json.dumps, st.dictionaries(fields, values) | values))
def test_any_text_frame_is_a_message_or_a_coded_error(text: str) -> None:
    """Nothing else ever leaves, on any socket."""
    for adapter in (wire.SOFTPHONE, wire.SOFTPHONE_REPLY, wire.OVERLAY, wire.SUPERVISOR, wire.FEED):
        with contextlib.suppress(ProtocolError, AudioError):
            assert isinstance(parse(adapter, text), wire.Message)


def test_errors_do_not_repeat_what_was_sent() -> None:
    """Neither values nor names of fields of a peer's making come back."""
    hello = {"type": "hello", "v": 1, "token": "t", "call": "c1", "agent": "a1", "encoding": "alaw", "rate": 8000,
             "channels": ["customer"]}
    for wrong in ({"秘密": 1}, {"call": "秘密 秘密"}, {"encoding": "秘密"}, {"v": "秘密"},
                  {"context": {"秘密" * 40: 1}}):
        with pytest.raises(CoachError) as caught:
            parse(wire.SOFTPHONE, json.dumps(hello | wrong))
        assert "秘密" not in caught.value.text

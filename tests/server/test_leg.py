"""One stream of a call, without a socket."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from coach.audio.decode import encode
from coach.errors import AudioError
from coach.server.leg import Leg
from coach.server.wire import Hello


def leg(**changes: Any) -> Leg:
    fields = {"token": "t", "call": "c1", "agent": "a1", "encoding": "linear16", "rate": 8000,
              "channels": ["customer", "agent"], **changes}
    return Leg(Hello.model_validate(fields))


def audio(samples: int) -> bytes:
    return encode([np.full(samples, value, np.int16) for value in (1, 2)], "linear16")


def test_channels_are_named_in_the_order_of_the_hello() -> None:
    """The customer may well be left."""
    frames = leg().take(0, audio(160))
    assert {frame.speaker: int(frame.samples[0]) for frame in frames} == {"customer": 1, "agent": 2}


def test_an_acknowledgement_is_due_each_quarter_of_a_second() -> None:
    """And only for what has arrived."""
    one = leg()
    due = []
    for number in range(10):
        one.take(number * 800, audio(800))
        due.append(one.due_ack())
    assert due == [None, None, 2400, None, None, 4800, None, None, 7200, None]


def test_nothing_of_a_wrong_message_is_taken() -> None:
    """The stream can go on where it was."""
    one = leg()
    for offset, data in ((0, audio(160)[:-1]), (0, audio(8001)), (60 * 8000 + 1, audio(160))):
        with pytest.raises(AudioError):
            one.take(offset, data)
    assert one.received == 0
    assert len(one.take(0, audio(160))) == 2


def test_finish_fills_the_last_frame_once() -> None:
    """A recording rarely ends on a frame."""
    one = leg()
    one.take(0, audio(200))
    assert len(one.finish()) == 2
    assert one.finish() == []
    assert one.until == 0.025


def test_only_the_same_stream_fits() -> None:
    """Encoding, rate and order of channels are part of a stream."""
    hello = Hello.model_validate({"token": "t", "call": "c1", "agent": "a1", "encoding": "linear16", "rate": 8000,
                                  "channels": ["customer", "agent"]})
    assert leg().fits(hello)
    for change in ({"encoding": "alaw"}, {"rate": 16000}, {"channels": ["agent", "customer"]}):
        assert not leg().fits(hello.model_copy(update=change))

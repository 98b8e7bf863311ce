"""Messages: each survives the wire, none takes more than it should."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from coach.server import wire

HELLO = {"token": "t", "call": "c1", "agent": "a1", "encoding": "alaw", "rate": 16000, "channels": ["customer"]}
INFO = {"call": "c1", "agent": "a1", "campaign": "inbound", "language": "zh", "started": "2030-01-01T09:00:00+00:00",
        "at": 1.5}
ROW = {**INFO, "need": 50, "reasons": ["p0"], "phase": "verify", "modes": ["angry"], "stress": 0.5, "pace": None,
       "silence_s": 0.0, "prompts": [], "flagged": False, "recognition": "ready", "teams": ["t"],
       "tally": {"PACE-01": [2, 1, 1, 0]}}
EXAMPLES: dict[str, dict[str, Any]] = {
    "Hello": {**HELLO, "context": {"age": 70, "products": ["loan"]}, "resume": 12},
    "Bye": {"reason": "recording ended"},
    "Ready": {"call": "c1", "resume_at": 12, "recogniser": "none"},
    "Ack": {"samples": 2**40},
    "Ended": {"reason": "bye", "samples": 12},
    "Error": {"code": "protocol.json", "text": "…"},
    "FeedHello": {"token": "t", "call": "c1"},
    "Action": {"prompt": "p1", "action": "helped", "call": "c1"},
    "Shown": {"prompt": "p1"},
    "Watch": {"call": "c1"},
    "Unwatch": {},
    "Whisper": {"call": "c1", "text": "慢一点"},
    "Note": {"call": "c1", "text": "复核"},
    "Flag": {"call": "c1"},
    "Fault": {"call": "c1", "text": "ours"},
    "Snapshot": {"seq": 3, "call": {**INFO, "recogniser": "none", "live": True},
                 "events": [{"type": "phase", "at": 1.0}]},
    "EventMessage": {"call": "c1", "seq": 4, "event": {"type": "phase", "at": 1.0}},
    "Board": {"rows": [ROW]},
    "RowMessage": {"row": ROW},
    "Gone": {"call": "c1"},
}
MESSAGES = wire.Message.__subclasses__()


def test_every_message_has_an_example() -> None:
    """A new message cannot be forgotten here."""
    assert {message.__name__ for message in MESSAGES} == set(EXAMPLES)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
def test_every_message_survives_the_wire(message: type[wire.Message]) -> None:
    """To JSON and back it is the same, with its type in it."""
    one = message(**EXAMPLES[message.__name__])
    text = one.model_dump_json()
    assert message.model_validate_json(text) == one
    assert json.loads(text)["type"] == one.type


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
def test_no_message_takes_an_unknown_field(message: type[wire.Message]) -> None:
    """A misspelt field is an error, not silence."""
    with pytest.raises(ValidationError, match="Extra inputs"):
        message(**EXAMPLES[message.__name__], contxet={})


def test_types_tell_messages_of_one_socket_apart() -> None:
    """No two messages that a socket takes have the same type."""
    for adapter in (wire.SOFTPHONE, wire.SOFTPHONE_REPLY, wire.OVERLAY, wire.SUPERVISOR, wire.FEED):
        mapping = adapter.json_schema()["discriminator"]["mapping"]
        assert len(mapping) == len(adapter.json_schema()["oneOf"])


@pytest.mark.parametrize("context", [
    {"n": float("nan")}, {"n": {"deep": [float("inf")]}}, {"k" * 65: 1}, {"text": "\ud800"}, {"text": "x" * 16_384},
])
def test_context_is_bounded_and_plain(context: dict[str, Any]) -> None:
    """What cannot be written as JSON again, or is too long, does not come in."""
    with pytest.raises(ValidationError):
        wire.Hello(**HELLO, context=context)


def test_an_error_in_a_field_does_not_repeat_its_value() -> None:
    """A token or a customer's name must not reach a log by way of an error."""
    with pytest.raises(ValidationError) as caught:
        wire.Hello(**{**HELLO, "call": "身份证 号码"})
    assert "身份证" not in str(caught.value)

"""Every message on every socket: docs/protocol.md in code. codec.py turns frames into these.

A message is a JSON object told apart by `type`; a field that is not listed here is refused, every string has a limit.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
    model_validator,
)
from pydantic_core import PydanticCustomError

from coach.events import Speaker

VERSION = 1

ID = r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$"
Name = Annotated[str, Field(pattern=ID)]
Token = Annotated[str, Field(min_length=1, max_length=4096)]
Text = Annotated[str, Field(max_length=500)]
Offset = Annotated[int, Field(ge=0, lt=2**63)]
"""Samples per channel since the call began, at the rate of the stream."""

CONTEXT_BYTES = 16 * 1024
CONTEXT_KEYS = 64


def _bounded_context(context: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The CRM's context: at most 64 keys and 16 KiB of JSON, every number finite."""
    if len(context) > CONTEXT_KEYS or any(len(key) > 64 for key in context):
        raise ValueError(f"at most {CONTEXT_KEYS} keys of at most 64 characters")
    try:
        size = len(json.dumps(context, ensure_ascii=False, allow_nan=False).encode())
    except ValueError:
        raise ValueError("numbers must be finite and text must be Unicode") from None
    if size > CONTEXT_BYTES:
        raise ValueError(f"at most {CONTEXT_BYTES} bytes of JSON")
    return context


Context = Annotated[dict[str, JsonValue], AfterValidator(_bounded_context)]


class Message(BaseModel):
    """Base of all messages."""
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, hide_input_in_errors=True)

    type: str


# -- softphone: /v1/audio --------------------------------------------------------------------------------------------


class Hello(Message):
    """First message of a softphone. One connection carries one stream: both speakers interleaved, or one of two legs.

    `legs`: how many connections this call has. `resume`: None for a new call, else the oldest sample that the softphone
    still has and can send again.
    """

    type: Literal["hello"] = "hello"
    v: Literal[1] = 1
    token: Token
    call: Name
    agent: Name
    campaign: Name = "inbound"
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")] = "zh"
    context: Context = {}
    encoding: Literal["linear16", "mulaw", "alaw"]
    rate: Literal[8000, 16000, 48000]
    channels: Annotated[list[Speaker], Field(min_length=1, max_length=2)]
    legs: Literal[1, 2] = 1
    resume: Offset | None = None

    @model_validator(mode="after")
    def _layout(self) -> Self:
        if len(set(self.channels)) < len(self.channels):
            raise PydanticCustomError("channels", "each speaker once")
        if self.legs == 2 and len(self.channels) != 1:
            raise PydanticCustomError("channels", "a call with two legs has one speaker per connection")
        return self


class Bye(Message):
    """The recording or the call is over: nothing more will be sent."""

    type: Literal["bye"] = "bye"
    reason: Literal["bye", "recording ended"] = "bye"


class Ready(Message):
    """The server takes the call. `resume_at` is the next sample it wants; `recogniser` is what it listens with."""

    type: Literal["ready"] = "ready"
    v: Literal[1] = 1
    call: str
    resume_at: Offset
    recogniser: str


class Ack(Message):
    """Everything before `samples` has been taken; the softphone may forget it."""

    type: Literal["ack"] = "ack"
    samples: Offset


class Ended(Message):
    """The last message about a call: every event is out, the socket closes with 1000."""

    type: Literal["ended"] = "ended"
    reason: str
    samples: Offset


class Error(Message):
    """What was wrong, to any peer. Close follows with the code of the table, except where the table says "goes on"."""

    type: Literal["error"] = "error"
    code: str
    text: str


# -- feeds: /v1/overlay and /v1/supervisor ---------------------------------------------------------------------------


class FeedHello(Message):
    """First message of a page. An overlay without `call` follows the agent's current call, and the next one."""

    type: Literal["hello"] = "hello"
    v: Literal[1] = 1
    token: Token
    call: Name | None = None


class Action(Message):
    """What the agent did with a card. `call`, where given, guards against a call that has just changed."""

    type: Literal["action"] = "action"
    prompt: Annotated[str, Field(min_length=1, max_length=128)]
    action: Literal["acknowledge", "dismiss", "helped", "not_helped"]
    call: Name | None = None


class Shown(Message):
    """The page has drawn this card: how long that took is measured."""

    type: Literal["shown"] = "shown"
    prompt: Annotated[str, Field(min_length=1, max_length=128)]


class Watch(Message):
    """Send this call's snapshot and events from now on, instead of those of the call watched before."""

    type: Literal["watch"] = "watch"
    call: Name


class Unwatch(Message):
    """Back to the board alone."""

    type: Literal["unwatch"] = "unwatch"


class Whisper(Message):
    """A line that only the agent sees."""

    type: Literal["whisper"] = "whisper"
    call: Name
    text: Annotated[str, Field(min_length=1, max_length=500)]


class Note(Message):
    """A line that only supervisors see."""

    type: Literal["note"] = "note"
    call: Name
    text: Annotated[str, Field(min_length=1, max_length=500)]


class Flag(Message):
    """This call is to be looked at again."""

    type: Literal["flag"] = "flag"
    call: Name
    text: Text = ""


class Fault(Message):
    """Whose fault the customer's trouble is; the playbook's apologies depend on it."""

    type: Literal["fault"] = "fault"
    call: Name
    text: Literal["unknown", "ours", "misunderstanding"]


class CallInfo(BaseModel):
    """A call as pages show it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    call: str
    agent: str
    campaign: str
    language: str
    recogniser: str
    started: str  # wall clock, ISO 8601 with zone
    live: bool
    at: float  # audio time of the newest event, seconds


class Snapshot(Message):
    """What happened so far, compacted; fold `events` with the reducer that folds the ones to come. No call: None."""

    type: Literal["snapshot"] = "snapshot"
    seq: int
    call: CallInfo | None
    events: list[dict[str, Any]]


class EventMessage(Message):
    """One more event, as coach.events.to_json gives it. A jump in `seq` is meters that were shed, never cards."""

    type: Literal["event"] = "event"
    call: str
    seq: int
    event: dict[str, Any]


class RowInfo(BaseModel):
    """One call on the board. `need` 0..100 says how much it needs a supervisor, `reasons` why, worst first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    call: str
    agent: str
    teams: list[str]
    campaign: str
    language: str
    started: str
    at: float
    need: int
    reasons: list[str]
    phase: str
    modes: list[str]
    stress: float | None  # 0..1
    pace: float | None  # customer's ratio to own baseline
    silence_s: float
    prompts: list[dict[str, Any]]  # open cards: id, rule, priority, text, at
    flagged: bool
    recognition: str
    tally: dict[str, tuple[int, int, int, int]]  # rule -> cards shown, acknowledged, that helped, that did not


class Board(Message):
    """All live calls of the supervisor's teams, worst first."""

    type: Literal["board"] = "board"
    rows: list[RowInfo]


class RowMessage(Message):
    """A call on the board has changed or is new; at most twice a second per call."""

    type: Literal["row"] = "row"
    row: RowInfo


class Gone(Message):
    """A call has left the board, or is not there to be watched."""

    type: Literal["gone"] = "gone"
    call: str


SupervisorMessage = Watch | Unwatch | Whisper | Note | Flag | Fault
Remark = Whisper | Note | Flag | Fault

SOFTPHONE: TypeAdapter[Hello | Bye] = TypeAdapter(Annotated[Hello | Bye, Field(discriminator="type")])
SOFTPHONE_REPLY: TypeAdapter[Ready | Ack | Ended | Error] = TypeAdapter(
    Annotated[Ready | Ack | Ended | Error, Field(discriminator="type")]
)
OVERLAY: TypeAdapter[FeedHello | Action | Shown] = TypeAdapter(
    Annotated[FeedHello | Action | Shown, Field(discriminator="type")]
)
SUPERVISOR: TypeAdapter[FeedHello | SupervisorMessage] = TypeAdapter(
    Annotated[FeedHello | SupervisorMessage, Field(discriminator="type")]
)
FEED: TypeAdapter[Snapshot | EventMessage | Board | RowMessage | Gone | Error] = TypeAdapter(
    Annotated[Snapshot | EventMessage | Board | RowMessage | Gone | Error, Field(discriminator="type")]
)

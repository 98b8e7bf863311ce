"""Frames of a socket to messages and back. Whatever a peer sends becomes a message or one CoachError, nothing else.

Errors never repeat what the peer sent. Audio is binary: two little-endian 64-bit numbers, kind and sample offset, then
the samples.
"""

from __future__ import annotations

import struct
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from coach.errors import AudioError, CoachError, ProtocolError
from coach.server.wire import VERSION

M = TypeVar("M")


def parse(adapter: TypeAdapter[M], text: str | bytes) -> M:
    """The message in a text frame. Raises ProtocolError or AudioError."""
    if isinstance(text, bytes):
        raise ProtocolError("protocol.binary", "A JSON text frame is expected here, not a binary one")
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
    except ValueError:  # lone surrogates
        raise ProtocolError("protocol.json", "The text frame is not Unicode") from None
    raise _coded(fault["type"], [str(part) for part in fault["loc"]], fault["msg"])


_AUDIO_FIELDS = ("encoding", "rate", "channels")


def _coded(kind: str, where: list[str], message: str) -> CoachError:
    """The one error for a fault that pydantic found: `kind` and `where` are its type and location."""
    if kind == "json_invalid":
        return ProtocolError("protocol.json", "The text frame is not valid JSON")
    if kind in ("union_tag_invalid", "union_tag_not_found") or not where:
        return ProtocolError("protocol.type", "The text frame is not an object with a `type` that this socket takes")
    field = where[1] if len(where) > 1 else kind  # where[0] is the type of the message
    if field == "v":
        return ProtocolError("protocol.version", f'This server speaks version {VERSION}: send "v":{VERSION}')
    if field in _AUDIO_FIELDS:
        return AudioError(f"audio.{field}", f"{field}: {message}")
    if kind == "extra_forbidden":
        return ProtocolError("protocol.field", f"{where[0]}: a field that this message does not have")
    return ProtocolError("protocol.field", f"{'.'.join(where)[:80]}: {message}")


# -- audio -----------------------------------------------------------------------------------------------------------

AUDIO = 1
_HEADER = struct.Struct("<QQ")
HEADER_BYTES = _HEADER.size


def pack_audio(offset: int, audio: bytes) -> bytes:
    """A binary frame: `audio` begins at sample `offset` of the call."""
    return _HEADER.pack(AUDIO, offset) + audio


def unpack_audio(frame: bytes) -> tuple[int, bytes]:
    """Offset and audio of a binary frame. Raises ProtocolError."""
    if len(frame) < HEADER_BYTES:
        raise ProtocolError("protocol.frame", f"A binary frame has a header of {HEADER_BYTES} bytes")
    kind, offset = _HEADER.unpack_from(frame)
    if kind != AUDIO:
        raise ProtocolError("protocol.frame", f"The first 8 bytes of a binary frame are {AUDIO}, little-endian")
    if offset >= 2**63:
        raise ProtocolError("protocol.frame", "The sample offset is beyond any call")
    return offset, frame[HEADER_BYTES:]

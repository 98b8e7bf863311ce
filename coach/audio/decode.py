"""Bytes as telephone systems send them, to int16 samples per channel and back.

`linear16` is little endian; `mulaw` and `alaw` are ITU-T G.711, one byte a sample. Several channels are interleaved
sample by sample.

G.711 splits the magnitude into eight segments of sixteen steps each. The step functions below give the smallest
magnitude of every step, and the one in its middle, which is what a decoder gives back (G.711, tables 1 and 2, scaled
to 16 bits). As in the ITU software tool library (G.191), a negative number is inverted bitwise before it is coded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from coach.audio.frames import Samples
from coach.errors import AudioError

Encoding = Literal["linear16", "mulaw", "alaw"]
ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)
MAX_CHANNELS = 2

_POSITIVE = 0x80  # G.711 sends the sign as 1 for positive numbers


def _mulaw_steps() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Smallest and middle magnitude of the 128 mu-law steps, in the order of their codes before inversion."""
    code = np.arange(128)
    segment, step = code >> 4, code & 15
    lower = ((step * 8 + 128) << segment) - 132
    return lower, lower + (4 << segment)


def _alaw_steps() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The same for A-law, whose first two segments have equal steps."""
    code = np.arange(128)
    segment, step = code >> 4, code & 15
    octave = np.maximum(segment - 1, 0)
    lower = (step * 16 + np.where(segment > 0, 256, 0)) << octave
    return lower, lower + (8 << octave)


def _tables(steps: tuple[NDArray[np.intp], NDArray[np.intp]], mask: int) -> tuple[Samples, NDArray[np.uint8]]:
    """Decoder (256 samples, by byte) and encoder (65536 bytes, by sample as uint16); `mask` is XORed on the line."""
    lower, level = steps
    codes = np.arange(256) ^ mask
    magnitude = level[codes & 0x7F]
    decoder = np.where(codes & _POSITIVE, magnitude, -magnitude).astype(np.int16)

    samples = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.intp)
    code = np.searchsorted(lower, np.where(samples < 0, ~samples, samples), side="right") - 1
    encoder = ((code | np.where(samples < 0, 0, _POSITIVE)) ^ mask).astype(np.uint8)
    return decoder, encoder


_G711: dict[str, tuple[Samples, NDArray[np.uint8]]] = {
    "mulaw": _tables(_mulaw_steps(), 0x7F),
    "alaw": _tables(_alaw_steps(), 0x55),
}


def sample_bytes(encoding: str) -> int:
    """Bytes of one sample of one channel. Raises AudioError("audio.encoding")."""
    if encoding not in ENCODINGS:
        raise AudioError("audio.encoding", f"unknown encoding {encoding[:40]!r}: use one of {', '.join(ENCODINGS)}")
    return 2 if encoding == "linear16" else 1


def decode(data: bytes, encoding: str, channels: int) -> list[Samples]:
    """One int16 array per channel, all of equal length.

    Raises AudioError: "audio.encoding", "audio.channels" (one or two), "audio.size" (bytes left over).
    """
    if not 1 <= channels <= MAX_CHANNELS:
        raise AudioError("audio.channels", f"{channels} channels: a call has 1 or {MAX_CHANNELS}")
    frame_bytes = sample_bytes(encoding) * channels
    if len(data) % frame_bytes:
        raise AudioError("audio.size", f"{len(data)} bytes are not a multiple of {frame_bytes}, "
                                       f"the bytes of one {encoding} sample of {channels} channel(s)")
    if encoding == "linear16":
        interleaved = np.frombuffer(data, dtype="<i2").astype(np.int16)
    else:
        interleaved = _G711[encoding][0][np.frombuffer(data, dtype=np.uint8)]
    return [np.ascontiguousarray(channel) for channel in interleaved.reshape(-1, channels).T]


def encode(channels: Sequence[Samples], encoding: str) -> bytes:
    """The bytes that `decode` takes; channels of equal length. Raises AudioError("audio.encoding")."""
    sample_bytes(encoding)
    interleaved = np.stack(channels, axis=1).reshape(-1)
    if encoding == "linear16":
        return interleaved.astype("<i2").tobytes()
    return _G711[encoding][1][interleaved.view(np.uint16)].tobytes()

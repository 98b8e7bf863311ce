"""One stream of a call: bytes with sample offsets in, frames per speaker out. No I/O."""

from __future__ import annotations

from collections import deque

from coach.audio.channel import ChannelReader
from coach.audio.decode import decode
from coach.audio.frames import Frame
from coach.errors import AudioError
from coach.events import Speaker
from coach.server.wire import Hello

MAX_AUDIO_S = 1.0
"""Audio in one message, so that no softphone holds the others up."""
ACK_S = 0.25
"""Audio between two acknowledgements."""


class Leg:
    """The layout that a softphone's hello announced, and what has arrived of it.

    It outlives its socket: a softphone that comes back goes on at `received`.
    """

    def __init__(self, hello: Hello) -> None:
        self.channels: tuple[Speaker, ...] = tuple(hello.channels)
        self.encoding = hello.encoding
        self.rate = hello.rate
        self.finished = False
        self.waiting: deque[Frame] = deque()
        """Taken, and not yet given to the call."""
        self._readers = [ChannelReader(speaker, hello.rate) for speaker in self.channels]
        self._acknowledged = 0

    @property
    def received(self) -> int:
        """Samples per channel up to which nothing more is wanted."""
        return self._readers[0].received

    @property
    def until(self) -> float:
        """The same in seconds of the call."""
        return self.received / self.rate

    def fits(self, hello: Hello) -> bool:
        """Is this hello the same stream again?"""
        return (tuple(hello.channels), hello.encoding, hello.rate) == (self.channels, self.encoding, self.rate)

    def take(self, offset: int, audio: bytes) -> list[Frame]:
        """Audio that begins at sample `offset`. Raises AudioError; nothing of a wrong message is taken."""
        channels = decode(audio, self.encoding, len(self.channels))
        if len(channels[0]) > MAX_AUDIO_S * self.rate:
            raise AudioError("audio.size", f"At most {MAX_AUDIO_S:g} s of audio in one message")
        for reader, samples in zip(self._readers, channels, strict=True):
            reader.push(offset, samples)  # gaps are in the frames, as `missing`
        return self._frames()

    def finish(self) -> list[Frame]:
        """No more audio will come: what waits, what was still waited for as a gap, and the last frame, filled up."""
        if self.finished:
            return []
        self.finished = True
        for reader in self._readers:
            reader.finish()
        frames = [*self.waiting, *self._frames()]
        self.waiting.clear()
        return frames

    def due_ack(self) -> int | None:
        """The number to acknowledge, where enough has come in since the last time."""
        if self.received - self._acknowledged < ACK_S * self.rate:
            return None
        self._acknowledged = self.received
        return self.received

    def _frames(self) -> list[Frame]:
        """In order of time, the speakers side by side."""
        return sorted((frame for reader in self._readers for frame in reader.frames()), key=lambda frame: frame.index)

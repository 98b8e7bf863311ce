"""Audio that the server has not acknowledged yet, so that it can be sent again. No I/O."""

from __future__ import annotations


class Kept:
    """Encoded audio by sample offset, at most `limit` samples per channel.

    Overflow policy: the oldest is forgotten, which the server will see as a gap.
    """

    def __init__(self, sample_bytes: int, limit: int) -> None:
        """`sample_bytes`: bytes of one sample of all channels."""
        self._sample_bytes = sample_bytes
        self._limit = limit
        self._data = bytearray()
        self.start = 0  # offset of the oldest sample kept

    @property
    def end(self) -> int:
        """Offset after the newest sample."""
        return self.start + len(self._data) // self._sample_bytes

    @property
    def full(self) -> bool:
        """Would more audio push out the oldest?"""
        return self.end - self.start >= self._limit

    def add(self, audio: bytes) -> None:
        """More audio, a whole number of samples."""
        self._data += audio
        self.forget(self.end - self._limit)

    def forget(self, before: int) -> None:
        """Everything before sample `before` has arrived, or is given up."""
        count = min(before, self.end) - self.start
        if count > 0:
            del self._data[: count * self._sample_bytes]
            self.start += count

    def read(self, offset: int, most: int) -> bytes:
        """Up to `most` samples from `offset` on, which is between `start` and `end`."""
        first = (offset - self.start) * self._sample_bytes
        return bytes(self._data[first : first + most * self._sample_bytes])

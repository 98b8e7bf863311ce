"""Audio of the call so far, so that it can be sent again. No I/O."""

from __future__ import annotations


class Kept:
    """Encoded audio by sample offset, at most `limit` samples per channel; what was acknowledged is kept too.

    Overflow policy: the oldest is forgotten. If the server still wanted it, that is a gap which it will see.
    """

    def __init__(self, sample_bytes: int, limit: int) -> None:
        """`sample_bytes`: bytes of one sample of all channels."""
        self._sample_bytes = sample_bytes
        self._limit = limit
        self._data = bytearray()
        self.start = 0  # offset of the oldest sample kept
        self.acknowledged = 0  # offset of the first sample that the server may still lack

    @property
    def end(self) -> int:
        """Offset after the newest sample."""
        return self.start + len(self._data) // self._sample_bytes

    @property
    def full(self) -> bool:
        """Would more audio push out some that was not acknowledged?"""
        return self.end - self.acknowledged >= self._limit

    def add(self, audio: bytes) -> None:
        """More audio, a whole number of samples."""
        self._data += audio
        excess = self.end - self.start - self._limit
        if excess > 0:
            del self._data[: excess * self._sample_bytes]
            self.start += excess

    def read(self, offset: int, most: int) -> bytes:
        """Up to `most` samples from `offset` on, which is between `start` and `end`."""
        first = (offset - self.start) * self._sample_bytes
        return bytes(self._data[first : first + most * self._sample_bytes])

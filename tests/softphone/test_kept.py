"""What is kept until the server has it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coach.softphone.kept import Kept


def numbered(start: int, end: int) -> bytes:
    return bytes(number % 251 for number in range(start, end) for _ in range(2))


@given(
    steps=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 400)), max_size=20),
    limit=st.integers(1, 60),
)
def test_what_is_kept_is_the_newest_audio(steps: list[tuple[int, int]], limit: int) -> None:
    """Whatever is added and acknowledged: the right bytes at the right offsets, never more than the limit."""
    kept, end = Kept(2, limit), 0
    for count, acknowledged in steps:
        kept.add(numbered(end, end + count))
        end += count
        kept.acknowledged = min(acknowledged, end)
        assert (kept.start, kept.end) == (max(end - limit, 0), end)
        assert kept.full == (end - kept.acknowledged >= limit)
        assert kept.read(kept.start, limit) == numbered(kept.start, end)


def test_reading_is_in_pieces() -> None:
    """From any sample kept, as many as are wanted, fewer at the end."""
    kept = Kept(2, 8)
    kept.add(numbered(0, 10))
    assert kept.read(4, 3) == numbered(4, 7)
    assert kept.read(8, 5) == numbered(8, 10)
    assert kept.read(10, 5) == b""

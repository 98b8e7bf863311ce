"""The window that puts samples in order, on its own."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coach.audio.reorder import ReorderWindow, Run

SIZE = 50


def ramp(start: int, end: int) -> np.ndarray:
    """Samples whose value is their offset."""
    return np.arange(start, end).astype(np.int16)


def joined(runs: list[Run]) -> list[int | None]:
    """One value per sample, None where it was lost."""
    row: list[int | None] = []
    for run in runs:
        row += [None] * run if isinstance(run, int) else run.tolist()
    return row


def test_samples_in_order_pass_at_once() -> None:
    """Nothing is held back when nothing is missing."""
    window = ReorderWindow(SIZE)
    window.push(0, ramp(0, 30))
    assert joined(window.drain()) == list(range(30))
    window.push(30, ramp(30, 200))
    assert window.received == 200


def test_an_overtaken_block_is_put_in_its_place() -> None:
    """Later audio waits for it, and comes out behind it."""
    window = ReorderWindow(SIZE)
    window.push(20, ramp(20, 40))
    assert window.drain() == []
    window.push(0, ramp(0, 20))
    assert joined(window.drain()) == list(range(40))
    assert (window.lost, window.repeated) == (0, 0)


def test_a_hole_is_lost_once_the_window_is_full_and_its_late_block_is_a_repeat() -> None:
    """The overflow policy: the oldest hole is declared lost, whole."""
    window = ReorderWindow(SIZE)
    for start in range(20, 80, 10):
        window.push(start, ramp(start, start + 10))
    assert joined(window.drain()) == [None] * 20 + list(range(20, 80))
    window.push(0, ramp(0, 20))
    assert (window.drain(), window.lost, window.repeated) == ([], 20, 20)


def test_only_the_new_tail_of_an_overlapping_block_is_taken() -> None:
    """What was received stays as it was."""
    window = ReorderWindow(SIZE)
    window.push(0, ramp(0, 30))
    window.push(10, ramp(10, 45))
    assert joined(window.drain()) == list(range(45))
    assert window.repeated == 20


def test_flush_lets_go_of_everything() -> None:
    """Two holes, two lost runs, nothing forgotten."""
    window = ReorderWindow(SIZE)
    window.push(5, ramp(5, 10))
    window.push(20, ramp(20, 25))
    window.flush()
    assert joined(window.drain()) == [None] * 5 + list(range(5, 10)) + [None] * 10 + list(range(20, 25))


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 130)), max_size=40))
def test_any_blocks_make_one_row_in_which_every_sample_has_its_place(blocks: list[tuple[int, int]]) -> None:
    """Whatever comes: offsets are kept, and every sample pushed is counted as taken or as repeated."""
    window = ReorderWindow(SIZE)
    for offset, length in blocks:
        window.push(offset, ramp(offset, offset + length))
    window.flush()
    row = joined(window.drain())
    assert len(row) == window.received
    assert all(value in (None, offset) for offset, value in enumerate(row))
    assert row.count(None) == window.lost
    assert window.received - window.lost + window.repeated == sum(length for _, length in blocks)


@given(st.permutations(list(range(5))))
def test_any_order_within_the_window_gives_the_same_row(order: list[int]) -> None:
    """Reordering that fits the window costs nothing."""
    window = ReorderWindow(SIZE)
    for block in order:
        window.push(block * 10, ramp(block * 10, block * 10 + 10))
    assert joined(window.drain()) == list(range(50))
    assert (window.lost, window.repeated) == (0, 0)

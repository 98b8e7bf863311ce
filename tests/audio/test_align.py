"""Two rows of frames become one row of pairs, whatever one of them does."""

from __future__ import annotations

import numpy as np
import pytest

from coach.audio.align import Aligner, Pair
from coach.audio.frames import Frame
from coach.events import Speaker

RATE = 8000
SECOND = 50  # frames


def frames(speaker: Speaker, start: int, end: int, *, missing: bool = False) -> list[Frame]:
    """Frames whose samples tell their index (modulo 32768)."""
    return [Frame(speaker, index, RATE, np.full(160, index % 32768, np.int16), missing) for index in range(start, end)]


def heard(pairs: list[Pair], side: int) -> list[int]:
    """Indices at which this side (1 agent, 2 customer) has audio; every frame is in its place."""
    for pair in pairs:
        assert pair[0] == pair[1].index == pair[2].index
        assert (pair[1].speaker, pair[2].speaker) == ("agent", "customer")
    return [pair[0] for pair in pairs if not pair[side].missing]  # type: ignore[union-attr]


def test_pairs_wait_for_the_slower_speaker() -> None:
    """Nothing comes out before both have it."""
    aligner = Aligner(RATE)
    aligner.push(frames("agent", 0, 10))
    assert aligner.pairs() == []
    aligner.push(frames("customer", 0, 4))
    pairs = aligner.pairs()
    assert heard(pairs, 1) == heard(pairs, 2) == [0, 1, 2, 3]


def test_one_message_may_be_longer_than_the_skew() -> None:
    """Ten seconds of both speakers in one push: nobody is given up."""
    aligner = Aligner(RATE)
    aligner.push(frames("agent", 0, 500) + frames("customer", 0, 500))
    pairs = aligner.pairs()
    assert heard(pairs, 1) == heard(pairs, 2) == list(range(500))


@pytest.mark.parametrize("speaker", ["agent", "customer"])
def test_a_call_of_one_channel_never_waits(speaker: Speaker) -> None:
    """The absent speaker's frames are missing ones, at once."""
    aligner = Aligner(RATE, [speaker])
    aligner.push(frames(speaker, 0, 1))
    (pair,) = aligner.pairs()
    assert [frame.missing for frame in pair[1:]] == [speaker != "agent", speaker != "customer"]  # type: ignore[union-attr]


def test_a_leg_that_never_comes_costs_its_wait_once() -> None:
    """After two seconds it is given up; from then on frames pass at once, and memory is bounded."""
    aligner = Aligner(RATE)
    out = []
    for index in range(10 * SECOND):
        aligner.push(frames("customer", index, index + 1))
        out.append(len(aligner.pairs()))
    assert out[:2 * SECOND] == [0] * 2 * SECOND
    assert out[2 * SECOND] == 2 * SECOND + 1
    assert set(out[2 * SECOND + 1:]) == {1}


def test_a_leg_that_comes_back_is_waited_for_and_what_was_too_late_is_missing() -> None:
    """Dropped frames are counted, and the call is aligned again afterwards."""
    aligner = Aligner(RATE)
    aligner.push(frames("agent", 0, 150))
    pairs = aligner.pairs()
    assert (heard(pairs, 1), heard(pairs, 2)) == (list(range(150)), [])
    aligner.push(frames("customer", 0, 149))
    aligner.push(frames("agent", 150, 160))
    assert aligner.pairs() == []  # the customer is close again: waited for
    aligner.push(frames("customer", 149, 160))
    assert aligner.late == {"agent": 0, "customer": 150}
    pairs = aligner.pairs()
    assert heard(pairs, 1) == heard(pairs, 2) == list(range(150, 160))


def test_a_leg_that_stood_still_is_taken_for_now_after_a_while() -> None:
    """Three seconds behind for good: the other speaker is never held up, two seconds of this one are lost, not all."""
    aligner = Aligner(RATE)
    aligner.push(frames("agent", 0, 3 * SECOND))
    aligner.pairs()
    found = []
    for index in range(3 * SECOND, 20 * SECOND):
        aligner.push(frames("customer", index - 3 * SECOND, index - 3 * SECOND + 1))
        aligner.push(frames("agent", index, index + 1))
        found += aligner.pairs()
    assert aligner.late["customer"] == 2 * SECOND
    assert heard(found, 1) == list(range(3 * SECOND, 20 * SECOND))
    assert heard(found, 2) == list(range(5 * SECOND, 20 * SECOND))
    assert [pair[2].samples[0] for pair in found[-3:]] == [17 * SECOND - 3, 17 * SECOND - 2, 17 * SECOND - 1]


@pytest.mark.parametrize("times", [1.2, 1.5, 1.9, 11])
def test_a_leg_that_catches_up_keeps_its_place(times: float) -> None:
    """Ten seconds kept while the line was cut, sent faster than spoken: late, but on the call's own clock."""
    aligner = Aligner(RATE)
    aligner.push([*frames("agent", 0, 100), *frames("customer", 0, 100)])
    aligner.push(frames("agent", 100, 600))
    sent, index = 100, 600
    while sent < index:
        aligner.push(frames("agent", index, index + 1))
        until = min(100 + round(times * (index - 599)), index + 1)
        aligner.push(frames("customer", sent, until))
        sent, index = until, index + 1
    aligner.push([*frames("agent", index, index + 50), *frames("customer", index, index + 50)])
    pairs = aligner.pairs()
    assert heard(pairs, 1) == list(range(index + 50))
    assert all(pair[2].samples[0] == pair[0] for pair in pairs if not pair[2].missing)
    assert heard(pairs, 2)[-1] == index + 49


@pytest.mark.parametrize("drift", [0.005, -0.005, 0.01])
def test_clocks_that_drift_apart_stay_together(drift: float) -> None:
    """A quarter of an hour: who has the slower clock is brought forward little by little, and nothing is lost."""
    aligner, pairs = Aligner(RATE), []
    sent = 0
    for tick in range(0, 900 * SECOND, 5):
        aligner.push(frames("agent", tick, tick + 5))
        until = round((tick + 5) * (1 + drift))
        aligner.push(frames("customer", sent, until))
        sent = until
        pairs += aligner.pairs()
    assert aligner.late == {"agent": 0, "customer": 0}
    slower, faster = (1, 2) if drift > 0 else (2, 1)
    assert len(heard(pairs, faster)) == len(pairs)
    holes = len(pairs) - len(heard(pairs, slower))
    apart = abs(len(pairs) - (900 * SECOND if drift > 0 else sent) - holes)
    assert holes == pytest.approx(abs(drift) * 900 * SECOND - 0.5 * SECOND, abs=0.4 * SECOND)
    assert apart <= 0.7 * SECOND


def test_a_constant_offset_is_no_drift() -> None:
    """Legs whose lines differ by up to half a second are left as they are, and so is one that comes in bursts."""
    aligner, pairs = Aligner(RATE), []
    for tick in range(0, 120 * SECOND, SECOND):
        aligner.push(frames("agent", tick, tick + SECOND))
        aligner.push(frames("customer", max(tick - 20, 0), max(tick + SECOND - 20, 0)))
        pairs += aligner.pairs()
    assert heard(pairs, 1) == heard(pairs, 2) == list(range(len(pairs)))


def test_a_late_missing_frame_is_not_counted() -> None:
    """It was lost before it was late."""
    aligner = Aligner(RATE)
    aligner.push(frames("agent", 0, 150))
    aligner.push(frames("customer", 0, 100, missing=True))
    assert aligner.late["customer"] == 0


def test_finish_lets_go_of_the_longer_channel() -> None:
    """The call lasts as long as its longer channel."""
    aligner = Aligner(RATE)
    aligner.push(frames("agent", 0, 20) + frames("customer", 0, 5))
    aligner.finish()
    pairs = aligner.pairs()
    assert heard(pairs, 1) == list(range(20))
    assert heard(pairs, 2) == list(range(5))

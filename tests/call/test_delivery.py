"""Results are handed over when they are due, and the late ones as soon as they are there."""

from __future__ import annotations

from coach.call.delivery import Outbox
from coach.recognition.none import NoEngine
from coach.recognition.protocol import Hypothesis


class Slow(NoEngine):
    name = "slow"
    latency_s = 0.5


def said(text: str) -> Hypothesis:
    return Hypothesis(0.0, 1.0, text, final=True)


def test_nothing_before_it_is_due_and_everything_then() -> None:
    outbox = Outbox(Slow("test"), "agent")
    outbox.put(1.0, [said("a")])
    assert outbox.take(1.48) == []
    (event,) = outbox.take(1.5)
    assert (event.at, event.type) == (1.5, "transcript")
    assert outbox.take(1.52) == []
    assert not outbox


def test_due_between_two_frames_it_keeps_its_own_time() -> None:
    outbox = Outbox(Slow("test"), "agent")
    outbox.take(1.48)
    outbox.put(0.99, [said("a")])
    assert [event.at for event in outbox.take(1.5)] == [1.49]
    assert outbox.late == 0


def test_what_was_due_already_gets_the_time_of_handing_over() -> None:
    outbox = Outbox(Slow("test"), "agent")
    outbox.take(3.0)
    outbox.put(1.0, [said("a"), said("b")])
    assert [event.at for event in outbox.take(3.02)] == [3.02, 3.02]
    assert outbox.late == 2


def test_order_is_kept() -> None:
    outbox = Outbox(Slow("test"), "agent")
    outbox.put(1.0, [said("a")])
    outbox.put(2.0, [said("b")])
    assert [event.at for event in outbox.take(9.0)] == [1.5, 2.5]


def test_news_is_told_at_once() -> None:
    outbox = Outbox(Slow("test"), "agent")
    outbox.put(1.0, [said("a")])
    outbox.tell("behind", "why")
    (event,) = outbox.take(1.2)
    assert event.type == "recognition"
    assert event.at == 1.2

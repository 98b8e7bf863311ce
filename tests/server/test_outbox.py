"""The policy for slow readers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coach.server.outbox import Outbox, Outgoing

CARD = Outgoing("card")
METER = Outgoing("meter", may_be_lost=True)


def drained(outbox: Outbox) -> list[str]:
    return [message.text for message in iter(outbox.take, None)]


def test_a_reader_that_keeps_up_gets_everything_in_order() -> None:
    """First in, first out."""
    outbox = Outbox(lambda: None)
    for number in range(10):
        outbox.put(Outgoing(str(number), may_be_lost=number % 2 == 0))
    assert drained(outbox) == [str(number) for number in range(10)]
    assert outbox.shed == 0


def test_meters_go_first_when_a_reader_falls_behind() -> None:
    """At `shed_at` those waiting are thrown away, and no more come in until there is room."""
    outbox = Outbox(lambda: None, shed_at=4, cut_at=100)
    for message in (METER, CARD, METER, CARD, CARD, METER, CARD, METER):
        outbox.put(message)
    assert drained(outbox) == ["card"] * 4
    assert outbox.shed == 4


def test_a_reader_that_is_too_slow_is_given_up_once() -> None:
    """`overflown` says so, the queue is freed, its owner is woken, and nothing is queued any more."""
    woken: list[int] = []
    outbox = Outbox(lambda: woken.append(len(outbox)), shed_at=2, cut_at=3)
    for _ in range(4):
        outbox.put(CARD)
    assert outbox.overflown
    assert woken == [1, 2, 3, 0]
    outbox.put(CARD)
    assert len(outbox) == 0
    assert len(woken) == 4


@given(st.lists(st.sampled_from([CARD, METER, None]), max_size=200))
def test_it_is_bounded_and_no_card_is_lost_silently(script: list[Outgoing | None]) -> None:
    """Whatever is put and taken (None): every card comes out, or the reader is given up."""
    outbox = Outbox(lambda: None, shed_at=4, cut_at=8)
    put = taken = 0
    for message in script:
        if message is None:
            got = outbox.take()
            taken += got is CARD
        else:
            outbox.put(message)
            put += message is CARD
        assert len(outbox) <= 8
    taken += drained(outbox).count("card")
    assert outbox.overflown or taken == put

"""What a prompt's latency is measured from."""

from __future__ import annotations

import dataclasses

import pytest

from coach.server.latency import REMEMBERED, Arrivals, evidence_end, measured
from tests.server.desk import card


def arrivals(step_s: float = 0.1, until_s: float = 10.0, delay_s: float = 0.05) -> Arrivals:
    """Audio in messages of `step_s` that begin at wall time 100, each arriving `delay_s` after it was spoken."""
    notes = Arrivals()
    for number in range(1, round(until_s / step_s) + 1):
        notes.note(number * step_s, 100 + number * step_s + delay_s)
    return notes


@pytest.mark.parametrize(("at", "wall"), [(0.0, 100.15), (0.05, 100.15), (0.15, 100.25), (9.99, 110.05)])
def test_audio_arrives_with_the_message_that_completes_it(at: float, wall: float) -> None:
    """A moment inside a message was there when the message was."""
    assert arrivals().when(at) == pytest.approx(wall)


def test_nothing_has_arrived_before_anything_has() -> None:
    """No audio, no latency."""
    assert Arrivals().when(0.0) is None
    assert measured("c1", card(), Arrivals(), 100.0) is None


def test_repeats_do_not_make_audio_arrive_later() -> None:
    """What is sent again after a cut had arrived before."""
    notes = arrivals(until_s=1.0)
    notes.note(0.5, 200.0)
    assert notes.when(0.5) == pytest.approx(100.55)


def test_it_is_bounded() -> None:
    """Old arrivals are forgotten; the oldest kept stands in for them."""
    notes = arrivals(step_s=0.02, until_s=0.02 * REMEMBERED + 10)
    assert notes.when(0.0) == pytest.approx(110.07, abs=0.02)


@pytest.mark.parametrize(("evidence", "end"), [
    ({"heard": [{"start": 1.0, "end": 2.0}, {"start": 2.5, "end": 3.0}]}, 3.0),
    ({"phrase": "慢一点", "at": 4.0}, 4.0),
    ({"since": 1.0}, 5.0),
    ({"end": 7.0}, 5.0),  # a deadline in the future is no audio
    ({"end": "soon"}, 5.0),
])
def test_the_last_audio_of_the_evidence(evidence: dict[str, object], end: float) -> None:
    """Its latest end, else the time it was heard, else the prompt's own."""
    assert evidence_end(dataclasses.replace(card(5.0), evidence=evidence)) == end


def test_a_prompt_is_measured_from_its_evidence_and_from_its_decision() -> None:
    """The agent's wait, and the server's share of it."""
    prompt = dataclasses.replace(card(5.0), evidence={"end": 4.0})
    latency = measured("c1", prompt, arrivals(), 105.15)
    assert latency is not None
    assert latency.evidence_ms == pytest.approx(1100)
    assert latency.decided_ms == pytest.approx(100)

"""Turns and who takes them, from patterns of who sounds when: a letter is 100 ms."""

from __future__ import annotations

import numpy as np
import pytest

from coach.cues.acoustics import Hops
from coach.cues.dynamics import TalkMeter
from coach.cues.spectrum import BLOCK
from coach.events import Dynamics

NOTHING = np.zeros(BLOCK)


def block(first: int, sounding: np.ndarray) -> Hops:
    return Hops(first, sounding, sounding, NOTHING, NOTHING, NOTHING, NOTHING, np.zeros((BLOCK, 1)), 0.0, -60.0, 0.0)


def talk(agent: str, customer: str, held: bool = False) -> list[Dynamics]:
    """`x` sounds, `.` does not; both are filled up with silence."""
    length = max(len(agent), len(customer)) + 4
    length += length % 2
    sides = [np.repeat([c == "x" for c in side.ljust(length, ".")], 10) for side in (agent, customer)]
    meter, found = TalkMeter(), []
    for i in range(0, length * 10, BLOCK):
        a, c = (block(i, side[i : i + BLOCK]) for side in sides)
        found += meter.block(a, c, (i + 2 * BLOCK) * 0.01, held=held)
    return found


def of(found: list[Dynamics], kind: str) -> list[Dynamics]:
    return [d for d in found if d.kind == kind]


def test_an_interruption_says_who_and_how_far_into_the_others_speech():
    """The agent comes in 3 s into the customer's sentence and goes on: known 1.2 s later at the latest."""
    found = of(talk("." * 30 + "x" * 30, "x" * 45), "interruption")
    assert len(found) == 1
    assert found[0].speaker == "agent"
    assert found[0].start == pytest.approx(3.0, abs=0.05)
    assert found[0].at <= 3.0 + 1.2 + 0.01
    assert found[0].values["into_s"] == pytest.approx(3.0, abs=0.05)
    assert found[0].values["overlap_s"] == pytest.approx(0.8, abs=0.05)


def test_the_customer_can_interrupt_too():
    found = of(talk("x" * 45, "." * 30 + "x" * 30), "interruption")
    assert [d.speaker for d in found] == ["customer"]


@pytest.mark.parametrize("word", ["x" * 3, "x" * 7])
def test_a_back_channel_is_no_interruption(word):
    """嗯 of 0.3 s and 好的好的 of 0.7 s while the customer goes on."""
    found = talk("." * 30 + word, "x" * 60)
    assert not of(found, "interruption")
    assert not of(found, "response_gap")


def test_several_back_channels_with_pauses_are_none_either():
    assert not of(talk(("." * 10 + "xxx") * 5, "x" * 70), "interruption")


def test_coming_in_a_moment_early_is_no_interruption():
    """The last 0.3 s overlap: how turns change hands."""
    assert not of(talk("." * 37 + "x" * 30, "x" * 40), "interruption")


def test_an_answer_right_after_the_start_does_not_interrupt():
    """Both begin at the same time: nobody was speaking yet."""
    assert not of(talk("." * 3 + "x" * 30, "x" * 30), "interruption")


def test_overlap_is_told_once_for_a_run():
    found = of(talk("." * 30 + "x" * 30, "x" * 60), "overlap")
    assert len(found) == 1
    assert found[0].speaker == "agent"
    assert found[0].values["overlap_s"] == pytest.approx(0.3, abs=0.02)


def test_silence_is_told_at_each_threshold_with_who_owes_the_next_word():
    found = of(talk("x" * 20, "." * 160), "silence")
    assert [d.values["seconds"] for d in found] == [3.0, 4.0, 5.0, 8.0, 12.0]
    assert all(d.values["last_speaker"] == "agent" for d in found)
    assert all(d.speaker == "customer" for d in found)
    assert all(d.start == pytest.approx(2.0, abs=0.05) for d in found)
    assert found[0].at == pytest.approx(2.0 + 3.0, abs=0.5)


def test_silence_before_the_first_word_is_nobodys():
    found = of(talk("." * 60, "." * 60), "silence")
    assert [d.values for d in found] == [{"seconds": 3.0}, {"seconds": 4.0}, {"seconds": 5.0}]
    assert {d.speaker for d in found} == {None}


def test_a_word_ends_the_silence_and_the_next_one_counts_from_there():
    found = of(talk("x" * 20 + "." * 40 + "x" * 5 + "." * 35, ""), "silence")
    assert [d.values["seconds"] for d in found] == [3.0, 4.0, 3.0]


def test_a_line_on_hold_is_not_silent():
    assert not of(talk("x" * 20, "." * 160, held=True), "silence")


def test_two_minutes_of_silence_say_eight_things():
    assert len(talk("." * 1200, "." * 1200)) == 8


def test_a_monologue_goes_on_through_pauses_and_back_channels():
    """Twelve seconds with a pause of 0.6 s and two short replies."""
    found = of(talk("x" * 50 + "." * 6 + "x" * 64, "." * 30 + "xxx" + "." * 40 + "xxx"), "monologue")
    assert [d.values["seconds"] for d in found] == [8.0, 10.0]
    assert {d.speaker for d in found} == {"agent"}
    assert found[-1].values["longest_pause_s"] == pytest.approx(0.6, abs=0.02)
    assert found[-1].values["backchannels"] == 2


def test_an_answer_ends_a_monologue():
    turn = "x" * 60
    assert not of(talk(turn + "." * 15 + turn, "." * 60 + ".." + "x" * 10), "monologue")


def test_response_gaps_are_told_when_the_floor_changes_hands():
    found = of(talk("x" * 20 + "." * 30 + "x" * 20, "." * 27 + "x" * 20), "response_gap")
    assert [(d.speaker, round(d.values["seconds"], 1)) for d in found] == [("customer", 0.7), ("agent", 0.3)]


def test_a_pause_that_the_other_does_not_use_is_a_hesitation():
    found = of(talk("." * 60, "x" * 20 + "." * 15 + "x" * 10), "hesitation")
    assert [(d.speaker, round(d.values["pause_s"], 1)) for d in found] == [("customer", 1.5)]
    assert not of(talk("." * 22 + "xxx", "x" * 20 + "." * 15 + "x" * 10), "hesitation")
    assert not of(talk("." * 60, "x" * 20 + "." * 5 + "x" * 10), "hesitation")


def test_talk_shares_are_of_the_last_minute_and_of_the_call():
    """Forty seconds of agent, then eighty of the customer alone."""
    found = of(talk("x" * 400, "." * 400 + "x" * 800), "talk_share")
    assert [d.at for d in found][:2] == pytest.approx([5.2, 10.2], abs=0.3)
    last = found[-1].values
    assert last["window_s"] == 60
    assert last["customer"] == pytest.approx(1.0)
    assert last["agent_call"] == pytest.approx(1 / 3, abs=0.02)
    assert all(d.values["agent"] + d.values["customer"] == pytest.approx(1.0) for d in found)


def test_nothing_is_said_of_shares_before_there_is_talk():
    assert not of(talk("." * 100, "." * 100), "talk_share")


@pytest.mark.shared
def test_the_interruption_of_the_development_call_is_found_and_no_other(shared):
    """d04: the agent begins 1.9 s before the customer's turn ends; told within 1.5 s. No call has another one."""
    from tests.cues.recordings import cues_of

    for path in sorted((shared / "calls").glob("*.wav")):
        found = of([e for e in cues_of(path) if isinstance(e, Dynamics)], "interruption")
        if path.stem.startswith("d04"):
            assert [d.speaker for d in found] == ["agent"]
            assert 13.63 < found[0].at < 13.63 + 1.5
        else:
            assert not found, path.stem

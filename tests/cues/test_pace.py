"""Pace: a rise is reported on what it rests on, short turns and single sentences are left out, words correct."""

from __future__ import annotations

import numpy as np
import pytest

from coach.cues.pace import PaceMeter
from coach.events import Transcript
from tests.cues.sounds import hops, of, run, speech


def turns(*parts: tuple[float, float, float], seed: int = 0) -> np.ndarray:
    """(pause, seconds, syllables per second), one after the other."""
    sound = []
    for i, (pause, seconds, per_second) in enumerate(parts):
        sound += [np.zeros(round(pause * 8000)), speech(seconds, per_second, seed=seed + i)]
    return np.concatenate([*sound, np.zeros(16000)])


CALM = [(2.0, 4.0, 4.0)] * 4


def test_speeding_up_is_reported_while_it_goes_on():
    """Four calm turns, two fast ones: faster, after the first fast turn and within 3 s of the end of the second."""
    sound = turns(*CALM, (2.0, 3.5, 5.6), (0.5, 3.5, 5.8))
    changes = of(run(None, sound), "pace_change")
    assert [c.direction for c in changes] == ["faster"]
    change = changes[0]
    assert 29.5 < change.at < 33.5 + 3.0
    assert 1.15 < change.ratio < 1.7
    assert change.since == pytest.approx(26.0, abs=2.5)
    assert change.source == "signal"
    assert change.speech_s >= 3


def test_calm_speech_raises_no_alarm():
    """Two minutes at one pace, short and long turns mixed."""
    parts = [(1.5, seconds, 4.3) for seconds in (4, 0.6, 3, 5, 0.8, 6, 2, 4, 0.5, 3, 5, 4, 0.7, 6, 3, 4, 5, 3, 4, 5)]
    assert not of(run(None, turns(*parts)), "pace_change")


def test_slowing_down_is_reported():
    sound = turns(*CALM, *[(1.5, 4.0, 2.6)] * 3)
    assert [c.direction for c in of(run(None, sound), "pace_change")] == ["slower"]


def test_one_fast_sentence_is_no_change():
    sound = turns(*CALM, (2.0, 3.0, 6.0), *[(2.0, 4.0, 4.0)] * 3)
    assert not of(run(None, sound), "pace_change")


def test_short_turns_do_not_count():
    """Six hurried answers of half a second raise no alarm, and no Pace that rests on them."""
    sound = turns(*CALM, *[(2.0, 0.5, 7.0)] * 6)
    events = run(None, sound)
    assert not of(events, "pace_change")
    before, *after = [e for e in of(events, "pace") if e.at > 24]
    assert len(after) <= 1
    assert all(e.speech_s == before.speech_s and e.ratio == pytest.approx(before.ratio, abs=0.02) for e in after)


def test_what_never_counts_is_not_kept():
    """Ten minutes of nothing but short answers: what waits does not grow."""
    meter = PaceMeter("customer")
    blocks = hops(turns(*[(1.5, 0.5, 5.0)] * 300))
    for block in blocks:
        meter.hops(block, 0.5, block.end)
    assert len(blocks) > 2900
    assert len(meter._waiting) < 20


def test_a_pace_says_how_much_it_rests_on():
    """The baseline's seconds start at none and grow; the window is not longer than it says."""
    paces = of(run(None, turns(*CALM)), "pace")
    assert (paces[0].baseline_s, paces[0].baseline) == (0, 4.9)
    assert paces[-1].baseline_s > 5
    assert all(1 <= p.speech_s < 7 for p in paces)
    assert all(p.ratio == pytest.approx(p.syllables_per_s / p.baseline) for p in paces)


def test_words_correct_the_count():
    """A recogniser that hears 24 syllables in each turn of 4 s brings the pace to 6, whatever the sound said."""
    said = [Transcript(6 * i + 7.0, "customer", 2.0 + 6 * i, 6.0 + 6 * i, "字" * 24, final=True) for i in range(4)]
    paces = of(run(None, turns(*CALM), events=list(said)), "pace")
    assert paces[-1].source == "words"
    assert paces[-1].syllables_per_s == pytest.approx(6.0, rel=0.08)


@pytest.mark.parametrize(("text", "conf"), [("字" * 200, 1.0), ("字", 1.0), ("字" * 24, 0.2)])
def test_a_recogniser_gone_astray_is_not_believed(text, conf):
    """Ten times too many syllables, hardly any, or words it is not sure of: the sound is trusted."""
    from coach.events import Word

    said = [Transcript(2.0 + 6 * i + 5.0, "customer", 2.0 + 6 * i, 6.0 + 6 * i, text, final=True,
                       words=(Word(text, 2.0 + 6 * i, 6.0 + 6 * i, conf),)) for i in range(4)]
    plain = of(run(None, turns(*CALM)), "pace")
    astray = of(run(None, turns(*CALM), events=list(said)), "pace")
    assert astray == plain


def test_words_tell_a_change_that_the_sound_hides():
    """The sound rises by a tenth, which is nothing; the words say 5 and then 7 per second: faster, by words."""
    sound = turns(*[(2.0, 4.0, 4.0 if i < 4 else 4.4) for i in range(7)])
    said = [Transcript(6.0 * i + 7.0, "customer", 2 + 6.0 * i, 6 + 6.0 * i, "字" * (20 if i < 4 else 28), final=True)
            for i in range(7)]
    assert not of(run(None, sound), "pace_change")
    change = of(run(None, sound, events=list(said)), "pace_change")[0]
    assert (change.direction, change.source) == ("faster", "words")


def test_the_baseline_does_not_chase_a_change():
    """Twenty seconds of fast speech after the alarm: the baseline is where it was."""
    events = run(None, turns(*CALM, *[(1.5, 4.0, 5.8)] * 6))
    change = of(events, "pace_change")[0]
    assert of(events, "pace")[-1].baseline == pytest.approx(change.baseline, rel=0.05)


def test_the_agent_is_measured_the_same_way():
    sound = turns(*CALM, *[(2.0, 4.0, 5.8)] * 2)
    events = run(sound, np.zeros(len(sound)))
    assert {e.speaker for e in of(events, "pace")} == {"agent"}
    assert [c.direction for c in of(events, "pace_change")] == ["faster"]


def test_the_agents_pace_is_set_against_the_customers():
    """An agent a third faster than the customer: neither is compared before the other's baseline is known."""
    slow = np.concatenate([np.concatenate((speech(4.0, 3.6, seed=i), np.zeros(40000))) for i in range(5)])
    fast = np.concatenate([np.concatenate((np.zeros(40000), speech(4.0, 4.9, seed=i + 9))) for i in range(5)])
    paces = of(run(fast, slow), "pace")
    assert paces[0].to_other is None
    last = {speaker: [p for p in paces if p.speaker == speaker][-1] for speaker in ("agent", "customer")}
    assert last["agent"].to_other == pytest.approx(last["agent"].syllables_per_s / last["customer"].baseline, rel=0.03)
    assert last["agent"].to_other > 1.15 > 0.9 > last["customer"].to_other

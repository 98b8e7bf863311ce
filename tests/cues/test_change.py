"""The change detector: a stated false-alarm rate, no verdict on one phrase or a young baseline, and a way back."""

import numpy as np
import pytest

from coach.cues.baseline import Normal
from coach.cues.change import ChangeDetector, ChangeSettings, Evidence, limit

NORMAL = Normal(5.0, 0.12, 30.0)


def phrases(deviations, start=0.0, seconds=2.0):
    """Phrases of equal length, one after the other."""
    return [Evidence(start + i * seconds, seconds, d) for i, d in enumerate(deviations)]


def first(deviations, normal=NORMAL, settings=None, seconds=2.0):
    """Number of phrases until the first decision, and the decision."""
    detector = ChangeDetector(settings)
    for count in range(1, len(deviations) + 1):
        change = detector.judge(phrases(deviations[:count], seconds=seconds), normal)
        if change is not None:
            return count, change
    return None, None


def test_a_sustained_rise_is_called_and_says_since_when_and_by_how_much():
    count, change = first([0.0] * 3 + [0.3] * 8)
    assert change.direction == "faster"
    assert change.since == 6.0
    assert change.deviation == pytest.approx(0.3)
    assert change.seconds == 2 * (count - 3)
    assert 2 <= count - 3 <= 4


def test_the_change_began_where_the_large_one_did():
    """A phrase that is a little fast comes before: it is not yet the change."""
    _, change = first([0.0] * 3 + [0.15] + [0.4] * 6)
    assert change.since == 8.0
    assert change.deviation == pytest.approx(0.4)


def test_slower_is_called_too():
    assert first([-0.25] * 8)[1].direction == "slower"


def test_one_hurried_phrase_is_no_change():
    """Four fast seconds, then calm again: nothing."""
    assert first([0.0] * 3 + [0.5] + [0.0] * 5, seconds=4.0) == (None, None)


def test_a_small_change_is_not_told_however_long_it_lasts():
    assert first([0.17] * 60) == (None, None)
    assert first([0.17] * 60, settings=ChangeSettings(least=0.1))[1].direction == "faster"


def test_a_young_baseline_decides_nothing():
    assert first([0.5] * 15, Normal(5.0, 0.12, 4.0)) == (None, None)


def test_a_wild_phrase_claims_no_more_than_the_clip():
    """A phrase ten times as fast is worth no more than one of +60 %."""
    assert first([0.0] * 3 + [9.0] + [0.0] * 5) == (None, None)


def test_an_unsteady_speaker_needs_more_evidence():
    steady, _ = first([0.3] * 40, Normal(5.0, 0.1, 30.0))
    unsteady, _ = first([0.3] * 40, Normal(5.0, 0.25, 30.0))
    assert unsteady > 1.5 * steady


def test_a_few_words_weigh_less_than_their_share_of_a_sentence():
    """Eight phrases of half a second say less than two of two seconds: each is uncertain by itself."""
    short, _ = first([0.3] * 40, seconds=0.5)
    long, _ = first([0.3] * 40, seconds=2.0)
    assert short > long


def test_back_to_normal_is_called():
    detector = ChangeDetector()
    fast = phrases([0.3] * 5)
    assert detector.judge(fast, NORMAL).direction == "faster"
    assert detector.judge(fast, NORMAL) is None
    calm = phrases([0.0] * 5, start=10.0)
    assert detector.judge(fast + calm, NORMAL).direction == "steady"
    assert detector.state == "steady"


def test_staying_fast_is_not_called_twice_nor_called_off():
    detector = ChangeDetector()
    fast = phrases([0.3] * 30)
    assert detector.judge(fast[:5], NORMAL).direction == "faster"
    assert all(detector.judge(fast[:n], NORMAL) is None for n in range(6, 31))


def test_settled_phrases_weigh_like_waiting_ones():
    """Handing phrases over one by one gives the decision that showing them all gives."""
    shown, settled = ChangeDetector(), ChangeDetector()
    stream = phrases([0.05, -0.1, 0.2, 0.25, 0.3, 0.35, 0.3])
    for phrase in stream[:4]:
        settled.settle(phrase, NORMAL)
    assert shown.judge(stream, NORMAL) == settled.judge(stream[4:], NORMAL) is not None


def alarms_per_hour(spread, settings, hours=100, normal_s=60.0):
    """On speech without a change, phrases of 1 to 4 s that vary as the model says."""
    rng = np.random.default_rng(1)
    normal = Normal(5.0, spread, normal_s)
    detector, alarms, time = ChangeDetector(settings), 0, 0.0
    while time < hours * 3600:
        seconds = float(rng.uniform(1.0, 4.0))
        phrase = Evidence(time, seconds, float(rng.standard_normal() * np.sqrt(normal.variance(seconds))))
        if detector.judge([phrase], normal):
            alarms += 1
            detector = ChangeDetector(settings)
        detector.settle(phrase, normal)
        time += seconds
    return alarms / hours


@pytest.mark.parametrize("spread", [0.1, 0.15, 0.25])
def test_the_false_alarm_rate_is_kept(spread):
    """On 100 hours of speech without a change: no more than the stated alarms, faster and slower together."""
    assert alarms_per_hour(spread, ChangeSettings()) <= ChangeSettings().false_alarms_per_hour


def test_the_false_alarm_rate_is_not_kept_by_finding_nothing():
    """Without the guards that are not the limit's, there are about as many alarms as stated (in each direction)."""
    stated = ChangeSettings(false_alarms_per_hour=20.0, young=0.0, least=0.0, phrases=0, evidence_min_s=0.0)
    assert 4 < alarms_per_hour(0.2, stated) < 40


def test_the_limit_falls_with_the_spread_and_with_the_stated_rate():
    """Who is steady gives more information per second, and so more chances to be wrong."""
    assert limit(Normal(5.0, 0.1, 30.0), ChangeSettings()) > limit(Normal(5.0, 0.3, 30.0), ChangeSettings())
    assert limit(NORMAL, ChangeSettings(false_alarms_per_hour=1.0)) > limit(NORMAL, ChangeSettings())

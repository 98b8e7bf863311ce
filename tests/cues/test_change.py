"""The change detector: a stated false-alarm rate, no verdict on one sentence or a young baseline, and a way back."""

import numpy as np
import pytest

from coach.cues.baseline import Normal
from coach.cues.change import ChangeDetector, ChangeSettings, Evidence, limit

NORMAL = Normal(5.0, 0.17, 30.0)


def chunks(deviations, start=0.0, utterance_s=3):
    """Chunks of a second, three of them to an utterance."""
    return [Evidence(start + i, 1.0, d, int(start + i) // utterance_s) for i, d in enumerate(deviations)]


def first(deviations, normal=NORMAL, settings=None):
    """Number of chunks until the first decision, and the decision."""
    detector = ChangeDetector(settings)
    for count in range(1, len(deviations) + 1):
        change = detector.judge(chunks(deviations[:count]), normal)
        if change is not None:
            return count, change
    return None, None


def test_a_sustained_rise_is_called_and_says_since_when_and_by_how_much():
    count, change = first([0.0] * 6 + [0.3] * 12)
    assert change.direction == "faster"
    assert change.since == 6.0
    assert change.deviation == pytest.approx(0.3)
    assert change.seconds == count - 6
    assert 3 <= count - 6 <= 8


def test_slower_is_called_too():
    assert first([-0.25] * 15)[1].direction == "slower"


def test_one_hurried_utterance_is_no_change():
    """Three fast seconds in one utterance, then calm again: nothing."""
    assert first([0.0] * 6 + [0.5] * 3 + [0.0] * 9) == (None, None)


def test_an_utterance_that_goes_on_and_on_is_enough_by_itself():
    detector = ChangeDetector()
    one = [Evidence(float(i), 1.0, 0.4, 0) for i in range(8)]
    counts = [n for n in range(1, 9) if detector.judge(one[:n], NORMAL)]
    assert counts[0] == 6


def test_a_young_baseline_decides_nothing():
    assert first([0.5] * 30, Normal(5.0, 0.17, 4.0)) == (None, None)


def test_a_wild_chunk_claims_no_more_than_the_clip():
    """A chunk ten times as fast is worth no more than one of +60 %."""
    assert first([0.0] * 6 + [9.0] + [0.0] * 10) == (None, None)


def test_an_unsteady_speaker_needs_more_evidence():
    steady, _ = first([0.3] * 40, Normal(5.0, 0.15, 30.0))
    unsteady, _ = first([0.3] * 40, Normal(5.0, 0.30, 30.0))
    assert unsteady > 1.5 * steady


def test_back_to_normal_is_called():
    detector = ChangeDetector()
    fast = chunks([0.3] * 10)
    assert detector.judge(fast, NORMAL).direction == "faster"
    assert detector.judge(fast, NORMAL) is None
    calm = chunks([0.0] * 10, start=10.0)
    assert detector.judge(fast + calm, NORMAL).direction == "steady"
    assert detector.state == "steady"


def test_staying_fast_is_not_called_twice_nor_called_off():
    detector = ChangeDetector()
    fast = chunks([0.3] * 60)
    assert detector.judge(fast[:10], NORMAL).direction == "faster"
    assert all(detector.judge(fast[:n], NORMAL) is None for n in range(11, 61))


def test_settled_chunks_weigh_like_waiting_ones():
    """Handing chunks over one by one gives the decision that showing them all gives."""
    shown, settled = ChangeDetector(), ChangeDetector()
    stream = chunks([0.05, -0.1, 0.2, 0.25, 0.3, 0.3, 0.35, 0.3, 0.3])
    for chunk in stream[:4]:
        settled.settle(chunk, NORMAL)
    assert shown.judge(stream, NORMAL) == settled.judge(stream[4:], NORMAL) is not None


@pytest.mark.parametrize("spread", [0.12, 0.17, 0.25])
def test_the_false_alarm_rate_is_kept(spread):
    """On 60 hours of speech without a change there are no more than the stated alarms per hour, in both directions
    together. (Chunks come in seconds and an utterance is not enough, so there are fewer.)"""
    rng = np.random.default_rng(1)
    settings = ChangeSettings()
    normal = Normal(5.0, spread, 60.0)
    alarms = 0
    detector = ChangeDetector(settings)
    for i in range(60 * 3600):
        chunk = Evidence(float(i), 1.0, float(spread * rng.standard_normal()), i // 3)
        if detector.judge([chunk], normal) and detector.state != "steady":
            alarms += 1
            detector = ChangeDetector(settings)
        detector.settle(chunk, normal)
    assert alarms / 60 <= settings.false_alarms_per_hour * 1.2


def test_the_limit_grows_with_the_spread_and_falls_with_the_rate():
    assert limit(0.3, 0.1, 2.0) > limit(0.15, 0.1, 2.0)
    assert limit(0.2, 0.1, 0.5) > limit(0.2, 0.1, 10.0)

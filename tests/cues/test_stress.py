"""The agitation cue: raised against the speaker's own calm, deaf to gain and line, and only ever about the customer."""

from __future__ import annotations

import numpy as np
import pytest

from coach.cues.stress import SIGNS, Block, StressMeter, StressModel, features
from coach.events import Stress
from tests.cues.sounds import noise, of, run, speech

LINE = 0.0008


def call(*parts: tuple[float, dict[str, float]], level: float = LINE) -> np.ndarray:
    """Turns of (seconds, settings of the voice) with pauses of a second, on a line that is never quite silent."""
    sound = []
    for i, (seconds, voice) in enumerate(parts):
        sound += [np.zeros(8000), speech(seconds, voice.get("rate", 4.3), hz=voice.get("hz", 140.0), seed=i,
                                         bright=voice.get("bright", 0.0), level=voice.get("level", 0.4))]
    whole = np.concatenate(sound)
    return whole + noise(len(whole) / 8000, level)[: len(whole)]


CALM: list[tuple[float, dict[str, float]]] = [(4.0, {})] * 5
EXCITED = {"hz": 185.0, "bright": 5.0, "rate": 5.2, "level": 0.7}


def levels(sound: np.ndarray, after_s: float = 0.0) -> list[float]:
    return [e.level for e in of(run(None, sound), "stress") if e.at >= after_s]


def test_calm_speech_stays_low():
    found = levels(call(*CALM, *CALM))
    assert max(found) < 0.5
    assert np.median(found) < 0.25


def test_an_excited_voice_is_seen_within_four_seconds():
    """Five semitones up, brighter, faster, louder."""
    found = levels(call(*CALM, (4.0, EXCITED)), after_s=25.0)
    assert max(found) > 0.8


def test_a_sad_voice_does_not_look_agitated():
    """Two semitones down, duller, slower, softer."""
    sad = {"hz": 125.0, "bright": -4.0, "rate": 3.2, "level": 0.25}
    assert max(levels(call(*CALM, (4.0, sad), (4.0, sad)), after_s=25.0)) < 0.5


def test_one_sign_suffices_when_it_is_the_pitch():
    assert max(levels(call(*CALM, (4.0, {"hz": 215.0}), (4.0, {"hz": 215.0})), after_s=25.0)) > 0.6


def test_a_change_of_line_alone_does_not_look_like_agitation():
    """The same voice, 6 dB per octave brighter from one turn to the next: a speakerphone, another codec."""
    line = {"bright": 6.0}
    assert max(levels(call(*CALM, (4.0, line), (4.0, line), (4.0, line)), after_s=25.0)) < 0.5


def cough(seed: int) -> np.ndarray:
    """Two bursts of noise, louder than the voice."""
    rng = np.random.default_rng(seed)
    burst = np.concatenate((np.linspace(0, 1, 200), np.exp(-np.arange(1800) / 500.0)))
    return np.concatenate([rng.standard_normal(2000) * burst * 0.5 for _ in range(2)])


def shout(seed: int) -> np.ndarray:
    """Somebody else, a second long, an octave higher and bright, from across the room: 15 dB below the customer."""
    return speech(1.0, 5.0, hz=280.0, bright=5.0, level=0.4, seed=seed) * 10 ** (-15 / 20)


@pytest.mark.parametrize("sound", [cough, shout])
def test_a_cough_or_a_shout_across_the_room_does_not_look_like_agitation(sound):
    """One before each of five calm turns, right behind the one before."""
    parts = [part for i in range(5) for part in (call((4.0, {}), level=0.0), np.zeros(1600), sound(i))]
    whole = np.concatenate([call(*CALM, level=0.0), *parts])
    found = levels(whole + noise(len(whole) / 8000, LINE)[: len(whole)], after_s=25.0)
    assert len(found) > 40
    assert max(found) < 0.5


def test_a_speakerphone_does_not_look_like_agitation():
    """From one turn to the next the voice is 10 dB softer, duller, and rings in the room."""
    sound = call(*CALM, *CALM)
    room = np.exp(-np.arange(2400) / 500.0) * np.random.default_rng(2).standard_normal(2400) * 0.12
    room[0] = 1.0
    far = np.convolve(sound[25 * 8000 :], room)[: len(sound) - 25 * 8000] * 10 ** (-10 / 20)
    assert max(levels(np.concatenate((sound[: 25 * 8000], far)), after_s=25.0)) < 0.5


@pytest.mark.parametrize("gain_db", [-12.0, 12.0])
def test_a_step_of_the_gain_moves_the_level_by_at_most_a_tenth(gain_db):
    """Twelve dB from one turn to the next, and what the line hums with it: not more than 0.1 anywhere after."""
    sound = call(*CALM, *CALM) * 0.25
    stepped = sound.copy()
    stepped[25 * 8000 :] *= 10 ** (gain_db / 20)
    plain, moved = ([e for e in of(run(None, s), "stress") if e.at > 25] for s in (sound, stepped))
    assert len(moved) > 40
    for event in moved:
        assert min(abs(event.level - other.level) for other in plain if abs(event.at - other.at) < 0.25) <= 0.1


def test_there_are_two_events_a_second_while_the_customer_speaks():
    events = of(run(None, call((6.0, {}))), "stress")
    speaking = [e.at for e in events if 1.8 < e.at < 7.0]
    assert max(np.diff(speaking)) <= 0.5


def test_an_event_says_what_it_rests_on():
    events = of(run(None, call(*CALM)), "stress")
    assert set(events[0].features) == {feature for sign in SIGNS.values() for feature in sign}
    assert events[0].baseline_s == 0
    assert all(value == 0 for value in events[0].features.values())
    assert events[-1].baseline_s > 5
    assert all(0 <= e.level <= 1 for e in events)


def test_it_is_never_about_the_agent():
    """However the agent shouts."""
    sound = call(*CALM, (4.0, EXCITED))
    assert not of(run(sound, np.zeros(len(sound))), "stress")


def test_the_baseline_does_not_learn_agitation():
    """Thirty seconds of it: the level is as high at the end as at the beginning."""
    found = levels(call(*CALM, *[(4.0, EXCITED)] * 7), after_s=30.0)
    assert min(found[-10:]) > 0.8 * np.median(found[:10])


def test_calm_again_is_low_again():
    assert levels(call(*CALM, (4.0, EXCITED), *CALM))[-1] < 0.35


def piece(semitones: float) -> Block:
    row = [semitones, -5.0, -3.0, 1.0, 0.3, 30.0]
    return Block(np.array([row] * 15), 0.2, 0.9)


def test_the_memory_of_a_long_call_stays_small():
    """An hour of speech: window and baseline hold no more than after a minute."""
    meter = StressMeter()
    sizes = []
    for i in range(5 * 3600):
        meter.push(piece(90 + np.sin(i)), i * 0.2, i * 0.2)
        if i in (300, 5 * 3600 - 1):
            sizes.append((len(meter._window), len(meter._baseline)))
    assert sizes[0] == sizes[1]


def test_a_speaker_who_settles_at_another_pitch_becomes_the_new_normal():
    """After ten minutes four semitones up the level is low again: what lasts is normal."""
    meter, found = StressMeter(), []
    for i in range(5 * 660):
        found += meter.push(piece(90.0 if i < 100 else 94.0), i * 0.2, i * 0.2)
    assert max(e.level for e in found[50:80]) > 0.5
    assert isinstance(found[-1], Stress)
    assert found[-1].level < 0.3


def test_the_spectrum_counts_for_more_in_company():
    """The same spectral scores weigh more when the pitch is raised too."""
    model = StressModel.shipped()
    zero = dict.fromkeys(model.scale, 0.0)
    bright = zero | {"balance": 3.0, "balance_loud": 3.0, "tilt": 3.0}
    high = zero | {"pitch": 2.0, "pitch_low": 2.0}
    alone = model.total(bright) - model.total(zero)
    together = model.total(bright | {"pitch": 2.0, "pitch_low": 2.0}) - model.total(high)
    assert together > 1.5 * alone


def test_features_of_blocks():
    found = features([piece(90.0), piece(92.0)])
    assert found["pitch"] == pytest.approx(91.0)
    assert found["rate"] == pytest.approx(4.5)
    assert found["balance_loud"] == pytest.approx(10 * np.log10(0.3))

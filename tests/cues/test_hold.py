"""Music and ring-back are hold; talk, hiss, typing and silence are not."""

import numpy as np
import pytest

from coach.audio.frames import FRAME_S
from coach.cues.call import CallCues
from coach.speech.segmenter import Segmenter
from tests.cues.sounds import frames, of, pcm, speech, times


def agent_channel(sound: np.ndarray, speaking=None) -> list:
    """Events of a call in which the agent's channel carries `sound` and the customer's nothing; nobody speaks."""
    cues, found = CallCues(8000), []
    silent = frames(np.zeros(len(sound), np.int16), "customer")
    for mine, theirs in zip(frames(pcm(sound), "agent"), silent, strict=True):
        found += cues.frame(mine, speaking is not None and speaking(mine.index * FRAME_S))
        found += cues.frame(theirs, speaking=False)
    return found


def melody(seconds: float) -> np.ndarray:
    """Three voices, a chord each half second."""
    t = times(seconds)
    root = 220 * 2 ** (np.array([0, 5, 7, 3])[(t // 0.5).astype(int) % 4] / 12)
    phase = 2 * np.pi * np.cumsum(root) / 8000
    return 0.05 * sum(np.sin(phase * k) for k in (1, 1.25, 1.5, 2, 3))


def test_music_puts_the_line_on_hold_and_its_end_takes_it_off():
    sound = np.concatenate((np.zeros(16000), melody(10), np.zeros(8000 * 8)))
    found = agent_channel(sound)
    on, off = of(found, "hold")
    assert (on.values["on"], off.values["on"]) == (True, False)
    assert on.speaker == "agent"
    assert on.start == pytest.approx(2.0, abs=0.3)
    assert on.at < 4.0
    assert 12 < off.at < 20


def test_hold_is_no_dead_air():
    """Half a minute of music: no silence is told while it plays; after it, silence counts from its end."""
    found = agent_channel(np.concatenate((melody(30), np.zeros(8000 * 14))))
    silences = of(found, "silence")
    assert silences
    assert all(s.at > 33 for s in silences)


def test_ring_back_is_hold():
    """450 Hz for a second every five, as in China."""
    t = times(21)
    assert of(agent_channel(0.2 * np.sin(2 * np.pi * 450 * t) * (t % 5 < 1)), "hold")[0].values["on"]


@pytest.mark.parametrize("kind", ["hiss", "silence", "typing"])
def test_noise_is_no_hold(kind):
    rng = np.random.default_rng(3)
    t = times(20)
    clicks = rng.standard_normal(len(t)) * (rng.random(len(t) // 800 + 1).repeat(800)[: len(t)] > 0.8)
    sound = {"hiss": rng.standard_normal(len(t)) * 0.1, "silence": t * 0, "typing": clicks * 0.1}[kind]
    assert not of(agent_channel(sound), "hold")


def test_speech_is_no_hold_and_ends_it():
    talk = speech(6, 4.5)
    assert not of(agent_channel(talk, lambda _: True), "hold")
    sound = np.concatenate((melody(8), talk))
    found = of(agent_channel(sound, lambda t: t > 8.0), "hold")
    assert [d.values["on"] for d in found] == [True, False]
    assert found[1].at < 9.5


@pytest.mark.shared
@pytest.mark.parametrize("name", ["macroform-cold_day", "reno_project-system"])
def test_real_hold_music_with_singing_is_hold_and_nothing_else(shared, name):
    """Through the product's speech detector: on hold within 3 s, no pace, no agitation, no silence told."""
    import soundfile
    import soxr

    samples, rate = soundfile.read(shared / "data" / "noise" / f"{name}.flac", always_2d=True)
    sound = soxr.resample(samples[: 60 * rate, 0], rate, 8000)
    segmenter, cues, found = Segmenter("customer", rate=8000), CallCues(8000), []
    silent = frames(np.zeros(len(sound), np.int16), "agent")
    for mine, theirs in zip(frames(pcm(sound)), silent, strict=True):
        segmenter.process(mine)
        found += cues.frame(theirs, speaking=False)
        found += cues.frame(mine, segmenter.speaking)
    assert of(found, "hold")[0].at < 3
    assert not of(found, "silence")
    assert not of(found, "pace_change")
    assert len(of(found, "stress")) < 8

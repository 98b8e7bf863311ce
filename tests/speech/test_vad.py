"""What the detectors take for speech, and what the second stage is asked about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coach.audio.frames import Frame
from coach.audio.wavfile import read_call
from coach.speech import vad
from coach.speech.silero import Silero
from coach.speech.vad import Detector, TwoStage, WebRtc


class Script:
    """A gate that opens when it is told."""

    delay_s = 0.0

    def __init__(self, *, opened: bool) -> None:
        self.opened = opened

    def __call__(self, frame: Frame) -> bool:
        return self.opened


def answers(detect: Detector, samples: np.ndarray, rate: int) -> np.ndarray:
    """One per frame."""
    size = rate // 50
    return np.array([detect(Frame("customer", index, rate, samples[index * size:(index + 1) * size]))
                     for index in range(len(samples) // size)])


def clip(shared: Path, name: str = "ten01.flac") -> np.ndarray:
    """A labelled recording, 16 kHz."""
    return read_call(shared / "data" / "vad" / name).channels["customer"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one whenever the network is asked."""
    calls: list[int] = []

    class Counting(Silero):
        def __call__(self, chunk: np.ndarray) -> float:
            calls.append(len(chunk))
            return super().__call__(chunk)

    monkeypatch.setattr(vad, "Silero", Counting)
    return calls


@pytest.mark.parametrize("rate", [8000, 16000])
def test_a_missing_frame_is_not_speech(rate: int) -> None:
    """Whatever it holds."""
    loud = np.random.default_rng(1).integers(-9000, 9000, rate // 50).astype(np.int16)
    assert not WebRtc()(Frame("agent", 0, rate, loud, missing=True))


@pytest.mark.parametrize("rate", [8000, 16000])
def test_the_network_rests_while_the_gate_is_shut(rate: int, asked: list[int]) -> None:
    """A listener's channel costs next to nothing; when the gate opens, the network hears what was just before."""
    gate = Script(opened=False)
    detect = TwoStage(rate, gate)
    answers(detect, np.zeros(rate * 10, np.int16), rate)
    assert asked == []
    gate.opened = True
    answers(detect, np.zeros(rate // 10, np.int16), rate)
    assert set(asked) == {512}
    warm_up = round(TwoStage.WARM_UP_S / 0.032)
    assert warm_up < len(asked) <= warm_up + 4


@pytest.mark.shared
def test_the_gate_costs_no_speech(shared: Path) -> None:
    """With and without it, the answers agree in all but a few frames in a hundred."""
    samples = clip(shared)
    gated, open_ = (answers(TwoStage(16000, gate), samples, 16000) for gate in (None, Script(opened=True)))
    assert np.mean(gated == open_) > 0.98


@pytest.mark.shared
def test_two_minutes_of_hold_music_are_not_speech(shared: Path) -> None:
    """Where WebRTC's detector alone hears nothing but speech."""
    for name in ("macroform-cold_day", "reno_project-system"):
        call = read_call(shared / "data" / "noise" / f"{name}.flac")
        samples = call.channels["customer"]
        assert answers(WebRtc(2), samples, call.rate).mean() > 0.9
        assert answers(TwoStage(call.rate), samples, call.rate).mean() < 0.02


@pytest.mark.parametrize("rate", [8000, 16000])
def test_ringing_and_silence_are_not_speech(rate: int) -> None:
    """A ring-back tone, and digital silence."""
    t = np.arange(rate * 10) / rate
    ringing = (6000 * np.sin(2 * np.pi * 450 * t) * (t % 5 < 1)).astype(np.int16)
    assert not answers(TwoStage(rate), ringing, rate).any()
    assert not answers(TwoStage(rate), np.zeros(rate * 3, np.int16), rate).any()


@pytest.mark.shared
def test_a_quiet_speaker_is_heard_once_the_level_is_known(shared: Path) -> None:
    """20 dB below the usual, after the first pause, nearly all is heard that is heard at the usual level."""
    samples = clip(shared)
    usual = answers(TwoStage(16000), samples, 16000)
    twice = np.concatenate((samples // 10, np.zeros(16000, np.int16), samples // 10))
    quiet = answers(TwoStage(16000), twice, 16000)[-len(usual):]
    assert quiet.sum() > 0.95 * usual.sum()


@pytest.mark.shared
def test_the_same_audio_gives_the_same_answers(shared: Path) -> None:
    """Two detectors share weights, never a state."""
    samples = clip(shared)
    first, other = TwoStage(16000), TwoStage(16000)
    size = 320
    one = []
    for index in range(len(samples) // size):
        frame = Frame("agent", index, 16000, samples[index * size:(index + 1) * size])
        one.append(first(frame))
        other(Frame("customer", index, 16000, frame.samples[::-1]))
    np.testing.assert_array_equal(np.array(one), answers(TwoStage(16000), samples, 16000))

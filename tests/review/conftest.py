"""A short call with something of everything in it."""

from __future__ import annotations

import numpy as np
import pytest

from coach.audio.wavfile import RecordedCall
from coach.events import Dynamics, Event, Pace, PaceChange, Prompt, Speech, Stress, Transcript
from tests.cues.sounds import pcm, speech


@pytest.fixture(scope="module")
def call() -> RecordedCall:
    samples = pcm(np.pad(speech(4.0, 4.5, hz=150), (0, 48000)))
    return RecordedCall(8000, {"agent": np.zeros_like(samples), "customer": samples})


@pytest.fixture
def happened() -> list[Event]:
    return [
        Pace(2.0, "customer", 5.0, 4.9, 1.02, "signal", 2.0, 2.0),
        Stress(2.0, "customer", 0.2, {}, 2.0, 2.0), Stress(2.4, "customer", 0.9, {}, 2.4, 2.4),
        Pace(4.0, "customer", 6.5, 4.9, 1.33, "signal", 4.0, 3.0),
        PaceChange(4.0, "customer", "faster", 6.5, 4.9, 1.33, 2.5, 4.0, "signal"),
        Prompt(4.1, "1", "PACE-01", "P1", {"zh": "直接说两点", "en": "Two points"}, {"ratio": 1.33}, 12.0),
        Speech(4.4, "customer", 0.0, 4.0),
        Transcript(4.5, "customer", 0.0, 4.0, "我要开会了 $x^2$", True),
        Dynamics(9.2, "silence", "agent", 4.0, 9.0, {"seconds": 5.0}),
    ]

"""No recognition: the acoustic cues work on their own."""

from __future__ import annotations

from coach.audio.frames import Samples
from coach.events import Speaker
from coach.recognition.protocol import Hypothesis, Recogniser


class NoEngine:
    """Hears speech and understands nothing. What `auto` falls back to, with the reason in `why`."""

    name = "none"
    model = ""
    latency_s = 0.0
    gated = True
    linger_s = 0.0
    reusable = True

    def __init__(self, why: str) -> None:
        self.why = why

    def recogniser(self, rate: int, speaker: Speaker) -> Recogniser:
        """One that returns nothing."""
        return _Deaf()


class _Deaf:
    def accept(self, samples: Samples, start: float) -> list[Hypothesis]:
        return []

    def finish(self, end: float) -> list[Hypothesis]:
        return []

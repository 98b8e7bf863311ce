"""Is there speech in this frame? Detectors, which the segmenter takes as callables."""

from __future__ import annotations

from collections import deque
from typing import Protocol

import numpy as np
import webrtcvad

from coach.audio.frames import FRAME_S, Frame, Samples
from coach.audio.upsample import Doubler
from coach.speech.silero import CHUNK, RATE, Silero

MAX_DELAY_S = 0.1
"""No detector here answers later than that."""


class Detector(Protocol):
    """Told every frame of one speaker, in order; answers whether it holds speech. May keep a state."""

    delay_s: float
    """The answer is about audio that ended so many seconds before the frame did."""

    def __call__(self, frame: Frame) -> bool: ...


class WebRtc:
    """WebRTC's detector: 0.0002 of a core, but takes music for speech."""

    delay_s = 0.0

    def __init__(self, aggressiveness: int = 2) -> None:
        """`aggressiveness` 0 (takes more for speech) to 3."""
        self._vad = webrtcvad.Vad(aggressiveness)

    def __call__(self, frame: Frame) -> bool:
        return not frame.missing and bool(self._vad.is_speech(frame.samples.tobytes(), frame.rate))


class TwoStage:
    """WebRTC's detector as a gate, Silero's network behind it.

    While the gate is shut, which is most of the time in a channel that listens, the network rests. When it opens, the
    network first hears what was just before, so that it judges the first syllable as if it had listened all along.
    """

    delay_s = 0.06

    GATE_HOLD_S = 0.4
    """The gate shuts when WebRTC's detector has heard nothing for so long."""

    WARM_UP_S = 0.32
    """Audio that the network hears before the gate opened."""

    START, STOP = 0.5, 0.35
    """Probability at which speech is taken to begin and to end: the values that Silero's authors recommend."""

    def __init__(self, rate: int, gate: Detector | None = None) -> None:
        """For frames of `rate` samples per second, 8000 or 16000."""
        self._gate = gate or WebRtc(1)
        self._network = Silero()
        self._doubler = Doubler() if rate * 2 == RATE else None
        self._chunk = CHUNK * rate // RATE
        self._pending = np.zeros(0, np.int16)
        self._before: deque[Samples] = deque(maxlen=round(self.WARM_UP_S * rate / self._chunk))
        self._quiet_s = self.GATE_HOLD_S  # since WebRTC's detector heard something
        self._awake = False
        self._speech = False

    def __call__(self, frame: Frame) -> bool:
        self._quiet_s = 0.0 if self._gate(frame) else self._quiet_s + FRAME_S
        self._pending = np.concatenate((self._pending, frame.samples))
        while len(self._pending) >= self._chunk:
            self._hear(self._pending[:self._chunk])
            self._pending = self._pending[self._chunk:]
        return self._speech

    def _hear(self, chunk: Samples) -> None:
        if self._quiet_s >= self.GATE_HOLD_S:
            self._awake = self._speech = False
            self._before.append(chunk)
            return
        if not self._awake:
            self._wake_up()
        probability = self._ask(chunk)
        self._speech = probability >= (self.STOP if self._speech else self.START)

    def _wake_up(self) -> None:
        self._awake = True
        self._network.reset()
        if self._doubler:
            self._doubler.reset()
        for chunk in self._before:
            self._ask(chunk)
        self._before.clear()

    def _ask(self, chunk: Samples) -> float:
        return self._network(self._doubler.process(chunk) if self._doubler else chunk)

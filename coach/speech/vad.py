"""Is there speech in this frame? Detectors, which the segmenter takes as callables."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from typing import Protocol

import numpy as np
import webrtcvad

from coach.audio.frames import FRAME_S, Frame, Samples
from coach.audio.resample import to_int16
from coach.audio.upsample import Doubler
from coach.speech.silero import CHUNK, CHUNK_S, RATE, Silero


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

    Both were made for speech of a usual level, so a quiet speaker is amplified. The gain is set in pauses, since one
    that moves within words confuses the network, and from what was taken for speech alone, lest a long pause turn the
    colleagues in the background into callers.
    """

    delay_s = 0.06

    GATE_HOLD_S = 0.4
    """The gate shuts when WebRTC's detector has heard nothing for so long; a pause as long sets the gain."""

    WARM_UP_S = 0.32
    """Audio that the network hears before the gate opened."""

    START, STOP = 0.5, 0.35
    """Probability at which speech is taken to begin and to end: the values that Silero's authors recommend."""

    LEVEL_DB = -30.0
    """Level that speech is brought to, the mean over its chunks in dB below full scale."""

    GAIN_DB = (0.0, 6.0, 24.0)
    """Least, first and greatest gain."""

    LOWER = 0.1
    """Share of an excess by which a pause lowers the gain. What lacks is made up at once: the network minds quiet
    speech far more than loud, and a loud word is often followed by a quiet one."""

    LEVEL_CHUNKS = 10
    """So many chunks of speech (0.3 s) are needed to judge a level."""

    def __init__(self, rate: int, gate: Detector | None = None) -> None:
        """For frames of `rate` samples per second, 8000 or 16000."""
        self._gate = gate or WebRtc(1)
        self._network = Silero()
        self._doubler = Doubler() if rate * 2 == RATE else None
        self._chunk = CHUNK * rate // RATE
        self._pending = np.zeros(0, np.int16)
        self._before: deque[Samples] = deque(maxlen=round(self.WARM_UP_S * rate / self._chunk))
        self._gain_db = self.GAIN_DB[1]
        self._levels_db = 0.0  # sum over the chunks of speech since the gain was set, amplified
        self._levels = 0  # their number
        self._pause_s = 0.0  # since there was speech
        self._quiet_s = self.GATE_HOLD_S  # since WebRTC's detector heard something
        self._awake = False
        self._speech = False

    def __call__(self, frame: Frame) -> bool:
        samples = to_int16(frame.samples * np.float32(10 ** (self._gain_db / 20)))
        self._quiet_s = 0.0 if self._gate(replace(frame, samples=samples)) else self._quiet_s + FRAME_S
        self._pending = np.concatenate((self._pending, samples))
        while len(self._pending) >= self._chunk:
            self._hear(self._pending[:self._chunk])
            self._pending = self._pending[self._chunk:]
        return self._speech

    def _hear(self, chunk: Samples) -> None:
        if self._quiet_s >= self.GATE_HOLD_S:
            self._awake = self._speech = False
            self._set_gain()
            self._before.append(chunk)
            return
        if not self._awake:
            self._wake_up()
        probability = self._ask(chunk)
        self._speech = probability >= (self.STOP if self._speech else self.START)
        if self._speech:
            self._levels_db += _level_db(chunk)
            self._levels += 1
            self._pause_s = 0.0
        else:
            self._pause_s += CHUNK_S
            if self._pause_s >= self.GATE_HOLD_S:
                self._set_gain()

    def _wake_up(self) -> None:
        self._awake = True
        self._network.reset()
        if self._doubler:
            self._doubler.reset()
        for chunk in self._before:
            self._ask(chunk)
        self._before.clear()

    def _set_gain(self) -> None:
        if self._levels >= self.LEVEL_CHUNKS:
            least, _, greatest = self.GAIN_DB
            lacking = self.LEVEL_DB - self._levels_db / self._levels
            step = lacking if lacking > 0 else self.LOWER * lacking
            self._gain_db = min(max(self._gain_db + step, least), greatest)
            self._levels_db, self._levels = 0.0, 0

    def _ask(self, chunk: Samples) -> float:
        return self._network(self._doubler.process(chunk) if self._doubler else chunk)


def _level_db(samples: Samples) -> float:
    """Mean power in dB below full scale."""
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    return 10 * math.log10(power / 32768**2 + 1e-10)

"""Frames in, stretches of speech out.

    segmenter = Segmenter("customer", SegmenterSettings(), 8000)
    events = segmenter.process(frame)   # SpeechStarted, Speech

Pure: the only clock is the frames' own audio time, and a frame that never arrived is never speech.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np

from coach.audio.frames import FRAME_S, Frame
from coach.events import Speaker, Speech, SpeechStarted
from coach.speech.vad import Detector, TwoStage, WebRtc


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmenterSettings:
    """When a stretch of speech begins and ends. Seconds of audio time."""

    detector: Literal["two-stage", "webrtc"] = "two-stage"
    """WebRTC's detector with a network behind it that knows music from speech, or WebRTC's alone."""

    aggressiveness: int = 2
    """Of WebRTC's detector where it is alone, 0 (takes more for speech) to 3."""

    min_speech_s: float = 0.1
    """Speech must have been heard for so long before it counts; what is shorter is a click."""

    min_gap_s: float = 0.06
    """A pause up to this does not start the count of `min_speech_s` anew."""

    hangover_s: float = 0.25
    """A pause of this length ends the stretch. Long enough for a breath, short enough for an answer in time."""

    max_speech_s: float = 12.0
    """A stretch is at most this long. From half of it on, ever shorter pauses end it, so that it is rarely cut in a
    word: a recogniser that decodes whole stretches still delivers."""

    cut_search_s: float = 0.6
    """Where there was no pause at all, the stretch is cut at the quietest frame of the last so many seconds."""


class Segmenter:
    """Stretches of speech of one speaker. A stretch begins where the one before ended, or later."""

    def __init__(self, speaker: Speaker, settings: SegmenterSettings | None = None, rate: int = 16000, *,
                 detector: Detector | None = None) -> None:
        """For frames of `rate` samples per second; `detector` defaults to the one that `settings` name."""
        self.settings = settings or SegmenterSettings()
        self._speaker: Speaker = speaker
        self._detect = detector or _detector(self.settings, rate)
        self._delay = _frames(self._detect.delay_s)
        self._started = False
        self._now = 0.0  # audio time that the detector's answers have reached
        self._onset = 0.0  # start of the stretch, or of what may become one
        self._last = 0.0  # end of the last speech
        self._heard = 0  # frames with speech in what may become a stretch
        self._energies: deque[tuple[float, float]] = deque(maxlen=_frames(self.settings.cut_search_s))

    @property
    def speaking(self) -> bool:
        """A stretch has started and not ended: true in its pauses and through the hangover."""
        return self._started

    def process(self, frame: Frame) -> list[SpeechStarted | Speech]:
        """The next frame; frames follow each other without a break."""
        speech = self._detect(frame) and not frame.missing
        self._now = max(frame.index + 1 - self._delay, 0) * FRAME_S
        if not self._started:
            return self._wait(frame, speech)
        self._energies.append((_energy(frame), frame.start))
        return self._go_on(frame, speech)

    def finish(self, at: float) -> list[Speech]:
        """The audio ended at `at`: so does the stretch."""
        if not self._started:
            return []
        self._started = False
        return [Speech(at, self._speaker, self._onset, at if self._last == self._now else self._last)]

    def _wait(self, frame: Frame, speech: bool) -> list[SpeechStarted | Speech]:
        if not speech:
            if self._now - self._last > self.settings.min_gap_s + FRAME_S / 2:
                self._heard = 0
            return []
        if not self._heard:
            self._onset = max(self._now - FRAME_S, self._last)
        self._heard += 1
        self._last = self._now
        if self._heard < _frames(self.settings.min_speech_s):
            return []
        return [self._start(frame.end, self._onset)]

    def _go_on(self, frame: Frame, speech: bool) -> list[SpeechStarted | Speech]:
        if speech:
            self._last = self._now
        length = self._now - self._onset
        patience = self.settings.hangover_s * min(1.0, 2 * (1 - length / self.settings.max_speech_s))
        if not speech and self._now - self._last >= patience - FRAME_S / 2:
            self._started, self._heard = False, 0
            return [Speech(frame.end, self._speaker, self._onset, self._last)]
        if length >= self.settings.max_speech_s - FRAME_S / 2:
            return self._cut(frame.end)
        return []

    def _cut(self, at: float) -> list[SpeechStarted | Speech]:
        """End the stretch where it was quietest of late, and begin the next one there."""
        _, cut = min(self._energies)
        return [Speech(at, self._speaker, self._onset, cut), self._start(at, cut)]

    def _start(self, at: float, onset: float) -> SpeechStarted:
        self._started = True
        self._onset = onset
        self._energies.clear()
        return SpeechStarted(at, self._speaker, onset)


def _detector(settings: SegmenterSettings, rate: int) -> Detector:
    return TwoStage(rate) if settings.detector == "two-stage" else WebRtc(settings.aggressiveness)


def _frames(seconds: float) -> int:
    return round(seconds / FRAME_S)


def _energy(frame: Frame) -> float:
    samples = frame.samples.astype(np.float32)
    return float(samples @ samples)

"""Is there speech in this frame? Detectors, which the segmenter takes as callables."""

from __future__ import annotations

from collections.abc import Callable

import webrtcvad

from coach.audio.frames import Frame

Detector = Callable[[Frame], bool]
"""Told every frame of one speaker that arrived, in order; answers whether it holds speech. May keep a state."""


def webrtc(aggressiveness: int) -> Detector:
    """WebRTC's detector: 0.0002 of a core, but takes music for speech. `aggressiveness` 0 (lenient) to 3."""
    vad = webrtcvad.Vad(aggressiveness)

    def detect(frame: Frame) -> bool:
        return bool(vad.is_speech(frame.samples.tobytes(), frame.rate))

    return detect

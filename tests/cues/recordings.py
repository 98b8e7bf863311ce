"""The cues of recorded calls, with the product's own speech detector."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from coach.audio.wavfile import read_call
from coach.cues import CallCues
from coach.events import Event, Speaker, Transcript
from coach.speech.segmenter import Segmenter
from tests.cues.sounds import frames

Change = Callable[[dict[Speaker, np.ndarray], int], dict[Speaker, np.ndarray]]
"""What is done to the channels (float, int16 scale) of a call at a rate before it is heard."""


def transcripts(path: Path, latency_s: float = 0.8) -> list[Event]:
    """The truth as final transcripts, as late as a recogniser would be."""
    turns = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["turns"]
    return sorted((Transcript(t["end_s"] + 0.4 + latency_s, t["who"], t["start_s"], t["end_s"], t["text"], final=True)
                   for t in turns), key=lambda event: event.at)


def cues_of(path: Path, *, words: bool = False, change: Change | None = None) -> list[Event]:
    """Everything the cues say of a call."""
    call = read_call(path)
    channels = {speaker: samples.astype(np.float64) for speaker, samples in call.channels.items()}
    if change is not None:
        channels = change(channels, call.rate)
    clipped = {s: np.clip(np.round(x), -32768, 32767).astype(np.int16) for s, x in channels.items()}
    lanes = [(Segmenter(speaker, rate=call.rate), frames(samples, speaker, call.rate))
             for speaker, samples in clipped.items()]
    cues, waiting, found = CallCues(call.rate), transcripts(path) if words else [], []
    for pair in zip(*(side for _, side in lanes), strict=True):
        for (segmenter, _), frame in zip(lanes, pair, strict=True):
            segmenter.process(frame)
            found += cues.frame(frame, segmenter.speaking)
        while waiting and waiting[0].at <= pair[0].end:
            found += cues.event(waiting.pop(0))
    return found

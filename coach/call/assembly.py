"""Puts a call's stages together: the same for a live call and a replayed one but for the decoders."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Literal

from coach.call.decoding import Decoder
from coach.call.pipeline import Lane, Pipeline
from coach.cues import CallCues
from coach.events import SPEAKERS, CallStarted, Recognition, Speaker
from coach.playbook import Playbook
from coach.recognition.gate import Gate
from coach.recognition.protocol import Engine
from coach.speech.segmenter import Segmenter

DecoderMaker = Callable[[Engine, Speaker, int], Decoder]


def assemble(
    started: CallStarted,
    rate: int,
    speakers: Collection[Speaker],
    engine: Engine,
    playbook: Playbook,
    decoder: DecoderMaker,
) -> Pipeline:
    """A pipeline for frames of `speakers` at `rate` samples per second, deciding by `playbook`."""
    lanes = {
        speaker: Lane(
            Segmenter(speaker, rate=rate),
            Gate(rate, gated=engine.gated, linger_s=engine.linger_s),
            decoder(engine, speaker, rate),
        )
        for speaker in SPEAKERS
        if speaker in speakers
    }
    state: Literal["ready", "acoustic only"] = "acoustic only" if engine.name == "none" else "ready"
    listening = Recognition(0.0, engine.name, engine.model, state, engine.why)
    return Pipeline(started, listening, rate, lanes, CallCues(rate), playbook)

"""Half a minute of the demonstration call, its truth as recogniser, the shipped playbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

import pytest

from coach.audio.channel import ChannelReader
from coach.audio.frames import Frame
from coach.audio.wavfile import read_call
from coach.call.assembly import assemble
from coach.call.decoding import Inline
from coach.call.pipeline import Pipeline
from coach.events import CallStarted, Speaker
from coach.playbook import Playbook, load
from coach.recognition.transcript import TranscriptEngine
from coach.resources import resource

SECONDS = 25.0

MakePipeline = Callable[..., Pipeline]


@pytest.fixture(scope="session")
def playbook() -> Playbook:
    return load("zh-bank")


@pytest.fixture(scope="session")
def engine() -> TranscriptEngine:
    return TranscriptEngine(resource("coach/demo/call.json"))


@pytest.fixture(scope="session")
def frames() -> list[Frame]:
    """Both speakers' frames by time."""
    call = read_call(resource("coach/demo/call.flac"))
    channels = []
    for speaker, samples in call.channels.items():
        reader = ChannelReader(speaker, call.rate)
        reader.push(0, samples[: int(SECONDS * call.rate)])
        channels.append(reader.frames())
    return list(chain.from_iterable(zip(*channels, strict=True)))


@pytest.fixture
def pipeline(playbook: Playbook, engine: TranscriptEngine) -> MakePipeline:
    """Makes the pipeline of a new call."""

    def make(speakers: Iterable[Speaker] = ("agent", "customer")) -> Pipeline:
        started = CallStarted(0.0, "test", "ann", "loan_followup", "zh", playbook.version)
        return assemble(started, 8000, tuple(speakers), engine, playbook, Inline)

    return make

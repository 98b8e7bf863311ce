"""What a recogniser is spared and what it keeps, over the odd stretches and the length of real calls."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from coach.audio.frames import FRAME_S, Frame, Samples
from coach.audio.wavfile import read_call
from coach.events import Event, Speech, SpeechStarted
from coach.recognition.gate import Gate
from coach.recognition.vosk import FLUSH_S, VoskRecogniser
from coach.speech.segmenter import Segmenter

RATE = 8000
SIZE = round(RATE * FRAME_S)


@dataclass
class Kaldi:
    """Finds one word in every stretch, at its end."""

    samples: int = 0

    def AcceptWaveform(self, data: bytes) -> bool:  # noqa: N802
        self.samples += len(data) // 2
        return False

    def PartialResult(self) -> str:  # noqa: N802
        return '{"partial": "您好"}'

    def Result(self) -> str:  # noqa: N802
        end = self.samples / 16000
        word = {"word": "您好", "start": end - 1.0, "end": end - 0.5, "conf": 1.0}
        return json.dumps({"text": "您好", "result": [word]})


class Sink:
    """Straight to the recogniser; keeps the finals' times only."""

    def __init__(self, rate: int) -> None:
        self._recogniser = VoskRecogniser(Kaldi(), rate)
        self._rate = rate
        self.seconds = 0.0
        self.finals: list[tuple[float, float]] = []

    def feed(self, samples: Samples, start: float, at: float) -> None:
        self.seconds += len(samples) / self._rate
        self._recogniser.accept(samples, start)

    def finish(self, end: float, at: float) -> None:
        self.finals += [(said.start, said.end) for said in self._recogniser.finish(end)]


@pytest.fixture
def sink() -> Sink:
    return Sink(RATE)


def turns(frames: int, period: int = 250, speech: int = 100) -> Iterator[tuple[int, list[Event]]]:
    """Two seconds of speech in every five."""
    for index in range(frames):
        at, phase = (index + 1) * FRAME_S, index % period
        start = (index - phase + 10) * FRAME_S
        if phase == 20:
            yield index, [SpeechStarted(at, "customer", start)]
        elif phase == speech + 30:
            yield index, [Speech(at, "customer", start, at - 0.4)]
        else:
            yield index, []


def held() -> int:
    """Bytes that Python objects hold, garbage not counted."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_an_hour_of_a_call_takes_no_more_memory_than_its_first_minutes() -> None:
    gate, sink = Gate(16000), Sink(16000)
    samples = np.zeros(320, np.int16)
    tracemalloc.start()
    early = 0
    for index, events in turns(60 * 60 * 50):
        gate.process(Frame("customer", index, 16000, samples), events, sink)
        if index == 5 * 60 * 50:
            early = held()
    late = held()
    tracemalloc.stop()
    assert len(sink.finals) == 720
    assert late - early < 200_000  # the finals kept by this test are half of it
    start, end = sink.finals[-1]
    assert 3595 < start < end < 3600


def segmented(samples: Samples, rate: int, sink: Sink) -> list[Event]:
    """Through the real segmenter; returns its events."""
    segmenter, gate, size = Segmenter("customer", rate=rate), Gate(rate), round(rate * FRAME_S)
    told: list[Event] = []
    index = 0
    for index in count():
        block = samples[index * size : (index + 1) * size]
        if len(block) < size:
            break
        frame = Frame("customer", index, rate, block)
        events = segmenter.process(frame)
        told += events
        gate.process(frame, events, sink)
    gate.finish(index * FRAME_S, sink)
    return told


def test_ten_minutes_of_silence_cost_the_recogniser_nothing(sink: Sink) -> None:
    segmented(np.zeros(10 * 60 * RATE, np.int16), RATE, sink)
    assert sink.seconds == 0


def test_a_gap_in_speech_is_heard_as_silence_in_its_place(sink: Sink) -> None:
    """The words after it have their own times."""
    gate = Gate(RATE)
    for index in range(200):
        missing = 80 <= index < 100
        events: list[Event] = []
        if index == 50:
            events = [SpeechStarted(1.02, "customer", 0.9)]
        elif index == 150:
            events = [Speech(3.02, "customer", 0.9, 2.6)]
        gate.process(Frame("customer", index, RATE, np.zeros(SIZE, np.int16), missing=missing), events, sink)
    assert sink.seconds == pytest.approx(3.02 - 0.6)
    assert sink.finals[0][1] == pytest.approx(2.8 + FLUSH_S - 0.5, abs=0.02)


@pytest.mark.shared
def test_of_two_minutes_of_hold_music_hardly_anything_is_decoded(shared: Path, sink: Sink) -> None:
    music = read_call(shared / "data/noise/macroform-cold_day.flac")
    assert music.rate == RATE
    samples = np.tile(music.channels["customer"], 20)[: 120 * RATE]
    segmented(samples, RATE, sink)
    assert sink.seconds <= 0.05 * 120

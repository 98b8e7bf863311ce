"""The gate: speech with its pre-roll reaches the recogniser, once and in order; silence does not."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from coach.audio.frames import FRAME_S, Frame, Samples
from coach.events import Event, Speech, SpeechStarted
from coach.recognition.gate import Gate, GateSettings

RATE = 8000
SIZE = round(RATE * FRAME_S)


@dataclass
class Recording:
    """A sink that keeps what it was given. Samples hold the number of their frame."""

    fed: list[tuple[float, float, list[int]]] = field(default_factory=list)
    finished: list[tuple[float, float]] = field(default_factory=list)

    def feed(self, samples: Samples, start: float, at: float) -> None:
        self.fed.append((round(start, 2), round(at, 2), [int(each) for each in samples[::SIZE]]))

    def finish(self, end: float, at: float) -> None:
        self.finished.append((round(end, 2), round(at, 2)))

    @property
    def frames(self) -> list[int]:
        return [number for _, _, numbers in self.fed for number in numbers]


def run(gate: Gate, count: int, events: dict[int, list[Event]], sink: Recording) -> None:
    """`events` by the number of the frame that they come with."""
    for index in range(count):
        gate.process(Frame("customer", index, RATE, np.full(SIZE, index, np.int16)), events.get(index, []), sink)


def started(frame: int, onset: float) -> SpeechStarted:
    return SpeechStarted((frame + 1) * FRAME_S, "customer", onset)


def ended(frame: int, start: float, end: float) -> Speech:
    return Speech((frame + 1) * FRAME_S, "customer", start, end)


@pytest.fixture
def sink() -> Recording:
    return Recording()


def test_speech_comes_with_preroll_in_chunks_and_with_the_silence_that_told_its_end(sink: Recording) -> None:
    run(Gate(RATE), 150, {49: [started(49, 0.9)], 99: [ended(99, 0.9, 1.6)]}, sink)
    assert sink.fed[0] == (0.6, 1.0, list(range(30, 50)))  # onset less 0.3 s, as one chunk
    assert sink.fed[1] == (1.0, 1.2, list(range(50, 60)))
    assert sink.frames == list(range(30, 100))
    assert sink.finished == [(1.8, 2.0)]  # the end of speech and a little more


def test_silence_is_not_fed(sink: Recording) -> None:
    run(Gate(RATE), 500, {}, sink)
    assert sink.fed == []


def test_a_stretch_that_was_cut_goes_on_where_it_was_cut(sink: Recording) -> None:
    """Both parts are whole: what came after the cut is given again with the second."""
    events: dict[int, list[Event]] = {49: [started(49, 0.9)], 99: [ended(99, 0.9, 1.7), started(99, 1.7)]}
    run(Gate(RATE), 120, events, sink)
    assert sink.finished == [(1.7, 2.0)]
    again = next(numbers for start, at, numbers in sink.fed if at == 2.0 and start == 1.7)
    assert again == list(range(85, 100))


def test_with_patience_a_stretch_is_finished_later(sink: Recording) -> None:
    run(Gate(RATE, linger_s=0.25), 150, {49: [started(49, 0.9)], 99: [ended(99, 0.9, 1.6)]}, sink)
    assert sink.frames == list(range(30, 112))
    assert sink.finished == [(1.8, 2.24)]


def test_with_patience_speech_that_starts_anew_goes_on_with_the_stretch(sink: Recording) -> None:
    events: dict[int, list[Event]] = {49: [started(49, 0.9)], 99: [ended(99, 0.9, 1.6)], 104: [started(104, 2.0)]}
    run(Gate(RATE, linger_s=0.25), 140, events, sink)
    assert sink.finished == []
    assert sink.frames == list(range(30, 140))


def test_the_end_of_the_audio_needs_no_patience(sink: Recording) -> None:
    gate = Gate(RATE, linger_s=0.25)
    run(gate, 105, {49: [started(49, 0.9)], 99: [ended(99, 0.9, 1.6)]}, sink)
    gate.finish(2.1, sink)
    assert sink.finished == [(1.8, 2.1)]


def test_preroll_does_not_reach_into_the_stretch_before(sink: Recording) -> None:
    events: dict[int, list[Event]] = {49: [started(49, 0.9)], 99: [ended(99, 0.9, 1.6)], 104: [started(104, 2.0)]}
    run(Gate(RATE), 110, events, sink)
    assert [start for start, _, _ in sink.fed if start >= 1.7] == [1.8, 1.8]
    assert sink.fed[-1][0] == 1.8


def test_no_more_is_kept_than_the_settings_say(sink: Recording) -> None:
    gate = Gate(RATE, settings=GateSettings(keep_s=0.2))
    run(gate, 100, {99: [started(99, 0.1)]}, sink)
    assert sink.frames == list(range(90, 100))


def test_the_end_of_the_audio_ends_the_stretch(sink: Recording) -> None:
    gate = Gate(RATE)
    run(gate, 66, {49: [started(49, 0.9)]}, sink)
    gate.finish(66 * FRAME_S, sink)
    assert sink.frames == list(range(30, 66))
    assert sink.finished == [(1.32, 1.32)]


def test_nothing_ends_that_did_not_start(sink: Recording) -> None:
    gate = Gate(RATE)
    run(gate, 10, {5: [ended(5, 0.0, 0.1)]}, sink)
    gate.finish(0.2, sink)
    assert sink.finished == []


def test_an_engine_with_its_own_clock_gets_every_frame(sink: Recording) -> None:
    gate = Gate(RATE, gated=False)
    run(gate, 5, {2: [started(2, 0.0)]}, sink)
    gate.finish(0.1, sink)
    assert sink.frames == [0, 1, 2, 3, 4]
    assert [at for _, at, _ in sink.fed] == [0.02, 0.04, 0.06, 0.08, 0.1]
    assert sink.finished == [(0.1, 0.1)]

"""When a stretch of speech begins and ends, with a detector that does as it is told."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.audio.frames import FRAME_S, Frame
from coach.events import Event, Speech, SpeechStarted
from coach.speech.segmenter import Segmenter, SegmenterSettings

RATE = 8000
SETTINGS = SegmenterSettings(min_speech_s=0.1, min_gap_s=0.06, hangover_s=0.4, max_speech_s=12.0, cut_search_s=0.6)


def frames(script: str, loudness: int = 1000) -> list[Frame]:
    """One frame per character: `s` speech, `q` quiet speech, `.` none, `m` missing."""
    level = {"s": loudness, "q": loudness // 100, ".": 0, "m": 0}
    return [Frame("customer", index, RATE, np.full(160, level[mark], np.int16), mark == "m")
            for index, mark in enumerate(script)]


class Loud:
    """Hears speech in every frame that is not silent, `delay_s` late, and in every missing one."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self._late = deque([False] * round(delay_s / FRAME_S))

    def __call__(self, frame: Frame) -> bool:
        self._late.append(frame.missing or bool(frame.samples.any()))
        return self._late.popleft()


def heard(script: str, settings: SegmenterSettings = SETTINGS) -> list[Event]:
    """All events of a run."""
    segmenter = Segmenter("customer", settings, RATE, detector=Loud())
    events = [event for frame in frames(script) for event in segmenter.process(frame)]
    return events + segmenter.finish(len(script) * FRAME_S)


def stretches(events: list[Event]) -> list[tuple[float, float]]:
    """Start and end of every stretch, rounded to the millisecond; starts and ends alternate and agree."""
    out = []
    for started, ended in zip(events[::2], events[1::2], strict=True):
        assert isinstance(started, SpeechStarted)
        assert isinstance(ended, Speech)
        assert started.start == ended.start
        out.append((round(ended.start, 3), round(ended.end, 3)))
    return out


def test_one_stretch_begins_and_ends_where_the_speech_does() -> None:
    """The onset is known after the minimum, the end after the hangover."""
    events = heard("." * 10 + "s" * 20 + "." * 30)
    assert stretches(events) == [(0.2, 0.6)]
    assert [round(event.at, 3) for event in events] == [0.3, 1.0]


def test_a_click_is_not_speech() -> None:
    """80 ms is below the minimum, however often it comes."""
    assert heard(("ssss" + "." * 10) * 20) == []


def test_a_short_pause_does_not_start_the_count_anew() -> None:
    """60 ms inside a word are bridged, 80 ms are not."""
    assert stretches(heard("sss...sss" + "." * 30)) == [(0.0, 0.18)]
    assert heard("sss....sss" + "." * 30) == []


def test_a_breath_does_not_end_the_stretch_and_a_pause_does() -> None:
    """Just below and just at the hangover."""
    assert stretches(heard("s" * 10 + "." * 19 + "s" * 10 + "." * 30)) == [(0.0, 0.78)]
    assert stretches(heard("s" * 10 + "." * 20 + "s" * 10 + "." * 30)) == [(0.0, 0.2), (0.6, 0.8)]


def test_a_missing_frame_is_never_speech() -> None:
    """A lost packet is bridged like a breath; a longer gap ends the stretch."""
    assert stretches(heard("s" * 10 + "m" + "s" * 10 + "." * 30)) == [(0.0, 0.42)]
    assert stretches(heard("s" * 10 + "m" * 50 + "." * 30)) == [(0.0, 0.2)]
    assert heard("m" * 200) == []


def test_the_end_of_the_audio_ends_the_stretch() -> None:
    """What was open is closed at the end of the call."""
    events = heard("." * 5 + "s" * 30)
    assert stretches(events) == [(0.1, 0.7)]
    assert events[-1].at == pytest.approx(0.7)


def test_speech_without_a_pause_is_cut_at_its_quietest_moment() -> None:
    """After twelve seconds; the next stretch begins there, nothing is lost in between."""
    events = heard("s" * 585 + "q" + "s" * 300 + "." * 30)
    assert stretches(events) == [(0.0, 11.7), (11.7, 17.72)]
    assert round(events[1].at, 3) == round(events[2].at, 3) == 12.0


def test_a_long_stretch_ends_at_ever_shorter_pauses() -> None:
    """A pause of 0.2 s is bridged after three seconds and taken after ten."""
    assert len(stretches(heard("s" * 150 + "." * 10 + "s" * 100 + "." * 30))) == 1
    assert stretches(heard("s" * 500 + "." * 10 + "s" * 50 + "." * 30)) == [(0.0, 10.0), (10.2, 11.2)]


@given(st.text(alphabet="sq.m", max_size=900))
def test_stretches_never_overlap_and_are_never_too_long(script: str) -> None:
    """Whatever the detector says: order, bounds, and events in order of time."""
    events = heard(script)
    assert [event.at for event in events] == sorted(event.at for event in events)
    last = 0.0
    for start, end in stretches(events):
        assert last <= start < end <= len(script) * FRAME_S + 1e-9
        assert end - start <= SETTINGS.max_speech_s + 1e-9
        last = end
    for event in events[::2]:  # the recogniser's gate keeps two seconds of audio to reach back into
        assert event.at - event.start <= 0.7  # type: ignore[union-attr]


def test_a_late_detector_gives_the_same_stretches_later() -> None:
    """What the detector needs to be sure moves `at`, never `start` and `end`."""
    script = "." * 10 + "s" * 20 + "." * 30
    runs = []
    for delay_s in (0.0, 0.06):
        segmenter = Segmenter("customer", SETTINGS, RATE, detector=Loud(delay_s))
        runs.append([event for frame in frames(script) for event in segmenter.process(frame)])
    assert stretches(runs[0]) == stretches(runs[1]) == [(0.2, 0.6)]
    assert [round(late.at - early.at, 3) for early, late in zip(*runs, strict=True)] == [0.06, 0.06]


def test_speaking_is_true_from_the_start_to_the_end_event() -> None:
    """So that both agree about every frame."""
    segmenter = Segmenter("agent", SETTINGS, RATE, detector=Loud())
    state = False
    for frame in frames("." * 5 + "s" * 20 + "." * 40 + "s" * 9):
        for event in segmenter.process(frame):
            state = isinstance(event, SpeechStarted)
        assert segmenter.speaking == state

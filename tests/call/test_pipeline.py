"""The chain of stages: order, independence of chunking, gaps, people, the end."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence

import numpy as np

from coach.audio.frames import FRAME_S, Frame
from coach.call.assembly import assemble
from coach.call.decoding import Inline
from coach.events import CallEnded, CallStarted, Event, Gap, Speaker, SupervisorAction, Transcript, to_json
from coach.playbook import Playbook
from tests.call.conftest import MakePipeline
from tests.call.test_decoding import Scripted


def lines(events: Iterable[Event]) -> list[str]:
    return [json.dumps(to_json(event), ensure_ascii=False) for event in events]


def test_the_same_frames_give_the_same_bytes_however_they_come(pipeline: MakePipeline, frames: list[Frame]) -> None:
    at_once = pipeline()
    whole = at_once.push(frames) + at_once.finish("bye")
    one_by_one = pipeline()
    cut = [event for frame in frames for event in one_by_one.push([frame])] + one_by_one.finish("bye")
    agent_first = pipeline()
    skewed: list[Event] = []
    for second in range(0, len(frames), 100):  # 50 frames of each speaker
        block = frames[second : second + 100]
        skewed += agent_first.push(sorted(block, key=lambda frame: frame.speaker))
    skewed += agent_first.finish("bye")
    assert lines(whole) == lines(cut) == lines(skewed)
    assert {event.type for event in whole} >= {"speech", "transcript", "pace", "stress", "prompt", "phase"}


def test_events_come_in_order_of_audio_time(pipeline: MakePipeline, frames: list[Frame]) -> None:
    call = pipeline()
    events = call.push(frames) + call.finish("bye")
    assert [event.at for event in events] == sorted(event.at for event in events)
    types = [event.type for event in events]
    assert (types[0], types[-1]) == ("call_started", "call_ended")
    assert types.index("recognition") < types.index("speech_started"), "who listens is known before anybody speaks"


def test_missing_audio_is_an_event_not_silence(pipeline: MakePipeline, frames: list[Frame]) -> None:
    lost = range(100, 150)
    holed = [
        dataclasses.replace(frame, missing=True, samples=np.zeros_like(frame.samples))
        if frame.speaker == "customer" and frame.index in lost else frame
        for frame in frames[:600]
    ]
    gaps = [event for event in pipeline().push(holed) if isinstance(event, Gap)]
    assert gaps == [Gap(at=gaps[0].at, speaker="customer", start=100 * FRAME_S, end=150 * FRAME_S)]


def test_a_call_may_have_the_customer_alone(pipeline: MakePipeline, frames: list[Frame]) -> None:
    call = pipeline(["customer"])
    events = call.push(frame for frame in frames if frame.speaker == "customer") + call.finish("bye")
    speakers = {event.speaker for event in events if event.type in ("speech", "transcript", "pace")}  # type: ignore[attr-defined]
    assert speakers == {"customer"}
    assert not [event for event in events if isinstance(event, Gap)], "a channel that does not exist has no gap"


def test_two_who_talk_at_once_are_heard_as_each_alone(playbook: Playbook, frames: list[Frame]) -> None:
    def transcripts(channels: Sequence[Speaker]) -> dict[str, list[tuple[float, str]]]:
        started = CallStarted(0.0, "test", "ann", "loan_followup", "zh", playbook.version)
        call = assemble(started, 8000, channels, Scripted(), playbook, Inline)
        spoken = (dataclasses.replace(frame, speaker=s) for frame in frames if frame.speaker == "customer"
                  for s in channels)
        events = call.push(spoken) + call.finish("bye")
        found: dict[str, list[tuple[float, str]]] = {speaker: [] for speaker in channels}
        for event in events:
            if isinstance(event, Transcript):
                found[event.speaker].append((event.at, event.text))
        return found

    alone = transcripts(["customer"])["customer"]
    assert len(alone) > 20
    assert transcripts(["agent", "customer"]) == {"agent": alone, "customer": alone}


def test_what_people_do_enters_at_the_audio_time_reached(pipeline: MakePipeline, frames: list[Frame]) -> None:
    call = pipeline()
    call.push(frames[:500])
    events = call.act(SupervisorAction(at=0.0, by="boss", action="whisper", text="慢一点"))
    assert events[0] == SupervisorAction(at=call.now, by="boss", action="whisper", text="慢一点")
    assert call.now == 250 * FRAME_S


def test_the_end_waits_for_what_is_still_being_said(pipeline: MakePipeline, frames: list[Frame]) -> None:
    call = pipeline()
    mid_sentence = next(i for i, frame in enumerate(frames) if frame.start >= 2.0)
    call.push(frames[:mid_sentence])
    last = call.finish("softphone lost")
    assert [event.type for event in last if event.type == "speech"] == ["speech"]
    assert last[-1] == CallEnded(at=last[-1].at, reason="softphone lost")

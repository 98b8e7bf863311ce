"""The only place where the stages of a call are chained: frames in, events out, in order of audio time.

Synchronous and without a clock of its own. Live and replayed calls differ only in the decoders they bring: one that
computes at once, or one that computes on the pool; both hand a result over at the same audio time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from coach.audio.align import Aligner
from coach.audio.frames import FRAME_S, Frame
from coach.call.decoding import Decoder
from coach.cues import CallCues
from coach.events import (
    AgentAction,
    CallEnded,
    CallStarted,
    Clock,
    Event,
    Gap,
    Recognition,
    Speaker,
    SupervisorAction,
)
from coach.playbook import Playbook, State, step
from coach.recognition.gate import Gate
from coach.speech.segmenter import Segmenter

CLOCK_FRAMES = 12
"""The playbook is told the time every so many frames (0.24 s), so that deadlines pass in silence too."""


@dataclass(slots=True)
class Lane:
    """The stages that belong to one speaker."""

    segmenter: Segmenter
    gate: Gate
    decoder: Decoder
    gap_start: float | None = field(default=None, init=False)

    def frame(self, frame: Frame) -> list[Event]:
        """What one more frame tells: gaps and speech. Feeds the recogniser on the way."""
        found = self._gap(frame)
        spoken = self.segmenter.process(frame)
        self.gate.process(frame, spoken, self.decoder)
        return [*found, *spoken]

    def _gap(self, frame: Frame) -> list[Event]:
        if frame.missing:
            if self.gap_start is None:
                self.gap_start = frame.start
            return []
        start, self.gap_start = self.gap_start, None
        return [] if start is None else [Gap(frame.end, frame.speaker, start, frame.start)]

    def finish(self, now: float) -> list[Event]:
        """The audio is over."""
        spoken = self.segmenter.finish(now)
        self.gate.finish(now, self.decoder)
        return list(spoken)


class Pipeline:
    """One call's stages. `push` frames, `act` for people, `finish` once; each returns the events that follow."""

    def __init__(
        self,
        started: CallStarted,
        listening: Recognition,
        rate: int,
        lanes: Mapping[Speaker, Lane],
        cues: CallCues,
        playbook: Playbook,
    ) -> None:
        self._lanes = lanes
        self._cues = cues
        self._aligner = Aligner(rate, lanes.keys())
        self._playbook = playbook
        self._state = State.begin(playbook, started)
        self._opening: list[Event] = [started, listening]
        self._frames = 0

    @property
    def now(self) -> float:
        """Audio time reached, seconds."""
        return self._frames * FRAME_S

    @property
    def waiting_s(self) -> float:
        """Speech that waits for recognition: seconds, of the speaker with the most."""
        return max(lane.decoder.waiting_s for lane in self._lanes.values())

    def push(self, frames: Iterable[Frame]) -> list[Event]:
        """Frames of either speaker, each speaker's in order; the two are brought into step here."""
        self._aligner.push(frames)
        return self._run()

    def act(self, action: AgentAction | SupervisorAction) -> list[Event]:
        """What somebody did on a screen enters the call at the audio time reached."""
        return self._coach([dataclasses.replace(action, at=self.now)])

    def finish(self, reason: str) -> list[Event]:
        """The call is over: what is still open is closed, what is still being decoded is waited for."""
        self._aligner.finish()
        out = self._run()
        found = [event for lane in self._lanes.values() for event in lane.finish(self.now)]
        out += self._events(found)
        for lane in self._lanes.values():
            lane.decoder.close()
        while any(lane.decoder.pending for lane in self._lanes.values()):
            self._frames += 1
            out += self._events([])
        return out + self._coach([CallEnded(self.now, reason)])

    def _run(self) -> list[Event]:
        out, self._opening = self._coach(self._opening), []
        for _, *pair in self._aligner.pairs():
            self._frames += 1
            found: list[Event] = []
            for frame in pair:
                lane = self._lanes.get(frame.speaker)
                found += lane.frame(frame) if lane else []
                found += self._cues.frame(frame, speaking=lane is not None and lane.segmenter.speaking)
            out += self._events(found)
        return out

    def _events(self, found: list[Event]) -> list[Event]:
        """Everything that is known at this tick, in order, with what the cues and the playbook make of it."""
        now = self.now
        for lane in self._lanes.values():
            found += lane.decoder.due(now)
        for event in tuple(found):
            found += self._cues.event(event)
        found.sort(key=lambda event: event.at)
        if self._frames % CLOCK_FRAMES == 0:
            found.append(Clock(now))
        return self._coach(found)

    def _coach(self, events: Iterable[Event]) -> list[Event]:
        out: list[Event] = []
        for event in events:
            self._state, said = step(self._playbook, self._state, event)
            if isinstance(event, CallEnded):
                out += [*said, event]  # nothing comes after the end
            else:
                out += said if isinstance(event, Clock) else [event, *said]
        return out

"""All cues of one call: frames and events of both speakers in, cue events out."""

from __future__ import annotations

from dataclasses import dataclass, field

from coach.audio.frames import Frame
from coach.cues.acoustics import Acoustics, AcousticSettings, Hops
from coach.cues.dynamics import DynamicsSettings, TalkMeter
from coach.cues.pace import PaceMeter, PaceSettings
from coach.cues.stress import StressMeter, StressSettings
from coach.cues.syllables import SyllableMeter, SyllableSettings
from coach.events import SPEAKERS, Event, Speaker, Transcript


@dataclass(frozen=True, slots=True)
class CueSettings:
    """The settings of every cue."""

    acoustics: AcousticSettings = field(default_factory=AcousticSettings)
    syllables: SyllableSettings = field(default_factory=SyllableSettings)
    pace: PaceSettings = field(default_factory=PaceSettings)
    stress: StressSettings = field(default_factory=StressSettings)
    dynamics: DynamicsSettings = field(default_factory=DynamicsSettings)


class CallCues:
    """Chains the meters of a call. Pure: time is the frames' and the events' own."""

    def __init__(self, rate: int, settings: CueSettings | None = None) -> None:
        """`rate`: samples per second of the frames, 8000 or 16000."""
        s = settings or CueSettings()
        self._acoustics = {speaker: Acoustics(rate, s.acoustics) for speaker in SPEAKERS}
        self._syllables = {speaker: SyllableMeter(s.syllables) for speaker in SPEAKERS}
        self._pace = {speaker: PaceMeter(speaker, s.pace) for speaker in SPEAKERS}
        self._stress = StressMeter(s.stress)
        self._talk = TalkMeter(s.dynamics)
        self._blocks: dict[Speaker, Hops] = {}

    def frame(self, frame: Frame, speaking: bool) -> list[Event]:
        """Take the next frame of a speaker and whether the speech detector has them speaking."""
        hops = self._acoustics[frame.speaker].push(frame, speaking)
        if hops is None:
            return []
        syllables = self._syllables[frame.speaker].push(hops)
        events = self._pace[frame.speaker].hops(hops, syllables, frame.end)
        if frame.speaker == "customer":
            events += self._stress.hops(hops, syllables, frame.end)
        self._blocks[frame.speaker] = hops
        if len(self._blocks) == len(SPEAKERS):
            events += self._talk.block(self._blocks.pop("agent"), self._blocks.pop("customer"), frame.end)
        return events

    def event(self, event: Event) -> list[Event]:
        """Take an event of the call; final transcripts say how many syllables there were."""
        if isinstance(event, Transcript) and event.final:
            return self._pace[event.speaker].words(event)
        return []

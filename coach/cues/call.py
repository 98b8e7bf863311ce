"""All cues of one call: frames and events of both speakers in, cue events out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from coach.audio.frames import Frame
from coach.cues.acoustics import Acoustics, AcousticSettings, Hops
from coach.cues.crosstalk import Crosstalk, CrosstalkSettings
from coach.cues.dynamics import DynamicsSettings, TalkMeter, other
from coach.cues.hold import HoldMeter, HoldSettings
from coach.cues.pace import PaceMeter, PaceSettings
from coach.cues.quality import QualityMeter, QualitySettings
from coach.cues.repeats import RepeatMeter, RepeatSettings
from coach.cues.spectrum import HOP_S
from coach.cues.stress import StressMeter, StressSettings
from coach.cues.syllables import SyllableMeter, SyllableSettings
from coach.events import SPEAKERS, Event, Pace, Speaker, Transcript


@dataclass(frozen=True, slots=True)
class CueSettings:
    """The settings of every cue."""

    acoustics: AcousticSettings = field(default_factory=AcousticSettings)
    syllables: SyllableSettings = field(default_factory=SyllableSettings)
    pace: PaceSettings = field(default_factory=PaceSettings)
    stress: StressSettings = field(default_factory=StressSettings)
    dynamics: DynamicsSettings = field(default_factory=DynamicsSettings)
    crosstalk: CrosstalkSettings = field(default_factory=CrosstalkSettings)
    hold: HoldSettings = field(default_factory=HoldSettings)
    quality: QualitySettings = field(default_factory=QualitySettings)
    repeats: RepeatSettings = field(default_factory=RepeatSettings)


class CallCues:
    """Chains the meters of a call. Pure: time is the frames' and the events' own.

    Frames of both speakers come in step; a call of one speaker is possible, and has no talk dynamics.
    """

    def __init__(self, rate: int, settings: CueSettings | None = None) -> None:
        """`rate`: samples per second of the frames, 8000 or 16000."""
        s = settings or CueSettings()
        self._acoustics = {speaker: Acoustics(rate, s.acoustics) for speaker in SPEAKERS}
        self._lanes = {speaker: _Lane(speaker, s) for speaker in SPEAKERS}
        self._stress = StressMeter(s.stress)
        self._talk = TalkMeter(s.dynamics)
        self._present: set[Speaker] = set()
        self._blocks: dict[Speaker, Hops] = {}

    def frame(self, frame: Frame, speaking: bool) -> list[Event]:
        """Take the next frame of a speaker and whether the speech detector has them speaking."""
        self._present.add(frame.speaker)
        hops = self._acoustics[frame.speaker].push(frame, speaking)
        if hops is None:
            return []
        self._blocks[frame.speaker] = hops
        if self._blocks.keys() != self._present:
            return []
        blocks, self._blocks = self._blocks, {}
        return self._block(blocks, frame.end)

    def event(self, event: Event) -> list[Event]:
        """Take an event of the call; final transcripts say how many syllables there were."""
        if not isinstance(event, Transcript) or not event.final:
            return []
        lane = self._lanes[event.speaker]
        return [*self._against_other(lane.pace.words(event)), *lane.repeats.words(event)]

    def _against_other(self, events: list[Event]) -> list[Event]:
        """Paces with what they are against the other speaker's usual one."""
        usual = {s: lane.pace.usual for s, lane in self._lanes.items()}
        return [replace(e, to_other=e.syllables_per_s / theirs)
                if isinstance(e, Pace) and (theirs := usual[other(e.speaker)]) else e for e in events]

    def _block(self, blocks: Mapping[Speaker, Hops], at: float) -> list[Event]:
        events: list[Event] = []
        own: dict[Speaker, Hops] = {}
        for speaker, hops in blocks.items():
            lane = self._lanes[speaker]
            own[speaker], crosstalk_s = lane.own_voice(hops, [h for s, h in blocks.items() if s != speaker])
            syllables = lane.syllables.push(own[speaker])
            events += self._against_other(lane.pace.hops(own[speaker], syllables, at))
            if speaker == "customer":
                events += self._stress.hops(own[speaker], syllables, at)
            events += lane.hold.push(hops, at)
            events += lane.quality.push(own[speaker], crosstalk_s, at)
        if len(own) == len(SPEAKERS):
            held = any(lane.hold.on for lane in self._lanes.values())
            events += self._talk.block(own["agent"], own["customer"], at, held=held)
        return events


class _Lane:
    """The meters that both speakers have."""

    def __init__(self, speaker: Speaker, settings: CueSettings) -> None:
        self.syllables = SyllableMeter(settings.syllables)
        self.pace = PaceMeter(speaker, settings.pace)
        self.hold = HoldMeter(speaker, settings.hold)
        self.quality = QualityMeter(speaker, settings.quality)
        self.repeats = RepeatMeter(settings.repeats)
        self._crosstalk = Crosstalk(settings.crosstalk)

    def own_voice(self, hops: Hops, others: list[Hops]) -> tuple[Hops, float]:
        """The block without what is the other side's voice, and how many seconds that was."""
        for theirs in others:
            foreign = self._crosstalk.push(hops, theirs) & hops.sounding
            if foreign.any():
                own = replace(hops, speech=hops.speech & ~foreign, sounding=hops.sounding & ~foreign)
                return own, float(np.count_nonzero(foreign)) * HOP_S
        return hops, 0.0

"""Who talks, and how the turns go.

Every 10 ms it is known of both speakers whether they sound (with 0.2 to 0.4 s delay, see acoustics.py). Sounds with
pauses up to `RUN_GAP_S` between them are one *run*; a run with more than `BACKCHANNEL_S` of talk takes the floor, a
shorter one while the other has it is a back-channel (嗯, 对, 好的) and changes nothing.

The kinds of `Dynamics`, who `speaker` is, and the `values` (seconds). `start` and `end` are audio time, `end` when it
was known:

overlap         who came in second. Both have sounded together for 0.3 s; once for a run.
                overlap_s
interruption    who interrupts: came in while the other was speaking, and it is no back-channel. Once for a run.
                into_s: how long the other had been speaking; overlap_s: how long both have spoken by now;
                talk_s: how long the interrupter has
silence         who owes the next word (none before the first). Nobody has sounded for 3, 4, 5, 8, 12, 20, 30, 60 s.
                seconds: the threshold reached; last_speaker: who sounded last (absent before the first word)
monologue       who has the floor, for 8, 10, 15, 20, 25, 30, 40, 60, 90, 120 s.
                seconds: the threshold reached; longest_pause_s; backchannels: short replies of the other meanwhile
response_gap    who answers: the floor has changed hands.
                seconds between the two (negative: they overlapped)
hesitation      who goes on after a pause of 1 to 6 s that the other did not use.
                pause_s
talk_share      nobody. Every 5 s, once there is talk.
                agent, customer: shares of the talk of the last window_s; agent_call, customer_call: of the call so far

Of other meters, also as `Dynamics`:

hold            whose channel carries music or ring-back (hold.py). When it begins and when it ends.
                on; seconds that it lasted
audio_quality   whose channel has other problems than before (quality.py); audio_clear: it has none any more.
                problems: of "quiet", "noisy", "clipped", "crosstalk"; level_dbfs, snr_db, clipped, crosstalk
repetition      who says a sentence again (repeats.py).
                times; likeness 0..1; first_at
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from coach.cues.acoustics import Hops
from coach.cues.spectrum import HOP_S, window_time
from coach.events import SPEAKERS, Dynamics, Json, Speaker


@dataclass(frozen=True, slots=True)
class DynamicsSettings:
    """Seconds."""

    run_gap_s: float = 0.35
    """A longer pause ends a run."""
    backchannel_s: float = 0.8
    """A run with less talk than this is no claim to the floor while the other has it."""
    floor_gap_s: float = 0.5
    """When the other has been silent for so long, even a short word takes the floor."""
    overlap_s: float = 0.3
    interruption_overlap_s: float = 0.4
    """With less talk in common, the interrupter only came in a little early."""
    interruption_into_s: float = 0.8
    """The other must have been speaking for this long to be interrupted."""
    silence_s: tuple[float, ...] = (3.0, 4.0, 5.0, 8.0, 12.0, 20.0, 30.0, 60.0)
    monologue_s: tuple[float, ...] = (8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 60.0, 90.0, 120.0)
    hesitation_s: tuple[float, float] = (1.0, 6.0)
    """A pause of this length before the same speaker goes on, the other keeping quiet, is a hesitation."""
    monologue_pause_s: float = 3.0
    """A longer silence ends a monologue."""
    share_window_s: float = 60.0
    share_every_s: float = 5.0


@dataclass(slots=True)
class _Voice:
    """One speaker: the run they are in or were in last, and how much they have talked."""

    last: float = float("-inf")  # audio time at which they last sounded
    run_start: float = float("-inf")
    run_talk: float = 0.0
    overlap: float = 0.0  # of this run with the other
    overlap_start: float = 0.0
    into: float | None = None  # how long the other had been speaking when this run came in; None: was not
    told: set[str] = field(default_factory=set)  # what has been said of this run
    talk: float = 0.0  # in the call
    recent: float = 0.0  # in the second that runs

    def sounds(self, time: float) -> bool:
        """Whether they sound at `time`, or did a moment ago."""
        return time - self.last < 0.15


class TalkMeter:
    """Blocks of both speakers in, Dynamics out."""

    def __init__(self, settings: DynamicsSettings | None = None) -> None:
        self.settings = s = settings or DynamicsSettings()
        self._voices: dict[Speaker, _Voice] = {speaker: _Voice() for speaker in SPEAKERS}
        self._floor: Speaker | None = None
        self._floor_since = 0.0
        self._longest_pause = 0.0
        self._backchannels = 0
        self._silences = self._monologues = 0  # thresholds passed
        self._share_at = s.share_every_s
        self._second = 0.0
        self._window: deque[tuple[float, float]] = deque(maxlen=round(s.share_window_s))
        self._out: list[Dynamics] = []
        self._at = 0.0
        self._held_until = 0.0

    def block(self, agent: Hops, customer: Hops, at: float, *, held: bool = False) -> list[Dynamics]:
        """Take the same 200 ms of both; `at` is the audio time now. A line on hold is not silent."""
        self._at = at
        time = window_time(agent.first)
        for i, sounds in enumerate(zip(agent.sounding.tolist(), customer.sounding.tolist(), strict=True)):
            self._tick(time + i * HOP_S, dict(zip(SPEAKERS, sounds, strict=True)))
        end = time + len(agent.sounding) * HOP_S
        self._held_until = end if held else self._held_until
        self._silence(end)
        self._monologue(end)
        self._share(end)
        out, self._out = self._out, []
        return out

    def _tick(self, time: float, sounds: dict[Speaker, bool]) -> None:
        """10 ms of both."""
        for speaker in SPEAKERS:
            if sounds[speaker]:
                self._sound(time, speaker, both=sounds[other(speaker)])

    def _sound(self, time: float, speaker: Speaker, *, both: bool) -> None:
        s, voice, heard = self.settings, self._voices[speaker], self._voices[other(speaker)]
        if time - voice.last > s.run_gap_s:
            self._begin_run(time, speaker, heard)
        if self._floor == speaker:
            self._longest_pause = max(self._longest_pause, time - voice.last)
        voice.last = time + HOP_S
        voice.run_talk += HOP_S
        voice.talk += HOP_S
        voice.recent += HOP_S
        if both:
            voice.overlap_start = voice.overlap_start if voice.overlap else time
            voice.overlap += HOP_S
        self._judge_overlap(speaker, voice)
        alone = time - heard.last > s.floor_gap_s and voice.run_talk >= 0.1
        if "floor" not in voice.told and (alone or voice.run_talk >= s.backchannel_s):
            voice.told.add("floor")  # a run claims the floor once: who goes on talking against the other, keeps none
            self._take_floor(speaker, voice, heard)

    def _begin_run(self, time: float, speaker: Speaker, heard: _Voice) -> None:
        voice = self._voices[speaker]
        pause = time - voice.last
        shortest, longest = self.settings.hesitation_s
        if self._floor == speaker and heard.last <= voice.last and shortest <= pause <= longest:
            self._say("hesitation", speaker, voice.last, {"pause_s": pause})
        if self._floor not in (None, speaker):
            self._backchannels += 1  # until it takes the floor
        voice.run_start, voice.run_talk, voice.overlap = time, 0.0, 0.0
        voice.into = time - heard.run_start if heard.sounds(time) else None
        voice.told = set()

    def _judge_overlap(self, speaker: Speaker, voice: _Voice) -> None:
        s = self.settings
        if voice.into is None or voice.overlap < s.overlap_s:
            return
        if "overlap" not in voice.told:
            voice.told.add("overlap")
            self._say("overlap", speaker, voice.overlap_start, {"overlap_s": voice.overlap})
        if (
            "interruption" not in voice.told
            and voice.into >= s.interruption_into_s
            and voice.overlap >= s.interruption_overlap_s
            and voice.run_talk >= s.backchannel_s
        ):
            voice.told.add("interruption")
            values = {"into_s": voice.into, "overlap_s": voice.overlap, "talk_s": voice.run_talk}
            self._say("interruption", speaker, voice.run_start, values)

    def _take_floor(self, speaker: Speaker, voice: _Voice, heard: _Voice) -> None:
        if self._floor == speaker:
            return
        if self._floor is not None:
            gap = voice.run_start - heard.last
            self._say("response_gap", speaker, min(heard.last, voice.run_start), {"seconds": gap})
        self._floor, self._floor_since = speaker, voice.run_start
        self._longest_pause, self._backchannels, self._monologues = 0.0, 0, 0

    def _silence(self, end: float) -> None:
        """Count from the last sound of either or the end of the hold, before that from the start of the call."""
        last = max(SPEAKERS, key=lambda speaker: self._voices[speaker].last)
        since = max(self._voices[last].last, self._held_until)
        for threshold in _passed(self.settings.silence_s, end - since, self._silences):
            heard = self._floor is not None
            values: dict[str, Json] = {"seconds": threshold} | ({"last_speaker": last} if heard else {})
            self._say("silence", other(last) if heard else None, since, values)
        self._silences = sum(end - since >= t for t in self.settings.silence_s)

    def _monologue(self, end: float) -> None:
        if self._floor is None:
            return
        voice = self._voices[self._floor]
        if end - voice.last > self.settings.monologue_pause_s:
            self._floor_since, self._monologues = end, 0
            return
        length = voice.last - self._floor_since
        for threshold in _passed(self.settings.monologue_s, length, self._monologues):
            self._say("monologue", self._floor, self._floor_since, {
                "seconds": threshold, "longest_pause_s": self._longest_pause, "backchannels": self._backchannels})
            self._monologues += 1

    def _share(self, end: float) -> None:
        agent, customer = (self._voices[speaker] for speaker in SPEAKERS)
        self._second += 0.2
        if self._second >= 1.0 - 1e-9:
            self._window.append((agent.recent, customer.recent))
            self._second = agent.recent = customer.recent = 0.0
        if end < self._share_at:
            return
        self._share_at += self.settings.share_every_s
        talk = [sum(column) for column in zip(*self._window, strict=True)] or [0.0, 0.0]
        if sum(talk) > 0:
            share, call = talk[0] / sum(talk), agent.talk / (agent.talk + customer.talk)
            window = float(len(self._window))
            self._say("talk_share", None, end - window, {
                "agent": share, "customer": 1 - share, "window_s": window,
                "agent_call": call, "customer_call": 1 - call})

    def _say(self, kind: str, speaker: Speaker | None, start: float, values: dict[str, Json]) -> None:
        self._out.append(Dynamics(self._at, kind, speaker, start, self._at, values))


def other(speaker: Speaker) -> Speaker:
    """Who else is on the line."""
    return "customer" if speaker == "agent" else "agent"


def _passed(thresholds: tuple[float, ...], seconds: float, already: int) -> list[float]:
    """The thresholds that `seconds` has reached beyond the first `already`."""
    return [t for t in thresholds[already:] if seconds >= t]

"""How fast one speaker talks, and when that changed.

Speech is cut into chunks of about a second of talk (pauses out). A chunk's syllables come from the sound at once and
are corrected when the words arrive; the words also correct what the sound is worth for this speaker. Chunks wait until
they are plainly not part of a change and only then enter the baseline, so it cannot chase what it is there to show.
Turns of a few words are left out of everything: rate climbs with the length of a turn up to about seven words (Yuan,
Liberman and Cieri 2006).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, groupby
from typing import Literal

from coach.cues.acoustics import Hops
from coach.cues.baseline import Normal, Prior, normal
from coach.cues.change import Change, ChangeDetector, ChangeSettings, Evidence
from coach.cues.chunks import Chunk, Chunker, ChunkSettings
from coach.cues.written import syllables
from coach.events import Event, Pace, PaceChange, Speaker, Transcript


@dataclass(frozen=True, slots=True)
class PaceSettings:
    """Seconds are seconds of talk, pauses out, unless said otherwise."""

    language: str = "zh"
    prior: Prior = field(default_factory=lambda: Prior(4.9, 1.5, 0.12, 3.0))
    """Of the rate in syllables per second (Mandarin, 4 to 6)."""
    gain_syllables: float = 40.0
    """The words correct the count of the sound for this speaker; that it is right without, weighs as much as so many
    syllables."""
    chunks: ChunkSettings = field(default_factory=ChunkSettings)
    short_turn_s: float = 1.2
    """Turns with less talk than this do not count."""
    slowest: float = 1.0
    """Syllables per second: a chunk with fewer is a drawn-out 嗯 or no speech at all, and does not count."""
    window_s: float = 5.0
    """What "the rate now" looks back over."""
    words_s: float = 6.0
    """Audio time for which a chunk waits for its words before it may enter the baseline."""
    hold_s: float = 4.0
    """The newest talk always waits, ..."""
    hold_doubtful_s: float = 20.0
    """... longer when it may be the beginning of a change, ..."""
    hold_changed_s: float = 60.0
    """... and while a change is on; what has lasted longer is normal."""
    baseline_phrases: int = 40
    """The baseline looks back over so many phrases, ..."""
    reach: float = 0.6
    """... one further than this (relative) from their median counting as if it were this far."""
    believable: tuple[float, float] = (0.55, 1.8)
    """Syllables of the words per syllable expected from the sound: outside of this the recogniser has gone astray."""
    confidence: float = 0.45
    """Mean word confidence below which the sound is believed."""
    change: ChangeSettings = field(default_factory=ChangeSettings)


class PaceMeter:
    """One speaker's `Hops` and final transcripts in, Pace and PaceChange out."""

    def __init__(self, speaker: Speaker, settings: PaceSettings | None = None) -> None:
        self.speaker = speaker
        self.settings = s = settings or PaceSettings()
        self._chunker = Chunker(s.chunks)
        self._waiting: deque[Chunk] = deque()  # not in the baseline yet; `_settle` bounds it
        self._settled: deque[list[Chunk]] = deque(maxlen=s.baseline_phrases)
        self._detector = ChangeDetector(s.change)
        self._said: tuple[float, float, str] | None = None
        self.usual: float | None = None
        """The baseline in syllables per second, once it can be relied on."""
        self._known_words = self._known_heard = s.gain_syllables

    def hops(self, hops: Hops, heard: float, at: float) -> list[Event]:
        """Take the next 200 ms and the syllables heard in them; `at` is the audio time now."""
        closed = self._chunker.push(hops, heard)
        self._waiting += closed
        return self._decide(at) if closed else []

    def words(self, transcript: Transcript) -> list[Event]:
        """Take a final transcript: it corrects the chunks it covers, in proportion to their talk."""
        s = self.settings
        chunks = [*chain(*self._settled), *self._waiting, *filter(None, [self._chunker.open])]
        covered = [(c, share) for c in chunks if (share := c.share(transcript)) > 0]
        heard = sum(c.heard * share for c, share in covered)
        expected = heard * self._known_words / self._known_heard
        count = syllables(transcript.text, s.language)
        confidences = [w.conf for w in transcript.words]
        doubtful = bool(confidences) and sum(confidences) / len(confidences) < s.confidence
        if heard < 3 or doubtful or not s.believable[0] <= count / expected <= s.believable[1]:
            return []
        talk = sum(c.seconds * share for c, share in covered)
        for chunk, share in covered:
            chunk.words += count * chunk.seconds * share / talk
            chunk.covered += share
        self._known_words += count
        self._known_heard += heard
        return self._decide(transcript.at)

    def _phrases(self) -> list[list[Chunk]]:
        """The waiting chunks that are speech, in turns long enough to count, phrase by phrase."""
        s = self.settings
        talk: dict[int, float] = {}
        for chunk in self._waiting:
            talk[chunk.turn] = talk.get(chunk.turn, 0.0) + chunk.seconds
        counting = [c for c in self._waiting if talk[c.turn] >= s.short_turn_s and self._rate([c]) >= s.slowest]
        return [list(phrase) for _, phrase in groupby(counting, lambda c: c.phrase)]

    def _rate(self, chunks: Iterable[Chunk]) -> float:
        gain = self._known_words / self._known_heard
        return sum(c.syllables(gain) for c in chunks) / _seconds(chunks)

    def _decide(self, at: float) -> list[Event]:
        """Say what the waiting phrases show, then let the baseline take the ones that are normal."""
        s = self.settings
        phrases = self._phrases()
        usual = normal([(self._rate(p), _seconds(p)) for p in self._settled], s.prior, s.reach)
        self.usual = usual.value if usual.seconds >= s.change.baseline_min_s else None
        evidence = {p[0].phrase: Evidence(p[0].start, _seconds(p), self._rate(p) / usual.value - 1)
                    for p in phrases}
        events: list[Event] = []
        if phrases:
            pace = self._pace(at, [*chain(*self._settled, *phrases)], usual)
            said, self._said = self._said, (pace.syllables_per_s, pace.speech_s, pace.source)
            events += [pace] if said != self._said else []
            change = self._detector.judge([*evidence.values()], usual)
            events += [self._changed(at, change, [*chain(*phrases)], usual)] if change else []
        self._settle(at, phrases, evidence, usual)
        return events

    def _settle(self, at: float, phrases: list[list[Chunk]], evidence: dict[int, Evidence], usual: Normal) -> None:
        """Move the phrases that have waited long enough into the baseline; `evidence` goes by their number."""
        s = self.settings
        if self._detector.state != "steady":
            hold = s.hold_changed_s
        elif usual.seconds < s.change.baseline_min_s or self._detector.calm([*evidence.values()], usual):
            hold = s.hold_s
        else:
            hold = s.hold_doubtful_s
        counted = {p[0].phrase: p for p in phrases}
        while self._waiting and (number := self._waiting[0].phrase) != self._waiting[-1].phrase:
            later = [c for c in self._waiting if c.phrase != number]
            end = max(c.end for c in self._waiting if c.phrase == number)
            if _seconds(later) <= hold or at - end <= s.words_s:
                return
            self._waiting = deque(later)
            if number in counted:
                self._detector.settle(evidence[number], usual)
                self._settled.append(counted[number])

    def _pace(self, at: float, chunks: list[Chunk], usual: Normal) -> Pace:
        recent: list[Chunk] = []
        talk = 0.0
        for chunk in reversed(chunks):
            recent.append(chunk)
            talk += chunk.seconds
            if talk >= self.settings.window_s:
                break
        rate = self._rate(recent)
        return Pace(at, self.speaker, rate, usual.value, rate / usual.value, _source(recent), talk, usual.seconds)

    def _changed(self, at: float, change: Change, chunks: list[Chunk], usual: Normal) -> PaceChange:
        ratio = 1.0 + change.deviation
        source = _source([c for c in chunks if c.start >= change.since])
        return PaceChange(at, self.speaker, change.direction, ratio * usual.value, usual.value, ratio, change.since,
                          change.seconds, source)


def _seconds(chunks: Iterable[Chunk]) -> float:
    return sum(c.seconds for c in chunks)


def _source(chunks: list[Chunk]) -> Literal["words", "signal"]:
    """Where most of the syllables of `chunks` were counted."""
    known = sum(c.seconds * c.covered for c in chunks)
    return "words" if known > sum(c.seconds for c in chunks) / 2 else "signal"

"""Speech in chunks of about a second of talk, the units in which pace is reckoned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.cues.acoustics import Hops
from coach.cues.spectrum import BLOCK, HOP_S, window_time
from coach.events import Transcript


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """Seconds."""

    talk_s: float = 1.0
    """A chunk is closed when it has so much talk (pauses out), or at the end of the utterance."""
    utterance_gap_s: float = 0.35
    """A longer pause ends an utterance ..."""
    turn_gap_s: float = 1.0
    """... and a longer one the turn."""
    phrase_s: float = 4.0
    """An utterance with more talk than this is several phrases."""
    late_s: float = 0.06
    """Syllables are counted so long after they were said, on average: a peak has to fall first."""


@dataclass(slots=True)
class Chunk:
    """`start` and `end` in audio time; `turn` and `phrase` count those of the speaker."""

    turn: int
    phrase: int
    start: float
    end: float
    seconds: float = 0.0  # of talk
    heard: float = 0.0  # syllables, from the sound
    words: float = 0.0  # recognised syllables ...
    covered: float = 0.0  # ... of this share of the chunk

    def syllables(self, gain: float) -> float:
        """Of the words where there are any, else of the sound times `gain`."""
        return self.words + max(1.0 - self.covered, 0.0) * max(self.heard, 0.0) * gain

    def share(self, transcript: Transcript) -> float:
        """The part of the chunk, 0..1, that the transcript covers."""
        span = max(self.end - self.start, 1e-6)
        return max(0.0, min(self.end, transcript.end) - max(self.start, transcript.start)) / span


class Chunker:
    """`Hops` with their syllables in, closed chunks out."""

    def __init__(self, settings: ChunkSettings | None = None) -> None:
        self.settings = settings or ChunkSettings()
        self.open: Chunk | None = None
        self._last = Chunk(0, 0, 0.0, float("-inf"))  # the newest chunk, open or closed
        self._late = np.zeros(round(self.settings.late_s / HOP_S), dtype=bool)
        self._phrase_s = 0.0  # talk in the closed chunks of the newest phrase

    def push(self, hops: Hops, syllables: float) -> list[Chunk]:
        """Take the next 200 ms; returns the chunks that are now closed."""
        sounding = np.concatenate((self._late, hops.sounding))
        talk, self._late = np.flatnonzero(sounding[:BLOCK]), sounding[BLOCK:]
        first = hops.first - len(self._late)
        if not len(talk):
            self._last.heard += syllables  # a peak that became certain even later
            over = window_time(first + BLOCK) - self._last.end > self.settings.utterance_gap_s
            return self._close() if over else []
        start = window_time(first + int(talk[0]))
        pause = start - self._last.end
        closed = self._close() if pause > self.settings.utterance_gap_s else []
        if self.open is None:
            self.open = self._last = self._begin(start, pause)
        self.open.heard += syllables
        self.open.seconds += len(talk) * HOP_S
        self.open.end = window_time(first + int(talk[-1]) + 1)
        return closed + (self._close() if self.open.seconds >= self.settings.talk_s else [])

    def _begin(self, start: float, pause: float) -> Chunk:
        s, last = self.settings, self._last
        another = pause > s.utterance_gap_s or self._phrase_s >= s.phrase_s
        self._phrase_s *= not another
        return Chunk(last.turn + (pause > s.turn_gap_s), last.phrase + another, start, start)

    def _close(self) -> list[Chunk]:
        chunk, self.open = self.open, None
        if chunk is None:
            return []
        self._phrase_s += chunk.seconds
        return [chunk]

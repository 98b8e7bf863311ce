"""What waits to be decoded on one live channel, and what is left out when that becomes too much. Pure.

First the partial results, then whole stretches of speech, the agent's sooner than the customer's, the oldest first, for
in a live call the newest words are worth the most. Nothing is cut out of the middle of a stretch: one that is being
decoded already ends early. Once a whole stretch has come through in time, the channel has recovered.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

from coach.audio.frames import Samples
from coach.events import Speaker


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogSettings:
    """When to leave out what. Seconds of the channel's audio that wait to be decoded."""

    partials_s: float = 1.5
    """Beyond this, partial results are left out."""

    agent_s: float = 3.0
    """Beyond this, the agent's speech is."""

    customer_s: float = 6.0
    """Beyond this, the customer's."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Audio to be recognised: int16 samples from `start`, asked for at `at`; `seconds` long."""

    samples: Samples
    start: float
    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Finish:
    """The stretch of speech ended at `end`; known at `at`."""

    end: float
    at: float


@dataclass(frozen=True, slots=True)
class News:
    """The channel fell behind, or caught up."""

    state: Literal["behind", "recovered"]
    detail: str


class Backlog:
    """A queue of chunks and stretch ends, first in, first out but for what is left out."""

    def __init__(self, speaker: Speaker, settings: BacklogSettings | None = None) -> None:
        settings = settings or BacklogSettings()
        self.seconds = 0.0
        self.shed_s = 0.0
        """Seconds of speech left out since the call began."""
        self._speaker = speaker
        self._partials_s = settings.partials_s
        self._limit_s = settings.agent_s if speaker == "agent" else settings.customer_s
        self._queue: deque[Chunk | Finish] = deque()
        self._begun = False  # a part of the stretch at the head of the queue has been taken
        self._skipping = False  # the rest of the stretch that comes in is left out
        self._level = 0  # of being behind: 1 without partials, 2 without some speech
        self._whole = False  # the stretch at the head has lost nothing so far

    def __bool__(self) -> bool:
        return bool(self._queue)

    @property
    def behind(self) -> bool:
        """Whether partial results are to be left out."""
        return self._level > 0

    def add(self, item: Chunk | Finish) -> list[News]:
        """More to decode. May shed, and says so once."""
        if self._skipping:
            self._skip(item)
            return []
        self._queue.append(item)
        if isinstance(item, Chunk):
            self.seconds += item.seconds
        news = []
        if self.seconds > self._partials_s and self._level < 1:
            self._level = 1
            news.append(News("behind", f"{self._speaker}: partial results are left out"))
        if self.seconds > self._limit_s:
            while self.seconds > self._limit_s:
                self._shed()
            if self._level < 2:
                self._level = 2
                news.append(News("behind", f"{self._speaker}: some speech is not recognised"))
        return news

    def take(self) -> Chunk | Finish:
        """The next to decode."""
        item = self._queue.popleft()
        if isinstance(item, Chunk):
            self.seconds -= item.seconds
            if not self._begun:
                self._begun = self._whole = True
        else:
            self._begun = False
        return item

    def decoded(self, item: Chunk | Finish) -> list[News]:
        """`item` has been decoded: perhaps the channel has recovered."""
        if isinstance(item, Chunk) or not self._level or not self._whole or self.seconds > self._partials_s / 2:
            return []
        self._level = 0
        lost = f"; {self.shed_s:.1f} s of speech not recognised so far" if self.shed_s else ""
        return [News("recovered", f"{self._speaker}: in time again{lost}")]

    def clear(self) -> None:
        """Forget everything that waits."""
        self._queue.clear()
        self.seconds = 0.0

    def _shed(self) -> None:
        """Leave out the oldest stretch, or what is left of it. The end of one begun stays: its words come out."""
        begun, self._whole = self._begun, False
        ends = []
        while isinstance(self._queue[0], Finish):
            ends.append(self._queue.popleft())
            begun = False
        while self._queue and isinstance(chunk := self._queue[0], Chunk):
            self._queue.popleft()
            self.seconds -= chunk.seconds
            self.shed_s += chunk.seconds
        if not self._queue:
            self._skipping = True
        elif not begun:
            self._queue.popleft()
        self._queue.extendleft(reversed(ends))

    def _skip(self, item: Chunk | Finish) -> None:
        """`item` belongs to a stretch that is left out."""
        if isinstance(item, Chunk):
            self.shed_s += item.seconds
            return
        self._skipping = False
        if self._begun and not self._queue:
            self._queue.append(item)

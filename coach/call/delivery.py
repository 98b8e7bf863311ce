"""Recognition results of one channel on their way to the pipeline: each handed over when it is due, never before."""

from __future__ import annotations

import dataclasses
import logging
import traceback
from collections import deque
from typing import Literal

from coach.errors import CoachError
from coach.events import Recognition, Speaker, Transcript
from coach.recognition.protocol import Engine, Hypothesis

log = logging.getLogger(__name__)

Result = Transcript | Recognition


class Outbox:
    """Filled by one thread, emptied by another; both ends are deques, which need no lock for that."""

    def __init__(self, engine: Engine, speaker: Speaker) -> None:
        self._engine = engine
        self._speaker: Speaker = speaker
        self._results: deque[tuple[float, Hypothesis]] = deque()
        self._news: deque[Recognition] = deque()
        self._now = 0.0  # audio time up to which everything there was has been handed over
        self.late = 0  # results that were not there when they were due

    def __bool__(self) -> bool:
        return bool(self._results or self._news)

    def put(self, at: float, hypotheses: list[Hypothesis]) -> None:
        """What was asked for at audio time `at`; in the order of asking."""
        due = round(at + self._engine.latency_s, 6)
        self._results.extend((due, hypothesis) for hypothesis in hypotheses)

    def tell(self, state: Literal["behind", "recovered", "failed"], detail: str) -> None:
        """News of the recogniser itself, handed over at once."""
        self._news.append(Recognition(0.0, self._engine.name, self._engine.model, state, detail))

    def crashed(self, error: Exception) -> None:
        """The recogniser raised `error`. A foreign text could hold a caller's words: its type and place must do."""
        *_, place = traceback.extract_tb(error.__traceback__)
        reason = str(error) if isinstance(error, CoachError) else f"recognition.crashed: {type(error).__name__}"
        log.error("%s (%s:%s)", reason, place.filename, place.lineno)
        self.tell("failed", reason)

    def take(self, now: float) -> list[Result]:
        """What is due by audio time `now`. What was due before the last `take` is late and gets the time `now`."""
        if not self:
            self._now = now
            return []
        taken: list[Result] = []
        while self._news:
            taken.append(dataclasses.replace(self._news.popleft(), at=now))
        while self._results and self._results[0][0] <= now + 1e-6:
            due, said = self._results.popleft()
            late = due <= self._now + 1e-6
            self.late += late
            taken.append(Transcript(now if late else due, self._speaker, said.start, said.end, said.text, said.final,
                                    said.words))
        self._now = now
        return taken

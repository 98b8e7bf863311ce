"""One live channel's decoder. Its work is done on the threads of a DecodePool (coach/call/decoding.py)."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from coach.audio.frames import Samples
from coach.call.backlog import Backlog, Chunk, Finish, News
from coach.call.delivery import Outbox, Result
from coach.events import Speaker
from coach.recognition.protocol import Engine, Hypothesis, Recogniser

if TYPE_CHECKING:
    from coach.call.decoding import DecodePool


class PooledDecoder:
    """One channel on the pool. `decode` runs on the pool's threads, all else on the call's."""

    def __init__(self, pool: DecodePool, engine: Engine, speaker: Speaker, rate: int) -> None:
        self.speaker: Speaker = speaker
        self._pool = pool
        self._engine = engine
        self._rate = rate
        self._recogniser: Recogniser | None = None
        self._outbox = Outbox(engine, speaker)
        self._changed = threading.Condition()  # guards all below
        self._backlog = Backlog(speaker, pool.settings.backlog)
        self._running = False  # a turn is waited for or under way
        self._open = True  # false when it failed or was closed

    def feed(self, samples: Samples, start: float, at: float) -> None:
        self._add(Chunk(samples, start, at, len(samples) / self._rate))

    def finish(self, end: float, at: float) -> None:
        self._add(Finish(end, at))

    def due(self, now: float) -> list[Result]:
        taken = self._outbox.take(now)
        if taken and self._outbox.late:
            self._pool.count_loss(late=self._outbox.late)
            self._outbox.late = 0
        return taken

    @property
    def pending(self) -> bool:
        return self._running or bool(self._outbox)

    @property
    def waiting_s(self) -> float:
        return self._backlog.seconds

    def close(self) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: not self._running, self._pool.settings.close_s):
                lost = f"{self._backlog.seconds:.1f} s of speech not decoded in time"
                self._outbox.tell("failed", f"recognition.late: {lost}")
                self._give_up()
            self._open = False
            self._recogniser = None

    def decode(self) -> None:
        """One turn: the next chunk, or the end of a stretch."""
        with self._changed:
            if not self._backlog:
                self._rest()
                return
            item = self._backlog.take()
            partials = not self._backlog.behind
        began = time.thread_time()
        try:
            said = self._recognise(item)
        except Exception as error:  # noqa: BLE001 - whatever an engine raises, the call goes on without words
            with self._changed:
                self._outbox.crashed(error)
                self._give_up()
            return
        seconds = item.seconds if isinstance(item, Chunk) else 0.0
        self._pool.count(seconds, time.thread_time() - began)
        self._outbox.put(item.at, [each for each in said if each.final or partials])
        with self._changed:
            self._tell(self._backlog.decoded(item))
            if self._backlog:
                self._pool.queue(self)
            else:
                self._rest()

    def _recognise(self, item: Chunk | Finish) -> list[Hypothesis]:
        recogniser = self._recogniser
        if recogniser is None:
            recogniser = self._recogniser = self._pool.recogniser(self._engine, self.speaker, self._rate)
        if isinstance(item, Chunk):
            return recogniser.accept(item.samples, item.start)
        return recogniser.finish(item.end)

    def _add(self, item: Chunk | Finish) -> None:
        with self._changed:
            if not self._open:
                return
            before = self._backlog.shed_s
            self._tell(self._backlog.add(item))
            if self._backlog.shed_s > before:
                self._pool.count_loss(shed_s=self._backlog.shed_s - before)
            if self._backlog and not self._running:
                self._running = True
                self._pool.queue(self)

    def _tell(self, news: list[News]) -> None:
        for each in news:
            self._outbox.tell(each.state, each.detail)

    def _give_up(self) -> None:
        self._pool.count_loss(failed=1)
        self._backlog.clear()
        self._open = False
        self._rest()

    def _rest(self) -> None:
        self._running = False
        self._changed.notify_all()

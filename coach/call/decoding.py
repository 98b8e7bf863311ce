"""Runs a channel's recogniser: at once for a replay, on a bounded pool of threads for live calls.

Both keep the same promise: what is asked for at audio time t is handed over at exactly t + engine.latency_s, so a live
call and its replay have the same events. Live, a decode may take longer: its result then comes as soon as it is there,
with the audio time of that moment. When a channel falls too far behind, work is shed, and an event says so.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from coach.audio.frames import Samples
from coach.call.backlog import Backlog, BacklogSettings, Chunk, Finish, News
from coach.call.delivery import Outbox, Result
from coach.errors import CoachError
from coach.events import Speaker
from coach.recognition.protocol import Engine, Hypothesis, Recogniser

log = logging.getLogger(__name__)


class Decoder(Protocol):
    """One channel's recogniser as the pipeline sees it. Never blocks but in `close`."""

    def feed(self, samples: Samples, start: float, at: float) -> None:
        """Recognise int16 `samples` that begin at audio time `start`; asked for at audio time `at`."""
        ...

    def finish(self, end: float, at: float) -> None:
        """The stretch of speech ended at `end`."""
        ...

    def due(self, now: float) -> list[Result]:
        """What has to be handed over by audio time `now`. Cheap; called for every frame."""
        ...

    @property
    def pending(self) -> bool:
        """Whether `due` has more to hand over, sooner or later."""
        ...

    def close(self) -> None:
        """Nothing more will be asked for: returns when all is decoded. Not for the event loop."""
        ...


class Inline:
    """Decodes at once, in the caller's thread: for replays, where audio time may wait."""

    def __init__(self, engine: Engine, speaker: Speaker, rate: int) -> None:
        self._outbox = Outbox(engine, speaker)
        self._recogniser: Recogniser | None = engine.recogniser(rate, speaker)

    def feed(self, samples: Samples, start: float, at: float) -> None:
        self._ask(at, lambda recogniser: recogniser.accept(samples, start))

    def finish(self, end: float, at: float) -> None:
        self._ask(at, lambda recogniser: recogniser.finish(end))

    def due(self, now: float) -> list[Result]:
        return self._outbox.take(now)

    @property
    def pending(self) -> bool:
        return bool(self._outbox)

    def close(self) -> None:
        self._recogniser = None

    def _ask(self, at: float, question: Callable[[Recogniser], list[Hypothesis]]) -> None:
        if self._recogniser is None:
            return
        try:
            self._outbox.put(at, question(self._recogniser))
        except Exception as error:  # noqa: BLE001 - whatever an engine raises, the call goes on without words
            self._recogniser = None
            self._outbox.tell("failed", _reason(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """Sizes and patience of the pool."""

    threads: int = 2
    spares: int = 2
    """Recognisers kept ready for each engine and rate: one call's."""

    backlog: BacklogSettings = field(default_factory=BacklogSettings)

    close_s: float = 20.0
    """Wall time that a channel gets to finish its backlog when the call is over."""

    nice: int = 5
    """Added to the niceness of the decoding threads (Linux), so that cues and sockets go first."""


@dataclass(slots=True)
class PoolStats:
    """What the pool did since it began, for metrics."""

    decoded_s: float = 0.0  # seconds of audio
    shed_s: float = 0.0  # seconds of audio
    cpu_s: float = 0.0
    late: int = 0  # results not there when due
    failed: int = 0  # channels


class DecodePool:
    """One bounded pool of decoding threads for all calls of the process. One decode in flight per channel.

    Channels take turns, a chunk each, customers before agents.
    """

    def __init__(self, threads: int = 2, settings: PoolSettings | None = None) -> None:
        self.settings = settings or PoolSettings(threads=threads)
        self.stats = PoolStats()
        self._lock = threading.Lock()  # guards all but the executor
        self._spares: dict[tuple[Engine, int], list[Recogniser]] = {}
        self._waiting: tuple[deque[_Pooled], deque[_Pooled]] = (deque(), deque())  # customers, agents
        self._threads = ThreadPoolExecutor(
            self.settings.threads, thread_name_prefix="decode", initializer=_step_back, initargs=(self.settings.nice,)
        )

    def decoder(self, engine: Engine, speaker: Speaker, rate: int) -> Decoder:
        """A decoder for one channel. Returns at once; its recogniser is a spare one or is built on the pool."""
        return _Pooled(self, engine, speaker, rate)

    def warm(self, engine: Engine, rate: int) -> None:
        """Build the spare recognisers for `engine` at `rate` that are missing. Slow: never on the loop."""
        while engine.reusable:
            with self._lock:
                if len(self._spares.setdefault((engine, rate), [])) >= self.settings.spares:
                    return
            built = engine.recogniser(rate, "customer")
            with self._lock:
                self._spares[engine, rate].append(built)

    def close(self) -> None:
        """Stop the threads; what waits is not decoded."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def recogniser(self, engine: Engine, speaker: Speaker, rate: int) -> Recogniser:
        """A spare one, or a new one. For the pool's own threads."""
        with self._lock:
            spares = self._spares.get((engine, rate))
            taken = spares.pop() if spares else None
        if engine.reusable:
            self._submit(lambda: self.warm(engine, rate))
        return taken or engine.recogniser(rate, speaker)

    def queue(self, channel: _Pooled) -> None:
        """`channel` has work: it gets a thread when its turn comes."""
        with self._lock:
            self._waiting[channel.speaker == "agent"].append(channel)
        self._submit(self._turn)

    def count(self, decoded_s: float, cpu_s: float) -> None:
        """Keep the books on one decode."""
        with self._lock:
            self.stats.decoded_s += decoded_s
            self.stats.cpu_s += cpu_s

    def count_loss(self, *, shed_s: float = 0.0, late: int = 0, failed: int = 0) -> None:
        """Keep the books on what went wrong."""
        with self._lock:
            self.stats.shed_s += shed_s
            self.stats.late += late
            self.stats.failed += failed

    def _submit(self, job: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the pool was closed
            self._threads.submit(job)

    def _turn(self) -> None:
        with self._lock:
            customers, agents = self._waiting
            channel = (customers or agents).popleft()
        channel.decode()


def _step_back(nice: int) -> None:
    with contextlib.suppress(OSError, AttributeError):  # on Linux a thread has a niceness of its own
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + nice)


class _Pooled:
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

    def close(self) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: not self._running, self._pool.settings.close_s):
                self._fail(f"recognition.late: {self._backlog.seconds:.1f} s of speech not decoded in time")
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
                self._fail(_reason(error))
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

    def _fail(self, reason: str) -> None:
        self._outbox.tell("failed", reason)
        self._pool.count_loss(failed=1)
        self._backlog.clear()
        self._open = False
        self._rest()

    def _rest(self) -> None:
        self._running = False
        self._changed.notify_all()


def _reason(error: Exception) -> str:
    """What a person may read: a foreign exception's text could hold anything, so its type must do."""
    log.error("recognition failed", exc_info=error)
    return str(error) if isinstance(error, CoachError) else f"recognition.crashed: {type(error).__name__}"

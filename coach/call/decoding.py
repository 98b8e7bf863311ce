"""Runs a channel's recogniser: at once for a replay, on a bounded pool of threads for live calls.

Both keep the same promise: what is asked for at audio time t is handed over at exactly t + engine.latency_s, so a live
call and its replay have the same events. Live, a decode may take longer: its result then comes as soon as it is there,
with the audio time of that moment. When a channel falls too far behind, work is shed, and an event says so.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from coach.audio.frames import Samples
from coach.call.backlog import BacklogSettings
from coach.call.delivery import Outbox, Result
from coach.call.pooled import PooledDecoder
from coach.events import Speaker
from coach.recognition.protocol import Engine, Hypothesis, Recogniser


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

    @property
    def waiting_s(self) -> float:
        """Seconds of speech that wait to be decoded."""
        ...

    def close(self) -> None:
        """Nothing more will be asked for: returns when all is decoded. Not for the event loop."""
        ...


class Inline:
    """Decodes at once, in the caller's thread: for replays, where audio time may wait."""

    waiting_s = 0.0

    def __init__(self, engine: Engine, speaker: Speaker, rate: int) -> None:
        self._outbox = Outbox(engine, speaker)
        self._make = partial(engine.recogniser, rate, speaker)
        self._recogniser: Recogniser | None = None
        self._open = True

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
        self._open = False
        self._recogniser = None

    def _ask(self, at: float, question: Callable[[Recogniser], list[Hypothesis]]) -> None:
        if not self._open:
            return
        try:
            self._recogniser = self._recogniser or self._make()
            self._outbox.put(at, question(self._recogniser))
        except Exception as error:  # noqa: BLE001 - whatever an engine raises, the call goes on without words
            self.close()
            self._outbox.crashed(error)


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
    """Added to the niceness of the decoding threads (Linux), so that cues and sockets go first; twice as much to
    that of the thread which builds spare recognisers, so that decoding goes before that."""


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
        self._waiting: tuple[deque[PooledDecoder], deque[PooledDecoder]] = (deque(), deque())  # customers, agents
        nice = self.settings.nice
        self._threads = ThreadPoolExecutor(self.settings.threads, "decode", _step_back, (nice,))
        self._builder = ThreadPoolExecutor(1, "build", _step_back, (2 * nice,))

    @property
    def waiting(self) -> int:
        """Channels with work that wait for a thread."""
        return sum(map(len, self._waiting))

    def decoder(self, engine: Engine, speaker: Speaker, rate: int) -> Decoder:
        """A decoder for one channel. Returns at once; its recogniser is a spare one or is built on the pool."""
        return PooledDecoder(self, engine, speaker, rate)

    def warm(self, engine: Engine, rate: int) -> None:
        """Build the spare recognisers for `engine` at `rate` that are missing. Slow: never on the loop."""
        while engine.reusable:
            with self._lock:
                if len(self._spares.setdefault((engine, rate), [])) >= self.settings.spares:
                    return
            built = engine.recogniser(rate, "customer")
            with self._lock:
                self._spares[engine, rate].append(built)

    def prepare(self, engine: Engine, rate: int) -> None:
        """Have the missing spares built. Returns at once."""
        _submit(self._builder, lambda: self.warm(engine, rate))

    def close(self) -> None:
        """Stop the threads; what waits is not decoded."""
        for threads in (self._threads, self._builder):
            threads.shutdown(wait=True, cancel_futures=True)

    def recogniser(self, engine: Engine, speaker: Speaker, rate: int) -> Recogniser:
        """A spare one, or a new one. For the pool's own threads."""
        with self._lock:
            spares = self._spares.get((engine, rate))
            taken = spares.pop() if spares else None
        self.prepare(engine, rate)
        return taken or engine.recogniser(rate, speaker)

    def queue(self, channel: PooledDecoder) -> None:
        """`channel` has work: it gets a thread when its turn comes."""
        with self._lock:
            self._waiting[channel.speaker == "agent"].append(channel)
        _submit(self._threads, self._turn)

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

    def _turn(self) -> None:
        with self._lock:
            customers, agents = self._waiting
            channel = (customers or agents).popleft()
        channel.decode()


def _submit(threads: ThreadPoolExecutor, job: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the pool was closed
        threads.submit(job)


def _step_back(nice: int) -> None:
    with contextlib.suppress(OSError, AttributeError):  # on Linux a thread has a niceness of its own
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + nice)

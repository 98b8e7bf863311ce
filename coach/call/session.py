"""Live calls: the pipeline with its decoding on the pool. A thin shell; the sockets are in coach/server/."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping

from coach.audio.frames import Frame
from coach.call.assembly import assemble
from coach.call.decoding import DecodePool, Inline
from coach.call.pipeline import Pipeline
from coach.events import AgentAction, CallStarted, Event, Speaker, SupervisorAction
from coach.playbook import Playbook
from coach.recognition.protocol import Engine


class Session:
    """What the server holds of a call. `push` and `act` are synchronous and cheap; only `end` may take a while."""

    def __init__(self, pipeline: Pipeline, recogniser: str) -> None:
        """`recogniser`: engine and model, as shown to people."""
        self.recogniser = recogniser
        self._pipeline = pipeline

    @property
    def now(self) -> float:
        """Audio time reached, seconds."""
        return self._pipeline.now

    @property
    def waiting_s(self) -> float:
        """Speech that waits for recognition: seconds, of the speaker with the most."""
        return self._pipeline.waiting_s

    def push(self, frames: Iterable[Frame]) -> list[Event]:
        """Take frames of either speaker, each speaker's in order; returns the events they lead to."""
        return self._pipeline.push(frames)

    def act(self, action: AgentAction | SupervisorAction) -> list[Event]:
        """Take what somebody did on a screen; its `at` is set to the audio time reached."""
        return self._pipeline.act(action)

    async def end(self, reason: str) -> list[Event]:
        """Close the call. Waits, off the loop, for what is still being decoded."""
        return await asyncio.to_thread(self._pipeline.finish, reason)


class Sessions:
    """Opens sessions: one engine per language, loaded when its first call comes; one pool for all."""

    def __init__(self, engine: Engine, language: str, playbook: Playbook, pool: DecodePool,
                 other_engine: Callable[[str], Engine]) -> None:
        """`engine` listens to calls in `language`; `other_engine` opens the one for another language, or raises."""
        self.recogniser = _shown(engine)
        self._playbooks: tuple[Playbook, ...] = (playbook,)
        self._pool = pool
        self._engines = {language: engine}
        self._other_engine = other_engine
        self._loading = threading.Lock()

    @property
    def playbook(self) -> str:
        """Version that calls beginning now are coached by."""
        return self._playbooks[-1].version

    def renew(self, playbook: Playbook) -> None:
        """Coach calls that begin from now on by `playbook`; running ones go on with theirs."""
        self._playbooks = (self._playbooks[-1], playbook)  # a call that is just being opened may name the one before

    @property
    def gauges(self) -> dict[str, tuple[str, Callable[[], float]]]:
        """What the pool can tell an operator: name, text and value of each number."""
        pool = self._pool
        return {
            "decode_waiting": ("Channels that wait for a decoding thread", lambda: pool.waiting),
            "decoded_seconds": ("Speech recognised since the start", lambda: pool.stats.decoded_s),
            "decode_cpu_seconds": ("CPU time that took", lambda: pool.stats.cpu_s),
            "decode_shed_seconds": ("Speech left out since the start, decoding being behind",
                                    lambda: pool.stats.shed_s),
            "decode_late": ("Results not there when due since the start", lambda: pool.stats.late),
            "decode_failed": ("Channels whose recogniser failed since the start", lambda: pool.stats.failed),
        }

    def open(self, started: CallStarted, rates: Mapping[Speaker, int]) -> Session:
        """A session for frames of the speakers in `rates`. May load a model: not for the event loop.

        Raises RecognitionError.
        """
        with self._loading:
            if started.language not in self._engines:
                self._engines[started.language] = self._other_engine(started.language)
        engine = self._engines[started.language]
        rate = next(iter(rates.values()))
        playbooks = self._playbooks
        playbook = next((known for known in playbooks if known.version == started.playbook), playbooks[-1])
        decoder = self._pool.decoder
        if engine.name == "none":
            decoder = Inline  # no thread is woken for nothing
        else:
            self._pool.prepare(engine, rate)
        return Session(assemble(started, rate, rates, engine, playbook, decoder), _shown(engine))


def _shown(engine: Engine) -> str:
    return f"{engine.name} {engine.model}".strip()

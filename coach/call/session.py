"""One live call: the pipeline, decoding on the pool. A thin shell; the sockets are in coach/server/."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable

from coach.audio.frames import Frame
from coach.call.assembly import assemble
from coach.call.decoding import DecodePool
from coach.events import AgentAction, CallStarted, Event, Speaker, SupervisorAction
from coach.playbook import Playbook
from coach.recognition.protocol import Engine


class Session:
    """What the server holds of a call. `push` and `act` are synchronous and cheap; only `end` may take a while."""

    def __init__(
        self,
        started: CallStarted,
        rate: int,
        speakers: Collection[Speaker],
        engine: Engine,
        playbook: Playbook,
        pool: DecodePool,
    ) -> None:
        self._pipeline = assemble(started, rate, speakers, engine, playbook, pool.decoder)

    @property
    def now(self) -> float:
        """Audio time reached, seconds."""
        return self._pipeline.now

    def push(self, frames: Iterable[Frame]) -> list[Event]:
        """Take frames of either speaker, each speaker's in order; returns the events they lead to."""
        return self._pipeline.push(frames)

    def act(self, action: AgentAction | SupervisorAction) -> list[Event]:
        """Take what somebody did on a screen; its `at` is set to the audio time reached."""
        return self._pipeline.act(action)

    async def end(self, reason: str) -> list[Event]:
        """Close the call. Waits, off the loop, for what is still being decoded."""
        return await asyncio.to_thread(self._pipeline.finish, reason)

"""A changed playbook without a restart: new calls are coached by it, running ones finish on the one they began with."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from coach.errors import PlaybookError
from coach.playbook import Playbook, load
from coach.server.logs import fault, note


class Renewable(Protocol):
    """What is told of a new playbook; coach.call.session.Sessions is one."""

    @property
    def playbook(self) -> str: ...  # version in use
    def renew(self, playbook: Playbook) -> None: ...


class Reloading:
    """Reads the playbook again whenever asked; asked again while it reads, it reads once more."""

    def __init__(self, sessions: Renewable, playbook: str) -> None:
        """`playbook`: what the settings name, a shipped pack or a path."""
        self._sessions = sessions
        self._name = playbook
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Something has changed. On the event loop; returns at once."""
        self._asked.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            await self.reload()

    async def reload(self) -> bool:
        """Read, check and use it; where anything is wrong with it nothing changes, and every mistake is logged."""
        before = self._sessions.playbook
        try:
            playbook = await asyncio.to_thread(load, self._name)
        except PlaybookError as error:
            for problem in error.text.splitlines():
                where, _, what = problem.partition(": ")
                note("playbook.refused", level=logging.ERROR, code=error.code, where=where, problem=what, kept=before)
            return False
        except Exception as error:  # noqa: BLE001 -- whatever a file can bring about: the next must be read again
            fault("playbook.fault", error)
            return False
        if playbook.version != before:
            self._sessions.renew(playbook)
        note("playbook.reloaded", version=playbook.version, before=before)
        return True

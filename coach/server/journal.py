"""What the server has recorded: calls, their events, and who looked at them. Never waits; the recorder has a thread."""

from __future__ import annotations

import time
import uuid

from coach.events import CallStarted, Event, Json, Transcript
from coach.records.recorder import WAITING_MOST, Recorder
from coach.records.store import Closed, Deed, Happened, Opened


class Journal:
    """Entries for the recorder. Without one (a demonstration, a test) nothing is kept."""

    def __init__(self, recorder: Recorder | None = None) -> None:
        self._recorder = recorder

    @property
    def choked(self) -> bool:
        """Do so many entries wait for the disk that a new call's might be lost?"""
        return self.waiting > WAITING_MOST // 2

    @property
    def waiting(self) -> int:
        """Entries not written yet."""
        return self._recorder.waiting if self._recorder else 0

    @property
    def lost(self) -> int:
        """Entries that will never be written."""
        return self._recorder.lost if self._recorder else 0

    def opened(self, started: CallStarted, teams: frozenset[str], recogniser: str) -> str:
        """A call began; returns the id of its record."""
        record = uuid.uuid4().hex
        if self._recorder:
            self._recorder.put(Opened(
                record, started.call, started.agent, sorted(teams), started.campaign, started.language,
                started.playbook, recogniser, time.time(),
            ))
        return record

    def event(self, record: str, seq: int, event: Event, shown: dict[str, Json]) -> None:
        """An event in the form in which it is shown. Partial transcripts are not kept."""
        if self._recorder and not (isinstance(event, Transcript) and not event.final):
            self._recorder.put(Happened(record, seq, event.at, event.type, shown))

    def closed(self, record: str, reason: str) -> None:
        """A call is over."""
        if self._recorder:
            self._recorder.put(Closed(record, time.time(), reason))

    def deed(self, who: str, deed: str, call: str, detail: str = "") -> None:
        """Somebody watched a call or did something with it."""
        if self._recorder:
            self._recorder.put(Deed(time.time(), who, deed, call, detail))

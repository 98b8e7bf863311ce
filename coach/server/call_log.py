"""One call as its readers see it: numbered events, a snapshot for those who come late, a row on the board."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from coach.events import CallStarted, Event, Gap, Prompt, to_json
from coach.records.redaction import Redactor
from coach.server import wire
from coach.server.auth import Identity
from coach.server.history import History, for_agents, may_be_lost
from coach.server.journal import Journal
from coach.server.latency import Stopwatch
from coach.server.metrics import Metrics
from coach.server.need import CallState
from coach.server.outbox import Outbox, Outgoing
from coach.server.tally import Tally


@dataclass(eq=False, slots=True)
class Reader:
    """An open page. `log` is the call it reads; `touched` names the calls whose rows its board has to show anew."""

    identity: Identity
    outbox: Outbox
    log: CallLog | None = None
    touched: set[str] = field(default_factory=set)

    @property
    def is_agent(self) -> bool:
        return self.identity.role == "agent"


class CallLog:
    """One call as its readers see it."""

    def __init__(
        self, started: CallStarted, teams: frozenset[str], journal: Journal | None = None,
        metrics: Metrics | None = None, *, clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.started = started
        self.teams = teams
        self.recogniser = ""  # known when the session is open
        self.live = True
        self._began = datetime.now(UTC).isoformat(timespec="seconds")
        self._journal = journal or Journal()
        self._metrics = metrics or Metrics()
        self.stopwatch = Stopwatch(started.call, self._metrics, clock)
        self._record = ""
        self._redactor = Redactor()
        self._seq = 0
        self._history = History()
        self._state = CallState()
        self._tally = Tally()
        self._readers: set[Reader] = set()

    @property
    def call(self) -> str:
        return self.started.call

    def open(self) -> None:
        """The session is there, the call begins."""
        self._record = self._journal.opened(self.started, self.teams, self.recogniser)

    def close(self, reason: str) -> None:
        """The call is over."""
        self.live = False
        self._journal.closed(self._record, reason)

    def publish(self, events: Iterable[Event], now: float) -> None:
        """Number the events, redact, remember, hand them to every reader. `now`: audio time reached."""
        for event in events:
            self._seq += 1
            shown = self._redactor.redact(to_json(event))
            self._state.fold(event, shown)
            self._tally.fold(event)
            self._history.add(self._seq, event, shown)
            self._journal.event(self._record, self._seq, event, shown)
            self._count(event)
            self._send(event, wire.EventMessage(call=self.call, seq=self._seq, event=shown).model_dump_json())
        self._state.at = max(self._state.at, now)

    def _send(self, event: Event, text: str) -> None:
        lossy, seen_by_agents, sent = may_be_lost(event), for_agents(event), None
        if isinstance(event, Prompt):
            sent = self.stopwatch.start(event)
        for reader in self._readers:
            if not reader.is_agent:
                reader.outbox.put(Outgoing(text, lossy))
            elif seen_by_agents:
                reader.outbox.put(Outgoing(text, lossy, sent))

    def _count(self, event: Event) -> None:
        self._metrics.events.labels(event.type).inc()
        if isinstance(event, Prompt):
            self._metrics.prompts.labels(event.rule, event.priority).inc()
        elif isinstance(event, Gap):
            self._metrics.missing.inc(event.end - event.start)

    def join(self, reader: Reader) -> None:
        """Snapshot now, events from now on."""
        if reader.log is not None:
            reader.log.leave(reader)
        reader.log = self
        self._readers.add(reader)
        reader.outbox.put(Outgoing(self.snapshot(agent=reader.is_agent)))

    def leave(self, reader: Reader) -> None:
        """No more events."""
        self._readers.discard(reader)
        reader.log = None

    def snapshot(self, *, agent: bool) -> str:
        """The snapshot message."""
        events = self._history.events(agent=agent)
        return wire.Snapshot(seq=self._seq, call=self.info(), events=events).model_dump_json()

    def info(self) -> wire.CallInfo:
        """The call's head."""
        return wire.CallInfo(
            call=self.call, agent=self.started.agent, campaign=self.started.campaign, language=self.started.language,
            recogniser=self.recogniser, started=self._began, live=self.live, at=round(self._state.at, 3),
        )

    def row(self) -> wire.RowInfo:
        """The call's line on the board."""
        return wire.RowInfo(
            call=self.call, agent=self.started.agent, teams=sorted(self.teams), campaign=self.started.campaign,
            language=self.started.language, started=self._began, tally=self._tally.counts(), **self._state.row(),
        )

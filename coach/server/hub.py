"""Who hears of what: every live call's log, and the pages that read it.

Publishing is synchronous and never waits for a reader; each reader has its own bounded outbox (outbox.py). An event is
turned into text once, however many read it.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from coach.errors import MissingError
from coach.events import CallStarted, Event, Prompt, to_json
from coach.records.redaction import Redactor
from coach.server import wire
from coach.server.auth import Identity
from coach.server.history import History, for_agents, may_be_lost
from coach.server.journal import Journal
from coach.server.latency import Arrivals, PromptLatency, measured
from coach.server.need import CallState
from coach.server.outbox import Outbox, Outgoing

ENDED_KEPT = 32
"""Calls that can still be looked at after their end; the oldest goes."""
LATENCIES_KEPT = 1000


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
        self, started: CallStarted, teams: frozenset[str], journal: Journal | None = None, *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.started = started
        self.teams = teams
        self.recogniser = ""  # known when the session is open
        self.live = True
        self.arrivals = Arrivals()
        self.latencies: deque[PromptLatency] = deque(maxlen=LATENCIES_KEPT)
        self._began = datetime.now(UTC).isoformat(timespec="seconds")
        self._clock = clock
        self._journal = journal or Journal()
        self._record = ""
        self._redactor = Redactor()
        self._seq = 0
        self._history = History()
        self._state = CallState()
        self._readers: set[Reader] = set()
        self._prompts: dict[str, bool] = {}  # id -> has reached an overlay

    @property
    def call(self) -> str:
        return self.started.call

    def knows_prompt(self, prompt: str) -> bool:
        """Was there such a card in this call?"""
        return prompt in self._prompts

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
            self._history.add(self._seq, event, shown)
            self._journal.event(self._record, self._seq, event, shown)
            self._send(event, wire.EventMessage(call=self.call, seq=self._seq, event=shown).model_dump_json())
        self._state.at = max(self._state.at, now)

    def _send(self, event: Event, text: str) -> None:
        lossy, seen_by_agents, sent = may_be_lost(event), for_agents(event), None
        if isinstance(event, Prompt):
            self._prompts[event.id] = False
            sent = self._stopwatch(event)
        for reader in self._readers:
            if not reader.is_agent:
                reader.outbox.put(Outgoing(text, lossy))
            elif seen_by_agents:
                reader.outbox.put(Outgoing(text, lossy, sent))

    def _stopwatch(self, prompt: Prompt) -> Callable[[], None]:
        def sent() -> None:
            if not self._prompts[prompt.id]:
                self._prompts[prompt.id] = True
                latency = measured(self.call, prompt, self.arrivals, self._clock())
                if latency is not None:
                    self.latencies.append(latency)

        return sent

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
            call=self.call, agent=self.started.agent, campaign=self.started.campaign, language=self.started.language,
            started=self._began, **self._state.row(),
        )


NO_CALL = wire.Snapshot(seq=0, call=None, events=[]).model_dump_json()


class Hub:
    """All calls, all pages."""

    def __init__(self) -> None:
        self._live: dict[str, CallLog] = {}
        self._ended: OrderedDict[str, CallLog] = OrderedDict()
        self._followers: dict[str, set[Reader]] = {}  # agent -> overlays that follow their calls
        self._boards: set[Reader] = set()

    # -- calls

    def open(self, log: CallLog) -> None:
        """A call begins: boards show it, its agent's overlays turn to it."""
        self._live[log.call] = log
        log.open()
        for reader in self._followers.get(log.started.agent, ()):
            log.join(reader)
        self._touch(log)

    def publish(self, log: CallLog, events: Iterable[Event], now: float) -> None:
        """Events of a call, in order."""
        log.publish(events, now)
        self._touch(log)

    def close(self, log: CallLog, reason: str) -> None:
        """The call is over. It can still be read for a while; its readers keep what they have."""
        log.close(reason)
        self._live.pop(log.call, None)
        self._ended[log.call] = log
        if len(self._ended) > ENDED_KEPT:
            self._ended.popitem(last=False)
        gone = Outgoing(wire.Gone(call=log.call).model_dump_json())
        for reader in self._boards:
            if _may_see(reader.identity, log):
                reader.touched.discard(log.call)
                reader.outbox.put(gone)

    def has_ended(self, call: str) -> bool:
        """Is this a call that is over (as far as we remember)?"""
        return call in self._ended

    def find(self, call: str, identity: Identity) -> CallLog:
        """A live or lately ended call that `identity` may see. Raises MissingError."""
        log = self._live.get(call) or self._ended.get(call)
        if log is None or not _may_see(identity, log):
            raise MissingError("call.unknown", "There is no such call, or it is not yours to see")
        return log

    def rows(self, identity: Identity) -> list[wire.RowInfo]:
        """The live calls that `identity` may see, worst first, then oldest first."""
        rows = [log.row() for log in self._live.values() if _may_see(identity, log)]
        return sorted(rows, key=lambda row: -row.need)

    def latencies(self) -> list[PromptLatency]:
        """Of every prompt that reached an overlay, in the calls still remembered."""
        return [latency for log in (*self._ended.values(), *self._live.values()) for latency in log.latencies]

    # -- pages

    def follow(self, reader: Reader) -> None:
        """An overlay that shows its agent's current call, and the next one."""
        agent = reader.identity.subject
        self._followers.setdefault(agent, set()).add(reader)
        current = [log for log in self._live.values() if log.started.agent == agent]
        if current:
            current[-1].join(reader)
        else:
            reader.outbox.put(Outgoing(NO_CALL))

    def show_board(self, reader: Reader) -> None:
        """A supervisor's board: all rows now, changed ones as `changed_rows` finds them."""
        self._boards.add(reader)
        reader.outbox.put(Outgoing(wire.Board(rows=self.rows(reader.identity)).model_dump_json()))

    def changed_rows(self, reader: Reader) -> list[wire.RowInfo]:
        """The rows that changed since the last time."""
        rows = [log.row() for call in sorted(reader.touched) if (log := self._live.get(call))]
        reader.touched.clear()
        return rows

    def leave(self, reader: Reader) -> None:
        """The page is gone."""
        self._boards.discard(reader)
        followers = self._followers.get(reader.identity.subject)
        if followers is not None:
            followers.discard(reader)
            if not followers:
                del self._followers[reader.identity.subject]
        if reader.log is not None:
            reader.log.leave(reader)

    def _touch(self, log: CallLog) -> None:
        for reader in self._boards:
            if _may_see(reader.identity, log):
                reader.touched.add(log.call)


def _may_see(identity: Identity, log: CallLog) -> bool:
    return identity.may_see(log.started.agent, log.teams)

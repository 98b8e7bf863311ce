"""Who hears of what: every live call's log, and the pages that read it.

Publishing is synchronous and never waits for a reader; each reader has its own bounded outbox (outbox.py). An event is
turned into text once, however many read it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from coach.errors import MissingError
from coach.events import Event
from coach.server import wire
from coach.server.auth import Identity
from coach.server.call_log import CallLog, Reader
from coach.server.latency import PromptLatency
from coach.server.metrics import Metrics
from coach.server.outbox import Outgoing

ENDED_KEPT = 32
"""Calls that can still be looked at after their end; the oldest goes."""

NO_CALL = wire.Snapshot(seq=0, call=None, events=[]).model_dump_json()


class Hub:
    """All calls, all pages."""

    def __init__(self, metrics: Metrics | None = None) -> None:
        self._metrics = metrics or Metrics()
        self._live: dict[str, CallLog] = {}
        self._ended: OrderedDict[str, CallLog] = OrderedDict()
        self._followers: dict[str, set[Reader]] = {}  # agent -> overlays that follow their calls
        self._boards: set[Reader] = set()
        self._readers: set[Reader] = set()

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
        return [latency for log in (*self._ended.values(), *self._live.values()) for latency in log.stopwatch.latencies]

    # -- pages

    @property
    def readers(self) -> int:
        """Pages that are open."""
        return len(self._readers)

    @property
    def longest_wait(self) -> int:
        """Messages that the slowest page has still to take."""
        return max((len(reader.outbox) for reader in self._readers), default=0)

    def enter(self, reader: Reader) -> None:
        """A page opens; `leave` when it is gone."""
        self._readers.add(reader)

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
        self._metrics.shed.inc(reader.outbox.shed)
        self._readers.discard(reader)
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

"""What a page that joins late has to know of a call: its events, compacted and bounded.

Taken back or superseded events are left out (partials), meters are thinned to one a second over the last two minutes
and to one in ten seconds before that, everything else is kept up to a number. Pure: events in JSON form in, the same
out, in their order.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from coach.events import Dynamics, Event, Pace, Stress, SupervisorAction, Transcript

Json = dict[str, Any]

METER_STEP_S = 1.0
METER_SPAN_S = 120.0
OLD_STEP_S = 10.0
OLD_ITEMS = 720  # two hours
TALK_ITEMS = 2000  # final transcripts and stretches of speech: about an hour of brisk talk
OTHER_ITEMS = 2000

AGENTS_DO_NOT_SEE = frozenset({"note", "flag"})


def is_meter(event: Event) -> bool:
    """A running measurement: the next one says more than a missed one did."""
    return isinstance(event, Pace | Stress) or (isinstance(event, Dynamics) and event.kind == "talk_share")


def may_be_lost(event: Event) -> bool:
    """What a slow reader may miss without being told: partial transcripts and meters."""
    return is_meter(event) or (isinstance(event, Transcript) and not event.final)


def for_agents(event: Event) -> bool:
    """Does the agent get this event? Supervisors' notes and flags are among themselves."""
    return not (isinstance(event, SupervisorAction) and event.action in AGENTS_DO_NOT_SEE)


class History:
    """One call's past. Overflow policy: the oldest of the same kind goes."""

    def __init__(self) -> None:
        self._talk: deque[tuple[int, Json]] = deque(maxlen=TALK_ITEMS)
        self._other: deque[tuple[int, Json]] = deque(maxlen=OTHER_ITEMS)
        self._meters: dict[tuple[str, str], _Meter] = {}
        self._hidden: set[int] = set()  # numbers of events that agents do not see

    def add(self, seq: int, event: Event, as_json: Json) -> None:
        """Take event number `seq` and its JSON form."""
        if not for_agents(event):
            self._hidden.add(seq)
        if is_meter(event):
            key = (event.type, str(getattr(event, "speaker", "")))
            self._meters.setdefault(key, _Meter()).add(seq, as_json)
        elif event.type in ("transcript", "speech_started", "speech"):
            if not may_be_lost(event):
                self._talk.append((seq, as_json))
        else:
            self._other.append((seq, as_json))

    def events(self, *, agent: bool) -> list[Json]:
        """What is kept, in the order in which it happened; without what agents do not see if `agent`."""
        kept = [*self._talk, *self._other]
        for meter in self._meters.values():
            kept += [*meter.old, *meter.points]
        kept.sort(key=lambda item: item[0])
        return [event for seq, event in kept if not (agent and seq in self._hidden)]


class _Meter:
    """One measurement over time: the last point of every second, further back the first of every ten seconds."""

    def __init__(self) -> None:
        self.old: deque[tuple[int, Json]] = deque(maxlen=OLD_ITEMS)
        self.points: deque[tuple[int, Json]] = deque(maxlen=round(METER_SPAN_S / METER_STEP_S) + 2)

    def add(self, seq: int, event: Json) -> None:
        at = event["at"]
        if self.points and self.points[-1][1]["at"] // METER_STEP_S == at // METER_STEP_S:
            self.points.pop()
        self.points.append((seq, event))
        while at - self.points[0][1]["at"] > METER_SPAN_S:
            self._grow_old(self.points.popleft())

    def _grow_old(self, point: tuple[int, Json]) -> None:
        if not self.old or self.old[-1][1]["at"] // OLD_STEP_S < point[1]["at"] // OLD_STEP_S:
            self.old.append(point)

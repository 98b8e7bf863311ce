"""Stored event logs: what went into the playbook of a finished call, to run another playbook over it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path

from coach import events as house
from coach.errors import PlaybookError
from coach.events import Clock, Event, Json, Word

TOLD = frozenset({"prompt", "prompt_closed", "phase", "mode", "checklist"})
"""What the playbook itself said; left out."""
TICK_S = 0.24
_TYPES = {kind.type: kind for kind in vars(house).values()
          if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event}


def read_events(path: Path) -> list[Event]:
    """The events of a log as `coach replay --events` writes it. Raises PlaybookError "playbook.log"."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return [from_json(row) for row in rows if row["type"] in _TYPES]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PlaybookError("playbook.log", f"{path} is no event log: {error}; write one with coach replay --events"
                            ) from error


def read_log(path: Path) -> list[Event]:
    """What the playbook was given in the call of a log, with the clock put back. Raises PlaybookError."""
    return heard(read_events(path))


def from_json(row: Mapping[str, Json]) -> Event:
    """The event that `events.to_json` wrote."""
    kind = _TYPES[row["type"]]
    names = {item.name for item in fields(kind)}
    values = {name: value for name, value in row.items() if name in names}
    if "words" in values:
        values["words"] = tuple(Word(**word) for word in values["words"])
    if kind is house.Dynamics:
        values.setdefault("speaker", None)
    return kind(**values)


def heard(found: Iterable[Event]) -> list[Event]:
    """What a playbook takes in: without what one said, with a tick of the clock every quarter of a second.

    In order of audio time; the end stays last.
    """
    kept = [event for event in found if event.type not in TOLD and not isinstance(event, Clock)]
    last = max((event.at for event in kept), default=0.0)
    ticks = [Clock(index * TICK_S) for index in range(1, int(last / TICK_S) + 1)]
    return sorted([*kept, *ticks], key=_order)


def _order(event: Event) -> tuple[float, int]:
    rank = {"call_started": 0, "clock": 2, "call_ended": 3}.get(event.type, 1)
    return event.at, rank

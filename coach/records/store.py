"""Where the events of calls are kept: any database that SQLAlchemy speaks to, SQLite beside the server by default.

SQLite runs in WAL mode with `synchronous=NORMAL`: a process that is killed loses only what it had not committed, a
power cut perhaps the last commits, the file survives both. Deleted rows are overwritten (`secure_delete`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from coach.errors import SettingsError

SCHEMA = sa.MetaData()

RECORDS = sa.Table(
    "records", SCHEMA,
    sa.Column("record", sa.String(32), primary_key=True),
    sa.Column("call", sa.String(64), nullable=False, index=True),
    sa.Column("agent", sa.String(64), nullable=False, index=True),
    sa.Column("teams", sa.JSON, nullable=False),
    sa.Column("campaign", sa.String(64), nullable=False),
    sa.Column("language", sa.String(16), nullable=False),
    sa.Column("playbook", sa.String(200), nullable=False),
    sa.Column("recogniser", sa.String(200), nullable=False),
    sa.Column("began", sa.Float, nullable=False, index=True),  # wall time, seconds since the epoch
    sa.Column("ended", sa.Float),  # None: running, or the server died; then the call's next record has it whole
    sa.Column("reason", sa.String(64)),
)
EVENTS = sa.Table(
    "events", SCHEMA,
    sa.Column("record", sa.String(32), sa.ForeignKey(RECORDS.c.record, ondelete="CASCADE"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),  # audio time, seconds
    sa.Column("type", sa.String(32), nullable=False),
    sa.Column("body", sa.JSON, nullable=False),  # as coach.events.to_json, redacted
)
AUDIT = sa.Table(
    "audit", SCHEMA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("wall", sa.Float, nullable=False, index=True),
    sa.Column("who", sa.String(64), nullable=False),
    sa.Column("deed", sa.String(32), nullable=False),
    sa.Column("call", sa.String(64), nullable=False),
    sa.Column("detail", sa.String(200), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A call began."""

    record: str
    call: str
    agent: str
    teams: list[str]
    campaign: str
    language: str
    playbook: str
    recogniser: str
    began: float


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of a call."""

    record: str
    seq: int
    at: float
    type: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Closed:
    """A call is over."""

    record: str
    ended: float
    reason: str


@dataclass(frozen=True, slots=True)
class Deed:
    """Somebody did something that has to be accounted for: watched, whispered, deleted."""

    wall: float
    who: str
    deed: str
    call: str
    detail: str = ""


Entry = Opened | Happened | Closed | Deed


class Store:
    """The database. Blocking: for threads, not for the event loop. Thread-safe."""

    def __init__(self, url: str) -> None:
        """Open `url` ("sqlite:///file.db", "postgresql+psycopg://..."); its tables are made. Raises SettingsError."""
        try:
            self._engine = sa.create_engine(url)
            if self._engine.dialect.name == "sqlite":
                sa.event.listen(self._engine, "connect", _prepare_sqlite)
                if file := self._engine.url.database:
                    Path(file).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            SCHEMA.create_all(self._engine)
        except (sa.exc.SQLAlchemyError, ImportError, OSError) as error:  # the URL may hold a password: not repeated
            raise SettingsError("settings.records", f"cannot open the records: {type(error).__name__}") from error

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def write(self, entries: Iterable[Entry]) -> None:
        """All of them, in one transaction. Raises sqlalchemy.exc.SQLAlchemyError with nothing written."""
        with self._engine.begin() as connection:
            for kind, rows in _by_kind(entries):
                if kind is Closed:
                    for row in rows:
                        values = {"ended": row["ended"], "reason": row["reason"]}
                        connection.execute(sa.update(RECORDS).where(RECORDS.c.record == row["record"]).values(values))
                else:
                    connection.execute(sa.insert(_TABLES[kind]), rows)

    def records(self, call: str | None = None) -> list[dict[str, Any]]:
        """The calls, oldest first; those of one call id where one is given."""
        query = sa.select(RECORDS).order_by(RECORDS.c.began)
        return self._rows(query if call is None else query.where(RECORDS.c.call == call))

    def events(self, record: str) -> list[dict[str, Any]]:
        """The events of a call in their JSON form, in order."""
        query = sa.select(EVENTS.c.body).where(EVENTS.c.record == record).order_by(EVENTS.c.seq)
        return [row["body"] for row in self._rows(query)]

    def audit(self) -> list[dict[str, Any]]:
        """Who did what, oldest first."""
        return self._rows(sa.select(AUDIT).order_by(AUDIT.c.id))

    def purge(self, before: float, now: float) -> int:
        """Delete calls that began before `before` (wall time), and prove it: the file holds nothing of them any more.

        Returns how many; an entry in the audit says so too. Audit entries are kept.
        """
        old = sa.select(RECORDS.c.record).where(RECORDS.c.began < before)
        with self._engine.begin() as connection:
            count = len(connection.execute(old).all())
            connection.execute(sa.delete(EVENTS).where(EVENTS.c.record.in_(old)))
            connection.execute(sa.delete(RECORDS).where(RECORDS.c.began < before))
            if count:
                connection.execute(sa.insert(AUDIT), [asdict(Deed(now, "retention", "deleted", "", f"{count} calls"))])
        if self._engine.dialect.name == "sqlite" and count:
            with self._engine.connect() as connection:  # what was deleted is still in the write-ahead log
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return count

    def _rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


_TABLES: dict[type[Entry], sa.Table] = {Opened: RECORDS, Happened: EVENTS, Deed: AUDIT}


def _by_kind(entries: Iterable[Entry]) -> Sequence[tuple[type[Entry], list[dict[str, Any]]]]:
    """Rows to write, in stretches of one kind, in order."""
    stretches: list[tuple[type[Entry], list[dict[str, Any]]]] = []
    for entry in entries:
        if not stretches or stretches[-1][0] is not type(entry):
            stretches.append((type(entry), []))
        stretches[-1][1].append(asdict(entry))
    return stretches


def _prepare_sqlite(connection: Any, _: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000",
                   "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")

"""What is kept, and that it can be deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from coach.errors import SettingsError
from coach.records.recorder import Recorder
from coach.records.store import SCHEMA, Closed, Deed, Happened, Opened, Store
from tests.records.postgres import postgres


def opened(record: str = "r1", began: float = 100.0) -> Opened:
    return Opened(record, "c1", "a1", ["east"], "inbound", "zh", "p@1", "none", began)


def happened(seq: int, record: str = "r1", text: str = "好的") -> Happened:
    return Happened(record, seq, float(seq), "transcript", {"type": "transcript", "at": float(seq), "text": text})


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty one of each kind."""
    sqlite = request.param == "sqlite"
    store = Store(f"sqlite:///{tmp_path}/folder/records.db" if sqlite else request.getfixturevalue("database"))
    yield store
    SCHEMA.drop_all(store._engine)
    store.close()


def test_a_call_comes_back_as_it_was_written(store: Store) -> None:
    """Head, events in order, end."""
    store.write([opened(), happened(2), happened(1), Closed("r1", 200.0, "bye"), Deed(150.0, "s1", "watch", "c1")])
    (record,) = store.records("c1")
    assert (record["agent"], record["teams"], record["began"], record["ended"], record["reason"]) == (
        "a1", ["east"], 100.0, 200.0, "bye"
    )
    assert [event["at"] for event in store.events("r1")] == [1.0, 2.0]
    assert [(deed["who"], deed["deed"], deed["call"]) for deed in store.audit()] == [("s1", "watch", "c1")]


def test_a_write_is_whole_or_not_at_all(store: Store) -> None:
    """A number twice would be an event twice."""
    store.write([opened(), happened(1)])
    with pytest.raises(SQLAlchemyError):
        store.write([happened(2), happened(1)])
    assert len(store.events("r1")) == 1


def test_what_was_written_is_there_for_the_next_process(store: Store) -> None:
    """Opening again changes nothing."""
    store.write([opened(), happened(1)])
    store.close()
    again = Store(store._engine.url.render_as_string(hide_password=False))
    assert again.events("r1")[0]["text"] == "好的"
    again.close()


def test_every_kind_of_database_takes_a_servers_calls(store: Store) -> None:
    """Through the recorder's thread, in order, and deleted when they are old."""
    with Recorder(store) as recorder:
        recorder.put(opened())
        for seq in range(3000):
            recorder.put(happened(seq))
        recorder.put(Closed("r1", 200.0, "bye"))
    assert [event["at"] for event in store.events("r1")] == [float(seq) for seq in range(3000)]
    assert store.purge(150.0, 300.0) == 1
    assert (store.records(), store.events("r1"), store.audit()[-1]["deed"]) == ([], [], "deleted")


def test_old_calls_are_deleted_and_nothing_of_them_is_left_in_the_files(tmp_path: Path) -> None:
    """Not in the rows, not in the bytes; the audit says that it was done."""
    store = Store(f"sqlite:///{tmp_path}/folder/records.db")
    store.write([opened("old", 100.0), *(happened(n, "old", f"secret-of-the-old-call-{n}") for n in range(500))])
    store.write([opened("new", 300.0), happened(1, "new", "kept-words")])
    assert store.purge(200.0, 400.0) == 1
    assert [record["record"] for record in store.records()] == ["new"]
    assert store.events("old") == []
    assert (store.audit()[-1]["deed"], store.audit()[-1]["detail"]) == ("deleted", "1 calls")
    kept = b"".join(file.read_bytes() for file in (tmp_path / "folder").iterdir())
    assert b"kept-words" in kept
    assert b"secret-of-the-old-call" not in kept
    assert store.purge(200.0, 500.0) == 0
    assert len(store.audit()) == 1


@pytest.mark.parametrize("url", ["nonsense", "oracle+nothing://user:hush@host/db", "sqlite:////proc/nothing/records.db"])
def test_a_wrong_address_is_a_settings_error_without_its_password(url: str) -> None:
    """Told at start, not at the first call."""
    with pytest.raises(SettingsError, match=r"settings\.records") as caught:
        Store(url)
    assert "hush" not in str(caught.value)

"""Writing beside the calls: durable, never in their way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from coach.records import recorder as recorder_module
from coach.records.recorder import Recorder
from coach.records.store import Entry, Store
from tests.records.test_store import happened, opened


class Stubborn(Store):
    """A database whose disk is full until `works` is set."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.works = threading.Event()
        self.tried = threading.Event()

    def write(self, entries: Iterable[Entry]) -> None:
        entries = list(entries)
        if entries and not self.works.is_set():
            self.tried.set()
            raise OperationalError("INSERT", {}, OSError("disk full"))
        super().write(entries)


def test_leaving_writes_what_is_left(tmp_path: Path) -> None:
    """A server that stops in order loses nothing."""
    store = Store(f"sqlite:///{tmp_path}/r.db")
    with Recorder(store) as recorder:
        recorder.put(opened())
        for seq in range(5000):
            recorder.put(happened(seq))
    assert len(store.events("r1")) == 5000
    assert (recorder.waiting, recorder.lost) == (0, 0)


def test_a_full_disk_stops_nobody_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Entries wait in order until the disk works again; the state is visible, and logged once."""
    monkeypatch.setattr(recorder_module, "RETRY_S", 0.01)
    store = Stubborn(f"sqlite:///{tmp_path}/r.db")
    with Recorder(store) as recorder:
        recorder.put(opened())
        for _ in range(2):  # after the second time it knows
            assert store.tried.wait(5)
            store.tried.clear()
        for seq in range(100):
            recorder.put(happened(seq))
        assert recorder.failing
        store.works.set()
    assert [event["at"] for event in store.events("r1")] == [float(seq) for seq in range(100)]
    assert not recorder.failing
    assert caplog.text.count("records.failing") == 1
    assert "好的" not in caplog.text


def test_what_cannot_wait_any_longer_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue is bounded, and a put never waits."""
    monkeypatch.setattr(recorder_module, "WAITING_MOST", 10)
    recorder = Recorder(Store(f"sqlite:///{tmp_path}/r.db"))
    for seq in range(15):
        recorder.put(happened(seq))
    assert (recorder.waiting, recorder.lost) == (10, 5)


def test_old_calls_are_looked_after(tmp_path: Path) -> None:
    """When it starts, and every hour after."""
    store = Store(f"sqlite:///{tmp_path}/r.db")
    now = time.time()
    store.write([opened("old", now - 100), opened("new", now)])
    with Recorder(store, keep_s=50):
        pass
    assert [record["record"] for record in store.records()] == ["new"]


WRITER = """
import sys, time
from coach.records.recorder import Recorder
from coach.records.store import Store
from tests.records.test_store import happened, opened
with Recorder(Store(sys.argv[1])) as recorder:
    recorder.put(opened())
    for seq in range(100_000):
        recorder.put(happened(seq))
        print(seq, flush=True)
        time.sleep(0.002)
"""


def test_a_process_that_is_killed_loses_at_most_a_second(tmp_path: Path) -> None:
    """kill -9 while it writes: the file opens, and what was put a second before is in it, in one piece."""
    url = f"sqlite:///{tmp_path}/r.db"
    put: list[tuple[float, int]] = []
    with subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2],
                          text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            put.append((time.monotonic(), int(line)))
            if put[-1][1] == 1000:
                os.kill(process.pid, signal.SIGKILL)
    killed = put[-1][0]
    kept = [event["at"] for event in Store(url).events("r1")]
    assert kept == [float(seq) for seq in range(len(kept))]
    assert len(kept) > max((seq for wall, seq in put if wall < killed - 1.0), default=0)

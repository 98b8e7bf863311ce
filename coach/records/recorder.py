"""Writes to the store from a thread of its own, so that no call waits for a disk.

What is put is committed within `COMMIT_S`. A disk that is full or gone does not stop the calls: entries wait, up to
`WAITING_MOST`, and are written when it works again. Overflow policy: beyond that the newest are not recorded; `lost`
counts them and `failing` says so, for the metrics and for admission.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from coach.records.store import Entry, Store

COMMIT_S = 0.25
BATCH_MOST = 2000
WAITING_MOST = 100_000
RETRY_S = 1.0
RETENTION_EVERY_S = 3600.0

log = logging.getLogger(__name__)


class Recorder:
    """`put` from any thread, never waiting. A context manager: leaving it writes what is left."""

    def __init__(self, store: Store, *, keep_s: float | None = None) -> None:
        """`keep_s`: calls older than so many seconds are deleted, looked after once an hour; None keeps them."""
        self.store = store
        self.lost = 0
        self.failing = False
        self._keep_s = keep_s
        self._entries: queue.Queue[Entry] = queue.Queue(WAITING_MOST)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="records", daemon=True)

    @property
    def waiting(self) -> int:
        """Entries that are not written yet."""
        return self._entries.qsize()

    def put(self, entry: Entry) -> None:
        """Have it written soon."""
        try:
            self._entries.put_nowait(entry)
        except queue.Full:
            self.lost += 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _work(self) -> None:
        tidied = float("-inf")
        while not (self._stopping.is_set() and self._entries.empty()):
            self._write(self._batch())
            if self._keep_s is not None and time.monotonic() - tidied > RETENTION_EVERY_S:
                tidied = time.monotonic()
                self._purge(self._keep_s)

    def _batch(self) -> list[Entry]:
        """What comes in within `COMMIT_S`; at once what is there when the recorder stops."""
        batch: list[Entry] = []
        until = time.monotonic() + COMMIT_S
        while len(batch) < BATCH_MOST:
            wait = 0.0 if self._stopping.is_set() else until - time.monotonic()
            try:
                batch.append(self._entries.get(timeout=wait) if wait > 0 else self._entries.get_nowait())
            except queue.Empty:
                break
        return batch

    def _write(self, batch: list[Entry]) -> None:
        """Until it works; a recorder that stops tries once more."""
        while batch:
            last = self._stopping.is_set()
            try:
                self.store.write(batch)
            except SQLAlchemyError as error:
                if not self.failing:
                    log.error("records.failing error=%s waiting=%d", type(error).__name__, self.waiting)  # noqa: TRY400
                self.failing = True
                if last:
                    self.lost += len(batch)
                    return
                self._stopping.wait(RETRY_S)
            else:
                if self.failing:
                    log.warning("records.recovered waiting=%d", self.waiting)
                self.failing = False
                return

    def _purge(self, keep_s: float) -> None:
        try:
            now = time.time()
            count = self.store.purge(now - keep_s, now)
        except SQLAlchemyError as error:
            log.error("records.purge error=%s", type(error).__name__)  # noqa: TRY400
        else:
            log.info("records.purged calls=%d", count)

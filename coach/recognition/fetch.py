"""Downloads one file: goes on where an earlier try broke off, and gives the file its name only when it is whole."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from coach.errors import RecognitionError

Progress = Callable[[int, int], None]
"""Called with the bytes that are there and the bytes there will be (0: unknown)."""

CONNECT_S, READ_S = 5.0, 30.0
"""Wall time without a connection, or without a byte on one, after which a try is over."""

TRIES = 3
"""Connections for one download that breaks off. One that does not come about is not tried again."""

_BLOCK = 1 << 14  # what is lost at most of a connection that breaks off


def download(url: str, target: Path, progress: Progress | None = None) -> None:
    """Fetch `url` into `target`, by way of `target`.part, which stays when the download breaks off.

    Raises RecognitionError: "model.unreachable" without a connection, "model.http" for an answer that is no file,
    "model.interrupted", "model.disk_full" and "model.disk".
    """
    part = target.with_name(target.name + ".part")
    with disk_errors(target.parent):
        for _ in range(TRIES):
            if _go_on(url, part, progress or _silent):
                part.replace(target)
                return
    raise RecognitionError("model.interrupted", f"the download of {url} broke off {TRIES} times; "
                           f"{part} holds what came, so that the next try goes on from there")


def get_json(url: str) -> Any:
    """The JSON at `url`; None when it cannot be had."""
    try:
        answer = requests.get(url, timeout=(CONNECT_S, READ_S))
        return answer.json() if answer.ok else None
    except (requests.RequestException, ValueError):
        return None


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Hex digest of the file at `path`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn what goes wrong with the disk under `folder` into a RecognitionError that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise RecognitionError("model.disk_full", f"no space left for a model in {folder}; make room there or name "
                                   "another folder in COACH_MODELS") from error
        raise RecognitionError("model.disk", f"cannot write to {folder}: {error.strerror}") from error


def _go_on(url: str, part: Path, progress: Progress) -> bool:
    """One connection. Whether the file is whole now."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        answer = requests.get(url, headers=headers, stream=True, timeout=(CONNECT_S, READ_S))
    except requests.RequestException as error:
        raise RecognitionError("model.unreachable", f"cannot reach {url} ({type(error).__name__})") from error
    with answer:
        if have and answer.status_code == requests.codes.requested_range_not_satisfiable:
            if answer.headers.get("Content-Range") == f"bytes */{have}":
                return True
            part.unlink()  # of another file than the one that is there now
            return False
        if answer.status_code not in (requests.codes.ok, requests.codes.partial_content):
            raise RecognitionError("model.http", f"{url} answers {answer.status_code} {answer.reason}")
        if not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            have = 0
        return _receive(answer, part, have, progress)


def _receive(answer: requests.Response, part: Path, have: int, progress: Progress) -> bool:
    length = int(answer.headers.get("Content-Length", 0))
    total = have + length if length else 0
    with part.open("ab" if have else "wb") as file:
        blocks = answer.iter_content(_BLOCK)
        while True:
            try:
                block = next(blocks, b"")
            except requests.RequestException:  # broke off
                return False
            if not block:
                return not total or have == total
            file.write(block)
            have += len(block)
            progress(have, total)


def _silent(have: int, total: int) -> None:
    pass

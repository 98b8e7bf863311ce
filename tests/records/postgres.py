"""A throwaway PostgreSQL: the one that COACH_TEST_POSTGRES names (emptied!), or one started from Debian's package."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def _programs() -> Path | None:
    """The folder of initdb and pg_ctl, of the newest version there is."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database. Skips, loudly, where there is no PostgreSQL or no driver for it."""
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("POSTGRESQL NOT TESTED: pip install 'call-coach[postgres]'")
    if url := os.environ.get("COACH_TEST_POSTGRES"):
        yield url
        return
    programs = _programs()
    owner = "postgres" if os.geteuid() == 0 else None  # it does not run as root
    if programs is None or (owner and owner not in {user.pw_name for user in pwd.getpwall()}):
        pytest.skip("POSTGRESQL NOT TESTED: set COACH_TEST_POSTGRES, or apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="coach-pg-"))
    if owner:
        shutil.chown(folder, owner)

    def run(program: str, *options: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *options]
        subprocess.run(command, user=owner, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username=coach", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "-w", "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql+psycopg://coach@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)

"""What CI makes of pip-audit's answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

AUDIT = Path(__file__).resolve().parents[1] / ".ci" / "audit"
SAFE = {"name": "safe", "version": "1", "vulns": []}
FLAWED = {"name": "flawed", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "unknown", "skip_reason": "not found"}


@pytest.mark.parametrize(("answer", "code", "said"), [
    ({"dependencies": [SAFE]}, 0, "1 packages audited"),
    ({"dependencies": [SAFE, FLAWED]}, 1, "VULNERABLE: flawed 2: PYSEC-1"),
    ({"dependencies": [FLAWED, SKIPPED]}, 1, "NOT AUDITED: 1 packages"),
    ({"dependencies": [SKIPPED]}, 0, "NOT AUDITED: 1 packages"),
    (None, 0, "NOT AUDITED: all packages"),
])
def test_a_flaw_fails_the_build_and_silence_is_loud(tmp_path: Path, answer: Any, code: int, said: str) -> None:
    """A service that cannot be reached is neither a pass nor a failure."""
    program = f"print({json.dumps(answer)!r})" if answer else "raise SystemExit('no network')"
    (tmp_path / "pip_audit.py").write_text(program)
    done = subprocess.run([sys.executable, str(AUDIT)], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert (done.returncode, said in done.stdout) == (code, True), done.stdout + done.stderr

"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference recordings beside the repository; the test is skipped, loudly, where they are not."""
    if not SHARED.is_dir():
        pytest.skip(f"REFERENCE RECORDINGS MISSING: {SHARED} is not there")
    return SHARED

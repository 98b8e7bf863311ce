"""The softphone is tested against the real server."""

from __future__ import annotations

from tests.server.conftest import desk, open_desk

__all__ = ["desk", "open_desk"]

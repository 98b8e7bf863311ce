"""A server on a free port with scripted sessions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from coach.server.app import Server
from coach.settings import Settings
from tests.server.desk import KEY, Desk, FakeOpener, Open


@pytest.fixture
def open_desk() -> Open:
    """Opens a server with the given settings."""

    @asynccontextmanager
    async def opened(**changes: Any) -> AsyncIterator[Desk]:
        opener = FakeOpener()
        settings = Settings(**{"port": 0, "max_lag_s": 60.0, "max_cpu": 60.0, **changes})
        async with Server(settings, opener, KEY) as server:
            yield Desk(server, opener)

    return opened


@pytest.fixture
async def desk(open_desk: Open) -> AsyncIterator[Desk]:
    """A server with the default settings."""
    async with open_desk() as opened:
        yield opened

"""Measures the process a few times a second for headroom.py."""

from __future__ import annotations

import asyncio
import os
import time

from coach.server.headroom import Headroom

INTERVAL_S = 0.25


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def measure(headroom: Headroom) -> None:
    """Until cancelled."""
    count = cores()
    wall, used = time.monotonic(), time.process_time()
    while True:
        await asyncio.sleep(INTERVAL_S)
        now, now_used = time.monotonic(), time.process_time()
        elapsed = now - wall
        headroom.note(elapsed, elapsed - INTERVAL_S, (now_used - used) / (elapsed * count))
        wall, used = now, now_used

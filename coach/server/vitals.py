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
    """Until cancelled. The event loop has one core, whatever the process has: the fuller of the two counts."""
    count = cores()
    wall, used, looped = time.monotonic(), time.process_time(), time.thread_time()
    while True:
        await asyncio.sleep(INTERVAL_S)
        now, now_used, now_looped = time.monotonic(), time.process_time(), time.thread_time()
        elapsed = now - wall
        share = max((now_used - used) / count, now_looped - looped) / elapsed
        headroom.note(elapsed, elapsed - INTERVAL_S, share)
        wall, used, looped = now, now_used, now_looped

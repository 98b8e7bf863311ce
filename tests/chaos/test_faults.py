"""A sample of the chaos of faults.py; run that for more."""

from __future__ import annotations

from tests.chaos.faults import run


async def test_calls_through_faults_have_the_events_of_their_replay() -> None:
    """Nothing lost, nothing doubled, no wrong prompt."""
    done, wrong = await run(faults=20, seed=7)
    assert wrong == []
    assert sum(done.values()) >= 20

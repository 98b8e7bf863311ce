"""When there is no room for another call."""

from __future__ import annotations

import asyncio
import itertools
from types import SimpleNamespace

import pytest

from coach.server.headroom import Headroom, HeadroomSettings
from coach.server.journal import Journal
from coach.server.vitals import cores, measure
from tests.server.desk import Desk
from tests.server.test_pages import fetch


def after(headroom: Headroom, seconds: float, lag_s: float, cpu: float) -> bool:
    for _ in range(round(seconds / 0.25)):
        headroom.note(0.25, lag_s, cpu)
    return headroom.tight


@pytest.mark.parametrize(("lag_s", "cpu"), [(0.0, 0.95), (0.3, 0.2)])
def test_lasting_strain_closes_the_door_and_relief_opens_it(lag_s: float, cpu: float) -> None:
    """Either a late loop or busy cores, for seconds."""
    headroom = Headroom()
    assert not after(headroom, 1.0, 0.01, 0.5)
    assert after(headroom, 20.0, lag_s, cpu)
    assert not after(headroom, 20.0, 0.0, 0.3)


def test_a_moment_is_no_strain() -> None:
    """One decode that takes both cores for half a second."""
    headroom = Headroom()
    after(headroom, 10.0, 0.0, 0.5)
    assert not after(headroom, 0.5, 0.05, 1.0)


def test_the_door_does_not_flap() -> None:
    """Closed, it stays so until there is room to spare."""
    headroom = Headroom()
    after(headroom, 30.0, 0.0, 0.9)
    assert after(headroom, 30.0, 0.0, 0.8)
    assert not after(headroom, 30.0, 0.0, 0.6)


def test_measurements_do_not_depend_on_how_often_they_are_taken() -> None:
    """The averages are in seconds, not in counts."""
    often, seldom = Headroom(), Headroom()
    for _ in range(100):
        often.note(0.1, 0.05, 0.7)
    for _ in range(10):
        seldom.note(1.0, 0.05, 0.7)
    assert often.cpu == pytest.approx(seldom.cpu)
    assert often.lag_s == pytest.approx(seldom.lag_s)


async def test_a_blocked_loop_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody computes on the loop for 0.2 s: the next measurement says so."""
    monkeypatch.setattr("coach.server.vitals.INTERVAL_S", 0.02)
    seen: list[float] = []

    class Watched(Headroom):
        def note(self, elapsed_s: float, lag_s: float, cpu: float) -> None:
            seen.append(lag_s)
            assert 0 <= cpu <= 1.5

    task = asyncio.create_task(measure(Watched()))
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    until = loop.time() + 0.2
    while loop.time() < until:
        pass
    while not seen:  # noqa: ASYNC110 -- the measurement is what is waited for
        await asyncio.sleep(0.01)
    task.cancel()
    assert seen[0] > 0.1
    assert cores() >= 1


async def test_the_loops_one_core_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that is full is full, however many cores stand idle beside it."""
    seconds = itertools.count(step=1.0)
    used = itertools.count(step=0.9)
    clock = SimpleNamespace(monotonic=seconds.__next__, process_time=used.__next__,
                            thread_time=itertools.count(step=0.9).__next__)
    monkeypatch.setattr("coach.server.vitals.time", clock)
    monkeypatch.setattr("coach.server.vitals.cores", lambda: 64)
    monkeypatch.setattr("coach.server.vitals.INTERVAL_S", 0.001)
    headroom = Headroom(HeadroomSettings(lag_s=10.0))
    task = asyncio.create_task(measure(headroom))
    while not headroom.tight:  # noqa: ASYNC110 -- the measurement is what is waited for
        await asyncio.sleep(0.001)
    task.cancel()
    assert headroom.cpu > 0.8


async def test_there_is_always_room_for_one_call(desk: Desk) -> None:
    """A machine that is busy with other things refuses nobody for the sake of no one."""
    desk.server.headroom.note(60.0, 0.0, 100.0)
    async with desk.softphone():
        assert desk.server.headroom.tight


async def test_a_server_without_room_says_try_again_later_and_keeps_its_calls(desk: Desk) -> None:
    """The door is closed for new calls alone; readyz and the softphone are told."""
    async with desk.softphone() as phone:
        desk.server.headroom.note(60.0, 0.0, 100.0)
        async with desk.peer("/v1/audio") as late:
            await late.say(**desk.hello(call="c2"))
            assert await late.closed() == (1013, "server.busy")
        async with desk.softphone(resume=0):  # the same call over a new line is no new call
            assert await phone.closed() == (4409, "call.taken_over")


@pytest.mark.parametrize("cause", ["busy", "choked", "draining"])
async def test_readyz_says_what_a_softphone_would_be_told(
    desk: Desk, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the reason for which the next call would be refused; and it is taken back when the reason is gone."""
    async with desk.softphone():
        ready = [(await fetch(desk, "/readyz"))[0]]
        with monkeypatch.context() as patch:
            if cause == "busy":
                patch.setattr(desk.server.headroom, "tight", True)
                patch.setattr(desk.server.headroom, "note", lambda *_: None)
            elif cause == "choked":
                patch.setattr(Journal, "choked", True)
            else:
                patch.setattr(desk.server._calls, "draining", True)
            ready.append((await fetch(desk, "/readyz"))[0])
            async with desk.peer("/v1/audio") as late:
                await late.say(**desk.hello(call="c2"))
                assert (await late.closed())[0] == 1013
            assert (await fetch(desk, "/healthz"))[0] == 200
        ready.append((await fetch(desk, "/readyz"))[0])
    assert ready == [200, 503, 200]

"""How often, how fast."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.errors import AuthError, OverloadError
from coach.server import auth, limits
from coach.server.auth import Verifier, mint
from coach.server.limits import Bucket, Limits, Pace
from tests.server.desk import KEY, Desk, Open, send_audio
from tests.server.test_pages import get


def taken(waiting_s: float, seconds: float, every_s: float = 0.0) -> float:
    """When a softphone is through that has `seconds` of audio to send, 0.1 s at a time, as fast as it may."""
    now, pace = 0.0, Pace(20.0, 0.0)
    for _ in range(round(seconds / 0.1)):
        now += max(every_s, pace.pause(0.1, waiting_s, now))
    return now


def test_audio_that_was_kept_is_taken_slowly_while_words_wait() -> None:
    assert taken(waiting_s=0.0, seconds=30.0) < 1.5
    assert 10.0 < taken(waiting_s=2.0, seconds=30.0) < 15.0


def test_who_speaks_in_real_time_never_waits() -> None:
    assert taken(waiting_s=9.0, seconds=60.0, every_s=0.1) == pytest.approx(60.0)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 5)), max_size=50), st.floats(0.1, 10), st.floats(1, 20))
def test_a_spender_who_waits_as_told_never_gets_more_than_the_rate(
    steps: list[tuple[float, float]], rate: float, burst: float
) -> None:
    """Whatever is spent and however long is waited besides."""
    now, spent = 0.0, 0.0
    bucket = Bucket(rate, burst, now)
    for amount, pause in steps:
        spent += amount
        now += bucket.spend(amount, now)
        assert spent <= burst + rate * now + 1e-6
        now += pause


def test_keys_do_not_pay_for_each_other_and_are_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """One noisy identity harms itself alone; ten thousand do not fill the memory."""
    monkeypatch.setattr(limits, "KEYS_MOST", 3)
    wall = [0.0]
    some = Limits(rate=1.0, burst=2.0, clock=lambda: wall[0])
    for _ in range(2):
        some.check("noisy")
    with pytest.raises(OverloadError, match=r"rate\.limit"):
        some.check("noisy")
    some.check("calm")
    wall[0] = 10.0
    some.check("noisy")
    for key in range(10):
        some.check(key)
    assert len(some._buckets) == 3


def test_a_token_that_comes_too_often_is_refused_for_a_while() -> None:
    """Others of the same role come in; a wrong token costs its owner nothing."""
    verifier = Verifier(KEY, limits=Limits(rate=0.001, burst=3))
    token = mint(KEY, "agent", "a1")
    with pytest.raises(AuthError):
        verifier.identity(mint(KEY + "x", "agent", "a1"), "agent")
    for _ in range(3):
        verifier.identity(token, "agent")
    with pytest.raises(OverloadError):
        verifier.identity(token, "agent")
    verifier.identity(mint(KEY, "agent", "a2"), "agent")


async def test_sockets_and_http_say_try_again_later(desk: Desk) -> None:
    """1013 and 429."""
    headers = {"Authorization": f"Bearer {desk.token('agent')}"}
    asked = [asyncio.to_thread(get, f"{desk.server.url}/api/calls", headers) for _ in range(round(auth.BURST) + 20)]
    assert {status for status, _, _ in await asyncio.gather(*asked)} == {200, 429}
    async with desk.overlay() as page:
        assert await page.closed() == (1013, "rate.limit")


async def test_a_page_that_floods_is_closed(desk: Desk) -> None:
    """A hundred messages at once are no person's."""
    async with desk.supervisor() as board:
        for _ in range(100):
            await board.say(type="unwatch")
        assert await board.closed() == (1013, "rate.limit")


async def test_audio_faster_than_the_limit_is_slowed_and_not_lost(open_desk: Open) -> None:
    """A minute sent at once takes its time, and arrives whole."""
    clock = asyncio.get_running_loop().time
    async with open_desk(max_pace=100) as desk, desk.softphone() as phone:
        began = clock()
        await send_audio(phone, 0, 60)
        await phone.say(type="bye")
        assert (await phone.hear("ended"))["samples"] == 60 * 8000
        assert clock() - began >= (60 - 5) / 100
    assert desk.opener.sessions["c1"].now == 60

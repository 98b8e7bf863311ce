"""Who may do what: every role against every socket, message and address. What is not allowed here is refused."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from coach.server import wire
from coach.server.auth import Role
from tests.server.desk import Desk, Peer, card, send_audio
from tests.server.test_pages import get


@dataclass(frozen=True)
class Who:
    """Somebody with a token. The call of these tests is c1 of agent a1, team east."""

    role: Role | None
    name: str
    teams: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.role}-{self.name}"

    def token(self, desk: Desk) -> str:
        return desk.token(self.role, self.name, *self.teams) if self.role else "nobody"


NOBODY = Who(None, "nobody")
PHONE, GATEWAY = Who("softphone", "a1", ("east",)), Who("softphone", "*", ("east",))
OTHER_PHONE = Who("softphone", "a2")
AGENT, OTHER_AGENT, STAR_AGENT = Who("agent", "a1"), Who("agent", "a2", ("east",)), Who("agent", "*", ("*",))
BOSS, TOP = Who("supervisor", "s1", ("east",)), Who("supervisor", "s2", ("*",))
OTHER_BOSS, NAMESAKE = Who("supervisor", "s3", ("west",)), Who("supervisor", "a1")
EVERYBODY = (NOBODY, PHONE, GATEWAY, OTHER_PHONE, AGENT, OTHER_AGENT, STAR_AGENT, BOSS, TOP, OTHER_BOSS, NAMESAKE)

OPENS = {  # whose token opens which socket
    "/v1/audio": {PHONE, GATEWAY},
    "/v1/overlay": {AGENT, OTHER_AGENT, STAR_AGENT},
    "/v1/supervisor": {BOSS, TOP, OTHER_BOSS, NAMESAKE},
}
SEES = {AGENT, BOSS, TOP}  # who sees call c1
MESSAGES: dict[str, tuple[str, dict[str, Any], set[Who]]] = {  # message -> socket, fields, whose one takes effect on c1
    "action": ("/v1/overlay", {"prompt": "p1", "action": "dismiss"}, {AGENT}),
    "shown": ("/v1/overlay", {"prompt": "p1"}, {AGENT}),
    "watch": ("/v1/supervisor", {"call": "c1"}, {BOSS, TOP}),
    "unwatch": ("/v1/supervisor", {}, set()),
    "whisper": ("/v1/supervisor", {"call": "c1", "text": "慢"}, {BOSS, TOP}),
    "note": ("/v1/supervisor", {"call": "c1", "text": "复核"}, {BOSS, TOP}),
    "flag": ("/v1/supervisor", {"call": "c1"}, {BOSS, TOP}),
    "fault": ("/v1/supervisor", {"call": "c1", "text": "ours"}, {BOSS, TOP}),
}


def test_the_matrix_knows_every_message() -> None:
    """A new message needs a row."""
    taken = {
        kind for adapter in (wire.SOFTPHONE, wire.OVERLAY, wire.SUPERVISOR)
        for kind in adapter.json_schema()["discriminator"]["mapping"]
    }
    assert taken - {"hello", "bye"} == set(MESSAGES)


@pytest.mark.parametrize("path", OPENS)
@pytest.mark.parametrize("who", EVERYBODY, ids=str)
async def test_who_opens_which_socket(desk: Desk, who: Who, path: str) -> None:
    """The others are told 4403."""
    hello = desk.hello(token=who.token(desk)) if path == "/v1/audio" else {
        "type": "hello", "v": 1, "token": who.token(desk)
    }
    async with desk.peer(path) as peer:
        await peer.say(**hello)
        if who in OPENS[path]:
            assert (await peer.hear())["type"] in ("ready", "snapshot", "board")
        else:
            assert (await peer.closed())[0] == 4403


@pytest.mark.parametrize("who", EVERYBODY, ids=str)
async def test_who_reads_the_call_over_http(desk: Desk, who: Who) -> None:
    """In the list and by itself; the pages are for everybody, the numbers for supervisors."""
    async with desk.softphone():
        headers = {"Authorization": f"Bearer {who.token(desk)}"}

        async def status(path: str) -> int:
            return (await asyncio.to_thread(get, desk.server.url + path, headers))[0]

        reader = who.role in ("agent", "supervisor")
        assert await status("/api/calls/c1") == (200 if who in SEES else 404 if reader else 401)
        code, _, body = await asyncio.to_thread(get, f"{desk.server.url}/api/calls", headers)
        assert code == (200 if reader else 401)
        assert (b'"c1"' in body) == (who in SEES)
        assert await status("/metrics") == (200 if who.role == "supervisor" else 401)
        assert {await status(path) for path in ("/", "/healthz", "/readyz")} == {200}


@pytest.mark.parametrize("kind", MESSAGES)
@pytest.mark.parametrize("who", [who for who in EVERYBODY if who.role in ("agent", "supervisor")], ids=str)
async def test_whose_message_takes_effect(desk: Desk, who: Who, kind: str) -> None:
    """Of those who can open a socket at all: on its own socket and call, nowhere else."""
    own_path, fields, effective = MESSAGES[kind]
    desk.opener.script = [card(0.1)]
    async with desk.softphone() as phone:
        await send_audio(phone, 0, 0.5)
        await phone.hear("ack")
        for path in ("/v1/overlay", "/v1/supervisor"):
            if who not in OPENS[path]:
                continue
            async with desk.peer(path) as page:
                await page.say(type="hello", v=1, token=who.token(desk))
                await page.hear()
                await page.say(type=kind, **fields)
                if path != own_path:
                    assert await page.closed() == (4400, "protocol.type")
                elif kind == "watch":
                    assert (await page.hear())["type"] == ("snapshot" if who in effective else "gone")
                elif kind not in ("shown", "unwatch"):
                    await _took_effect(page, who in effective)
        acted = bool(desk.opener.sessions["c1"].actions)
        assert acted == (who in effective and kind not in ("shown", "watch", "unwatch"))
        measured = b"coach_prompt_shown_seconds_count 1.0" in desk.server.metrics.text()
        assert measured == (who in effective and kind == "shown")


async def _took_effect(page: Peer, expected: bool) -> None:
    """An overlay hears its own action, a board sees its row change; who may not is told that there is no such thing."""
    message = await page.hear("event" if expected and page.path == "/v1/overlay" else "row" if expected else "error")
    assert expected or message["code"] in ("prompt.unknown", "call.unknown")


@pytest.mark.parametrize("who", EVERYBODY, ids=str)
async def test_whose_board_shows_the_call(desk: Desk, who: Who) -> None:
    """Its teams' calls, and none for a supervisor without teams."""
    if who not in OPENS["/v1/supervisor"]:
        return
    async with desk.softphone(), desk.peer("/v1/supervisor") as page:
        await page.say(type="hello", v=1, token=who.token(desk))
        assert [row["call"] for row in (await page.hear("board"))["rows"]] == (["c1"] if who in SEES else [])


@pytest.mark.parametrize("who", EVERYBODY, ids=str)
async def test_whose_overlay_shows_the_call(desk: Desk, who: Who) -> None:
    """Its agent's."""
    if who not in OPENS["/v1/overlay"]:
        return
    async with desk.softphone(), desk.peer("/v1/overlay") as page:
        await page.say(type="hello", v=1, token=who.token(desk))
        call = (await page.hear("snapshot"))["call"]
        assert (call is not None) == (who in SEES)

"""Each row of the tables in docs/protocol.md: what a wrong thing gets, on a real server."""

from __future__ import annotations

import asyncio
import json
import re
import struct
from collections.abc import Awaitable, Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import jwt
import pytest
from websockets.exceptions import InvalidStatus

from coach.server.codec import pack_audio
from tests.server.desk import KEY, WAIT_S, Desk, FakeSession, Open, Peer, card, send_audio

Deed = Callable[[Desk, Peer], Awaitable[None]]
CASES: list[tuple[str, str, int, Deed]] = []  # row of the table, code, close code, what the peer does


def case(row: str, code: str, close: int) -> Callable[[Deed], Deed]:
    """Register what a peer on /v1/audio does wrong."""

    def register(deed: Deed) -> Deed:
        CASES.append((row, code, close, deed))
        return deed

    return register


def says(row: str, code: str, close: int, **changes: Any) -> None:
    """Register a hello with something wrong in it."""

    async def deed(desk: Desk, peer: Peer) -> None:
        await peer.say(**desk.hello(**changes))

    CASES.append((row, code, close, deed))


def sends(row: str, code: str, close: int, frame: str | bytes, *, greeted: bool = False) -> None:
    """Register a raw frame."""

    async def deed(desk: Desk, peer: Peer) -> None:
        if greeted:
            await peer.say(**desk.hello())
        await peer.socket.send(frame)

    CASES.append((row, code, close, deed))


NOTHING = "nothing at all within `hello_timeout_s`"
JSON = "text that is not JSON"
TYPE = "an unknown `type`, or none, or no object"
FIELD = "a field missing, unknown, of the wrong type or too long"
CONTEXT = "context beyond its size, or with numbers that are not finite"
ORDER = "something else before hello, hello twice, audio after bye"
HEADER = "a binary frame with a short or wrong header"
CHANNELS = "channels that are not listed, the same twice, two on one of two legs"
SIZE = "bytes that are no whole number of samples, or more than 1 s"
TOKEN = "a token that is broken, of another key, algorithm or audience, or without a role"

for text in ("", "{", "hello", '{"type":"hello",}', "[" * 50_000):
    sends(JSON, "protocol.json", 4400, text)
for text in ("[]", "null", "1", '"hello"', "{}", '{"type":7}', '{"type":"ready"}', '{"type":"watch","call":"c1"}'):
    sends(TYPE, "protocol.type", 4400, text)
says("another version", "protocol.version", 4400, v=2)
says(FIELD, "protocol.field", 4400, call=None)
says(FIELD, "protocol.field", 4400, call="../../etc/passwd")
says(FIELD, "protocol.field", 4400, call="c" * 65)
says(FIELD, "protocol.field", 4400, agent="")
says(FIELD, "protocol.field", 4400, token="t" * 5000)
says(FIELD, "protocol.field", 4400, resume=-1)
says(FIELD, "protocol.field", 4400, resume=2**63)
says(FIELD, "protocol.field", 4400, legs=3)
says(FIELD, "protocol.field", 4400, model="my-own-model")
sends(FIELD, "protocol.field", 4400, '{"type":"hello","v":1}')
sends(FIELD, "protocol.field", 4400, '{"type":"bye","reason":"<script>"}', greeted=True)
says(CONTEXT, "protocol.field", 4400, context={"note": "字" * 10_000})
says(CONTEXT, "protocol.field", 4400, context={str(number): 1 for number in range(65)})
says(CONTEXT, "protocol.field", 4400, context={"debt": float("inf")})
sends(ORDER, "protocol.order", 4400, '{"type":"bye"}')
sends("a binary frame where text is due", "protocol.binary", 4400, pack_audio(0, b"\xff" * 320))
sends(HEADER, "protocol.frame", 4400, b"", greeted=True)
sends(HEADER, "protocol.frame", 4400, b"\x01", greeted=True)
sends(HEADER, "protocol.frame", 4400, struct.pack("<QQ", 2, 0) + b"\xff" * 320, greeted=True)
sends(HEADER, "protocol.frame", 4400, struct.pack("<QQ", 1, 2**63) + b"\xff" * 320, greeted=True)
sends("a message larger than `max_message_bytes`", "", 1009, b"\0" * 65_537, greeted=True)
says("an encoding that is not listed", "audio.encoding", 4415, encoding="opus")
for rate in (0, 11025, 44100, "8000", 8000.5):
    says("a rate that is not listed", "audio.rate", 4415, rate=rate)
says(CHANNELS, "audio.channels", 4415, channels=[])
says(CHANNELS, "audio.channels", 4415, channels=["left", "right"])
says(CHANNELS, "audio.channels", 4415, channels=["agent", "agent"])
says(CHANNELS, "audio.channels", 4415, channels=["agent", "customer"], legs=2)
sends(SIZE, "audio.size", 4415, pack_audio(0, b"\xff" * 321), greeted=True)
sends(SIZE, "audio.size", 4415, pack_audio(0, b"\xff" * 16_002), greeted=True)
sends("an offset more than 60 s ahead", "audio.gap", 4415, pack_audio(60 * 8000 + 1, b"\xff" * 320), greeted=True)


@case(ORDER, "protocol.order", 4400)
async def _hello_twice(desk: Desk, peer: Peer) -> None:
    await peer.say(**desk.hello())
    await peer.say(**desk.hello())


@case(ORDER, "protocol.order", 4400)
async def _audio_after_bye(desk: Desk, peer: Peer) -> None:
    await peer.say(**desk.hello(channels=["agent"], legs=2))
    await peer.say(type="bye")
    await send_audio(peer, 0, 0.1, sample_bytes=1)


@case("text that is not UTF-8", "", 1007)
async def _not_unicode(_: Desk, peer: Peer) -> None:
    await peer.socket.send(b'{"type":"\xff"}', text=True)


def token(row: str, code: str, **claims: Any) -> None:
    """Register a hello with a token that has these claims, `key` and `algorithm`; None leaves a claim out."""
    key, algorithm = claims.pop("key", KEY), claims.pop("algorithm", "HS256")
    whole = {"aud": "call-coach", "role": "softphone", "sub": "a1", "exp": 2**31, **claims}
    signed = jwt.encode({name: value for name, value in whole.items() if value is not None}, key, algorithm)
    says(row, code, 4403, token=signed)


says(TOKEN, "auth.token", 4403, token="x")
says(TOKEN, "auth.token", 4403, token="a.b.c")
token(TOKEN, "auth.token", key="another key that is long enough too")
token(TOKEN, "auth.token", key=None, algorithm="none")
token(TOKEN, "auth.token", key=KEY + KEY, algorithm="HS512")
token(TOKEN, "auth.token", aud="another-service")
token(TOKEN, "auth.token", role="admin")
token(TOKEN, "auth.token", role=["softphone"])
token(TOKEN, "auth.token", role=None)
token(TOKEN, "auth.token", exp=None)
token(TOKEN, "auth.token", sub=None)
token(TOKEN, "auth.token", sub="")
token(TOKEN, "auth.token", teams="east")
token("an expired token, also while a page is open", "auth.expired", exp=1)
token("a token of another role", "auth.role", role="agent")
token("a token of another role", "auth.role", role="supervisor")
token("a softphone's token of another agent", "auth.agent", sub="a2")
says("`resume` of a call that the server does not know", "call.unknown", 4404, resume=8000)


@pytest.mark.parametrize(("row", "code", "close", "deed"), CASES, ids=[f"{code or close}-{n}" for n, (_, code, close, _)
                                                                       in enumerate(CASES)])
async def test_a_wrong_thing_gets_its_code(desk: Desk, row: str, code: str, close: int, deed: Deed) -> None:
    """One error message, then the close; the server goes on."""
    async with desk.peer("/v1/audio") as peer:
        await deed(desk, peer)
        if code:
            assert (await peer.hear("error"))["code"] == code
        assert (await peer.closed())[0] == close
        if code:
            assert peer.socket.close_reason == code
    async with desk.softphone(call="another"):
        pass


async def test_silence_is_cut(open_desk: Open) -> None:
    """A socket without hello, and a softphone without audio."""
    async with open_desk(hello_timeout_s=0.05, idle_timeout_s=0.1) as desk:
        for path in ("/v1/audio", "/v1/overlay", "/v1/supervisor"):
            async with desk.peer(path) as peer:
                assert await peer.closed() == (4408, "protocol.timeout")
        async with desk.softphone() as phone:
            assert await phone.closed() == (4408, "protocol.idle")


async def test_a_call_above_the_limit_is_to_try_later(open_desk: Open) -> None:
    """1013 is "try again later"; the running call is not touched."""
    async with open_desk(max_calls=1) as desk, desk.softphone() as phone:
        async with desk.peer("/v1/audio") as late:
            await late.say(**desk.hello(call="c2"))
            assert await late.closed() == (1013, "server.full")
        await phone.say(type="bye")
        await phone.hear("ended")
        async with desk.softphone(call="c3"):
            pass


async def test_a_call_id_belongs_to_one_call(desk: Desk) -> None:
    """Not for another softphone, agent or layout, and not again after the end."""
    async with desk.softphone() as phone:
        for changes, reason in (
            ({"agent": "a2", "token": desk.token("softphone", "a2")}, "call.taken"),
            ({"token": desk.token("softphone", "*")}, "call.taken"),
            ({"encoding": "alaw"}, "call.layout"),
            ({"rate": 16000}, "call.layout"),
            ({"channels": ["customer"]}, "call.layout"),
            ({"channels": ["customer"], "legs": 2}, "call.layout"),
        ):
            async with desk.peer("/v1/audio") as other:
                await other.say(**desk.hello(**changes))
                assert await other.closed() == (4409, reason)
        await phone.say(type="bye")
        await phone.hear("ended")
    async with desk.peer("/v1/audio") as again:
        await again.say(**desk.hello())
        assert await again.closed() == (4409, "call.ended")


@pytest.mark.parametrize("path", ["/v1/overlay", "/v1/supervisor"])
@pytest.mark.parametrize(("frame", "code", "close"), [
    ("x", "protocol.json", 4400),
    ('{"type":"shout"}', "protocol.type", 4400),
    (b"\0" * 32, "protocol.binary", 4400),
    ('{"type":"hello","v":1,"token":"x"}', "auth.token", 4403),
    ('{"type":"hello","v":3,"token":"x"}', "protocol.version", 4400),
    ('{"type":"hello","v":1,"token":"x","role":"supervisor"}', "protocol.field", 4400),
])
async def test_pages_are_told_like_softphones(desk: Desk, path: str, frame: str, code: str, close: int) -> None:
    """The same codes on the other sockets."""
    async with desk.peer(path) as peer:
        await peer.socket.send(frame)
        assert (await peer.hear())["code"] == code
        assert await peer.closed() == (close, code)


async def test_pages_need_their_own_role(desk: Desk) -> None:
    """A softphone's token opens no page, an agent's no board, a supervisor's no overlay."""
    for path, role in (("/v1/overlay", "softphone"), ("/v1/overlay", "supervisor"),
                       ("/v1/supervisor", "softphone"), ("/v1/supervisor", "agent")):
        async with desk.peer(path) as peer:
            await peer.say(type="hello", v=1, token=desk.token(role))  # type: ignore[arg-type]
            assert await peer.closed() == (4403, "auth.role")


async def test_a_page_whose_token_expires_is_closed(desk: Desk) -> None:
    """A token is a loan, also for a socket that stays open."""
    async with desk.peer("/v1/overlay") as page:
        await page.say(type="hello", v=1, token=desk.token("agent", ttl_s=1))
        assert (await page.hear())["type"] == "snapshot"
        assert await page.closed() == (4403, "auth.expired")


async def test_a_page_out_of_order(desk: Desk) -> None:
    """hello twice, and messages of others before hello."""
    async with desk.overlay() as page:
        await page.say(type="hello", v=1, token=desk.token("agent"))
        assert await page.closed() == (4400, "protocol.order")
    async with desk.supervisor() as page:
        await page.say(type="hello", v=1, token=desk.token("supervisor"))
        assert await page.closed() == (4400, "protocol.order")
    async with desk.peer("/v1/supervisor") as page:
        await page.say(type="watch", call="c1")
        assert await page.closed() == (4400, "protocol.order")


async def test_what_is_only_late_goes_on(desk: Desk) -> None:
    """A page that is a moment behind keeps its socket."""
    desk.opener.script = [card()]
    async with desk.overlay() as page, desk.supervisor() as board:
        await board.hear("board")
        await board.say(type="watch", call="c1")
        assert await board.hear() == {"type": "gone", "call": "c1"}
        await board.say(type="flag", call="c1")
        assert (await board.hear())["code"] == "call.unknown"
        await page.say(type="action", prompt="p1", action="dismiss")
        assert (await page.hear("error"))["code"] == "prompt.unknown"
        async with desk.softphone() as phone:
            await send_audio(phone, 0, 0.3)
            await page.hear_event("prompt")
            await page.say(type="action", prompt="p9", action="dismiss")
            assert (await page.hear("error"))["code"] == "prompt.unknown"
            await page.say(type="action", prompt="p1", action="dismiss", call="c0")
            assert (await page.hear("error"))["code"] == "prompt.unknown"
            await phone.say(type="bye")
            await phone.hear("ended")
        await page.hear_event("call_ended")
        await page.say(type="action", prompt="p1", action="dismiss")
        assert (await page.hear("error"))["code"] == "call.ended"
        await board.say(type="whisper", call="c1", text="慢一点")
        assert (await board.hear("error"))["code"] == "call.ended"
    assert desk.opener.sessions["c1"].actions == []


async def test_a_call_that_is_not_yours_is_not_there(desk: Desk) -> None:
    """The answer does not tell whether it exists."""
    async with desk.softphone():
        for call in ("c1", "nothing"):
            async with desk.overlay("a2", call=call) as page:
                assert await page.closed() == (4404, "call.unknown")


async def test_a_fault_of_the_server_tells_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks inside, the peer learns that something did."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("身份证")

    monkeypatch.setattr(desk.server.hub, "follow", broken)
    async with desk.overlay() as page:
        error = await page.hear()
        assert error["code"] == "server.internal"
        assert "身份证" not in json.dumps(error, ensure_ascii=False)
        assert await page.closed() == (1011, "server.internal")


# -- HTTP ------------------------------------------------------------------------------------------------------------


def ask(desk: Desk, method: str, path: str, headers: dict[str, str] | None = None) -> int:
    """The status that a request gets."""
    connection = HTTPConnection("127.0.0.1", desk.server.port, timeout=WAIT_S)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("path", [
    "/nothing", "/overlay/../../pyproject.toml", "/overlay/%2e%2e/%2e%2e/pyproject.toml", "//etc/passwd", "/shared/",
    "/overlay/..%5c..%5cpyproject.toml", "/overlay//index.html", "/overlay/index.html%00.js", "/v2/audio", "/api",
])
async def test_paths_that_are_not_there(desk: Desk, path: str) -> None:
    """However it is spelt, nothing outside the table of files is served."""
    assert await asyncio.to_thread(ask, desk, "GET", path) == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
async def test_only_get(desk: Desk, method: str) -> None:
    """Nothing can be changed over HTTP."""
    assert await asyncio.to_thread(ask, desk, method, "/healthz") == 405


async def test_sockets_of_other_origins_are_refused(open_desk: Open) -> None:
    """A stranger's page in the agent's browser gets no socket; a page of ours, and one that is allowed, do."""
    async with open_desk(origins=("https://crm.example",)) as desk:
        for origin in ("https://evil.example", "null", f"http://evil.example:{desk.server.port}"):
            with pytest.raises(InvalidStatus) as refused:
                async with desk.peer("/v1/overlay", origin=origin):
                    pass
            assert refused.value.response.status_code == 403
        for origin in (desk.server.url, f"http://localhost:{desk.server.port}", "https://crm.example"):
            async with desk.peer("/v1/overlay", origin=origin):
                pass


async def test_the_api_wants_a_token_that_may(desk: Desk) -> None:
    """No token, a bad one, one of a softphone, and a call of somebody else."""
    async with desk.softphone():
        for headers, path, status in (
            ({}, "/api/calls", 401),
            ({"Authorization": "Bearer x"}, "/api/calls", 401),
            ({"Authorization": f"Basic {desk.token('agent')}"}, "/api/calls", 401),
            ({"Authorization": f"Bearer {desk.token('softphone')}"}, "/api/calls", 401),
            ({"Authorization": f"Bearer {desk.token('agent', 'a2')}"}, "/api/calls/c1", 404),
            ({"Authorization": f"Bearer {desk.token('supervisor', 's1', 'west')}"}, "/api/calls/c1", 404),
            ({"Authorization": f"Bearer {desk.token('agent')}"}, "/api/calls/nothing", 404),
            ({"Authorization": f"Bearer {desk.token('agent')}"}, "/api/calls/c1", 200),
        ):
            assert await asyncio.to_thread(ask, desk, "GET", path, headers) == status


async def test_a_socket_path_wants_an_upgrade(desk: Desk) -> None:
    """A browser that opens /v1/audio as a page is told what it is."""
    assert await asyncio.to_thread(ask, desk, "GET", "/v1/audio") == 426


# -- the document ----------------------------------------------------------------------------------------------------


ELSEWHERE = ("feed.slow", "call.taken_over", "server.busy", "rate.limit")
"""Codes whose tests need more than a wrong frame: test_feeds.py, test_ingest.py, test_headroom.py,
test_limits.py."""


def test_every_row_of_the_document_is_tested() -> None:
    """The table and the tests have the same codes with the same closes; every registered row is in the table."""
    document = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (?:`([a-z_.]+)`|–) \| (\d{4}|goes on) \|$", document, re.MULTILINE)
    assert len(rows) > 30
    tested = Path(__file__).read_text(encoding="utf-8")
    for _, code, _ in rows:
        assert not code or f'"{code}"' in tested or code in ELSEWHERE, code
    table = {(what, code, close) for what, code, close in rows}
    for row, code, close, _ in CASES:
        assert (row, code, str(close)) in table, row


def test_fake_sessions_are_sessions() -> None:
    """The double has the methods that the server calls, so that these tests mean something."""
    from coach.server.live_call import CallSession

    session: CallSession = FakeSession.__new__(FakeSession)
    assert all(hasattr(session, name) for name in ("push", "act", "end", "recogniser"))

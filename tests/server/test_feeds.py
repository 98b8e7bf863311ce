"""The pages' sockets, on a real server."""

from __future__ import annotations

import dataclasses
import logging
import socket

import pytest

from coach.events import Mode, Phase, Stress, Transcript
from tests.server.desk import Desk, Peer, card, send_audio


async def talk(phone: Peer, start_s: float, end_s: float) -> None:
    await send_audio(phone, start_s, end_s)
    await phone.hear("ack")


async def test_a_card_reaches_the_overlay_and_what_the_agent_did_comes_back(desk: Desk) -> None:
    """Prompt, dismissal, closed: each once, in order."""
    desk.opener.script = [Phase(0.1, "verify"), card(0.2)]
    async with desk.overlay() as page, desk.softphone() as phone:
        assert (await page.hear())["call"] is None
        assert (await page.hear("snapshot"))["call"]["call"] == "c1"
        await talk(phone, 0, 0.5)
        prompt = await page.hear_event("prompt")
        assert prompt["text"]["zh"] == "直接讲两点"
        await page.say(type="action", prompt=prompt["id"], action="dismiss", call="c1")
        assert (await page.hear_event("agent_action"))["action"] == "dismiss"
        assert (await page.hear_event("prompt_closed"))["reason"] == "dismissed"
    assert [latency.rule for latency in desk.server.hub.latencies()] == ["PACE-01"]


async def test_a_page_that_comes_late_is_told_the_past(desk: Desk) -> None:
    """By call id as well as by agent."""
    desk.opener.script = [Phase(0.1, "verify"), Transcript(0.2, "customer", 0.0, 0.1, "喂", False), card(0.3)]
    async with desk.softphone() as phone:
        await talk(phone, 0, 0.5)
        for more in ({}, {"call": "c1"}):
            async with desk.overlay(**more) as page:
                snapshot = await page.hear()
                assert [event["type"] for event in snapshot["events"]] == ["call_started", "phase", "prompt"]
                assert snapshot["call"]["live"] is True


async def test_an_overlay_turns_to_the_next_call(desk: Desk) -> None:
    """The agent's, not a colleague's."""
    async with desk.overlay() as page:
        for call in ("c1", "c2"):
            async with desk.softphone(call=call) as phone, desk.softphone(
                call=f"{call}-other", agent="a2", token=desk.token("softphone", "a2")
            ):
                await phone.say(type="bye")
                await phone.hear("ended")
        calls = [(await page.hear("snapshot"))["call"] for _ in range(3)]
    assert [call and call["call"] for call in calls] == [None, "c1", "c2"]


async def test_the_board_shows_calls_come_change_and_go(desk: Desk) -> None:
    """A new row, a worse one, gone."""
    desk.opener.script = [Mode(0.1, "angry", True), card(0.2, priority="P0")]
    async with desk.supervisor() as board:
        assert await board.hear() == {"type": "board", "rows": []}
        async with desk.softphone() as phone:
            assert (await board.hear("row"))["row"]["call"] == "c1"
            await talk(phone, 0, 0.5)
            while not (row := (await board.hear("row"))["row"])["reasons"]:
                pass
            assert row["reasons"] == ["p0", "mode"]
            assert [prompt["rule"] for prompt in row["prompts"]] == ["PACE-01"]
            await phone.say(type="bye")
        assert (await board.hear("gone"))["call"] == "c1"


async def test_rows_are_coalesced(desk: Desk) -> None:
    """Hundreds of changes within half a second are one row."""
    desk.opener.script = [Stress(number / 50, "customer", 0.4, {}, 1.0, 1.0) for number in range(1, 500)]
    async with desk.supervisor() as board, desk.softphone() as phone:
        await send_audio(phone, 0, 10)
        await phone.say(type="bye")
        await phone.hear("ended")
        rows = 0
        while (await board.hear())["type"] != "gone":
            rows += 1
        assert rows <= 5


async def test_a_supervisor_watches_one_call_and_leaves_it(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Snapshot, events, and silence after unwatch; the log knows who watched."""
    desk.opener.script = [Phase(0.1, "greeting"), Phase(0.3, "verify"), Phase(0.5, "close")]
    with caplog.at_level(logging.INFO, logger="coach.server"):
        async with desk.supervisor() as board, desk.softphone() as phone:
            await talk(phone, 0, 0.28)
            await board.say(type="watch", call="c1")
            assert [event["type"] for event in (await board.hear("snapshot"))["events"]] == ["call_started", "phase"]
            await send_audio(phone, 0.28, 0.48)
            assert (await board.hear_event("phase"))["phase"] == "verify"
            await board.say(type="unwatch")
            await board.say(type="watch", call="nothing")  # its answer shows that unwatch was read
            await board.hear("gone")
            await send_audio(phone, 0.48, 0.8)
            await phone.say(type="bye")
            while (message := await board.hear())["type"] != "gone":
                assert message["type"] == "row"
    assert "call.supervised by=s1 call=c1 deed=watch" in caplog.text


async def test_a_whisper_reaches_the_agent_and_a_note_does_not(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Both are events of the call; the log has neither's words."""
    with caplog.at_level(logging.DEBUG):
        async with desk.supervisor() as board, desk.overlay() as page, desk.softphone() as phone:
            await talk(phone, 0, 0.3)
            await board.say(type="watch", call="c1")
            await board.say(type="note", call="c1", text="需要复核")
            await board.say(type="fault", call="c1", text="ours")
            await board.say(type="whisper", call="c1", text="先道歉")
            assert [(await board.hear_event("supervisor_action"))["action"] for _ in range(3)] == [
                "note", "fault", "whisper"
            ]
            fault, whisper = [await page.hear_event("supervisor_action") for _ in range(2)]
            assert (fault["action"], fault["text"]) == ("fault", "ours")
            assert (whisper["action"], whisper["text"], whisper["by"]) == ("whisper", "先道歉", "s1")
    ours = "".join(record.getMessage() for record in caplog.records if record.name.startswith("coach"))
    assert "deed=whisper" in ours
    assert "道歉" not in ours
    assert "复核" not in ours


async def test_a_reader_that_stops_reading_is_cut_and_nobody_else_notices(desk: Desk) -> None:
    """A frozen page is given up with feed.slow; the other overlay of the same agent gets every card."""
    steps, each = 200, 10
    desk.opener.script = [
        dataclasses.replace(card(step / 10, step * each + number), text={"zh": "讲" * 2000})
        for step in range(1, steps) for number in range(each)
    ]
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.connect(("127.0.0.1", desk.server.port))
    async with desk.peer("/v1/overlay", sock=small) as frozen, desk.overlay() as page, desk.softphone() as phone:
        await frozen.say(type="hello", v=1, token=desk.token("agent"))
        await frozen.hear("snapshot")
        frozen.socket.transport.pause_reading()
        for step in range(1, steps):
            await send_audio(phone, (step - 1) / 10, step / 10)
            got = [(await page.hear_event("prompt"))["id"] for _ in range(each)]
            assert got == [f"p{step * each + number}" for number in range(each)]
        frozen.socket.transport.resume_reading()
        assert await frozen.closed() == (4408, "feed.slow")

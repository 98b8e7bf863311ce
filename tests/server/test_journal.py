"""What a running server has recorded."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from coach.events import Stress, Transcript
from coach.records.recorder import Recorder
from coach.records.store import Store
from coach.server.app import Server
from coach.settings import Settings
from tests.server.desk import KEY, Desk, FakeOpener, card, send_audio
from tests.server.test_pages import get


async def test_a_call_is_recorded_as_it_was_shown(tmp_path: Path) -> None:
    """Every event but partials, redacted as on the screens; who watched is in the audit."""
    store = Store(f"sqlite:///{tmp_path}/r.db")
    opener = FakeOpener()
    opener.script = [
        Transcript(0.1, "customer", 0.0, 0.1, "幺三", False), Stress(0.15, "customer", 0.2, {}, 1.0, 1.0), card(0.2),
        Transcript(0.3, "customer", 0.0, 0.3, "手机是幺三八零零一三八零零零", True),
    ]
    with Recorder(store) as recorder:
        async with Server(Settings(port=0), opener, KEY, recorder) as server:
            desk = Desk(server, opener)
            async with desk.supervisor() as board, desk.softphone(context={"id": "11010519491231002X"}) as phone:
                await send_audio(phone, 0, 0.5)
                await phone.hear("ack")
                await board.say(type="watch", call="c1")
                shown = (await board.hear("snapshot"))["events"]
                await board.say(type="whisper", call="c1", text="慢")
                await board.hear_event("supervisor_action")
                headers = {"Authorization": f"Bearer {desk.token('supervisor', 's2', 'east')}"}
                await asyncio.to_thread(get, f"{server.url}/api/calls/c1", headers)
                await phone.say(type="bye")
                await phone.hear("ended")
    (record,) = store.records()
    assert (record["call"], record["reason"], record["recogniser"]) == ("c1", "bye", "none")
    kept = store.events(record["record"])
    assert kept[:4] == shown
    assert [event["type"] for event in kept] == [
        "call_started", "stress", "prompt", "transcript", "supervisor_action", "call_ended"
    ]
    assert kept[3]["text"] == "手机是〔电话号码〕"
    assert "1949" not in json.dumps(kept)
    assert [(deed["who"], deed["deed"]) for deed in store.audit()] == [
        ("s1", "watch"), ("s1", "whisper"), ("s2", "read")
    ]

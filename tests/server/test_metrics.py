"""What Prometheus is told."""

from __future__ import annotations

import asyncio
import re

from prometheus_client.parser import text_string_to_metric_families

from coach.call.decoding import DecodePool
from coach.call.session import Sessions
from coach.playbook import load
from coach.recognition.none import NoEngine
from coach.server.app import Server
from coach.settings import Settings
from tests.server.desk import KEY, Desk, card, send_audio
from tests.server.test_pages import get


async def scrape(desk: Desk) -> dict[str, float]:
    """Sample name with labels -> value."""
    headers = {"Authorization": f"Bearer {desk.token('supervisor', 'prometheus')}"}
    status, _, body = await asyncio.to_thread(get, f"{desk.server.url}/metrics", headers)
    assert status == 200
    return {
        sample.name + "".join(f",{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


async def test_a_call_leaves_its_numbers(desk: Desk) -> None:
    """Audio, gaps, events, prompts, latencies, ends."""
    desk.opener.script = [card(0.2)]
    async with desk.overlay() as page, desk.softphone() as phone:
        await send_audio(phone, 0, 0.5)
        await page.hear_event("prompt")
        await page.say(type="shown", prompt="p1")
        await page.say(type="shown", prompt="p1")
        await page.say(type="action", prompt="p1", action="acknowledge")
        await page.hear_event("agent_action")
        during = await scrape(desk)
        await phone.say(type="bye")
        await phone.hear("ended")
    numbers = await scrape(desk)
    assert (during["coach_calls_live"], during["coach_readers"], numbers["coach_calls_live"]) == (1, 1, 0)
    assert numbers["coach_calls_total,bye"] == 1
    assert numbers["coach_prompts_total,P1,PACE-01"] == 1
    assert numbers["coach_events_total,call_ended"] == 1
    assert numbers["coach_audio_seconds_total"] == 1.0  # half a second of two speakers
    for name in ("evidence", "decided", "shown"):
        assert numbers[f"coach_prompt_{name}_seconds_count"] == 1
        assert 0 < numbers[f"coach_prompt_{name}_seconds_sum"] < 5


async def test_refusals_are_counted_by_code(desk: Desk) -> None:
    """A rise of one of these is what an operator wants to hear of."""
    async with desk.peer("/v1/audio") as peer:
        await peer.say(**desk.hello(token="x"))
        await peer.closed()
    assert (await scrape(desk))["coach_refused_total,auth.token"] == 1


async def test_numbers_name_nobody(desk: Desk) -> None:
    """No agent, call or token in them; and they want a supervisor's token."""
    async with desk.softphone(call="call-of-a-person", agent="a-person", token=desk.token("softphone", "a-person")):
        headers = {"Authorization": f"Bearer {desk.token('supervisor')}"}
        _, _, body = await asyncio.to_thread(get, f"{desk.server.url}/metrics", headers)
    assert not re.search(r"a-person", body.decode())
    for headers in ({}, {"Authorization": f"Bearer {desk.token('agent')}"}):
        assert (await asyncio.to_thread(get, f"{desk.server.url}/metrics", headers))[0] == 401


def test_every_queue_is_in_the_metrics() -> None:
    """What waits for the slowest page, for the disk and for a decoding thread; how late the loop is; what was lost."""
    engine = NoEngine("metrics")
    sessions = Sessions(engine, "zh", load("zh-bank"), DecodePool(1), lambda _: engine)
    text = Server(Settings(port=0), sessions, KEY).metrics.text().decode()
    for name in ("calls_live", "feed_waiting", "feed_shed_total", "records_waiting", "records_lost", "decode_waiting",
                 "decode_shed_seconds", "decode_late", "loop_lag_seconds", "cpu_share", "prompt_evidence_seconds_count",
                 "prompt_decided_seconds_count", "prompt_shown_seconds_count"):
        assert re.search(rf"^coach_{name} 0\.0$", text, re.MULTILINE), name

"""Both pages on the real server while a softphone streams the demonstration call in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from coach.audio.wavfile import read_call
from coach.call.decoding import DecodePool
from coach.call.session import Sessions
from coach.playbook import load
from coach.recognition.transcript import TranscriptEngine
from coach.resources import resource
from coach.server.app import Server
from coach.server.auth import Role, mint
from coach.server.wire import Hello
from coach.settings import load as load_settings
from coach.softphone.client import Outcome, Softphone
from coach.softphone.sources import play

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

KEY = "k" * 32
PACE = 3.0  # the call is played this many times as fast as it was


def token(role: Role) -> str:
    """Of the agent, or of a supervisor of the agent's team."""
    return mint(KEY, role, "boss" if role == "supervisor" else "wang.min", teams=("loans",))


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[Server]:
    """The server with a recogniser that knows the demonstration call by heart."""
    engine = TranscriptEngine(resource("coach/demo/call.json"))
    pool = DecodePool(1)
    playbook = await asyncio.to_thread(load, "zh-bank")
    async with Server(load_settings(port=0), Sessions(engine, "zh", playbook, pool, lambda _: engine), KEY) as server:
        yield server
    await asyncio.to_thread(pool.close)


async def call(server: Server) -> Outcome:
    """The demonstration call, from hello to the end."""
    hello = Hello(token=token("softphone"), call="demo", agent="wang.min", campaign="loan_followup", encoding="mulaw",
                  rate=8000, channels=["agent", "customer"])
    phone = Softphone(f"{server.url.replace('http', 'ws', 1)}/v1/audio", hello, wait_when_full=True)
    return await phone.run(play(read_call(resource("coach/demo/call.flac")), pace=PACE))


async def open_page(browser: Browser, server: Server, name: str, role: Role, width: int) -> Page:
    """A page that is signed in and connected; a fault in it fails the test."""
    page = await browser.new_page(viewport={"width": width, "height": 860}, locale="zh-CN")
    page.set_default_timeout(20000)
    await page.goto(f"{server.url}/{name}#token={token(role)}")
    await page.locator('[data-link="live"]').wait_for(state="attached")
    return page


async def test_a_call_is_coached_answered_watched_and_whispered_into(browser: Browser, server: Server) -> None:
    """The whole of it: cards with evidence, answers, the board, the call in full, a whisper, the end."""
    overlay = await open_page(browser, server, "overlay", "agent", 380)
    board = await open_page(browser, server, "supervisor", "supervisor", 1440)
    await expect(overlay.locator(".calm-title")).to_have_text("等待通话")
    streaming = asyncio.create_task(call(server))

    await expect(board.locator(".row")).to_have_count(1)
    await board.locator(".row .open").click()
    await expect(board.locator(".call h2").first).to_have_text("wang.min")

    await expect(overlay.locator('.card[data-kind="P0"][data-landed]')).to_be_visible(timeout=20000)
    await expect(overlay.locator(".card-say")).to_contain_text("核验身份")
    await expect(overlay.locator(".card-glance")).to_contain_text("坐席说“")
    await overlay.keyboard.press("h")
    await expect(overlay.locator(".card")).to_be_hidden()
    await expect(board.locator(".cards li", has_text="核验身份")).to_contain_text("已知道 · 有用")

    await board.locator(".composer textarea").fill("客户在赶时间")
    await board.locator(".composer textarea").press("Enter")
    whisper = overlay.locator('.card[data-kind="whisper"][data-landed]')
    await expect(whisper).to_contain_text("客户在赶时间")
    await overlay.keyboard.press("Enter")
    await expect(whisper).to_be_hidden()

    await expect(overlay.locator('[data-cue="pace"] .meter-word')).to_contain_text("快", timeout=20000)
    await expect(overlay.locator('.card[data-kind="P0"]')).to_contain_text("承诺", timeout=20000)
    await expect(overlay.locator("mark").first).to_be_visible()
    outcome = await streaming
    assert outcome.reason == "recording ended"
    await expect(overlay.locator(".calm-title")).to_have_text("通话已结束")
    await expect(board.locator(".call-about")).to_contain_text("通话已结束")
    await expect(board.locator(".row")).to_have_count(0)
    words = await overlay.locator(".transcript li p").all_text_contents()
    assert words == await board.locator(".call .transcript li p").all_text_contents()
    assert server.hub.latencies(), "the overlay has told the server of no card it has drawn"
    for page in (overlay, board):
        await page.close()


async def test_a_page_with_the_wrong_token_says_so(browser: Browser, server: Server) -> None:
    """An agent's token does not open the board."""
    page = await browser.new_page(locale="zh-CN")
    await page.goto(f"{server.url}/supervisor#token={token('agent')}")
    await expect(page.locator('.top .link[data-link="refused"]')).to_contain_text("登录已失效")
    await page.close()

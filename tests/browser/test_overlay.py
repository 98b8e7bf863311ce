"""The agent's overlay, used as an agent uses it."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser import lively
from tests.browser.conftest import OpenPage
from tests.browser.fake_server import FakeServer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PACE = {"since": 42.9, "measured": {"syllables_per_s": 7.6, "baseline": 5.4, "ratio": 1.41, "window_s": 6.1,
                                    "source": "words"}, "because": "customer speeds up"}


async def landed(page: Page, prompt: str) -> None:
    """The card is on the stage and takes keys."""
    await expect(page.locator(f'.card[data-id$="{prompt}"][data-landed]')).to_be_visible()


async def test_a_card_shows_the_words_to_say_its_kind_and_its_evidence(open_page: OpenPage, server: FakeServer) -> None:
    """What an agent reads in half a second, and the reason beside it."""
    page = await open_page("overlay")
    server.begin()
    server.prompt("a", 48.9, "客户语速加快：直说两个要点", evidence=PACE)
    await expect(page.locator(".card-say")).to_have_text("直说两个要点")
    await expect(page.locator(".card-lead")).to_have_text("客户语速加快")
    await expect(page.locator(".card-kind")).to_have_text("要紧")
    await expect(page.locator(".card-glance")).to_have_text("语速 7.6 音节/秒，平时 5.4，已持续 6 秒")
    await expect(page.locator(".card-left")).to_contain_text("秒")
    await expect(page.locator('[aria-live="polite"]').last).to_have_text("要紧：客户语速加快：直说两个要点")
    assert server.drawn == ["a"]


async def test_a_compliance_card_interrupts_and_the_other_waits(open_page: OpenPage, server: FakeServer) -> None:
    """P0 takes the stage at once and is announced assertively; what it displaced comes back."""
    page = await open_page("overlay")
    server.begin()
    server.prompt("a", 10, "让客户说完")
    await landed(page, "a")
    server.prompt("b", 10.5, "别承诺", priority="P0")
    await expect(page.locator('.card[data-kind="P0"] .card-say')).to_have_text("别承诺")
    await expect(page.locator('[aria-live="assertive"]')).to_have_text("合规：别承诺")
    await expect(page.locator(".next")).to_contain_text("让客户说完")
    await landed(page, "b")
    await page.keyboard.press("Enter")
    await expect(page.locator(".card-say")).to_have_text("让客户说完")


@pytest.mark.parametrize(("key", "actions"), [
    ("Enter", ["acknowledge"]), ("Escape", ["dismiss"]), ("h", ["helped", "acknowledge"]),
    ("N", ["not_helped", "acknowledge"])])
async def test_a_key_answers_the_card(open_page: OpenPage, server: FakeServer, key: str, actions: list[str]) -> None:
    """Every key does its one thing; a rating also takes the card down."""
    page = await open_page("overlay")
    server.begin()
    server.prompt("a", 10, "让客户说完")
    await landed(page, "a")
    await page.keyboard.press(key)
    await expect(page.locator(".card")).to_be_hidden()
    for action in actions:
        received = await server.received.get()
        assert (received["prompt"], received["action"], received["call"]) == ("a", action, "c-1")


async def test_a_key_meant_for_the_card_before_is_ignored(open_page: OpenPage, server: FakeServer) -> None:
    """A card that has only just come is not answered by a key that was already on its way."""
    page = await open_page("overlay")
    server.begin()
    await page.evaluate("""() => new MutationObserver((_, watch) => {
        watch.disconnect();
        document.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
    }).observe(document.querySelector(".card"), {attributes: true, attributeFilter: ["data-id"]})""")
    server.prompt("a", 10, "让客户说完")
    await landed(page, "a")
    assert server.received.empty()


async def test_a_pinned_card_outlives_its_time(open_page: OpenPage, server: FakeServer) -> None:
    """P holds the card after the server has taken it down, until it is let go."""
    page = await open_page("overlay")
    server.begin()
    server.prompt("a", 10, "让客户说完")
    await landed(page, "a")
    await page.keyboard.press("p")
    await expect(page.locator(".card-left")).to_have_text("已固定")
    server.event("prompt_closed", 30, id="a", rule="PACE-01", reason="expired")
    server.event("phase", 31, phase="close")
    await expect(page.locator(".chip").first).to_have_text("结束")
    await expect(page.locator(".card")).to_be_visible()
    await page.keyboard.press("p")
    await expect(page.locator(".card")).to_be_hidden()


async def test_an_expired_card_can_still_be_rated(open_page: OpenPage, server: FakeServer) -> None:
    """The card that has just left stays in the line below, and H means it."""
    page = await open_page("overlay")
    server.begin()
    server.prompt("a", 10, "让客户说完")
    await landed(page, "a")
    server.event("prompt_closed", 30, id="a", rule="PACE-01", reason="expired")
    await expect(page.locator(".next-text")).to_have_text("刚才 · 让客户说完")
    await page.keyboard.press("h")
    assert (await server.received.get())["action"] == "helped"
    await expect(page.locator(".next-thanks")).to_have_text("已记：有用")


async def test_evidence_opens_on_demand(open_page: OpenPage, server: FakeServer) -> None:
    """E or a click shows the whole of it: quote, rule, what was not heard."""
    page = await open_page("overlay")
    lively.play(server, 9.5)
    await landed(page, "VER-01#1")
    why = page.locator(".card-why")
    await expect(page.locator(".card-evidence")).to_be_hidden()
    await page.keyboard.press("e")
    await expect(page.locator(".card-evidence")).to_contain_text("坐席说“身份证号码”（0:07）")
    await expect(page.locator(".card-evidence")).to_contain_text("VER-01")
    await expect(page.locator(".card-evidence")).to_contain_text("agent said purpose")
    await expect(why).to_have_attribute("aria-expanded", "true")
    await why.click()
    await expect(page.locator(".card-evidence")).to_be_hidden()


async def test_a_whisper_is_a_card_of_its_own_kind(open_page: OpenPage, server: FakeServer) -> None:
    """It names the supervisor, cannot be dismissed as a prompt, and once read it stays read, also after a reload."""
    page = await open_page("overlay")
    server.begin()
    server.event("supervisor_action", 12.0, by="zhao.lin", action="whisper", text="先致歉，再说时限")
    await expect(page.locator('.card[data-kind="whisper"] .card-say')).to_have_text("先致歉，再说时限")
    await expect(page.locator(".card-from")).to_have_text("zhao.lin")
    await expect(page.locator('[data-action="dismiss"]')).to_be_hidden()
    await landed(page, "先致歉，再说时限")
    await page.keyboard.press("Enter")
    await expect(page.locator(".card")).to_be_hidden()
    await page.reload()
    await expect(page.locator(".calm-title")).to_have_text("暂无提示")
    assert server.received.empty()


async def test_nothing_moves_when_a_card_comes_and_goes(open_page: OpenPage, server: FakeServer) -> None:
    """Stage and meters keep their place to the pixel."""
    page = await open_page("overlay")
    lively.play(server, 8.0)
    await expect(page.locator(".transcript li").first).to_be_visible()
    places = """() => [".stage", ".cues", ".share"].map(
        name => JSON.stringify(document.querySelector(name).getBoundingClientRect()))"""
    before = await page.evaluate(places)
    server.prompt("a", 9, "客户语速加快：直说两个要点", evidence=PACE)
    await landed(page, "a")
    assert await page.evaluate(places) == before
    server.event("prompt_closed", 10, id="a", rule="PACE-01", reason="expired")
    await expect(page.locator(".card")).to_be_hidden()
    assert await page.evaluate(places) == before


async def test_a_cut_loses_nothing(open_page: OpenPage, server: FakeServer) -> None:
    """The page says that the line is down, keeps what the agent did, and has everything once it is back."""
    page = await open_page("overlay")
    server.begin()
    server.prompt("a", 10, "让客户说完")
    await landed(page, "a")
    await server.cut()
    await expect(page.locator(".status .link")).to_contain_text("断线")
    await page.keyboard.press("Enter")
    await expect(page.locator(".card")).to_be_hidden()
    server.event("transcript", 14, speaker="customer", start=12, end=13.6, text="我还没有说完", final=True)
    server.prompt("b", 15, "先听完，别解释", rule="CMPL-02")
    server.restore()
    await expect(page.locator('.status[data-link="live"]')).to_be_visible()
    await expect(page.locator(".card-say")).to_have_text("先听完，别解释")
    await expect(page.locator(".transcript li p")).to_have_text("我还没有说完")
    assert (await server.received.get())["prompt"] == "a"
    assert len(server.hellos) == 2, "attempts that came to nothing were left open"


async def test_a_network_that_goes_and_comes_is_noticed_at_once(open_page: OpenPage, server: FakeServer) -> None:
    """The browser knows that the cable is out before any time-out does; back again, nobody has to press anything."""
    page = await open_page("overlay")
    server.begin()
    await page.context.set_offline(True)
    await expect(page.locator(".status .link")).to_contain_text("断线")
    await page.context.set_offline(False)
    await expect(page.locator('.status[data-link="live"]')).to_be_visible()
    server.prompt("a", 3, "让客户说完")
    await landed(page, "a")


async def test_a_reload_loses_nothing(open_page: OpenPage, server: FakeServer) -> None:
    """The token is gone from the address bar and still known; call, cards and words are there again."""
    page = await open_page("overlay")
    lively.play(server, 50.2)
    await landed(page, "PACE-01#1")
    assert "token" not in page.url
    lines = await page.locator(".transcript li p").all_text_contents()
    assert len(lines) > 5
    await page.reload()
    await landed(page, "PACE-01#1")
    assert await page.locator(".transcript li p").all_text_contents() == lines
    assert [hello["token"] for hello in server.hellos] == ["a-token", "a-token"]


async def test_a_refused_token_is_said_and_not_tried_again(open_page: OpenPage, server: FakeServer) -> None:
    """An expired sign-in needs a person, not a retry."""
    server.refuse_code = 4403
    page = await open_page("overlay", connected=False)
    await expect(page.locator('.status[data-link="refused"]')).to_be_visible()
    await expect(page.locator(".calm-detail")).to_contain_text("登录已失效")
    await page.evaluate("() => dispatchEvent(new Event('online'))")
    await expect(page.locator(".retry")).to_be_hidden()
    assert len(server.hellos) == 1


@pytest.mark.parametrize(("state", "words"), [
    ("behind", "识别滞后"), ("acoustic only", "仅声学分析"), ("failed", "识别不可用")])
async def test_trouble_of_the_recogniser_is_shown(
    open_page: OpenPage, server: FakeServer, state: str, words: str,
) -> None:
    """Said in the strip at the top and beside the conversation, and taken back when it is over."""
    page = await open_page("overlay")
    server.begin()
    server.event("recognition", 5, engine="whisper", model="base", state=state)
    await expect(page.locator(".status .chip[data-tone=warn]")).to_have_text(words)
    await expect(page.locator(".transcript .chip")).to_contain_text(words)
    server.event("recognition", 6, engine="whisper", model="base", state="recovered")
    await expect(page.locator(".status .chip[data-tone=warn]")).to_have_count(0)


async def test_cues_share_checklist_and_conversation_follow_the_call(open_page: OpenPage, server: FakeServer) -> None:
    """Everything below the stage, in the middle of a lively call."""
    page = await open_page("overlay")
    lively.play(server, 63.0)
    await expect(page.locator('[data-cue="stress"] .meter-word')).to_have_text("偏高")
    await expect(page.locator('[data-cue="stress"] .trend')).to_have_attribute(
        "aria-label", "激动程度（相对本人基线） · 近两分钟 · 偏高")
    await expect(page.locator('[data-cue="pace"] .meter-side')).to_have_text("平时 5.4")
    await expect(page.locator(".share-value").first).to_have_text("57%")
    await expect(page.locator(".checklist h2")).to_have_text("清单 3/6")
    await expect(page.locator('.checklist li[data-state="due"]')).to_contain_text("问有无困难")
    await expect(page.locator("mark[data-priority=P0]")).to_have_text("身份证号码")
    await expect(page.locator(".chip").nth(1)).to_have_text("投诉")
    assert "stressed" not in (await page.content()).lower()


async def test_words_of_a_caller_are_only_ever_text(open_page: OpenPage, server: FakeServer) -> None:
    """Nothing that came over the wire is parsed as a page."""
    page = await open_page("overlay")
    server.begin()
    nasty = "<img src=x onerror=document.title='hit'>"
    server.event("transcript", 3, speaker="customer", start=1, end=2, text=nasty, final=True)
    quote = {"speaker": "customer", "phrase": nasty, "text": nasty, "start": 1}
    server.prompt("a", 4, nasty, evidence={"heard": [quote]})
    await landed(page, "a")
    await page.keyboard.press("e")
    await expect(page.locator(".transcript li p")).to_have_text(nasty)
    await expect(page.locator(".card-say")).to_have_text(nasty)
    assert await page.locator("img").count() == 0


async def test_shortcuts_can_be_switched_off_and_settings_are_kept(open_page: OpenPage, server: FakeServer) -> None:
    """WCAG 2.1.4; language and theme change at once and are still so after a reload."""
    page = await open_page("overlay")
    server.begin()
    server.prompt("a", 10, "让客户说完", "Let them finish")
    await landed(page, "a")
    await page.locator(".menu").click()
    await page.locator('[data-choice="shortcuts.false"]').click()
    await page.locator('[data-choice="language.en"]').click()
    await page.locator('[data-choice="theme.dark"]').click()
    await page.keyboard.press("Escape")
    await expect(page.locator("#settings")).to_be_hidden()
    await page.locator("body").press("h")
    await expect(page.locator(".card-say")).to_have_text("Let them finish")
    assert server.received.empty()
    await page.reload()
    await expect(page.locator(".card-kind")).to_have_text("Now")
    assert await page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(17, 19, 22)"
    assert await page.evaluate("() => document.documentElement.lang") == "en"


async def test_it_works_at_320_pixels(open_page: OpenPage, server: FakeServer) -> None:
    """No sideways scrolling, every button of the card in reach."""
    page = await open_page("overlay", width=320, height=568)
    lively.play(server, 63.0)
    await landed(page, "COMP-02#1")
    assert await page.evaluate("() => document.documentElement.scrollWidth") == 320
    for button in await page.locator(".card-actions button").all():
        box = await button.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
        assert min(box["width"], box["height"]) >= 24


async def test_a_wide_window_puts_the_conversation_beside_the_card(open_page: OpenPage, server: FakeServer) -> None:
    """Room is used: the words stand to the right and reach to the bottom."""
    page = await open_page("overlay", width=1000, height=640)
    lively.play(server, 63.0)
    await expect(page.locator(".transcript li").last).to_be_in_viewport()
    stage, words = [await page.locator(part).bounding_box() for part in (".stage", ".transcript")]
    assert stage is not None
    assert words is not None
    assert words["x"] > stage["x"] + stage["width"]
    assert words["height"] > 500


async def test_the_end_of_a_call_sums_up_and_the_next_one_begins_clean(open_page: OpenPage, server: FakeServer) -> None:
    """After the call: its length and cards. A new call has none of the old one's."""
    page = await open_page("overlay")
    lively.play(server, 63.0)
    server.event("call_ended", 70.0, reason="bye")
    await expect(page.locator(".calm-title")).to_have_text("通话已结束")
    await expect(page.locator(".calm-detail")).to_have_text("时长 1:10，提示 4 条，有用 1 条。")
    server.begin("c-2")
    await expect(page.locator(".calm-title")).to_have_text("暂无提示")
    await expect(page.locator(".transcript li")).to_have_count(0)


async def test_the_reader_is_left_where_they_scrolled_to(open_page: OpenPage, server: FakeServer) -> None:
    """The conversation follows by itself, but not while somebody reads further up."""
    page = await open_page("overlay")
    lively.play(server, 70.0)
    words = page.locator(".transcript ol")
    await expect(page.locator(".transcript li").last).to_be_in_viewport()
    await words.evaluate("list => { list.scrollTop = 0; }")
    await page.evaluate("() => new Promise(requestAnimationFrame)")  # the scroll event comes with the next frame
    server.event("transcript", 72, speaker="customer", start=71, end=72, text="还在吗？", final=True)
    await expect(page.locator(".transcript .latest")).to_be_visible()
    assert await words.evaluate("list => list.scrollTop") == 0
    await page.locator(".transcript .latest").click()
    await expect(page.locator(".transcript li").last).to_be_in_viewport()


async def test_it_floats_over_other_windows(open_page: OpenPage, server: FakeServer) -> None:
    """In the floating window cards come and keys work; closing it brings everything back."""
    page = await open_page("overlay")
    if not await page.evaluate("() => 'documentPictureInPicture' in window"):
        pytest.skip("THIS BROWSER HAS NO DOCUMENT PICTURE-IN-PICTURE")
    server.begin()
    async with page.context.expect_page() as opened:
        await page.locator(".float").click()
    floating = await opened.value
    server.prompt("a", 10, "让客户说完")
    await expect(floating.locator(".card[data-landed] .card-say")).to_have_text("让客户说完")
    await expect(page.locator(".floating-note")).to_be_visible()
    await floating.keyboard.press("Enter")
    assert (await server.received.get())["action"] == "acknowledge"
    await floating.locator(".float").click()
    await expect(page.locator("#overlay")).to_be_visible()

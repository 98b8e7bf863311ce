"""The supervisor's page, used as a supervisor uses it."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser import lively
from tests.browser.conftest import OpenPage
from tests.browser.fake_server import FakeServer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WIDE = {"width": 1440, "height": 900}


async def ordered(page: Page, *calls: str) -> None:
    """The board has these calls from top to bottom, now or soon."""
    shown = "() => [...document.querySelectorAll('.row')].map(row => row.dataset.key).join()"
    await page.wait_for_function(f"wanted => ({shown})() === wanted", arg=",".join(calls))


async def test_an_empty_board_says_what_to_do(open_page: OpenPage) -> None:
    """No calls is a state like any other."""
    page = await open_page("supervisor", **WIDE)
    await expect(page.locator(".empty-title")).to_have_text("现在没有通话")
    await expect(page.locator(".board-empty .muted")).to_contain_text("软电话")


async def test_rows_are_ordered_by_need_and_say_why(open_page: OpenPage, server: FakeServer) -> None:
    """The call that goes wrong is at the top, with its reason, its card and how long that has been open."""
    page = await open_page("supervisor", **WIDE)
    server.row("c-1", agent="li.na", need=5)
    server.row("c-2", agent="wang.min", need=78, reasons=["p0", "stress"], at=100.0, stress=0.8,
               prompts=[lively.CARDS["P0"] | {"at": 86.0}])
    server.row("c-3", agent="zhao.lei", need=41, reasons=["pace"], pace=1.38)
    await expect(page.locator(".row").first).to_have_attribute("data-key", "c-2")
    await expect(page.locator(".row")).to_have_count(3)
    await ordered(page, "c-2", "c-3", "c-1")
    top = page.locator(".row").first
    await expect(top.locator(".reason")).to_have_text("合规提示未处理")
    await expect(top.locator(".open-card")).to_have_text("别承诺，改为：我会为您核实")
    await expect(top.locator(".cell.card .tiny")).to_have_text("已 14 秒")
    await expect(top.locator(".level")).to_have_text("紧急")
    await expect(page.locator(".row").nth(1).locator(".word").first).to_have_text("+38%")
    await expect(page.locator(".counts")).to_contain_text("紧急 1")
    assert await page.title() == "(1) 班长台"


async def test_rows_do_not_jump_under_the_pointer(open_page: OpenPage, server: FakeServer) -> None:
    """While somebody points at the rows their order holds, and says so; it follows when the pointer leaves."""
    page = await open_page("supervisor", **WIDE)
    for index in range(4):
        server.row(f"c-{index}", need=40 - index * 10, started=f"2025-03-14T10:3{index}:00+08:00")
    await expect(page.locator(".row").first).to_have_attribute("data-key", "c-0")
    await expect(page.locator(".row")).to_have_count(4)
    await page.mouse.move(400, 150)
    await page.mouse.move(405, 155)
    server.row("c-3", need=90, reasons=["p0"])
    await expect(page.locator(".held")).to_be_visible()
    await expect(page.locator('.row[data-key="c-3"]')).to_have_attribute("data-level", "urgent")
    await ordered(page, "c-0", "c-1", "c-2", "c-3")
    await page.mouse.move(400, 20)
    await expect(page.locator(".row").first).to_have_attribute("data-key", "c-3")
    await expect(page.locator(".held")).to_be_hidden()


async def test_a_wobbling_need_moves_nothing(open_page: OpenPage, server: FakeServer) -> None:
    """A row changes its place for a change that means something, not for noise."""
    page = await open_page("supervisor", **WIDE)
    server.row("c-1", need=14)
    server.row("c-2", need=12)
    await expect(page.locator(".row")).to_have_count(2)
    order = await page.evaluate("""async () => {
        const { place, ordered } = await import("/supervisor/order.js");
        const rows = (a, b) => [{call: "a", need: a, started: "1"}, {call: "b", need: b, started: "2"}];
        let placed = place(new Map(), rows(14, 12));
        const seen = [];
        for (const [a, b] of [[13, 15], [12, 17], [14, 24], [14, 30]]) {
            placed = place(placed, rows(a, b));
            seen.push(ordered(rows(a, b), placed).map(({call}) => call).join(""));
        }
        return seen;
    }""")
    assert order == ["ab", "ab", "ba", "ba"]


async def test_filters_narrow_the_board(open_page: OpenPage, server: FakeServer) -> None:
    """By agent, campaign, mode, rule and need; nothing left says how to get back."""
    page = await open_page("supervisor", **WIDE)
    lively.fill_board(server, 12, ticks=4)
    await expect(page.locator(".row")).to_have_count(12)
    await page.locator(".find input").fill("li.na")
    await expect(page.locator(".row")).to_have_count(1)
    await page.locator(".find input").fill("")
    await page.locator("select[name=team]").select_option("loans")
    await expect(page.locator(".row")).to_have_count(4)
    await page.locator("select[name=team]").select_option("")
    await page.locator("select[name=mode]").select_option("grief")
    await expect(page.locator(".row")).to_have_count(1)
    await expect(page.locator(".row .about")).to_contain_text("丧亲")
    await page.locator("select[name=rule]").select_option("COMP-02")
    await expect(page.locator(".empty-title")).to_have_text("没有符合筛选条件的通话")
    await page.get_by_role("button", name="清除筛选").click()
    await expect(page.locator(".row")).to_have_count(12)
    await page.get_by_role("button", name="只看需关注").click()
    await expect(page.locator(".row")).to_have_count(4)


async def test_a_call_opens_with_words_timeline_and_cards(open_page: OpenPage, server: FakeServer) -> None:
    """Beside the board, live; a card on the timeline leads to its evidence."""
    page = await open_page("supervisor", **WIDE)
    lively.fill_board(server, 6, ticks=4)
    lively.play(server, 63.0, call="c-0")
    await page.locator('.row[data-key="c-0"] .open').click()
    await expect(page.locator(".call h2").first).to_have_text("wang.min")
    await expect(page.locator(".call .transcript li").first).to_be_visible()
    await expect(page.locator(".cards li")).to_have_count(4)
    await expect(page.locator(".cards li").first).to_contain_text("待处理")
    await expect(page.locator(".cards li").last).to_contain_text("已知道 · 有用")
    await page.get_by_role("button", name="0:49 客户语速加快：直说两个要点").click()
    await expect(page.locator(".cards li.revealed .why")).to_contain_text("语速 7.6 音节/秒，平时 5.4，已持续 6 秒")
    await expect(page.locator(".lane-talk .lane-name")).to_have_text("说话 57 : 43")
    server.event("transcript", 66, speaker="customer", start=64, end=65.5, text="那我等你们的消息。", final=True)
    await expect(page.locator(".call .transcript li").last).to_contain_text("那我等你们的消息")
    await page.keyboard.press("Escape")
    await expect(page.locator(".call")).to_be_hidden()
    assert (await server.received.get())["type"] == "watch"
    assert (await server.received.get())["type"] == "unwatch"


async def test_a_supervisor_acts_and_the_agent_sees_only_the_whisper(open_page: OpenPage, server: FakeServer) -> None:
    """Whisper, note, flag and fault reach the server; the whisper reaches the overlay as a card."""
    overlay = await open_page("overlay")
    page = await open_page("supervisor", **WIDE)
    server.row("c-0", agent="wang.min")
    lively.play(server, 30.0, call="c-0")
    await page.locator('.row[data-key="c-0"] .open').click()
    text = page.locator(".composer textarea")
    await text.fill("先致歉，再说时限")
    await text.press("Enter")
    await expect(overlay.locator('.card[data-kind="whisper"] .card-say')).to_have_text("先致歉，再说时限")
    await expect(text).to_have_value("")
    await text.fill("月底复盘这通")
    await page.get_by_role("button", name="仅存备注").click()
    await page.get_by_role("button", name="标记复核").click()
    await page.get_by_role("button", name="我方").click()
    await expect(page.get_by_role("button", name="已标记复核")).to_be_disabled()
    await expect(page.get_by_role("button", name="我方")).to_have_attribute("aria-pressed", "true")
    received = [await server.received.get() for _ in range(5)]
    assert [message["type"] for message in received] == ["watch", "whisper", "note", "flag", "fault"]
    assert received[4]["text"] == "ours"
    await expect(page.locator(".cards")).to_contain_text("月底复盘这通")


async def test_a_cut_keeps_the_open_call_and_what_was_typed(open_page: OpenPage, server: FakeServer) -> None:
    """After the line comes back the same call is open and the unsent line is still there."""
    page = await open_page("supervisor", **WIDE)
    server.row("c-0", agent="wang.min")
    lively.play(server, 30.0, call="c-0")
    await page.locator('.row[data-key="c-0"] .open').click()
    await page.locator(".composer textarea").fill("还没发出")
    await server.cut()
    await expect(page.locator(".top .link")).to_contain_text("断线")
    await expect(page.get_by_role("button", name="发给坐席")).to_be_disabled()
    server.restore()
    server.event("transcript", 31, speaker="agent", start=30, end=31, text="好的，请稍等。", final=True)
    await expect(page.locator(".call .transcript li").last).to_contain_text("好的，请稍等")
    await expect(page.locator(".composer textarea")).to_have_value("还没发出")
    await expect(page.get_by_role("button", name="发给坐席")).to_be_enabled()


async def test_a_line_that_is_not_taken_comes_back(open_page: OpenPage, server: FakeServer) -> None:
    """A whisper into a call that has just ended is not lost without a word."""
    page = await open_page("supervisor", **WIDE)
    server.row("c-0", agent="wang.min")
    lively.play(server, 30.0, call="c-0")
    await page.locator('.row[data-key="c-0"] .open').click()
    server.refusing_remarks = True
    await page.locator(".composer textarea").fill("先致歉")
    await page.locator(".composer textarea").press("Enter")
    await expect(page.locator(".problem")).to_have_text("通话已结束，没有发出。")
    await expect(page.locator(".composer textarea")).to_have_value("先致歉")


async def test_a_call_that_is_gone_says_so(open_page: OpenPage, server: FakeServer) -> None:
    """A call that ended before it could be opened is explained, not left loading."""
    page = await open_page("supervisor", **WIDE)
    server.row("c-9", agent="li.na")
    await page.locator('.row[data-key="c-9"] .open').click()
    await expect(page.locator(".call-state")).to_contain_text("已结束")
    server.gone("c-9")
    await expect(page.locator(".row")).to_have_count(0)


async def test_the_team_at_a_glance(open_page: OpenPage, server: FakeServer) -> None:
    """Calls in need, open cards by rule, and how pace and agitation are spread."""
    page = await open_page("supervisor", **WIDE)
    lively.fill_board(server, 20)
    await page.get_by_role("button", name="团队").click()
    await expect(page.locator(".panel-risk li")).to_have_count(4)
    rules = page.locator(".panel-rules tbody tr")
    assert [line.split() for line in await rules.all_inner_texts()] == [
        ["PACE-01", "4", "1", "75%", "1/2"], ["COMP-02", "1", "1", "0%", "–"], ["EMO-02", "1", "0", "100%", "–"],
        ["LST-01", "1", "1", "100%", "1/1"]]
    server.gone("c-1")
    await expect(page.locator(".panel-risk li")).to_have_count(3)
    await expect(rules.first).to_have_text("PACE-014075%1/2")  # an ended call's cards still count
    await expect(page.locator(".panel-pace li")).to_have_count(6)
    await page.locator(".panel-risk button").first.click()
    assert (await server.received.get())["call"] == "c-0"


async def test_the_board_is_walked_with_the_keyboard(open_page: OpenPage, server: FakeServer) -> None:
    """Arrows go from row to row, Enter opens, and focus stays with its row when rows change places."""
    page = await open_page("supervisor", **WIDE)
    for index in range(3):
        server.row(f"c-{index}", agent=f"agent.{index}", need=40 - index * 10)
    server.begin("c-1")
    await expect(page.locator(".row")).to_have_count(3)
    await page.locator('.row[data-key="c-0"] .open').focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    assert (await server.received.get())["call"] == "c-1"
    focused = "() => document.activeElement.closest('.row')?.dataset.key"
    await expect(page.locator(".call-body")).to_be_visible()
    assert await page.evaluate(focused) == "c-1"
    await page.locator(".table").dispatch_event("pointerleave")  # lets go of the order
    server.row("c-1", need=90)
    await expect(page.locator(".row").first).to_have_attribute("data-key", "c-1")
    assert await page.evaluate(focused) == "c-1"


async def test_sound_is_off_until_somebody_wants_it(open_page: OpenPage, server: FakeServer) -> None:
    """A compliance card is announced and counted silently; with sound on it is heard too."""
    page = await open_page("supervisor", **WIDE)
    await page.evaluate("""() => {
        window.tones = 0;
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (...args) { window.tones += 1; return start.apply(this, args); };
    }""")
    server.row("c-1", agent="li.na", need=60, reasons=["p0"], prompts=[lively.CARDS["P0"] | {"at": 1.0}])
    await expect(page.locator("#alerts")).to_have_text("li.na · 合规提示未处理")
    assert await page.evaluate("() => window.tones") == 0
    await page.get_by_role("button", name="提示音关").click()
    server.row("c-2", agent="wu.gang", need=60, reasons=["p0"], prompts=[lively.CARDS["P0"] | {"at": 1.0}])
    await expect(page.locator("#alerts")).to_have_text("wu.gang · 合规提示未处理")
    assert await page.evaluate("() => window.tones") == 1


async def test_language_and_theme_are_one_click_away(open_page: OpenPage, server: FakeServer) -> None:
    """Both change at once, everywhere on the page."""
    page = await open_page("supervisor", **WIDE)
    server.row("c-1", agent="li.na", need=60, reasons=["p0"])
    await page.get_by_role("button", name="English").click()
    await expect(page.locator(".top h1")).to_have_text("Supervisor")
    await expect(page.locator(".reason")).to_have_text("Compliance card open")
    await page.get_by_role("button", name="Theme").click()
    await page.get_by_role("button", name="Theme").click()
    assert await page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(17, 19, 22)"


async def test_a_narrow_window_shows_board_or_call(open_page: OpenPage, server: FakeServer) -> None:
    """At 400 px the board has no sideways scrolling, and an open call takes its place."""
    page = await open_page("supervisor", width=400, height=800)
    lively.fill_board(server, 6, ticks=4)
    lively.play(server, 63.0, call="c-0")
    await expect(page.locator(".row").first).to_be_visible()
    assert await page.evaluate("() => document.documentElement.scrollWidth") == 400
    await page.locator('.row[data-key="c-0"] .open').click()
    await expect(page.locator(".call .transcript li").first).to_be_visible()
    await expect(page.locator(".board")).to_be_hidden()
    assert await page.evaluate("() => document.documentElement.scrollWidth") == 400
    await page.get_by_role("button", name="关闭").click()
    await expect(page.locator(".board")).to_be_visible()

"""The pages stay quick: prompt to card, weight, and two hundred calls on one board."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser import figures, lively
from tests.browser.conftest import OpenPage
from tests.browser.fake_server import FakeServer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_prompt_is_on_the_screen_within_a_tenth_of_a_second(browser: Browser, server: FakeServer) -> None:
    """From the socket to the painted card; the median, as the machine may have other things to do (see figures.py)."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.add_init_script(figures.WATCH_PROMPTS)
    await page.goto(f"{server.url}/overlay#token=a-token")
    await page.locator('[data-link="live"]').wait_for(state="attached")
    times = await figures.socket_to_card(page, server, 20)
    await context.close()
    assert figures.percentile(times, 0.5) <= 100


@pytest.mark.parametrize("name", ["overlay", "supervisor"])
async def test_a_page_is_light(browser: Browser, server: FakeServer, name: str) -> None:
    """Nothing is built, bundled or borrowed; that has to stay affordable on a branch office's line."""
    size, requests = await figures.weight(browser, server, name)
    assert size < 160 * 1024
    assert requests < 45


async def test_an_update_touches_its_own_row_and_no_other(open_page: OpenPage, server: FakeServer) -> None:
    """Two hundred calls cost what one costs; rows out of sight wait until they are looked at."""
    page = await open_page("supervisor", width=1440, height=900)
    lively.fill_board(server, figures.CALLS, ticks=8)
    await expect(page.locator(".row")).to_have_count(figures.CALLS)
    await expect(page.locator(".row").first).to_have_attribute("data-level", "urgent")
    await page.evaluate("""() => {
        window.touched = new Set();
        new MutationObserver(list => {
            for (const { target } of list) {
                const element = target.closest ? target : target.parentElement;
                window.touched.add(element.closest(".row")?.dataset.key);
            }
        }).observe(document.querySelector(".rows"),
            { subtree: true, childList: true, attributes: true, characterData: true });
    }""")
    keys = await page.evaluate("() => [...document.querySelectorAll('.row')].map(row => row.dataset.key)")
    top, last = keys[0], keys[-1]
    for call in (top, last):
        server.row(call, at=server.rows[call]["at"] + 60)
    await page.wait_for_function("() => window.touched.size > 0")
    await page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert await page.evaluate("() => [...window.touched]") == [top]
    await page.locator(".row").last.scroll_into_view_if_needed()
    await page.wait_for_function("call => window.touched.has(call)", arg=last)


async def test_a_hidden_tab_paints_nothing(open_page: OpenPage, server: FakeServer) -> None:
    """Updates that nobody can see touch no element; looking again shows the newest at once."""
    page = await open_page("supervisor", width=1440, height=900)
    server.row("c-1", agent="li.na", at=60.0)
    await expect(page.locator("span.time", has_text="1:00")).to_be_visible()
    # What was still to be painted while the tab could be seen is no part of the claim.
    await page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    await page.evaluate("""() => {
        window.changes = 0;
        new MutationObserver(list => { window.changes += list.length; }).observe(document.querySelector(".board"),
            { subtree: true, childList: true, attributes: true, characterData: true });
        window.ask = window.requestAnimationFrame;
        window.waiting = [];
        window.requestAnimationFrame = paint => window.waiting.push(paint);  // what a browser does with a hidden tab
    }""")
    for second in range(5):
        server.row("c-1", at=61.0 + second)
    server.row("c-2", agent="wu.gang")  # comes and goes unseen
    await page.wait_for_function("() => window.waiting.length > 0")
    server.gone("c-2")
    assert await page.evaluate("() => window.changes") == 0
    await page.evaluate("""() => {
        window.requestAnimationFrame = window.ask;
        window.waiting.forEach(paint => paint());
    }""")
    await expect(page.locator("span.time", has_text="1:05")).to_be_visible()
    await expect(page.locator(".row")).to_have_count(1)

"""axe-core finds nothing serious on either page, in both themes, in the states that people see."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser import lively
from tests.browser.conftest import OpenPage
from tests.browser.fake_server import FakeServer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "axe"
PACKAGE = "axe-core@4.10.3"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="session")
def axe() -> str:
    """The checker's source, from npm's registry into a folder that is not committed."""
    source = CACHE / "node_modules" / "axe-core" / "axe.min.js"
    if not source.exists() and shutil.which("npm"):
        CACHE.mkdir(parents=True, exist_ok=True)
        quiet = {"npm_config_fetch_retries": "0", "npm_config_loglevel": "silent", "npm_config_audit": "false"}
        subprocess.run(["npm", "install", "--prefix", str(CACHE), "--no-save", PACKAGE], check=False, timeout=120,
                       env=os.environ | quiet)
    if not source.exists():
        pytest.skip(f"AXE MISSING: npm install --prefix {CACHE} {PACKAGE}")
    return source.read_text(encoding="utf-8")


async def check(page: Page, axe: str) -> None:
    """No serious violation on the page as it is now."""
    await page.evaluate(axe)
    found = await page.evaluate("""async () => {
        const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
        const { violations } = await axe.run(document, { runOnly });
        const where = ({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`;
        return violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.map(where) }));
    }""")
    serious = [violation for violation in found if violation["impact"] in SERIOUS]
    assert serious == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("until", [0.1, 9.6, 34.0, 63.0])
async def test_the_overlay(open_page: OpenPage, server: FakeServer, axe: str, theme: str, until: float) -> None:
    """Calm, with a compliance card, with an urgent one, and at the liveliest; evidence open."""
    page = await open_page("overlay", color_scheme=theme, reduced_motion="reduce")
    lively.play(server, until)
    await expect(page.locator(".timer")).to_be_visible()
    if until > 1:
        await expect(page.locator(".card[data-landed]")).to_be_visible()
        await page.keyboard.press("e")
    await check(page, axe)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_overlay_with_a_whisper_a_tip_and_settings_open(open_page: OpenPage, server: FakeServer, axe: str,
                                                                  theme: str) -> None:
    """The states that the lively call does not have."""
    page = await open_page("overlay", color_scheme=theme, reduced_motion="reduce")
    server.begin()
    server.prompt("a", 3, "换成大白话", priority="P2")
    await expect(page.locator('.card[data-kind="P2"][data-landed]')).to_be_visible()
    await check(page, axe)
    await page.keyboard.press("Enter")
    server.event("supervisor_action", 12.0, by="zhao.lin", action="whisper", text="先致歉，再说时限")
    await expect(page.locator('.card[data-kind="whisper"][data-landed]')).to_be_visible()
    await page.locator(".menu").click()
    await check(page, axe)
    await server.cut()
    await expect(page.locator(".retry")).to_be_visible()
    await check(page, axe)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_board_and_an_open_call(open_page: OpenPage, server: FakeServer, axe: str, theme: str) -> None:
    """A busy board, a call in full, and the team."""
    page = await open_page("supervisor", width=1440, height=900, color_scheme=theme, reduced_motion="reduce")
    await check(page, axe)
    lively.fill_board(server, 12)
    lively.play(server, 63.0, call="c-0")
    await expect(page.locator(".row")).to_have_count(12)
    await check(page, axe)
    await page.locator('.row[data-key="c-0"] .open').click()
    await expect(page.locator(".call .transcript li").first).to_be_visible()
    await page.locator(".cards summary").first.click()
    await check(page, axe)
    await page.get_by_role("button", name="团队").click()
    await check(page, axe)

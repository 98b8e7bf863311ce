"""A browser, pages in it, and the fake server they talk to."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.browser.fake_server import FakeServer

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]
OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session", autouse=True)
def chromium() -> Path:
    """Debian's browser; without it the tests are skipped, loudly."""
    if not CHROMIUM.exists() and not shutil.which("chromium"):
        pytest.skip("CHROMIUM MISSING: apt-get install chromium fonts-noto-cjk to run the browser tests")
    return CHROMIUM


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    """A browser with a profile of its own; each page gets a fresh context in it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(chromium), args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[FakeServer]:
    """The fake server, listening."""
    async with FakeServer() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, server: FakeServer) -> AsyncIterator[OpenPage]:
    """`await open_page("overlay", width=380, height=760, ...)`: a page that is connected. Its faults fail the test."""
    faults: list[str] = []
    contexts: list[BrowserContext] = []

    async def open_page(name: str, *, width: int = 380, height: int = 760, connected: bool = True,
                        **context: Any) -> Page:
        options = {"locale": "zh-CN", **context}
        contexts.append(await browser.new_context(viewport={"width": width, "height": height}, **options))
        page = await contexts[-1].new_page()
        page.set_default_timeout(5000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Security Policy" in line.text else None)
        await page.goto(f"{server.url}/{name}#token=a-token")
        if connected:
            await page.locator('[data-link="live"]').wait_for(state="attached")
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert not faults, faults

"""Pictures of the pages in the middle of a lively call, for the README and for critical eyes.

    python -m tests.browser.screenshots docs
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from tests.browser import lively
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.fake_server import FakeServer

PAINTED_MS = 1200  # so that the ring around a new card has faded


async def picture(browser: Browser, server: FakeServer, folder: Path, name: str, page: str, until: float, *,
                  width: int, height: int, theme: str = "light", language: str = "zh-CN", calls: int = 0,
                  opened: str | None = None) -> None:
    """One picture: `page` in that window when the call has reached `until`."""
    context = await browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme, locale=language,
                                        device_scale_factor=2)
    view = await context.new_page()
    server.call, server.events = None, []
    server.rows.clear()
    await view.goto(f"{server.url}/{page}#token=a-token")
    await view.locator('[data-link="live"]').wait_for(state="attached")
    if calls:
        lively.fill_board(server, calls)
    lively.play(server, until, call="c-0")
    if opened:
        await view.click(f'.row[data-key="{opened}"] .open')
        await view.locator(".call-body").wait_for()
    await _shot(view, folder / f"{name}.png")
    await context.close()


async def _shot(view: Page, path: Path) -> None:
    await view.wait_for_timeout(PAINTED_MS)
    await view.screenshot(path=path)
    print(path)


async def main(folder: Path) -> None:
    """All pictures."""
    folder.mkdir(exist_ok=True)
    async with FakeServer() as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        tall, wide = {"width": 380, "height": 820}, {"width": 1440, "height": 900}
        for theme in ("light", "dark"):
            await picture(browser, server, folder, f"overlay-{theme}", "overlay", 50.2, theme=theme, **tall)
            await picture(browser, server, folder, f"board-{theme}", "supervisor", 63.5, theme=theme, calls=32, **wide)
            await picture(browser, server, folder, f"call-{theme}", "supervisor", 63.5, theme=theme, calls=32, opened="c-0", **wide)
        await picture(browser, server, folder, "overlay-p0", "overlay", 63.0, **tall)
        await picture(browser, server, folder, "overlay-320", "overlay", 63.0, width=320, height=640)
        await picture(browser, server, folder, "overlay-wide", "overlay", 50.2, width=1000, height=640, language="en-GB")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs")))

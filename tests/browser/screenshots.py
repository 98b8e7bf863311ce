"""Pictures of the pages in the middle of a lively call, for the README and for critical eyes.

    python -m tests.browser.screenshots docs
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, async_playwright

from tests.browser import lively
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.fake_server import FakeServer

SCALE = 2
PAINTED_MS = 1200  # so that the ring around a new card has faded


@dataclass(frozen=True)
class Picture:
    """`page` in a window of `size` when the call has reached `until`, seconds; the board has `calls` calls."""

    name: str
    page: str
    until: float
    size: tuple[int, int]
    theme: Literal["light", "dark"] = "light"
    language: str = "zh-CN"
    calls: int = 0
    opened: bool = False


TALL, WIDE = (380, 820), (1440, 900)
PICTURES = (
    Picture("overlay", "overlay", 50.2, TALL),
    Picture("overlay-dark", "overlay", 50.2, TALL, "dark"),
    Picture("overlay-compliance", "overlay", 63.0, TALL),
    Picture("overlay-narrow", "overlay", 63.0, (320, 640), "dark"),
    Picture("overlay-wide", "overlay", 50.2, (1000, 640), language="en-GB"),
    Picture("supervisor", "supervisor", 63.5, WIDE, calls=32, opened=True),
    Picture("supervisor-dark", "supervisor", 63.5, WIDE, "dark", calls=32, opened=True),
    Picture("supervisor-board", "supervisor", 63.5, WIDE, calls=32),
    Picture("supervisor-board-dark", "supervisor", 63.5, WIDE, "dark", language="en-GB", calls=32),
)


async def take(browser: Browser, server: FakeServer, folder: Path, picture: Picture) -> None:
    """One picture into `folder`."""
    width, height = picture.size
    context = await browser.new_context(viewport={"width": width, "height": height}, color_scheme=picture.theme,
                                        locale=picture.language, device_scale_factor=SCALE)
    view = await context.new_page()
    server.call, server.events = None, []
    server.rows.clear()
    await view.goto(f"{server.url}/{picture.page}#token=a-token")
    await view.locator('[data-link="live"]').wait_for(state="attached")
    lively.fill_board(server, picture.calls)
    lively.play(server, picture.until, call="c-0")
    if picture.opened:
        await view.click('.row[data-key="c-0"] .open')
        await view.locator(".call-body").wait_for()
    await view.wait_for_timeout(PAINTED_MS)
    path = folder / f"{picture.name}.png"
    await view.screenshot(path=path)
    print(path)
    await context.close()


async def main(folder: Path) -> None:
    """All pictures."""
    async with FakeServer() as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        for picture in PICTURES:
            await take(browser, server, folder, picture)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs")))

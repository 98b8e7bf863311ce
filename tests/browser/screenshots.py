"""Pictures of the pages in the middle of a lively call, for the README and for critical eyes.

    python -m tests.browser.screenshots docs
"""

from __future__ import annotations

import asyncio
import sys
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, async_playwright

from tests.browser import lively
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.fake_server import FakeServer

SCALE = 1.5
PAINTED_MS = 2500  # the ring around a new card has faded, rows are in order


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


TALL, WIDE = (380, 800), (1280, 800)
PICTURES = (
    Picture("overlay-light", "overlay", 50.2, TALL),
    Picture("overlay-dark", "overlay", 50.2, TALL, "dark"),
    Picture("overlay-compliance", "overlay", 63.0, TALL),
    Picture("overlay-narrow", "overlay", 63.0, (320, 640), "dark"),
    Picture("overlay-wide", "overlay", 50.2, (960, 600), language="en-GB"),
    Picture("supervisor-light", "supervisor", 63.5, WIDE, calls=24, opened=True),
    Picture("supervisor-dark", "supervisor", 63.5, WIDE, "dark", calls=24, opened=True),
    Picture("board-light", "supervisor", 63.5, WIDE, language="en-GB", calls=24),
    Picture("board-dark", "supervisor", 63.5, WIDE, "dark", calls=24),
)
BESIDE = ("overlay-light", "supervisor-light")  # the README's picture
FRAME = """<!doctype html><style>
    body { margin: 0; padding: 40px; display: flex; gap: 32px; width: max-content; background: #dfe6e6; }
    img { display: block; border-radius: 14px; box-shadow: 0 12px 40px rgb(10 40 40 / 0.25); }
</style>"""


async def take(browser: Browser, server: FakeServer, picture: Picture) -> bytes:
    """One picture, as a PNG."""
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
        await view.mouse.move(1, 1)
    await view.wait_for_timeout(PAINTED_MS)
    png = await view.screenshot()
    await context.close()
    return png


async def beside(browser: Browser, pictures: dict[str, bytes]) -> bytes:
    """Both pages at the same moment, side by side."""
    view = await browser.new_page(device_scale_factor=SCALE)
    sizes = {picture.name: picture.size for picture in PICTURES}
    images = "".join(f'<img width={sizes[name][0]} src="data:image/png;base64,{b64encode(pictures[name]).decode()}">'
                     for name in BESIDE)
    await view.set_content(FRAME + images)
    png = await view.locator("body").screenshot()
    await view.close()
    return png


async def main(folder: Path) -> None:
    """All pictures."""
    async with FakeServer() as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        pictures = {picture.name: await take(browser, server, picture) for picture in PICTURES}
        pictures["overlay"] = await beside(browser, pictures)
        await browser.close()
    for name, png in pictures.items():
        (folder / f"{name}.png").write_bytes(png)
        print(folder / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs")))

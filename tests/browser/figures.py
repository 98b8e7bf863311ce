"""What the pages cost: prompt on the socket to painted card, page weight, main-thread time with 200 calls.

    python -m tests.browser.figures
"""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import dataclass

from playwright.async_api import Browser, Page, async_playwright

from tests.browser import lively
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.fake_server import FakeServer

CALLS = 200
UPDATES_PER_S = 10

WATCH_PROMPTS = """
window.painted = [];
const arrived = new Map();
const Native = WebSocket;
window.WebSocket = class extends Native {
    constructor(...args) {
        super(...args);
        this.addEventListener("message", ({ data }) => {
            const { event } = JSON.parse(data);
            if (event?.type === "prompt") arrived.set(event.id, performance.now());
        });
    }
};
addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
    const { id } = document.querySelector(".card").dataset;
    if (!arrived.has(id)) return;
    const since = arrived.get(id);
    arrived.delete(id);
    // The change is made inside a frame; that frame's pixels are out when the frame after it begins.
    requestAnimationFrame(() => window.painted.push(performance.now() - since));
}).observe(document.querySelector(".card"), { attributes: true, attributeFilter: ["data-id"] }));
"""

WATCH_FRAMES = """() => {
    window.longest = 0;
    window.frames = [];
    new PerformanceObserver(list => {
        for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
    }).observe({ type: "longtask" });
    let before = performance.now();
    const frame = now => { window.frames.push(now - before); before = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
}"""


@dataclass(frozen=True)
class Load:
    """The board under load. Times in milliseconds."""

    per_update: float
    longest_task: float
    frame_p99: float


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def socket_to_card(page: Page, server: FakeServer, prompts: int) -> list[float]:
    """Milliseconds from a prompt on the page's socket to its card on the screen, in a call that goes on around it."""
    server.begin()
    for number in range(prompts):
        at = 2.0 + number
        server.event("stress", at - 0.6, speaker="customer", level=0.3, features={}, speech_s=3, baseline_s=12)
        server.event("transcript", at - 0.3, speaker="customer", start=at - 1, end=at, text="我想问一下",
                     final=number % 3 == 0)
        server.prompt(f"p{number}", at, "客户语速加快：直说两个要点", priority=("P0", "P1", "P2")[number % 3])
        await page.wait_for_function(f"() => window.painted.length > {number}")
        server.event("prompt_closed", at + 0.5, id=f"p{number}", rule="PACE-01", reason="replaced")
    times: list[float] = await page.evaluate("() => window.painted")
    return times


async def weight(browser: Browser, server: FakeServer, name: str) -> tuple[int, int]:
    """Bytes and requests of a first visit."""
    page = await browser.new_page()
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(int(response.headers.get("content-length", "0"))))
    await page.goto(f"{server.url}/{name}#token=a-token", wait_until="networkidle")
    await page.close()
    return sum(sizes), len(sizes)


async def board_load(page: Page, server: FakeServer, seconds: float) -> Load:
    """The board with 200 calls at ten updates a second in total."""
    await page.evaluate(WATCH_FRAMES)
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    before = await _busy(session)
    updates = round(seconds * UPDATES_PER_S)
    for update in range(updates):
        index = update * 7 % CALLS
        server.row(f"c-{index}", **lively.row(index, 120 + update))
        await asyncio.sleep(1 / UPDATES_PER_S)
    busy = await _busy(session) - before
    frames = await page.evaluate("() => window.frames")
    longest = await page.evaluate("() => window.longest")
    return Load(1000 * busy / updates, longest, percentile(frames, 0.99))


async def _busy(session: object) -> float:
    metrics = await session.send("Performance.getMetrics")  # type: ignore[attr-defined]
    found = {metric["name"]: metric["value"] for metric in metrics["metrics"]}
    return float(found["TaskDuration"])


async def main() -> None:
    """All figures, on this machine."""
    async with FakeServer() as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        for name in ("overlay", "supervisor"):
            size, requests = await weight(browser, server, name)
            print(f"{name}: {size / 1024:.0f} KiB uncompressed in {requests} requests")
        page = await browser.new_page(viewport={"width": 380, "height": 820})
        await page.add_init_script(WATCH_PROMPTS)
        await page.goto(f"{server.url}/overlay#token=a-token")
        await page.locator('[data-link="live"]').wait_for(state="attached")
        times = await socket_to_card(page, server, 60)
        print(f"prompt on the socket to painted card: median {statistics.median(times):.0f} ms, "
              f"p95 {percentile(times, 0.95):.0f} ms, worst {max(times):.0f} ms of {len(times)}")
        await page.close()
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await page.goto(f"{server.url}/supervisor#token=a-token")
        lively.fill_board(server, CALLS)
        await page.locator(".row").nth(CALLS - 1).wait_for(state="attached")
        load = await board_load(page, server, 20)
        print(f"{CALLS} calls, {UPDATES_PER_S} updates/s: {load.per_update:.1f} ms of main thread per update, "
              f"longest task {load.longest_task:.0f} ms, 99 % of frames within {load.frame_p99:.0f} ms")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())

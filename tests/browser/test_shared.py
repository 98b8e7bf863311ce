"""The modules that both pages share, run in the browser that will run them."""

from __future__ import annotations

from typing import Any

import pytest

from coach import events
from tests.browser import lively
from tests.browser.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def fold(open_page: OpenPage, story: list[dict[str, Any]]) -> dict[str, Any]:
    """The state of a call after these events."""
    page = await open_page("overlay")
    state: dict[str, Any] = await page.evaluate("""async story => {
        const { begin, fold } = await import("/shared/call-state.js");
        return story.reduce(fold, begin({ call: "c", at: 0 }));
    }""", story)
    return state


async def test_every_event_of_the_product_is_known(open_page: OpenPage) -> None:
    """The reducer has a case for each type that coach/events.py can send to a page."""
    page = await open_page("overlay")
    source = await page.evaluate("async () => (await fetch('/shared/call-state.js')).text()")
    kinds = {kind.type for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, events.Event)}
    cases = source.split("const STEPS = {", 1)[1].split("\n};", 1)[0]
    assert [kind for kind in kinds - {"", "clock"} if f"\n  {kind}" not in cases] == []


async def test_a_snapshot_and_the_events_one_by_one_give_the_same_state(open_page: OpenPage) -> None:
    """Joining late is the same as having been there."""
    story = list(lively.call_events(63.0))
    page = await open_page("overlay")
    same = await page.evaluate("""async story => {
        const { begin, fold, fromSnapshot } = await import("/shared/call-state.js");
        const call = { call: "c", at: 0 };
        const late = story.slice(40).reduce(fold, fromSnapshot({ call, events: story.slice(0, 40) }));
        return JSON.stringify(late) === JSON.stringify(story.reduce(fold, begin(call)));
    }""", story)
    assert same


async def test_a_final_transcript_replaces_its_partials_and_keeps_the_order_of_speech(open_page: OpenPage) -> None:
    """Two people at once: lines stand by when they began, not by when they were recognised."""
    partial, final = ({"type": "transcript", "final": done} for done in (False, True))
    state = await fold(open_page, [
        {**partial, "at": 2.0, "speaker": "customer", "start": 1.0, "end": 2.0, "text": "我想"},
        {**final, "at": 4.0, "speaker": "agent", "start": 3.0, "end": 3.6, "text": "您说"},
        {**final, "at": 5.0, "speaker": "customer", "start": 1.0, "end": 4.0, "text": "我想问一下"}])
    assert [item["text"] for item in state["lines"]] == ["我想问一下", "您说"]
    assert state["partial"]["customer"] is None


async def test_long_calls_stay_bounded(open_page: OpenPage) -> None:
    """A day of measurements fills no memory."""
    page = await open_page("overlay")
    sizes = await page.evaluate("""async () => {
        const { begin, fold } = await import("/shared/call-state.js");
        let state = begin({ call: "c", at: 0 });
        const pace = { type: "pace", speaker: "customer", ratio: 1, syllables_per_s: 5, baseline: 5 };
        for (let at = 0; at < 4600; at += 0.5) state = fold(state, { ...pace, at });
        const speech = at => ({ type: "speech", at, speaker: "agent", start: at, end: at + 1 });
        for (let at = 0; at < 2100; at += 1) state = fold(state, speech(at));
        return [state.paceSeries.customer.length, state.talk.length];
    }""")
    assert sizes == [9000, 2000]


async def test_both_languages_say_the_same_things(open_page: OpenPage) -> None:
    """Every text exists in Chinese and English, with the same values to fill in."""
    page = await open_page("overlay")
    tables = await page.evaluate("""async () => {
        const { WORDS } = await import("/shared/words.js");
        const slots = text => [...text.matchAll(/\\{(\\w+)\\}/g)].map(found => found[1]).sort().join();
        const kept = table => Object.entries(table).map(([key, text]) => [key, slots(text)]);
        return Object.values(WORDS).map(table => Object.fromEntries(kept(table)));
    }""")
    assert tables[0] == tables[1]
    assert len(tables[0]) > 150


@pytest.mark.parametrize(("candidates", "current", "pinned", "now", "shown"), [
    ([("a", "P1"), ("b", "P2")], None, None, 0, "a"),
    ([("a", "P2"), ("b", "P1")], ("a", 0), None, 1.0, "a"),  # it may be read before anything but a P0 takes its place
    ([("a", "P2"), ("b", "P1")], ("a", 0), None, 3.0, "b"),
    ([("a", "P2"), ("b", "P0")], ("a", 0), None, 0.1, "b"),
    ([("a", "P1"), ("b", "P1")], ("b", 0), None, 9.0, "b"),  # no swapping between equals
    ([("a", "P2"), ("b", "P1")], ("a", 0), "a", 60.0, "a"),
    ([("a", "P2"), ("b", "P0")], ("a", 0), "a", 60.0, "b"),
    ([("a", "P1"), ("w", "whisper")], ("a", 0), None, 3.0, "w"),
    ([], ("a", 0), None, 3.0, None),
])
async def test_the_stage_shows_the_most_urgent_card_without_jumping(
    open_page: OpenPage, candidates: list[tuple[str, str]], current: tuple[str, float] | None, pinned: str | None,
    now: float, shown: str | None,
) -> None:
    """One card at a time."""
    page = await open_page("overlay")
    found = await page.evaluate("""async ({candidates, current, pinned, now}) => {
        const { choose } = await import("/overlay/choose.js");
        return choose(candidates, current, pinned, now).shown?.id ?? null;
    }""", {"candidates": [{"id": name, "kind": kind} for name, kind in candidates], "pinned": pinned, "now": now,
           "current": current and {"id": current[0], "since": current[1]}})
    assert found == shown


async def test_audio_time_runs_on_between_events_and_never_back(open_page: OpenPage) -> None:
    """Late events do not turn it back, a pause of the audio does."""
    page = await open_page("overlay")
    times = await page.evaluate("""async () => {
        const { AudioClock } = await import("/shared/audio-clock.js");
        let wall = 100;
        const clock = new AudioClock(() => wall);
        const seen = [clock.now()];
        clock.reached(10); wall += 1; seen.push(clock.now());
        clock.reached(10.5); seen.push(clock.now());
        wall += 30; clock.reached(12); seen.push(clock.now());
        clock.stop(12.5); wall += 9; seen.push(clock.now());
        return seen;
    }""")
    assert times == [0, 11, 11, 12, 12.5]

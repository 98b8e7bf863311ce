"""Who hears of what."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from coach.errors import MissingError
from coach.events import CallEnded, CallStarted, Event, Phase, Stress
from coach.server.auth import Identity, Role
from coach.server.call_log import CallLog, Reader
from coach.server.hub import ENDED_KEPT, Hub
from coach.server.outbox import Outbox
from tests.server.desk import card


def reader(role: Role = "agent", subject: str = "a1", *teams: str) -> Reader:
    return Reader(Identity(role, subject, frozenset(teams), 2**31), Outbox(lambda: None))


def log(call: str = "c1", agent: str = "a1", *teams: str) -> CallLog:
    return CallLog(CallStarted(0.0, call, agent, "inbound", "zh", "test"), frozenset(teams or ("east",)))


def heard(page: Reader) -> list[dict[str, Any]]:
    return [json.loads(message.text) for message in iter(page.outbox.take, None)]


def kinds(page: Reader) -> list[str]:
    return [message["event"]["type"] if message["type"] == "event" else message["type"] for message in heard(page)]


def stress(at: float) -> Event:
    return Stress(at, "customer", 0.5, {}, 1.0, 1.0)


def test_a_page_gets_the_past_once_and_then_what_follows() -> None:
    """Snapshot and events fit together without a hole or a repeat."""
    hub, call, page = Hub(), log(), reader()
    hub.open(call)
    hub.publish(call, [call.started, Phase(1.0, "greeting")], 1.0)
    hub.follow(page)
    hub.publish(call, [card(2.0)], 2.0)
    snapshot, event = heard(page)
    assert [past["type"] for past in snapshot["events"]] == ["call_started", "phase"]
    assert (snapshot["seq"], event["seq"]) == (2, 3)
    assert event["event"]["type"] == "prompt"


def test_an_overlay_follows_its_agent_from_call_to_call() -> None:
    """No call, the first, its end, the second; other agents' calls never."""
    hub, page = Hub(), reader()
    hub.follow(page)
    first, other, second = log("c1"), log("c2", "a2"), log("c3")
    for call in (first, other):
        hub.open(call)
        hub.publish(call, [call.started], 0.0)
    hub.publish(first, [CallEnded(9.0, "bye")], 9.0)
    hub.close(first, "bye")
    hub.open(second)
    hub.publish(other, [card()], 1.0)
    messages = heard(page)
    assert [message["type"] for message in messages] == ["snapshot", "snapshot", "event", "event", "snapshot"]
    assert [message["call"] and message["call"]["call"] for message in messages if message["type"] == "snapshot"] == [
        None, "c1", "c3"
    ]


def test_a_board_shows_its_teams_worst_first() -> None:
    """Rows of other teams never appear, not even as gone."""
    hub, page = Hub(), reader("supervisor", "s1", "east")
    calm, alarming, foreign = log("c1"), log("c2"), log("c3", "a3", "west")
    for call in (calm, alarming, foreign):
        hub.open(call)
    hub.publish(alarming, [card(1.0, priority="P0")], 1.0)
    hub.show_board(page)
    assert [row["call"] for row in heard(page)[0]["rows"]] == ["c2", "c1"]
    for call in (calm, foreign):
        hub.publish(call, [stress(1.0)], 1.0)
    assert [row.call for row in hub.changed_rows(page)] == ["c1"]
    assert hub.changed_rows(page) == []
    for call in (foreign, calm):
        hub.close(call, "bye")
    assert [message["call"] for message in heard(page)] == ["c1"]


def test_watching_another_call_leaves_the_first() -> None:
    """One call at a time."""
    hub, page = Hub(), reader("supervisor", "s1", "*")
    first, second = log("c1"), log("c2")
    for call in (first, second):
        hub.open(call)
        call.join(page)
    hub.publish(first, [card()], 1.0)
    hub.publish(second, [Phase(1.0, "verify")], 1.0)
    assert kinds(page) == ["snapshot", "snapshot", "phase"]


def test_a_page_that_left_hears_nothing() -> None:
    """And holds nothing."""
    hub, page, call = Hub(), reader(), log()
    hub.follow(page)
    hub.open(call)
    heard(page)
    hub.leave(page)
    hub.publish(call, [card()], 1.0)
    hub.open(log("c2"))
    assert heard(page) == []
    assert page.log is None


def test_an_ended_call_can_be_read_for_a_while() -> None:
    """The last ones are kept, by those who may see them."""
    hub = Hub()
    for number in range(ENDED_KEPT + 1):
        call = log(f"c{number}")
        hub.open(call)
        hub.close(call, "bye")
    agent = reader().identity
    assert hub.find("c1", agent).info().live is False
    assert hub.rows(agent) == []
    for call_id, identity in (("c0", agent), ("c1", reader(subject="a2").identity)):
        with pytest.raises(MissingError):
            hub.find(call_id, identity)


def test_a_reader_that_hangs_does_not_stop_the_others() -> None:
    """It sheds meters, then is given up; the other one has every event."""
    hub, call, slow, quick = Hub(), log(), reader(), reader("supervisor", "s1", "east")
    hub.open(call)
    for page in (slow, quick):
        call.join(page)
    got: list[str] = []
    for number in range(2000):
        hub.publish(call, [stress(number / 10), card(number / 10, number)], number / 10)
        got += kinds(quick)
    assert slow.outbox.overflown
    assert slow.outbox.shed > 0
    assert got.count("prompt") == got.count("stress") == 2000


def test_a_prompt_is_measured_when_it_first_reaches_an_overlay() -> None:
    """Not when a supervisor gets it, and once however many overlays there are."""
    wall = [105.0]
    hub, first, second, board = Hub(), reader(), reader(), reader("supervisor", "s1", "*")
    call = CallLog(CallStarted(0.0, "c1", "a1", "inbound", "zh", "test"), frozenset(), clock=lambda: wall[0])
    for page in (first, second, board):
        call.join(page)
    hub.open(call)
    call.stopwatch.arrivals.note(2.0, 104.0)
    hub.publish(call, [card(2.0)], 2.0)
    for page in (board, first, second):
        for message in iter(page.outbox.take, None):
            if message.sent is not None:
                message.sent()
        wall[0] += 1
    assert [(latency.rule, latency.decided_ms) for latency in hub.latencies()] == [("PACE-01", 2000.0)]


def test_publishing_is_cheap() -> None:
    """An event to twenty pages takes well under a millisecond, since it is turned into text once."""
    hub, call = Hub(), log()
    hub.open(call)
    pages = [reader("supervisor", f"s{number}", "east") for number in range(20)]
    for page in pages:
        hub.show_board(page)
        call.join(page)
    began = time.perf_counter()
    for number in range(500):
        hub.publish(call, [stress(number / 10)], number / 10)
    assert (time.perf_counter() - began) / 500 < 0.005

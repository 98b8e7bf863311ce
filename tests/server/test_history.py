"""Snapshots: what a page that joins late is told."""

from __future__ import annotations

from coach.events import (
    Dynamics,
    Event,
    Pace,
    Phase,
    Speech,
    SpeechStarted,
    Stress,
    SupervisorAction,
    Transcript,
    to_json,
)
from coach.server.history import (
    METER_SPAN_S,
    OLD_ITEMS,
    OLD_STEP_S,
    OTHER_ITEMS,
    TALK_ITEMS,
    History,
    for_agents,
    may_be_lost,
)
from tests.server.desk import card


def remembered(events: list[Event], *, agent: bool = False) -> list[dict[str, object]]:
    history = History()
    for seq, event in enumerate(events):
        history.add(seq, event, to_json(event))
    return history.events(agent=agent)


def words(at: float, *, final: bool) -> Transcript:
    return Transcript(at, "customer", at - 1, at, "好的", final)


def stress(at: float) -> Stress:
    return Stress(at, "customer", 0.2, {}, 10.0, 10.0)


def test_what_happened_comes_back_in_order_without_partials() -> None:
    """Finals, cards, phases, dynamics and speech are kept as they were."""
    kept: list[Event] = [
        SpeechStarted(0.2, "customer", 0.1), words(1.0, final=True), card(1.0), Speech(1.2, "customer", 0.1, 1.0),
        Phase(1.3, "verify"), Dynamics(2.0, "interruption", "agent", 1.0, 2.0),
    ]
    events = [*kept[:1], words(0.5, final=False), *kept[1:]]
    assert remembered(events) == [to_json(event) for event in kept]


def test_meters_are_one_a_second_and_always_the_newest() -> None:
    """Ten a second over a minute become about sixty, the last one among them."""
    points = [event["at"] for event in remembered([stress(tenth / 10) for tenth in range(605)])]
    assert len(points) == 61
    assert points[-1] == 60.4


def test_old_meters_are_thinned() -> None:
    """Of what is more than two minutes ago, one in ten seconds, so that the whole call can be drawn."""
    points = [event["at"] for event in remembered([stress(float(second)) for second in range(600)])]
    recent = 599 - METER_SPAN_S
    assert [at for at in points if at >= recent] == [float(second) for second in range(int(recent), 600)]
    assert [at for at in points if at < recent] == [OLD_STEP_S * index for index in range(48)]


def test_very_old_meters_are_forgotten() -> None:
    """A call without end does not fill the memory."""
    events = [stress(OLD_STEP_S * step) for step in range(OLD_ITEMS + 100)]
    assert len(remembered(events)) == OLD_ITEMS + METER_SPAN_S / OLD_STEP_S + 1


def test_meters_of_two_speakers_do_not_push_each_other_out() -> None:
    """Pace of the agent and of the customer are two measurements."""
    events: list[Event] = [
        Pace(second / 10, speaker, 4.0, 4.0, 1.0, "signal", 1.0, 1.0)
        for second in range(100)
        for speaker in ("agent", "customer")
    ]
    assert {event["speaker"] for event in remembered(events)} == {"agent", "customer"}


def test_agents_do_not_get_what_is_among_supervisors() -> None:
    """Notes and flags are left out; whispers and faults are not."""
    actions: list[Event] = [SupervisorAction(1.0, "s1", kind, "…") for kind in ("whisper", "note", "flag", "fault")]  # type: ignore[arg-type]
    assert [event["action"] for event in remembered(actions, agent=True)] == ["whisper", "fault"]
    assert len(remembered(actions)) == 4
    assert [for_agents(action) for action in actions] == [True, False, False, True]


def test_it_is_bounded() -> None:
    """However long a call lasts."""
    events: list[Event] = [words(float(n), final=True) for n in range(TALK_ITEMS + 10)]
    events += [Phase(float(n), "verify") for n in range(OTHER_ITEMS + 10)]
    assert len(remembered(events)) == TALK_ITEMS + OTHER_ITEMS


def test_only_partials_and_meters_may_be_lost() -> None:
    """Everything else reaches a reader or cuts it."""
    lossy: list[Event] = [
        words(1.0, final=False), stress(1.0), Pace(1.0, "agent", 4.0, 4.0, 1.0, "signal", 1.0, 1.0),
        Dynamics(1.0, "talk_share", None, 0.0, 1.0),
    ]
    kept: list[Event] = [words(1.0, final=True), card(1.0), Phase(1.0, "x"), Dynamics(1.0, "silence", None, 0.0, 1.0)]
    assert all(may_be_lost(event) for event in lossy)
    assert not any(may_be_lost(event) for event in kept)

"""What holds in any order of events that audio time allows."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from coach.events import CallEnded, CallStarted, Event, Prompt, PromptClosed, Speech, SpeechStarted, Transcript, to_json
from coach.playbook import Playbook, State, load, step
from coach.playbook.logs import heard

SAYINGS = (
    "您好，我是远山银行客服，工号三零一七", "报一下身份证号码", "什么意思，我没听懂", "这个产品稳赚不赔",
    "我在开车不方便", "我们尽快处理", "三个工作日之内回复您", "我老伴去世了", "利息高一点没关系，今天就要到账",
    "我给您加急处理，肯定能批下来", "我要投诉你们", "非常抱歉给您添麻烦了", "再见", "嗯", "我的卡被盗刷了")
turns = st.lists(st.tuples(st.sampled_from(("agent", "customer")), st.sampled_from(SAYINGS), st.floats(-1.0, 12.0)),
                 min_size=1, max_size=14)


@cache
def zh_bank() -> Playbook:
    return load("zh-bank")


def call(spoken: list[tuple[str, str, float]], campaign: str = "loan_sales") -> list[Event]:
    """Events of a call in which these things are said, with pauses (or overlaps) between them."""
    found: list[Event] = [CallStarted(0.0, "c", "a", campaign, "zh", zh_bank().version)]
    at = 0.5
    for speaker, text, pause in spoken:
        start = max(0.1, at + pause)
        end = start + len(text) * 0.2
        found += [SpeechStarted(start + 0.1, speaker, start), Speech(end + 0.3, speaker, start, end),
                  Transcript(end + 0.6, speaker, start, end, text, final=True)]
        at = end
    return heard([*found, CallEnded(max(event.at for event in found) + 2.0, "bye")])


def play(events: list[Event], playbook: Playbook | None = None) -> list[Event]:
    pack = playbook or zh_bank()
    state, told = State.begin(pack, events[0]), list[Event]()  # type: ignore[arg-type]
    for event in events:
        state, more = step(pack, state, event)
        told += more
    return told


@settings(max_examples=40, deadline=None)
@given(turns)
def test_no_card_comes_before_its_evidence(spoken: list[tuple[str, str, float]]) -> None:
    for card in play(call(spoken)):
        if isinstance(card, Prompt):
            assert all(hit["end"] <= card.at for hit in card.evidence.get("heard", []))
            assert card.evidence.get("since", 0.0) <= card.at


@settings(max_examples=40, deadline=None)
@given(turns)
def test_cooldown_cap_and_expiry_hold(spoken: list[tuple[str, str, float]]) -> None:
    pack = zh_bank()
    told = play(call(spoken))
    by_case = {(case.rule, case.number): case for case in pack.cases}
    last: dict[str, float] = {}
    counts: dict[str, int] = {}
    for card in told:
        if isinstance(card, Prompt):
            case = by_case[card.rule, card.evidence["case"]]
            floor = pack.budgets["P0"].cooldown_s if case.priority == "P0" else case.cooldown_s
            if card.rule in last and case.priority != "P0":
                assert card.at - last[card.rule] >= floor
                assert counts[card.rule] < case.per_call
            last[card.rule] = card.at
            counts[card.rule] = counts.get(card.rule, 0) + 1
            assert card.id == f"{card.rule}#{counts[card.rule]}"
            assert card.expires_at == round(card.at + case.lasts_s, 3)


@settings(max_examples=40, deadline=None)
@given(turns)
def test_one_card_at_a_time_and_each_is_taken_down_once(spoken: list[tuple[str, str, float]]) -> None:
    up: list[str] = []
    for event in play(call(spoken)):
        if isinstance(event, Prompt):
            assert not up
            up.append(event.id)
        elif isinstance(event, PromptClosed):
            assert up == [event.id]
            up.clear()
    assert not up


@settings(max_examples=25, deadline=None)
@given(turns)
def test_the_same_events_give_the_same_cards(spoken: list[tuple[str, str, float]]) -> None:
    events = call(spoken)
    assert [to_json(event) for event in play(events)] == [to_json(event) for event in play(events)]


@settings(max_examples=15, deadline=None)
@given(turns)
def test_a_reload_changes_nothing_for_a_running_call(spoken: list[tuple[str, str, float]]) -> None:
    """A call keeps the playbook it began with: loading it again in the middle leaves no trace."""
    events = call(spoken)
    alone = [to_json(event) for event in play(events)]
    middle = len(events) // 2
    pack = zh_bank()
    state, told = State.begin(pack, events[0]), list[Event]()  # type: ignore[arg-type]
    for index, event in enumerate(events):
        if index == middle:
            load("en-bank")
        state, more = step(pack, state, event)
        told += more
    assert [to_json(event) for event in told] == alone

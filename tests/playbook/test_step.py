"""The step: phrases, deadlines, modes, phases and slots, each in audio time alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.events import Checklist, Dynamics, Event, Mode, Phase, Prompt, Transcript
from coach.playbook import Playbook, State, load, step
from coach.playbook.rehearsal import events, run
from coach.playbook.script import parse

PACK = """\
playbook: {name: small, language: zh, title: Small}
campaigns: {inbound: Inbound, overdue: Overdue}
phases:
  greeting: {title: Greeting}
  close: {title: Close, enters: agent says goodbye}
modes:
  grief: {title: Grief, enters: customer says death, mutes: [SIL-01]}
slots:
  amount: {title: Amount, filled: customer says amount}
lexicons:
  backchannel: [嗯]
  goodbye: [再见]
  death: [去世]
  sorry: [节哀, 抱歉]
  amount: ['{n}万']
  soon: [尽快]
  dated: ['{n}天']
  hello: [您好]
rules:
  SIL-01: {title: Silence, priority: P2, when: silence of 5 s, prompt: {zh: 说话, en: Speak}}
  SAY-01:
    title: Condolence
    priority: P1
    when: customer says death
    unless: agent says sorry
    within: 2 agent turns
    prompt: {zh: 节哀, en: Condolence}
  DAY-01:
    title: Date
    priority: P1
    when: agent says soon
    unless: agent says dated
    within: this turn
    prompt: {zh: 给出时限, en: Date}
  HEL-01:
    title: Hello
    priority: P1
    when: call reaches 5 s
    unless: agent said hello
    prompt: {zh: 问候, en: Greet}
  SUM-01: {title: Sum, priority: P3, when: slot amount is filled, prompt: {zh: '记下{amount}万', en: 'Note {amount}'}}
"""


@pytest.fixture(scope="module")
def playbook(tmp_path_factory: pytest.TempPathFactory) -> Playbook:
    """A small playbook with one rule of each kind."""
    folder: Path = tmp_path_factory.mktemp("pack")
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
    return load(folder)


def told(playbook: Playbook, script: str) -> list[Event]:
    """Everything the playbook says to a script."""
    call = parse(script)
    return [event for _, out in run(playbook, events(call, playbook)) for event in out]


def rules(found: list[Event]) -> list[str]:
    return [event.rule for event in found if isinstance(event, Prompt)]


@pytest.mark.parametrize(("script", "wanted"), [
    ("A: 您好 | C: 他去世了 | A: 证件呢 | C: 有 | A: 地址呢 | C: 有 [3 s]", ["SAY-01"]),
    ("A: 您好 | C: 他去世了 | A: 请节哀 | C: 好 | A: 地址呢 | C: 有 [3 s]", []),
    ("A: 您好 | C: 他去世了 | A: 证件呢 | C: 有 [3 s]", []),
])
def test_a_deadline_in_turns_counts_turns_that_have_ended(playbook: Playbook, script: str, wanted: list[str]) -> None:
    assert rules(told(playbook, script)) == wanted


def test_what_follows_in_the_same_turn_is_awaited(playbook: Playbook) -> None:
    assert rules(told(playbook, "A: 您好，我们尽快处理。三天之内 [3 s]")) == []
    assert rules(told(playbook, "A: 您好，我们尽快处理 [3 s]")) == ["DAY-01"]


def test_a_mode_mutes_what_it_names_and_nothing_else(playbook: Playbook) -> None:
    assert rules(told(playbook, "A: 您好 | C: 喂 [6 s]")) == ["SIL-01"]
    found = told(playbook, "A: 您好 | C: 他去世了 [6 s]")
    assert rules(found) == []
    assert [(event.mode, event.on, event.reason) for event in found if isinstance(event, Mode)] == [
        ("grief", True, "去世")]


def test_absence_is_judged_when_the_moment_comes(playbook: Playbook) -> None:
    assert rules(told(playbook, "A: 喂 [6 s]"))[0] == "HEL-01"
    assert "HEL-01" not in rules(told(playbook, "A: 您好 [6 s]"))


def test_silence_about_something_is_not_believed_where_no_words_are_known(playbook: Playbook) -> None:
    deaf = [event for event in events(parse("A (4 s): 喂 [6 s]"), playbook) if not isinstance(event, Transcript)]
    found = [event for _, out in run(playbook, deaf) for event in out]
    assert "HEL-01" not in rules(found)


def test_a_hint_never_becomes_a_card(playbook: Playbook) -> None:
    found = told(playbook, "A: 您好 | C: 我要三十万 [2 s]")
    assert [event.text["zh"] for event in found if isinstance(event, Checklist)] == ["记下30万"]
    assert rules(found) == []


def test_phases_follow_what_is_said(playbook: Playbook) -> None:
    found = told(playbook, "A: 您好 | C: 好 | A: 再见")
    assert [event.phase for event in found if isinstance(event, Phase)] == ["close"]


def test_step_changes_nothing_it_was_given(playbook: Playbook) -> None:
    call = events(parse("A: 您好 | C: 他去世了 | A: 尽快 [6 s]"), playbook)
    before = State.begin(playbook, call[0])  # type: ignore[arg-type]
    for event in call:
        seen = repr(before)
        after, _ = step(playbook, before, event)
        assert repr(before) == seen
        before = after


def test_every_card_says_why(playbook: Playbook) -> None:
    card = next(event for event in told(playbook, "A: 您好，我们尽快处理 [3 s]") if isinstance(event, Prompt))
    assert card.evidence["heard"][0]["text"] == "尽快"
    assert card.evidence["not_heard"] == ["agent says dated"]
    assert card.evidence["playbook"] == f"small@{playbook.version}"
    assert card.evidence["heard"][0]["end"] <= card.at


def test_partials_count_once_and_only_where_two_agree(playbook: Playbook) -> None:
    call = [event for event in events(parse("A: 您好 | C: 喂 [3 s]"), playbook) if not isinstance(event, Transcript)]
    partials = [Transcript(2.6, "customer", 2.0, 2.5, "他去", final=False),
                Transcript(2.8, "customer", 2.0, 2.7, "他去世了以后", final=False),
                Transcript(3.0, "customer", 2.0, 2.9, "他去世了以后怎么", final=False),
                Transcript(3.4, "customer", 2.0, 3.3, "他去世了以后怎么办", final=True)]
    order = sorted([*call, *partials], key=lambda event: (event.at, event.type == "call_ended"))
    modes = [(event.mode, event.at) for _, out in run(playbook, order) for event in out if isinstance(event, Mode)]
    assert modes == [("grief", 3.0)]


def test_a_line_on_hold_is_no_dead_air(playbook: Playbook) -> None:
    """Twelve seconds without a word: silence, unless there is music; and it counts from the end of the music."""
    call = parse("A: 您好 [12 s] C: 喂 [1 s]")
    plain = list(events(call, playbook))
    quiet_at = next(e.at for _, out in run(playbook, plain) for e in out if isinstance(e, Prompt))

    def held(off: float) -> list[str]:
        hold = [Dynamics(at, "hold", "agent", quiet_at - 3, at, {"on": on, "seconds": 0.0})
                for on, at in ((True, quiet_at - 3), (False, off))]
        return rules([e for _, out in run(playbook, sorted([*plain, *hold], key=lambda e: e.at)) for e in out])

    assert "SIL-01" in rules(told(playbook, "A: 您好 [12 s] C: 喂 [1 s]"))
    assert "SIL-01" not in held(quiet_at + 5)
    assert "SIL-01" in held(quiet_at - 2)

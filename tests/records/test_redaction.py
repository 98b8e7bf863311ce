"""Events without the numbers of people."""

from __future__ import annotations

import json
from typing import Any

from coach.events import CallStarted, Pace, Prompt, Transcript, Word, to_json
from coach.records.redaction import Redactor


def said(at: float, text: str, *, speaker: str = "customer", final: bool = True) -> dict[str, Any]:
    words = tuple(Word(char, at + n / 10, at + (n + 1) / 10, 1.0) for n, char in enumerate(text))
    return to_json(Transcript(at + 2, speaker, at, at + 2, text, final, words))  # type: ignore[arg-type]


def test_a_number_leaves_the_text_and_the_words() -> None:
    """Times stay, so that the transcript can still be followed."""
    event = said(1.0, "我是11010519491231002X，对")
    redacted = Redactor().redact(event)
    assert redacted["text"] == "我是〔身份证号〕，对"
    assert [word["word"] for word in redacted["words"]] == [*"我是", *"*" * 18, *"，对"]
    assert [word["start"] for word in redacted["words"]] == [word["start"] for word in event["words"]]
    assert "19491231" not in json.dumps(redacted)


def test_partials_are_redacted_too() -> None:
    """A page must not flash what the record hides."""
    assert Redactor().redact(said(1.0, "幺三八零零一三八零零零", final=False))["text"] == "〔电话号码〕"


def test_a_number_in_pieces_after_a_question() -> None:
    """The agent asks, the customer reads it out in breaths."""
    redactor = Redactor()
    redactor.redact(said(0.0, "请报一下您的身份证号码", speaker="agent"))
    pieces = ("幺幺零幺零五", "一九四九一二三一", "零零二叉")
    shown = [redactor.redact(said(3.0 * n, text))["text"] for n, text in enumerate(pieces, 1)]
    assert shown == ["〔号码〕", "〔号码〕", "〔身份证号〕"]
    assert redactor.redact(said(60.0, "一二三四五"))["text"] == "一二三四五"


def test_a_number_in_pieces_that_nobody_asked_for() -> None:
    """From the piece on with which it is long enough."""
    redactor = Redactor()
    pieces = ("我的是六二二二零二", "一二三四五六", "七八九零")
    shown = [redactor.redact(said(3.0 * n, text))["text"] for n, text in enumerate(pieces, 1)]
    assert shown == ["我的是六二二二零二", "〔号码〕", "〔号码〕"]
    assert redactor.redact(said(12.0, "七八九零", speaker="agent"))["text"] == "七八九零"


def test_evidence_and_context_are_redacted_and_numbers_that_measure_are_not() -> None:
    """Whatever field it hides in."""
    evidence = {"heard": [{"text": "卡号6222021234567890128", "end": 4.0}]}
    prompt = Prompt(5.0, "p1", "COMP-05", "P0", {"zh": "…"}, evidence, 9.0)
    context = {"mobile": 13800138000, "limit": 5000000000}
    started = CallStarted(0.0, "c-20300101123456789", "a1", "inbound", "zh", "p", context)
    pace = to_json(Pace(1.0, "customer", 4.123456789, 4.0, 1.0, "signal", 1.0, 1.0))
    assert "6222" not in json.dumps(Redactor().redact(to_json(prompt)))
    shown = Redactor().redact(to_json(started))
    assert shown["context"] == {"mobile": "〔电话号码〕", "limit": 5000000000}
    assert shown["call"] == "c-20300101123456789"
    assert Redactor().redact(pace) is pace


def test_an_event_without_numbers_is_left_alone() -> None:
    """The same object: nothing is copied for nothing."""
    event = said(1.0, "每期三千二百元")
    assert Redactor().redact(event) is event


def test_the_playbooks_version_in_a_prompts_evidence_is_nobodys_number() -> None:
    redactor = Redactor()
    asked = {"type": "transcript", "at": 1.0, "speaker": "agent", "start": 0.0, "end": 1.0,
             "text": "请报一下身份证号码", "final": True, "words": []}
    redactor.redact(asked)
    prompt = {"type": "prompt", "at": 2.0, "evidence": {"playbook": "zh-bank@e302123456c5", "text": "报一下身份证"}}
    assert redactor.redact(prompt) == prompt

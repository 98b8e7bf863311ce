"""Takes numbers of people out of a call's events before anybody else sees or stores them. Pure.

A number is often spoken in pieces, one utterance after another, and asked for before: both are remembered per call.
"""

from __future__ import annotations

import re
from typing import Any

from coach.records.numbers import LONG, Found, find, last_digits

SHOWN = {"identity": "〔身份证号〕", "card": "〔银行卡号〕", "phone": "〔电话号码〕", "number": "〔号码〕"}

CONTENT = ("text", "context", "evidence", "detail")
"""Fields of events that may hold what somebody said or knows; identifiers are left alone, ..."""
IDENTIFIERS = ("playbook",)
"""... those within such a field too: a version's digits are nobody's number."""

ASKS = re.compile(r"身份证|证件号|银行卡|卡号|账号|账户号|手机号|电话号|联系电话|号码|验证码|密码")
ASKED_S = 30.0
"""A question for a number stands so long, seconds."""
PIECES_S = 8.0
"""A number may go on in the next utterance that begins within so long, seconds."""


class Redactor:
    """One call's redaction. Feed it every event in its JSON form, in order."""

    def __init__(self) -> None:
        self._asked_until = -1.0
        self._pieces: dict[str, tuple[float, str]] = {}  # speaker -> end, digits at the end of the last utterance

    def redact(self, event: dict[str, Any]) -> dict[str, Any]:
        """The event without numbers; the same object where there was none."""
        if event["type"] == "transcript":
            return self._transcript(event)
        content = {key: event[key] for key in CONTENT if key in event}
        redacted = {key: self._value(value, event["at"]) for key, value in content.items()}
        return event if redacted == content else event | redacted

    def _transcript(self, event: dict[str, Any]) -> dict[str, Any]:
        text, speaker = event["text"], event["speaker"]
        ended, digits = self._pieces.get(speaker, (-PIECES_S, ""))
        before = digits if event["start"] - ended <= PIECES_S else ""
        asks = ASKS.search(text) is not None
        found = find(text, asked=asks or event["start"] <= self._asked_until, before=before)
        if event["final"]:
            piece = last_digits(text)
            goes_on = before if piece and _only(text, piece) else ""
            self._pieces[speaker] = (event["end"], (goes_on + piece)[-40:])
            if asks:
                self._asked_until = event["end"] + ASKED_S
        if not found:
            return event
        return event | {"text": _replaced(text, found), "words": _masked(event.get("words", []), text, found)}

    def _value(self, value: Any, at: float) -> Any:
        if isinstance(value, str):
            found = find(value, asked=at <= self._asked_until)
            return _replaced(value, found) if found else value
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10 ** (LONG - 1):
            found = find(str(abs(value)))
            return SHOWN[found[0].kind] if found and found[0].kind != "number" else value
        if isinstance(value, dict):
            return {key: item if key in IDENTIFIERS else self._value(item, at) for key, item in value.items()}
        if isinstance(value, list):
            return [self._value(item, at) for item in value]
        return value


def _only(text: str, piece: str) -> bool:
    """Is the utterance hardly more than its digits, so that it goes on with the number before?"""
    return len(re.sub(r"[\s,，、。.]", "", text)) - len(piece) <= 3


def _replaced(text: str, found: list[Found]) -> str:
    for number in reversed(found):
        text = text[: number.start] + SHOWN[number.kind] + text[number.end :]
    return text


def _masked(words: list[dict[str, Any]], text: str, found: list[Found]) -> list[dict[str, Any]]:
    """The words, those of a number as stars; a word that is not where the text has it counts as one."""
    masked, position = [], 0
    for word in words:
        start = text.find(word["word"], position)
        end = start + len(word["word"])
        position = max(position, end)
        hidden = start < 0 or any(start < number.end and number.start < end for number in found)
        masked.append(word | {"word": "*" * len(word["word"])} if hidden else word)
    return masked

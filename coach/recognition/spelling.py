"""Text as people write it, and the words in it with their times."""

from __future__ import annotations

import re
from collections.abc import Iterable

from coach.events import Word

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNITS = re.compile(rf"[{_CJK}0-9\uac00-\ud7a3]|[^\W\d_{_CJK}\uac00-\ud7a3]+(?:['’-][^\W\d_{_CJK}\uac00-\ud7a3]+)*")
_BLANKS = re.compile(rf"(?<=[{_CJK}])\s+(?=[{_CJK}])")
_MARK = re.compile(rf"(?<=[{_CJK}]) *([,?!;:.]) *")
_FULL_WIDTH = {",": "，", "?": "？", "!": "！", ";": "；", ":": "：", ".": "。"}


def unit_spans(text: str) -> list[tuple[int, int]]:
    """Where in `text` is what takes time to say: Chinese characters, Korean blocks, digits, words of other scripts.

    Punctuation and blanks are nobody's words.
    """
    return [match.span() for match in _UNITS.finditer(text)]


def units(text: str) -> list[str]:
    """What takes time to say, in order; see `unit_spans`."""
    return _UNITS.findall(text)


def spread(text: str, start: float, end: float, conf: float = 1.0) -> tuple[Word, ...]:
    """The units of `text` evenly over `start` to `end`: the best guess where nothing gives their times."""
    said = units(text)
    step = (end - start) / max(1, len(said))
    return tuple(
        Word(unit, start + number * step, start + (number + 1) * step, conf) for number, unit in enumerate(said)
    )


def joined(words: Iterable[str]) -> str:
    """Recognised words as one line: Chinese without spaces, other scripts with them."""
    return _BLANKS.sub("", " ".join(words))


def chinese_marks(text: str) -> str:
    """Chinese text with its own punctuation; a blank between characters, which marks a pause, becomes a comma."""
    return _BLANKS.sub("，", _MARK.sub(lambda mark: _FULL_WIDTH[mark[1]], text)).strip()

"""Finds the numbers in a text that nobody may keep: identity cards, bank cards, telephones. Pure.

Numbers come as digits or as Chinese numerals read out one by one, with pauses between, and with a recogniser's
homophones (幺三八 -> 要三吧). What is counted (三千二百元, 120000 元) is an amount and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

PROPER = {
    **dict(zip("0123456789", "0123456789", strict=True)),
    **dict(zip("０１２３４５６７８９", "0123456789", strict=True)),
    **dict(zip("零一二三四五六七八九", "0123456789", strict=True)),
    **dict(zip("〇壹贰叁肆伍陆柒捌玖", "0123456789", strict=True)),
    "○": "0", "幺": "1", "洞": "0", "拐": "7", "X": "X", "x": "X", "叉": "X",
}
BY_SOUND = {
    "ling": "0", "yi": "1", "yao": "1", "er": "2", "liang": "2", "san": "3", "si": "4", "shi": "4", "wu": "5",
    "liu": "6", "lu": "6", "qi": "7", "ba": "8", "jiu": "9",
}
BETWEEN = set(" -—,，、.。·…嗯呃额啊哦噢唔")
"""What may stand between the digits of a number: signs, and the sounds of somebody who reads it out."""
MOST_BETWEEN = 3
COUNTED = re.compile(r"\s*(?:多)?(?:元|块|万|千|百|十|亿|％|%|分之|点[零一二三四五六七八九\d]|期|年|个)")

HARMLESS = re.compile(r"(?:尾号|[后末]四位|工号)\D{0,3}$")
"""What is said before digits that may be known."""

LONG = 9
"""From so many digits on, what is no amount is a number of somebody, right or wrong in its check digit."""
ASKED = 4
"""The same where somebody has just asked for such a number."""


@dataclass(frozen=True, slots=True)
class Found:
    """`text[start:end]` is a number of `kind`: identity, card, phone or number (none of these for certain)."""

    start: int
    end: int
    kind: str


def find(text: str, *, asked: bool = False, before: str = "") -> list[Found]:
    """The numbers in `text`. `asked`: somebody asked for one; `before`: digits that the speaker had just said."""
    found = []
    for index, run in enumerate(_runs(text)):
        head = before if index == 0 and not text[: run.start].strip("".join(BETWEEN) + "那") else ""
        kind = _kind(head + run.digits)
        needed = ASKED if asked and not HARMLESS.search(text[: run.start]) else LONG
        counted = COUNTED.match(text, run.end) is not None
        if kind in ("identity", "phone") or (len(head + run.digits) >= needed and not counted):
            found.append(Found(run.start, run.end, kind))
    return found


def last_digits(text: str) -> str:
    """The digits at the very end of `text`, where a number may go on in the next breath."""
    rest = text.rstrip("".join(BETWEEN))
    for run in _runs(text):
        if run.end == len(rest):
            return run.digits
    return ""


@dataclass(frozen=True, slots=True)
class _Run:
    start: int
    end: int
    digits: str


def _runs(text: str) -> Iterator[_Run]:
    """Stretches of digits, with few other signs between. Homophones count where proper digits are the most."""
    position = 0
    while position < len(text):
        if (digit := _digit(text[position])) is None:
            position += 1
            continue
        start, end, digits, proper = position, position, "", 0
        while position < len(text) and position - end <= MOST_BETWEEN:
            digit = _digit(text[position])
            if digit is not None:
                digits += digit
                proper += text[position] in PROPER
                end = position + 1
            elif text[position] not in BETWEEN:
                break
            position += 1
        position = max(position, end)
        if 2 * proper > len(digits):
            yield _trimmed(text, start, end)
        else:
            yield from _proper_runs(text, start, end)


def _trimmed(text: str, start: int, end: int) -> _Run:
    """The run without homophones at its edges: they belong to the words around it more often than not."""
    while text[start] not in PROPER:
        start += 1
    while text[end - 1] not in PROPER:
        end -= 1
    digits = (_digit(char) for char in text[start:end])
    return _Run(start, end, "".join(digit for digit in digits if digit))


def _proper_runs(text: str, start: int, end: int) -> Iterator[_Run]:
    for match in re.finditer(f"[{''.join(PROPER)}]+", text[start:end]):
        yield _Run(start + match.start(), start + match.end(), "".join(PROPER[char] for char in match.group()))


@lru_cache(maxsize=8192)
def _digit(char: str) -> str | None:
    if char in PROPER:
        return PROPER[char]
    if "\u4e00" <= char <= "\u9fff":
        return BY_SOUND.get(lazy_pinyin(char, style=Style.NORMAL)[0])
    return None


# -- what a number is ------------------------------------------------------------------------------------------------


def _kind(digits: str) -> str:
    for start in range(len(digits) - 17):
        if is_identity(digits[start : start + 18]):
            return "identity"
    plain = digits.replace("X", "")
    if is_identity(plain):
        return "identity"
    if re.fullmatch(r"(?:86)?1[3-9]\d{9}|0\d{9,11}", plain):
        return "phone"
    return "card" if 13 <= len(plain) <= 19 and is_luhn(plain) else "number"


def is_identity(digits: str) -> bool:
    """A Chinese identity number: 18 signs with the check sign of GB 11643 (ISO 7064, MOD 11-2), or the old 15."""
    if re.fullmatch(r"\d{17}[\dX]", digits):
        total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(digits[:17]))
        return "10X98765432"[total % 11] == digits[17] and _is_date(digits[6:14])
    return re.fullmatch(r"\d{15}", digits) is not None and digits[0] in "123456" and _is_date("19" + digits[6:12])


def is_luhn(digits: str) -> bool:
    """The check digit of bank cards (ISO/IEC 7812-1, annex B)."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def _is_date(digits: str) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return 1900 <= born.year <= 2100

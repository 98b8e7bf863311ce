"""Numbers as they are read in Mandarin."""

from __future__ import annotations

import re

PERCENT = re.compile(r"(\d+(?:\.\d+)?)[%％]")

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "幺": 1}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_GROUPS = {"万": 10**4, "亿": 10**8}


def as_digits(read: str) -> str:
    """`read` as digits: 三千五 "3500", 二十五万 "250000", 六二八八 "6288", 三点五 "3.5"; else unchanged.

    A unit left out at the end is understood, as people do: 三千五 is 3500, 一万二 is 12000.
    """
    whole, dot, part = read.partition("点")
    if dot:
        left, right = as_digits(whole), "".join(str(_DIGITS[char]) for char in part if char in _DIGITS)
        return f"{left}.{right}" if left.isdigit() and len(right) == len(part) and right else read
    if read and all(char in _DIGITS for char in read):
        return "".join(str(_DIGITS[char]) for char in read)
    value = _value(read)
    return read if value is None else str(value)


def _value(read: str) -> int | None:
    total = section = digit = 0
    last_unit = 1
    for char in read:
        if char in _DIGITS:
            digit = _DIGITS[char]
            last_unit = 10 if char in "零〇" else last_unit
        elif char in _UNITS:
            last_unit = _UNITS[char]
            section += (digit or 1) * last_unit
            digit = 0
        elif char in _GROUPS:
            last_unit = _GROUPS[char]
            total = (total + section + digit) * last_unit
            section = digit = 0
        else:
            return None
    return total + section + digit * (last_unit // 10 if last_unit > 10 else 1) if read else None

"""Mandarin as it sounds: characters to syllables, with the confusions of listeners, dialects and recognisers.

Readings come from pypinyin's tables. A character gets its first reading unless a word of the phrase table that covers
it says otherwise; only words that say otherwise are kept, so that reading a transcript costs a few dictionary look-ups.
"""

from __future__ import annotations

import re
import warnings
from functools import cache, lru_cache

import zhconv
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal, to_tone3

from coach.playbook.numerals import PERCENT, as_digits
from coach.playbook.reading import Reading, Text, before_marks

DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
NUMERALS = frozenset("零〇一二三四五六七八九十百千万亿两点半几幺")
FIRST_NUMERALS = frozenset("零〇一二三四五六七八九十两几幺半")
STOPS = frozenset("。！？!?；;\n")
BREAKS = STOPS | frozenset("，,、：:…")

# Initials and finals that are confused; the order matters (zh before z).
_INITIALS = ("zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s")
_NEAR_INITIAL = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "r": "l"}
_NEAR_FINAL = {"ing": "in", "eng": "en", "ang": "an", "iang": "ian", "uang": "uan"}
_NEAR_F = {"hu": "fu", "hui": "fei", "huan": "fan", "huang": "fan", "hun": "fen", "hong": "fen", "hua": "fa",
           "huo": "fo"}

_RELATED_INITIALS = ({"b", "p", "m"}, {"d", "t"}, {"g", "k", "f"}, {"j", "q", "x"}, {"z", "c", "s"}, {"z", "j"},
                     {"c", "q"})
_RELATED_FINALS = ({"an", "uan", "ian", "van"}, {"en", "un", "in"}, {"un", "ong", "iong"}, {"ao", "ou", "iao"},
                   {"ai", "ei", "uai", "ui"}, {"a", "ia", "ua"}, {"ua", "uai"},
                   {"e", "o", "uo"}, {"u", "ou", "iu"}, {"ei", "i", "ie"})
CONFUSED, RELATED, UNLIKE = 0.15, 0.35, 0.8
"""Distances: the usual confusions; sounds made in nearly the same way; others."""

_NOT_DENIAL = re.compile(
    r"(.)[不没]\1|有没有|是不是|不但|不仅|不光|不管|不好意思|不错|没问题|没关系|没事|别的|别人|特别|分别|级别|区别|差别|不过|不客气|不如")
_DENIAL = re.compile(
    r"(?:不|没|没有|无法|未|未能|别|甭|勿|并非|禁止|严禁|拒绝|杜绝|从来没|谁也不)"
    r"(?:是|能|会|敢|可以|可能|可|得|要|想|用|必|需要|应该|该|说|再|太|很|那么|这么|怎么|完全|百分百|一定|随便|轻易|直接|"
    r"绝对|肯定|给|帮|跟|向|对|替|为|您|你|客户|我们|我|任何|什么|口头|去|被|有|法|办法|了|人|承诺|答应|打算|准备|觉得|提供|做|存在|出现|发生)"
    r"{0,4}$")
_LOOK_BACK = 10


@cache
def _irregular() -> dict[str, tuple[str, ...]]:
    """Words of which some character is not read with its first reading: toned readings of every character."""
    words: dict[str, tuple[str, ...]] = {}
    for word, readings in PHRASES_DICT.items():
        if not 2 <= len(word) <= 4:
            continue
        tones = tuple(_numbered(options[0]) for options in readings)
        if len(tones) == len(word) and any(
                tone[:-1] != _tone(char)[:-1] for tone, char in zip(tones, word, strict=True)):
            words[word] = tones
    return words


@cache
def _tone(char: str) -> str:
    """First reading of a character with its tone as a digit; the character itself where it has none."""
    readings = PINYIN_DICT.get(ord(char))
    return _numbered(readings.split(",")[0]) if readings else char.lower()


@cache
def _numbered(syllable: str) -> str:
    """dài -> dai4, de -> de5."""
    numbered: str = to_tone3(syllable, neutral_tone_with_five=True)
    return numbered


@cache
def near(sound: str) -> str:
    """`sound` with zh/z ch/c sh/s n/l r/l ing/in eng/en ang/an and f/h folded together."""
    sound = _NEAR_F.get(sound, sound)
    initial, final = parts(sound)
    return _NEAR_INITIAL.get(initial, initial) + _NEAR_FINAL.get(final, final)


@cache
def parts(sound: str) -> tuple[str, str]:
    """Initial and final of a toneless syllable; the initial may be empty."""
    for initial in _INITIALS:
        if sound.startswith(initial) and len(sound) > len(initial):
            return initial, sound[len(initial):]
    return "", sound


@lru_cache(maxsize=20_000)
def _reading(char: str, tone: str) -> Reading:
    sound = to_normal(tone).replace("ü", "v") if tone != char.lower() else tone
    return Reading(char, sound, tone, near(sound), char in NUMERALS, char in FIRST_NUMERALS)


@cache
def _distance(one: str, other: str) -> float:
    if near(one) == near(other):
        return CONFUSED
    (initial, final), (other_initial, other_final) = parts(near(one)), parts(near(other))
    total = 0.0
    for sound, heard, related in ((initial, other_initial, _RELATED_INITIALS), (final, other_final, _RELATED_FINALS)):
        if sound != heard:
            total += RELATED if any(sound in group and heard in group for group in related) else UNLIKE
    return min(total, 2 * UNLIKE)


class Mandarin:
    """Reads Mandarin; Latin letters are read one by one, digits as their numerals."""

    code = "zh"

    def read(self, text: str) -> Text:
        """Readings of simplified characters; "3%" is read 百分之三."""
        simple = _simplified(text)
        chars, places = _written(simple)
        tones = _tones("".join(chars))
        return Text(tuple(map(_reading, chars, tones)), tuple(places),
                    before_marks(simple, places, STOPS), before_marks(simple, places, BREAKS))

    def distance(self, one: Reading, other: Reading) -> float:
        """By sound: tones do not count, the usual confusions little."""
        return 0.0 if one.sound == other.sound else _distance(one.sound, other.sound)

    def allowed(self, length: int) -> float:
        """A wrong tone at two, two confusions at three, a related sound from four, an unlike one from seven."""
        return (0.0, 0.0, 0.03, 0.35, 0.4, 0.5, 0.85, 1.0, 1.2)[length] if length < 9 else 1.5

    def edits(self, length: int) -> int:
        """How many syllables may be more than confused."""
        return 0 if length < 4 else 1 if length < 7 else 2

    def denied(self, before: tuple[Reading, ...]) -> bool:
        """不能保证, 没有骗您, 谁也不敢跟您保证; not 能不能, 没问题."""
        text = "".join(reading.char for reading in before[-_LOOK_BACK:])
        return _DENIAL.search(_NOT_DENIAL.sub("，", text)) is not None

    def number(self, readings: tuple[Reading, ...]) -> str:
        """三千五 -> 3500, 六二八八 -> 6288; what is no number (几) stays as it was said."""
        return as_digits("".join(reading.char for reading in readings))


@cache
def _table() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # zhconv leaves the file of its table open
        zhconv.loaddict()


@lru_cache(maxsize=20_000)
def _simple(char: str) -> str:
    _table()
    converted: str = zhconv.convert(char, "zh-hans")
    return converted


def _simplified(text: str) -> str:
    """Character by character, so that places stay what they are."""
    return "".join(map(_simple, text))


def _written(text: str) -> tuple[list[str], list[int]]:
    """Characters that are said, in the order they are said, and where each stands in `text`."""
    chars: list[str] = []
    places: list[int] = []
    skip_to = 0
    for place, char in enumerate(text):
        if place < skip_to:
            continue
        percent = PERCENT.match(text, place)
        if percent and (place == 0 or not text[place - 1].isdigit()):
            spoken = "百分之" + percent[1].replace(".", "点")
            skip_to = percent.end()
        else:
            spoken = char
        for said in spoken:
            if said.isalnum():
                chars.append(DIGITS.get(said, said.lower()))
                places.append(place)
            elif said == "." and 0 < place < len(text) - 1 and text[place - 1].isdigit() and text[place + 1].isdigit():
                chars.append("点")
                places.append(place)
    return chars, places


def _tones(chars: str) -> list[str]:
    tones = [_tone(char) for char in chars]
    words = _irregular()
    at = 0
    while at < len(chars) - 1:
        for length in (4, 3, 2):
            found = words.get(chars[at:at + length])
            if found is not None and len(found) <= len(chars) - at:
                tones[at:at + length] = found
                at += length - 1
                break
        at += 1
    return tones

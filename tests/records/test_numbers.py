"""Numbers in a text: which are somebody's, which are amounts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.records.numbers import ASKED, LONG, find, is_identity, is_luhn, last_digits

NUMERALS = str.maketrans("0123456789X", "零幺二三四五六七八九叉")


def with_check(body: str) -> str:
    """An identity number that is right, from its first 17 digits."""
    return next(body + sign for sign in "0123456789X" if is_identity(body + sign))


@pytest.mark.parametrize(("text", "number", "kind"), [
    ("我的身份证号是11010519491231002X。", "11010519491231002X", "identity"),
    ("幺幺零幺零五 一九四九一二三一 零零二叉", "幺幺零幺零五 一九四九一二三一 零零二叉", "identity"),
    ("老的是110105491231002", "110105491231002", "identity"),
    ("卡号6222 0212 3456 7890 128", "6222 0212 3456 7890 128", "card"),
    ("手机号是幺三八，零零一三，八零零零", "幺三八，零零一三，八零零零", "phone"),
    ("手机号１３８００１３８０００", "１３８００１３８０００", "phone"),
    ("我电话是一三八嗯零零一三，呃，八零零零", "一三八嗯零零一三，呃，八零零零", "phone"),
    ("三吧零零要三八零零零", "三吧零零要三八零零零", "number"),  # a recogniser's homophones
    ("电话是零一零六二七八五零零一", "零一零六二七八五零零一", "phone"),
    ("110105194912310021", "110105194912310021", "number"),  # one digit misheard: the check fails, it is a number still
])
def test_numbers_of_people_are_found_whole(text: str, number: str, kind: str) -> None:
    """As digits or numerals, with pauses and mistakes."""
    assert [(text[found.start : found.end], found.kind) for found in find(text)] == [(number, kind)]


@pytest.mark.parametrize("text", [
    "贷款三千二百元", "一共1000000000元", "三百五十万，分三十六期", "利率是百分之三点八五", "二零二六年十一月二十一日",
    "每个月十号还款，每期三千二百元",
    "四是四，十是十，十四是十四", "尾号是一二三四", "", "我就是一个人去的", "十一二三四五六七八",
])
def test_amounts_dates_and_chatter_stay(text: str) -> None:
    """A redaction that eats the amounts would be switched off."""
    assert find(text) == []


@pytest.mark.parametrize(("text", "found"), [
    ("验证码是385621", 1), ("后面是一二三四五", 1), ("一二三", 0), ("尾号是一二三四", 0), ("工号二零一六", 0),
    ("三千二百元", 0), ("还120000元", 0),
])
def test_where_a_number_was_asked_for_less_is_enough(text: str, found: int) -> None:
    """But amounts, last four digits and staff numbers may still be said."""
    assert len(find(text, asked=True)) == found


@given(st.integers(10**10, 10**11 - 1), st.dates())
def test_every_identity_number_is_found_in_digits_and_in_numerals(seed: int, born: object) -> None:
    """Wherever it stands."""
    body = "110105" + str(born).replace("-", "") + str(seed)[:3]
    if not "19000101" <= body[6:14] <= "21001231":
        return
    for number in (with_check(body), with_check(body).translate(NUMERALS)):
        text = f"好的，是{number}，对吧"
        assert [(found.kind, text[found.start : found.end]) for found in find(text)] == [("identity", number)]


@given(st.text(alphabet="零一二三四五六七八九十百千万元是要我0123456789 ，X", max_size=40), st.booleans())
def test_what_is_found_is_in_the_text_and_long_enough(text: str, asked: bool) -> None:
    """In order, without overlap, never a short number."""
    end = 0
    for found in find(text, asked=asked):
        assert end <= found.start < found.end <= len(text)
        end = found.end
        assert found.end - found.start >= (ASKED if asked else LONG)


def test_a_number_that_goes_on_counts_whole() -> None:
    """Five digits are nothing; after ten others they are."""
    assert find("零二叉一一") == []
    assert len(find("嗯，零二叉一一", before="1101051949")) == 1
    assert last_digits("身份证是幺幺零，") == "110"
    assert last_digits("幺幺零啊") == "110"
    assert last_digits("幺幺零号楼") == ""


def test_check_digits() -> None:
    """Worked examples: GB 11643's own, and the well-known test card."""
    assert is_identity("11010519491231002X")
    assert not is_identity("110105194912310021")
    assert not is_identity("11010519491331002X"[:17] + "X")
    assert is_luhn("4111111111111111")
    assert not is_luhn("4111111111111112")

"""Text as people write it, and the words in it."""

from __future__ import annotations

import pytest

from coach.recognition.spelling import chinese_marks, joined, spread, unit_spans, units


@pytest.mark.parametrize(("text", "expected"), [
    ("您好，工号三零一七。", ["您", "好", "工", "号", "三", "零", "一", "七"]),
    ("打开APP，输入95588", ["打", "开", "APP", "输", "入", "9", "5", "5", "8", "8"]),
    ("면접 잘", ["면", "접", "잘"]),
    ("don't go", ["don't", "go"]),
    ("……！", []),
])
def test_every_character_digit_and_foreign_word_is_one_unit(text: str, expected: list[str]) -> None:
    assert units(text) == expected
    assert [text[start:end] for start, end in unit_spans(text)] == expected


@pytest.mark.parametrize(("words", "text"), [
    (["贷款", "利率", "是", "多少"], "贷款利率是多少"),
    (["打开", "app", "看看"], "打开 app 看看"),
    (["그걸", "어떻게", "믿어"], "그걸 어떻게 믿어"),
])
def test_recognised_words_are_written_as_people_do(words: list[str], text: str) -> None:
    assert joined(words) == text


@pytest.mark.parametrize(("text", "expected"), [
    ("您好 我是客服,工号三", "您好，我是客服，工号三"),
    ("可以吗? 好的.", "可以吗？好的。"),
    (" APP 3.5 ", "APP 3.5"),
])
def test_chinese_gets_its_own_punctuation(text: str, expected: str) -> None:
    assert chinese_marks(text) == expected


def test_words_without_times_are_spread_evenly() -> None:
    first, second = spread("您，好", 1.0, 2.0, 0.5)
    assert (first.word, first.start, first.end, first.conf) == ("您", 1.0, 1.5, 0.5)
    assert (second.word, second.start, second.end) == ("好", 1.5, 2.0)
    assert spread("，", 1.0, 2.0) == ()

"""The matcher finds what was meant, however a recogniser spelt it, and nothing that merely looks like it."""

from __future__ import annotations

import pytest

from coach.playbook.matching import LexiconText, Match, Matcher
from coach.playbook.pinyin import Mandarin

MANDARIN = Mandarin()


def found(phrases: list[str], text: str, **more: object) -> list[str]:
    """What is found of a lexicon, as it was heard."""
    return [heard for heard, _ in matches(phrases, text, **more)]


def matches(phrases: list[str], text: str, **more: object) -> list[tuple[str, Match]]:
    matcher = Matcher(MANDARIN, {"lexicon": LexiconText(tuple(phrases), **more)})  # type: ignore[arg-type]
    read = MANDARIN.read(text)
    return [("".join(reading.char for reading in read.readings[match.start:match.end]), match)
            for match in matcher.find(read.readings, read.stops, read.breaks)]


@pytest.mark.parametrize(("phrase", "heard"), [
    ("身份证号", "身份正后"),
    ("批下来", "披下来"),
    ("没有时间", "没由时间"),
    ("工作日", "公作日"),
    ("提前还款", "提全还款"),
    ("方便跟您核对一下预留的手机尾号", "方便跟您合对一下留的手机尾号"),
])
def test_homophones_and_near_sounds_are_the_phrase(phrase: str, heard: str) -> None:
    assert found([phrase], f"请问{heard}可以吗")


@pytest.mark.parametrize(("phrase", "other"), [
    ("没有时间", "没有事做"),
    ("贷款", "代管"),
    ("再说一遍", "再说一下"),
    ("保证", "包装"),
    ("开会", "开花"),
])
def test_other_words_are_not_the_phrase(phrase: str, other: str) -> None:
    assert not found([phrase], f"请问{other}可以吗")


def test_traditional_characters_and_punctuation_make_no_difference() -> None:
    assert found(["贷款批下来", "保证收益"], "貸款，批下來。我們保證收益") == ["贷款批下来", "保证收益"]


@pytest.mark.parametrize("text", ["我不能跟您保证", "谁也不敢保证", "没有保证", "我可不敢随便给您保证"])
def test_a_denied_phrase_is_not_said(text: str) -> None:
    assert not found(["保证"], text)


@pytest.mark.parametrize("text", ["能不能保证", "没问题，保证", "不，保证", "是不是保证了"])
def test_a_question_or_another_clause_denies_nothing(text: str) -> None:
    assert found(["保证"], text) == ["保证"]


def test_a_phrase_that_is_itself_a_denial_needs_no_second_one() -> None:
    assert found(["不会亏"], "不会亏的") == ["不会亏"]


def test_excluded_phrases_hide_what_they_cover() -> None:
    assert not found(["保证"], "要交保证金", excluded=("保证金",))


def test_a_gap_stays_within_a_sentence_and_six_syllables() -> None:
    phrase = ["肯定…批下来"]
    assert found(phrase, "肯定能给您批下来") == ["肯定能给您批下来"]
    assert not found(phrase, "我肯定。您去批下来")
    assert not found(phrase, "肯定在这以后的两三天给您批下来")


def test_numbers_are_read_and_written_alike() -> None:
    for text in ("十五个工作日", "15个工作日"):
        assert [match.value for _, match in matches(["{n}个工作日"], text)] == ["15"]


def test_alternatives_and_options_stand_for_every_combination() -> None:
    phrases = ["(您|你)[先]报一下"]
    texts = ("您先报一下", "你报一下", "先报一下")
    assert [found(phrases, text) for text in texts] == [["您先报一下"], ["你报一下"], []]


def test_one_lexicon_never_matches_the_same_words_twice() -> None:
    assert found(["尽快", "尽快处理"], "我们尽快处理") == ["尽快处理"]


def test_written_only_lexicons_ignore_sound() -> None:
    assert found(["公积金"], "公鸡金", sounds=True)
    assert not found(["公积金"], "公鸡金", sounds=False)


def test_a_number_leaves_the_unit_to_the_phrase() -> None:
    assert [match.value for _, match in matches(["{n}万"], "我要贷三十万")] == ["30"]
    assert [match.value for _, match in matches(["要贷{n}"], "我要贷三十万")] == ["300000"]


def test_a_denial_inside_a_gap_denies() -> None:
    assert not found(["我们…保证"], "我们可不能保证")
    assert found(["我们…保证"], "我们可以向您保证")


def test_a_lone_syllable_must_be_written_right() -> None:
    assert not found(["流水…刻"], "流水可以导出来")
    assert not found(["我…管"], "我二零九关")
    assert found(["报…身份证"], "报一下身份正")
    assert found(["报一下…身份证"], "抱一下您的身份证")


def test_what_a_phrase_spells_out_excludes_it_no_more() -> None:
    assert found(["特别慌"], "我特别慌", excluded=("别慌",))
    assert not found(["特…慌"], "我特别慌", excluded=("别慌",))


def test_what_was_recognised_beyond_doubt_is_taken_as_written() -> None:
    matcher = Matcher(Mandarin(), {"loan": LexiconText(("贷款",))})
    read = matcher.language.read("带款")
    assert matcher.find(read.readings, read.stops, read.breaks, 0, frozenset({1}))
    assert not matcher.find(read.readings, read.stops, read.breaks, 0, frozenset({0, 1}))


def test_a_long_phrase_may_differ_even_where_nothing_was_in_doubt() -> None:
    matcher = Matcher(Mandarin(), {"number": LexiconText(("身份证号码后四位",))})
    read = matcher.language.read("身份正号码后四位")
    assert matcher.find(read.readings, read.stops, read.breaks, 0, frozenset(range(8)))


def test_a_lone_syllable_is_looked_for_close_by_only() -> None:
    matcher = Matcher(Mandarin(), {"confused": LexiconText(("不…懂",))})
    for said, heard in (("不太懂", True), ("不干呢我又懂", False)):
        read = matcher.language.read(said)
        assert bool(matcher.find(read.readings, read.stops, read.breaks)) == heard

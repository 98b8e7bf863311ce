"""A transcript as it is read: the times and the confidence of its words, whatever marks its text has."""

from __future__ import annotations

import pytest

from coach.events import Transcript, Word
from coach.playbook.hearing import SURE, words_of
from coach.playbook.pinyin import Mandarin


def told(text: str, *words: Word) -> Transcript:
    return Transcript(9.0, "customer", 1.0, 5.0, text, True, words)


def test_times_are_those_of_the_words_though_the_text_has_marks() -> None:
    words = words_of(Mandarin(), told("好的，贷款。", Word("好的", 1.0, 1.4, 1.0), Word("贷款", 3.0, 4.0, 1.0)))
    assert words.starts == pytest.approx((1.0, 1.2, 3.0, 3.5))
    assert words.ends == pytest.approx((1.2, 1.4, 3.5, 4.0))


def test_only_confident_words_are_sure() -> None:
    words = words_of(Mandarin(), told("好贷", Word("好", 1.0, 1.4, SURE), Word("贷", 3.0, 4.0, SURE - 0.01)))
    assert words.sure == {0}


@pytest.mark.parametrize("words", [(), (Word("别的", 1.0, 2.0, 1.0),)])
def test_without_words_that_spell_it_times_are_even_and_nothing_is_sure(words: tuple[Word, ...]) -> None:
    read = words_of(Mandarin(), told("贷款，好吗", *words))
    assert read.starts == pytest.approx((1.0, 2.0, 3.0, 4.0))
    assert not read.sure


def test_a_sign_that_is_said_before_its_number_has_a_time_too() -> None:
    words = words_of(Mandarin(), told("3%", Word("3", 1.0, 2.0, 1.0)))
    assert "".join(reading.char for reading in words.readings) == "百分之三"
    assert all(1.0 <= start <= 2.0 for start in words.starts)


def test_a_text_without_anything_said_has_no_readings() -> None:
    assert words_of(Mandarin(), told("……")).readings == ()

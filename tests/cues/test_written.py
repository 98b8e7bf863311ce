"""Syllables of a text, as it is read aloud."""

import pytest

from coach.cues.written import syllables


@pytest.mark.parametrize(("text", "language", "count"), [
    ("您好，我是远山银行客服。", "zh", 10),
    ("尾号是6288。", "zh", 7),
    ("", "zh", 0),
    ("……！？", "zh", 0),
    ("그걸 어떻게 믿어요?", "ko", 8),
    ("I would like to close my account", "en", 8),
    ("seven 7", "en", 4),
    ("the table is free", "en", 5),
    ("Der Lappen liegt auf dem Eisschrank", "de", 8),
    ("キョウ", "ja", 2),
])
def test_syllables_of_a_text(text, language, count):
    assert syllables(text, language) == count

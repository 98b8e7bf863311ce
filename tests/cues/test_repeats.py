"""The same sentence again, even when it is not heard quite the same."""

from coach.cues.repeats import RepeatMeter
from coach.events import Transcript


def said(*sentences: tuple[float, str]) -> list:
    meter = RepeatMeter()
    heard = [Transcript(at + 3, "customer", at, at + 2, text, final=True) for at, text in sentences]
    return [dynamics for transcript in heard for dynamics in meter.words(transcript)]


def test_a_sentence_said_again_is_told_with_how_often():
    found = said((1, "我没有收到那条短信"), (20, "你们先听我说完好吗"), (40, "我没有收到那条短信啊"),
                 (60, "我没有收到这条短信"))
    assert [d.values["times"] for d in found] == [2, 3]
    assert found[0].speaker == "customer"
    assert found[0].values["first_at"] == 1
    assert found[0].start == 40


def test_formulas_do_not_repeat():
    assert not said((1, "谢谢你"), (5, "谢谢你"), (9, "好的好的"), (12, "好的好的"))


def test_other_sentences_do_not_repeat():
    assert not said((1, "我想查一下上个月的账单"), (9, "这个理财的收益怎么样"), (20, "可以用手机银行办吗"))


def test_what_was_said_long_ago_is_forgotten():
    assert not said((1, "我没有收到那条短信"), (400, "我没有收到那条短信"))

"""What Whisper makes up is left out; what was said stays."""

from __future__ import annotations

import pytest

from coach.recognition.guards import is_believable, spoken_part

SURE, DOUBTFUL = -0.3, -1.0


def kept(text: str, seconds: float, logprob: float = SURE, no_speech: float = 0.05) -> str:
    return text[: spoken_part(text, seconds, logprob, no_speech)]


@pytest.mark.parametrize("text", [
    "您好，我是远山银行客服，工号四一二二。",
    "好，好，好，你慢慢说。",
    "不要不要不要",
    "尾号是八八八八",
    "分期的规则，提前还款的规则，短信提醒的规则",
])
def test_speech_at_a_plausible_rate_stays_as_it_is(text: str) -> None:
    assert kept(text, len(text) / 5) == text


@pytest.mark.parametrize(("text", "seconds", "expected"), [
    ("可以三点吧可以三点吧可以三点吧可", 1.5, "可以三点吧"),
    ("尽快是多款尽快是多款", 1.4, "尽快是多款"),
    ("那利息是多少？那利息是多少？那利息", 1.6, "那利息是多少"),
])
def test_a_loop_is_said_once(text: str, seconds: float, expected: str) -> None:
    assert kept(text, seconds) == expected


def test_the_same_phrase_twice_in_good_time_was_said_twice() -> None:
    assert kept("我听不清楚我听不清楚", 2.5) == "我听不清楚我听不清楚"


def test_a_sentence_that_starts_over_after_its_end_is_said_once() -> None:
    said = "你都还没说是什么事，我怎么能随便报身份证号呢"
    assert kept(said + "？你都还没说是什么事，我怎", 5.6) == said
    assert kept("你先听我说完，我等了很久，你先听我说完", 4.0) == "你先听我说完，我等了很久，你先听我说完"


def test_more_than_anybody_could_say_is_left_out() -> None:
    assert kept("字幕由志愿者提供请不吝点赞订阅转发打赏支持明镜", 1.0) == ""


@pytest.mark.parametrize("text", ["宝宝宝宝宝宝宝宝宝宝宝宝", "词曲词曲词词词词词词词词词词"])
def test_a_syllable_again_and_again_is_music(text: str) -> None:
    assert kept(text, 8.0, no_speech=0.2) == ""


def test_a_loop_where_nobody_may_have_spoken_is_left_out_altogether() -> None:
    assert kept("请问一下请问一下请问一下", 3.0, DOUBTFUL, no_speech=0.4) == ""


def test_what_the_model_does_not_believe_itself_is_left_out() -> None:
    assert kept("鸡肉", 3.0, logprob=-1.5) == ""
    assert kept("鸡肉", 3.0, logprob=DOUBTFUL, no_speech=0.8) == ""
    assert kept("没有了", 1.0, logprob=DOUBTFUL) == "没有了"


def test_nothing_is_kept_of_nothing() -> None:
    assert spoken_part("", 1.0, SURE, 0.0) == 0


def test_a_text_that_the_audio_does_not_bear_out_is_not_believed() -> None:
    assert is_believable([0.9, 0.3, 0.2, 0.7])
    assert not is_believable([0.9, 0.01, 0.02, 0.7])

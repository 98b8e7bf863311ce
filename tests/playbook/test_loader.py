"""A playbook that does not say what its author meant is refused: file, line, rule and remedy are in the error."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.errors import PlaybookError
from coach.playbook import load

GOOD = """\
playbook: {name: small, language: zh, title: Small}
campaigns: {inbound: Inbound}
phases:
  greeting: {title: Greeting}
lexicons:
  sorry: [抱歉, 对不起]
rules:
  TEST-01:
    title: A rule
    priority: P1
    when: customer says sorry
    prompt: {zh: 好的, en: Fine}
"""


def test_named_words_and_either_order(tmp_path: Path) -> None:
    """One phrase of words by name stands for all that people may say."""
    (tmp_path / "pack.yaml").write_text(GOOD.replace("[抱歉, 对不起]", "['<利息>~(无所谓|都行)']").replace(
        "lexicons:", "words: {利息: [利率, 利息, <几>个点], 几: [几, 多少]}\nlexicons:"), encoding="utf-8")
    matcher = load(tmp_path).matcher
    for said, heard in (("利率多高都行", True), ("无所谓，几个点我都要", True), ("利率是多少", False),
                        ("都行。利率呢", False)):
        text = matcher.language.read(said)
        assert bool(matcher.find(text.readings, text.stops, text.breaks)) == heard, said


def problems(tmp_path: Path, text: str) -> str:
    """What is said about a playbook with this text."""
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PlaybookError) as caught:
        load(tmp_path)
    return caught.value.text


def test_a_sound_playbook_loads(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text(GOOD, encoding="utf-8")
    playbook = load(tmp_path)
    assert (playbook.name, [case.rule for case in playbook.cases]) == ("small", ["TEST-01"])


@pytest.mark.parametrize(("old", "new", "said"), [
    ("title: A rule\n", "title: A rule\n    wen: customer says sorry\n",
     "pack.yaml:10: rules TEST-01: there is no key 'wen'"),
    ("says sorry", "says sory", "pack.yaml:11: rules TEST-01: there is no lexicon 'sory'; did you mean 'sorry'?"),
    ("customer says sorry", "customer said sorry", "belongs under 'if' or 'unless'"),
    ("customer says sorry", "customer sayz sorry", "I do not understand 'customer sayz sorry'"),
    ("    prompt", "    within: 10 s\n    prompt", "waits for nothing"),
    ("    prompt", "    unless: agent said sorry\n    within: soon\n    prompt",
     "I do not understand the deadline 'soon'"),
    ("[抱歉, 对不起]", "[抱歉, 抱歉]", "pack.yaml:6: lexicons sorry: '抱歉' is written twice"),
    ("[抱歉, 对不起]", "{phrases: [抱歉], not: [抱歉]}", "can never match"),
    ("[抱歉, 对不起]", "[抱歉, '……']", "a gap can only stand between words"),
    ("[抱歉, 对不起]", "[抱歉, '！！']", "can never match"),
    ("[抱歉, 对不起]", "[抱歉, '(好|坏']", "')' is missing"),
    ("[抱歉, 对不起]", "[抱歉, '<钱>没了']", "there are no words <钱>"),
    ("lexicons:\n", "words: {钱: [<款>], 款: [<钱>]}\nlexicons:\n  money: [<钱>]\n", "end in a circle"),
    ("[抱歉, 对不起]", "[抱歉, '真~对~不起']", "one '~' at most"),
    ("greeting: {title: Greeting}", "greeting: {title: Greeting}\n  close: {title: Close}", "nothing ever begins it"),
    ("zh: 好的", "zh: 好的好的好的好的好的好的好的好的好的好的好的好的好的好的", "more than one glance takes"),
    ("    priority: P1\n", "", "priority missing"),
    ("    priority: P1\n", "    priority: P1\n    for: outbound\n", "there is no campaign 'outbound'"),
    ("    priority: P1\n", "    priority: P1\n    priority: P2\n", "'priority' is written twice"),
    ("[抱歉, 对不起]", "[抱歉, yes]", "put it in quotes"),
    ("[抱歉, 对不起]", "[抱歉", "this is not YAML"),
    ("TEST-01", "Test-1", "should match pattern"),
])
def test_a_mistake_is_named_with_its_place_and_remedy(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    assert said in problems(tmp_path, GOOD.replace(old, new, 1))


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = problems(tmp_path, GOOD.replace("says sorry", "says sory").replace("[抱歉, 对不起]", "[抱歉, 抱歉]"))
    assert len(text.splitlines()) == 2


def test_a_name_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("lexicons: {sorry: [不好意思]}\n", encoding="utf-8")
    assert "already defined at more.yaml:1" in problems(tmp_path, GOOD)


def test_the_version_follows_the_text_and_nothing_else(tmp_path: Path) -> None:
    versions = []
    for folder, text in (("one", GOOD), ("two", GOOD), ("three", GOOD.replace("Fine", "Well"))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "pack.yaml").write_text(text, encoding="utf-8")
        versions.append(load(tmp_path / folder).version)
    assert versions[0] == versions[1] != versions[2]


def test_an_unknown_pack_lists_the_shipped_ones() -> None:
    with pytest.raises(PlaybookError, match="en-bank, zh-bank"):
        load("no-such-pack")

"""The figure as a file: the same call gives the same bytes, and nothing that a caller says breaks out of the page."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from coach.audio.wavfile import RecordedCall
from coach.errors import CoachError
from coach.events import Event, Prompt, Transcript
from coach.review.figure import draw
from coach.review.page import drawing, page, save

NASTY = "<script>alert(1)</script> & 我要开会了"


def test_what_a_caller_says_stays_text(call: RecordedCall, happened: list[Event]) -> None:
    events = [*happened, Transcript(6.0, "customer", 5.0, 6.0, NASTY, True)]
    html = page(draw(call, events, NASTY), events, NASTY)
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; 我要开会了" in html


def test_the_page_has_every_card_and_the_whole_transcript(call: RecordedCall, happened: list[Event]) -> None:
    html = page(draw(call, happened, "d02"), happened, "d02")
    for part in ("PACE-01", "直接说两点", "Two points", "ratio", "我要开会了"):
        assert part in html


def test_the_drawing_is_well_formed_and_keeps_its_text(call: RecordedCall, happened: list[Event]) -> None:
    root = ElementTree.fromstring(drawing(draw(call, happened, "d02"), ".svg"))  # noqa: S314 - our own
    assert "直接说两点" in "".join(root.itertext())


@pytest.mark.parametrize("kind", [".png", ".svg", ".pdf"])
def test_the_same_call_gives_the_same_bytes(call: RecordedCall, happened: list[Event], kind: str) -> None:
    assert drawing(draw(call, happened, "d02"), kind) == drawing(draw(call, happened, "d02"), kind)


def test_a_card_without_chinese_is_shown_in_english(call: RecordedCall) -> None:
    events = [Prompt(4.1, "1", "PACE-01", "P1", {"en": "Two points"}, {}, 12.0)]
    assert "Two points" in page(draw(call, events, "d02"), events, "d02")


def test_an_unknown_ending_is_refused_before_anything_is_written(call: RecordedCall, tmp_path: Path) -> None:
    with pytest.raises(CoachError, match=r"\.png, \.svg, \.pdf, \.html") as caught:
        save(call, [], "d02", tmp_path / "d02.bmp")
    assert caught.value.code == "review.format"
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_an_error(call: RecordedCall, tmp_path: Path) -> None:
    with pytest.raises(CoachError) as caught:
        save(call, [], "d02", tmp_path / "absent" / "d02.svg")
    assert caught.value.code == "review.file"

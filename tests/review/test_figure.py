"""Everything that happened in a call is in its figure, where it happened."""

from __future__ import annotations

import numpy as np
import pytest

from coach.audio.wavfile import RecordedCall
from coach.events import Event, Stress
from coach.review.figure import ROWS, draw, pitch


def texts(call: RecordedCall, events: list[Event]) -> str:
    figure = draw(call, events, "d02")
    return "\n".join(text.get_text().replace("\n", "") for axis in figure.axes for text in axis.texts)


def test_cards_changes_and_words_are_written(call: RecordedCall, happened: list[Event]) -> None:
    written = texts(call, happened)
    for part in ("P1 PACE-01 直接说两点", "faster ×1.33", "我要开会了"):
        assert part in written


def test_a_change_is_drawn_from_when_it_began(call: RecordedCall, happened: list[Event]) -> None:
    pace = draw(call, happened, "d02").axes[list(ROWS).index("pace")]
    assert any(list(line.get_xdata()) == [2.5, 4.0] for line in pace.lines)


def test_a_silence_shades_every_strip_as_long_as_it_lasted(call: RecordedCall, happened: list[Event]) -> None:
    for axis in draw(call, happened, "d02").axes:
        assert any((box := patch.get_extents().transformed(axis.transData.inverted())).x0 == pytest.approx(4.0)
                   and box.x1 == pytest.approx(9.0) for patch in axis.patches)


def test_agitation_is_not_drawn_through_a_pause(call: RecordedCall) -> None:
    told: list[Event] = [Stress(at, "customer", 0.5, {}, at, at) for at in (1.0, 1.4, 6.0, 6.4)]
    line = draw(call, told, "d02").axes[list(ROWS).index("agitation")].lines[0]
    assert np.isnan(np.asarray(line.get_ydata())).sum() == 1


def test_a_call_in_which_nothing_happened_has_a_figure_too() -> None:
    silent = RecordedCall(8000, {"customer": np.zeros(8000, np.int16)})
    assert len(draw(silent, [], "silence").axes) == len(ROWS)


def test_the_pitch_drawn_is_the_pitch_measured(call: RecordedCall) -> None:
    heard = [hz for _, hz in pitch("customer", call.channels["customer"], 8000, [(0.0, 4.0)])]
    assert np.median(heard) == pytest.approx(150, rel=0.06)


def test_no_pitch_is_drawn_where_nobody_spoke(call: RecordedCall) -> None:
    assert list(pitch("customer", call.channels["customer"], 8000, [])) == []


def test_an_hour_is_drawn_more_densely_not_refused() -> None:
    hour = RecordedCall(8000, {"customer": np.zeros(8000 * 3600, np.int16)})
    assert draw(hour, [], "hour").get_figwidth() <= 300

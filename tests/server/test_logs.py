"""What is written down."""

from __future__ import annotations

import logging

import pytest

from coach.server.logs import fault, note


def test_a_line_has_a_name_and_fields(caplog: pytest.LogCaptureFixture) -> None:
    """For people in the text, for machines on the record."""
    with caplog.at_level(logging.INFO, logger="coach.server"):
        note("call.opened", call="c1", agent="a1")
    assert caplog.messages == ["call.opened agent=a1 call=c1"]
    assert vars(caplog.records[0])["fields"] == {"call": "c1", "agent": "a1"}


@pytest.mark.parametrize("value", ["a b", "a\nserver.stopped", "", "\x1b[2J", "字"])
def test_a_value_cannot_pass_for_another_line_or_field(caplog: pytest.LogCaptureFixture, value: str) -> None:
    """Whatever a peer chose for a name."""
    with caplog.at_level(logging.INFO, logger="coach.server"):
        note("x", name=value)
    assert caplog.messages == [f"x name={value!a}"]


def test_a_fault_names_its_place_and_not_its_text(caplog: pytest.LogCaptureFixture) -> None:
    """An error's text may hold what a customer said."""
    try:
        {}["我的身份证"]
    except KeyError as error:
        fault("call.fault", error, call="c1")
    assert "error=KeyError" in caplog.text
    assert "test_logs.py" in caplog.text
    assert "身份证" not in caplog.text

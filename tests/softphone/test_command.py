"""`coach call`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from coach.errors import AuthError, CoachError, ProtocolError
from coach.softphone import run_call
from tests.server.desk import Desk


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """0.2 s of two voices at 16 kHz."""
    path = tmp_path / "call.wav"
    soundfile.write(path, np.zeros((3200, 2), np.int16), 16000)
    return path


def arguments(desk: Desk, file: Path | None, **changes: Any) -> argparse.Namespace:
    values = {"file": file, "mic": False, "agent": "a1", "campaign": "inbound", "url": desk.url("/v1/audio"),
              "token": desk.token("softphone"), **changes}
    return argparse.Namespace(**values)


async def test_a_file_is_streamed_and_its_end_reported(
    desk: Desk, wav: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The terminal says which recogniser listens and how the call ended."""
    assert await run_call(arguments(desk, wav, campaign="loan_followup")) == 0
    (session,) = desk.opener.sessions.values()
    assert session.started.campaign == "loan_followup"
    assert session.rates == {"agent": 16000, "customer": 16000}
    told = capsys.readouterr().err
    assert "connected none" in told
    assert "recording ended; 0.2 s taken, line cut 0 times" in told


async def test_the_token_may_come_from_the_environment(desk: Desk, wav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it need not be in the shell's history."""
    monkeypatch.setenv("COACH_TOKEN", desk.token("softphone"))
    assert await run_call(arguments(desk, wav, token=None)) == 0


@pytest.mark.parametrize(("changes", "error"), [
    ({"token": None}, AuthError), ({"agent": "no one"}, ProtocolError), ({"mic": True}, CoachError),
])
async def test_wrong_arguments_are_told_before_anything_is_sent(
    desk: Desk, wav: Path, changes: dict[str, Any], error: type[CoachError]
) -> None:
    """Nothing reaches the server."""
    with pytest.raises(error):
        await run_call(arguments(desk, wav, **changes))
    assert desk.opener.sessions == {}

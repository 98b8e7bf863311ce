"""`coach token`: a token or a plain refusal."""

from __future__ import annotations

import pytest

from coach.cli import main


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_SECRET", "k" * 32)


def test_a_token_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "--role", "agent", "--name", "ann"]) == 0
    assert capsys.readouterr().out.count(".") == 2


@pytest.mark.parametrize("wrong", [["--hours", "nan"], ["--hours", "-5"], ["--hours", "1e300"], ["--name", " "]])
def test_a_token_that_would_be_of_no_use_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["token", "--role", "agent", "--name", "ann", *wrong])
    assert caught.value.code == 2
    assert wrong[0] in capsys.readouterr().err

"""`coach models`: says what is here, fetches what can be had, and is plain about the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.cli import main


@pytest.fixture(autouse=True)
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COACH_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("COACH_OFFLINE", "1")
    return tmp_path / "models"


def test_list_shows_every_model_with_its_licence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list"]) == 0
    printed = capsys.readouterr().out
    assert "vosk-model-small-cn-0.22" in printed
    assert "Apache-2.0" in printed


def test_path_of_a_model_that_is_not_here_says_how_to_get_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "path", "vosk-model-small-cn-0.22"]) == 69
    assert "coach models fetch vosk-model-small-cn-0.22" in capsys.readouterr().err


def test_an_unknown_model_is_an_error_that_names_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "fetch", "nope"]) == 69
    assert "vosk-model-small-cn-0.22" in capsys.readouterr().err


def test_fetching_offline_says_what_to_do_by_hand(capsys: pytest.CaptureFixture[str], empty_store: Path) -> None:
    assert main(["models", "fetch", "vosk-model-small-cn-0.22"]) == 69
    message = capsys.readouterr().err
    assert "https://alphacephei.com/vosk/models/vosk-model-small-cn-0.22.zip" in message
    assert str(empty_store) in message


def test_a_language_without_any_model_is_an_error(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
                                                  ) -> None:
    monkeypatch.setattr("coach.recognition.store.is_packaged", lambda _: False)
    assert main(["models", "fetch", "--language", "xx"]) == 69
    assert "acoustic cues only" in capsys.readouterr().err

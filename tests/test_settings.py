"""Settings come from one place, and a wrong one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.errors import SettingsError
from coach.settings import load


def test_environment_beats_file_and_command_line_beats_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "coach.toml"
    config.write_text('port = 1111\nhost = "127.0.0.2"\nlanguage = "ko"\n')
    monkeypatch.setenv("COACH_CONFIG", str(config))
    monkeypatch.setenv("COACH_PORT", "2222")
    monkeypatch.setenv("COACH_LANGUAGE", "en")
    settings = load(language="zh", host=None)
    assert (settings.host, settings.port, settings.language) == ("127.0.0.2", 2222, "zh")


def test_the_server_binds_loopback_unless_told_otherwise() -> None:
    assert load().host == "127.0.0.1"


def test_a_misspelt_key_in_the_file_is_an_error_not_a_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "coach.toml"
    config.write_text("prot = 1111\n")
    monkeypatch.setenv("COACH_CONFIG", str(config))
    with pytest.raises(SettingsError, match="prot") as caught:
        load()
    assert caught.value.code == "settings.invalid"


@pytest.mark.parametrize("text", ["port = ", "\xff\xfe"])
def test_a_broken_file_is_named(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "coach.toml"
    config.write_bytes(text.encode("latin-1"))
    monkeypatch.setenv("COACH_CONFIG", str(config))
    with pytest.raises(SettingsError) as caught:
        load()
    assert caught.value.code == "settings.file"


def test_a_missing_file_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_CONFIG", "/does/not/exist.toml")
    with pytest.raises(SettingsError) as caught:
        load()
    assert caught.value.code == "settings.file"


def test_a_short_signing_key_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(secret="hunter2").signing_key()
    assert caught.value.code == "settings.secret"
    assert "hunter2" not in str(caught.value)
    key = tmp_path / "key"
    key.write_text("k" * 32 + "\n")
    assert load(secret_file=key).signing_key() == "k" * 32
    with pytest.raises(SettingsError) as caught:
        load(secret_file=tmp_path / "absent").signing_key()
    assert caught.value.code == "settings.secret_file"


def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_ORIGINS", "https://crm.bank.example, https://desk.bank.example")
    assert load().origins == ("https://crm.bank.example", "https://desk.bank.example")

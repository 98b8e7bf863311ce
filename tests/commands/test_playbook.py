"""`coach playbook`: a mistake is named where it stands; the shipped pack is sound and does as its examples say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from coach.cli import main
from coach.resources import resource


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the shipped pack."""
    return Path(shutil.copytree(resource("coach/playbook/packs/zh-bank"), tmp_path / "zh-bank"))


def test_the_shipped_pack_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["playbook", "check", "zh-bank"]) == 0
    assert "sound" in capsys.readouterr().out


def test_a_misspelt_key_is_named_with_its_file_and_line(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = pack / "pace.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    number = next(i for i, line in enumerate(lines) if line.strip().startswith("priority:"))
    lines[number] = lines[number].replace("priority:", "priorty:")
    file.write_text("\n".join(lines), encoding="utf-8")
    assert main(["playbook", "check", str(pack)]) == 65
    message = capsys.readouterr().err
    assert f"pace.yaml:{number + 1}" in message
    assert "priorty" in message


def test_examples_of_one_rule_run_and_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["playbook", "test", "zh-bank", "--rule", "VER-01"]) == 0
    assert capsys.readouterr().out.startswith("1 rules,")


def test_a_rule_that_nothing_matches_is_not_a_success() -> None:
    assert main(["playbook", "test", "zh-bank", "--rule", "NO-SUCH"]) == 1

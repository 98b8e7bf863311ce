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


def test_recordings_are_compared_like_logs(pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The pace of a recording is heard without a recogniser; the other pack has no rule about it."""
    call = resource("coach/demo/call.flac")
    file = pack / "pace.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("customer speeds up", "customer speeds down"), encoding="utf-8")
    log = tmp_path / "call.jsonl"
    assert main(["replay", str(call), "--recogniser", "none", "--events", str(log)]) == 0
    capsys.readouterr()
    assert main(["playbook", "diff", "zh-bank", str(pack), str(call), "--recogniser", "none"]) == 0
    of_recording = capsys.readouterr().out
    assert main(["playbook", "diff", "zh-bank", str(pack), str(log)]) == 0
    assert capsys.readouterr().out == of_recording
    assert "lost" in of_recording
    assert "PACE-01" in of_recording

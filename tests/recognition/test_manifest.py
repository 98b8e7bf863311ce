"""The shipped manifest is whole, and a wrong one is refused by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coach.errors import RecognitionError
from coach.recognition.manifest import read_manifest

ENTRY = """
[[model]]
name = "mine"
engine = "vosk"
language = "zh"
licence = "MIT"
about = "a model"
"""


def test_every_shipped_model_has_a_licence_a_source_and_a_check() -> None:
    models = read_manifest()
    assert len({model.name for model in models}) == len(models)
    for model in models:
        assert model.engine in ("vosk", "whisper")
        assert model.licence
        assert model.needed
        assert bool(model.url) != bool(model.package)
        assert model.sha256 or model.published or model.folder or model.parts
        for digest in (model.sha256, *(part.sha256 for part in model.parts)):
            assert re.fullmatch(r"[0-9a-f]{64}|", digest)


def test_decoder_options_are_read(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text(ENTRY + 'options = { beam = "8" }', encoding="utf-8")
    assert read_manifest(path)[0].options == {"beam": "8"}


@pytest.mark.parametrize("text", [
    "", "=", "model = 3", "[[model]]", ENTRY + 'colour = "red"', ENTRY.replace("licence", "lisence"),
])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecognitionError, match=r"model\.manifest.*manifest\.toml"):
        read_manifest(path)

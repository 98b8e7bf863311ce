"""The figure as a file: PNG, SVG or PDF, or one HTML page with the cards and the whole transcript under it.

The page has no script and fetches nothing: it opens anywhere and prints.
"""

from __future__ import annotations

import io
import json
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from coach.audio.wavfile import RecordedCall
from coach.errors import CoachError
from coach.events import Event, Prompt, Transcript
from coach.review.figure import STYLE, draw

DRAWINGS = (".png", ".svg", ".pdf")
FORMATS = (*DRAWINGS, ".html")
CSS = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 1.5rem; background: #fff; color: #222 }
.figure { overflow-x: auto } svg { max-width: none }
table { border-collapse: collapse; margin: 1rem 0 } caption { text-align: left; font-weight: 600 }
td, th { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #ddd }
td:first-child { font-variant-numeric: tabular-nums; white-space: nowrap } small { color: #555 }
"""


def save(call: RecordedCall, events: Sequence[Event], title: str, path: Path) -> None:
    """Write the review of a call; the ending of `path` says in what form.

    Raises CoachError "review.format" for an unknown ending, "review.file" when it cannot be written.
    """
    check(path)
    kind = path.suffix.lower()
    figure = draw(call, events, title)
    data = page(figure, events, title).encode() if kind == ".html" else drawing(figure, kind)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise CoachError("review.file", f"cannot write {path}: {error}") from error


def check(path: Path) -> None:
    """Raises CoachError "review.format" or "review.file" where nothing could be written to `path`."""
    if path.suffix.lower() not in FORMATS:
        raise CoachError("review.format", f"{path.name}: the ending must be one of {', '.join(FORMATS)}")
    if not path.parent.is_dir() or path.is_dir():
        raise CoachError("review.file", f"cannot write {path}: its folder is not there, or it is one itself")


def drawing(figure: Figure, kind: str) -> bytes:
    """The figure as a PNG, SVG or PDF file (`kind` is the ending). The same call gives the same bytes."""
    out = io.BytesIO()
    undated = {} if kind == ".png" else {"Date": None} if kind == ".svg" else {"CreationDate": None}
    with rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # the command has said that there is no font
        figure.savefig(out, format=kind[1:], dpi=100, metadata=undated)
    return out.getvalue()


def page(figure: Figure, events: Sequence[Event], title: str) -> str:
    """One HTML file."""
    whole = drawing(figure, ".svg").decode()
    svg = re.sub(r"^.*?(?=<svg)", "", whole, flags=re.DOTALL)  # no XML prologue inside of HTML
    return (f'<!doctype html>\n<html lang="zh"><meta charset="utf-8"><title>{escape(title)}</title>\n'
            f"<style>{CSS}</style>\n<h1>{escape(title)}</h1>\n"
            f'<div class="figure" role="img" aria-label="The call on one time axis">{svg}</div>\n'
            f"{_table('Cards', ('s', 'rule', 'card', 'evidence'), _cards(events))}\n"
            f"{_table('Transcript', ('s', 'who', 'words'), _said(events))}\n</html>\n")


def _table(caption: str, heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption>\n<tr>{head}</tr>\n{body}</table>"


def _cards(events: Sequence[Event]) -> Iterator[tuple[str, ...]]:
    for card in (event for event in events if isinstance(event, Prompt)):
        texts = "<br>".join(escape(card.text[language]) for language in ("zh", "en") if language in card.text)
        evidence = escape(json.dumps(card.evidence, ensure_ascii=False))
        yield f"{card.at:.1f}", escape(f"{card.priority} {card.rule}"), texts, f"<small>{evidence}</small>"


def _said(events: Sequence[Event]) -> Iterator[tuple[str, ...]]:
    finals = [event for event in events if isinstance(event, Transcript) and event.final]
    for said in sorted(finals, key=lambda event: event.start):
        yield f"{said.start:.1f}", said.speaker, escape(said.text)

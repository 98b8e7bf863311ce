"""What the server writes down: a name and fields. Never words of a caller, never a token.

    note("call.opened", call=..., agent=...)   ->   call.opened agent=a17 call=c-42
"""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

_LOGGER = logging.getLogger("coach.server")


def note(name: str, /, *, level: int = logging.INFO, **fields: object) -> None:
    """One line; the fields are also on the record (`record.fields`) for a formatter that wants them apart."""
    text = " ".join(f"{key}={_plain(value)}" for key, value in sorted(fields.items()))
    _LOGGER.log(level, "%s %s", name, text, extra={"event": name, "fields": fields})


def fault(name: str, error: BaseException, /, **fields: object) -> None:
    """An error that should not have been: its type and where it came from, not its text, which may hold anything."""
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    note(name, level=logging.ERROR, error=type(error).__name__, where=">".join(places[-6:]), **fields)


def _plain(value: object) -> str:
    """A value that stays on its line and in its field."""
    text = str(value)
    return text if text.isascii() and text.isprintable() and " " not in text and text else ascii(text)

"""Where the files that are not Python live: pages, model cards, packs, the demo recording.

In a checkout they stand beside the package; in an installed wheel they are inside it.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource(relative: str) -> Path:
    """The path of a shipped file or folder, e.g. resource("clients/overlay").

    Raises FileNotFoundError when the installation is incomplete.
    """
    for root in (_PACKAGE / "_resources", _PACKAGE.parent):
        path = root / relative
        if path.exists():
            return path
    raise FileNotFoundError(f"this installation lacks {relative}; install the package again")

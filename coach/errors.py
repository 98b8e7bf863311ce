"""The one tree of errors. A code is stable and machine-readable; the text tells a person what to do.

Mapped once, at the edge: `close_code` when a socket has to be closed, `exit_code` when a command ends.
Texts never hold what a caller said.
"""

from __future__ import annotations

from typing import ClassVar


class CoachError(Exception):
    """Base of everything the product raises on purpose.

    `code` is from the tables in docs/protocol.md and docs/operations.md, e.g. "audio.rate".
    """

    close_code: ClassVar[int] = 1011
    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


class ProtocolError(CoachError):
    """A peer sent something that the protocol does not allow."""

    close_code = 4400
    exit_code = 65


class AuthError(CoachError):
    """No token, a bad token, or a role that may not do this."""

    close_code = 4403
    exit_code = 77


class MissingError(CoachError):
    """There is no such call; said of a call that the asker may not see too."""

    close_code = 4404


class PeerTimeoutError(CoachError):
    """A peer that said nothing for too long, or reads too slowly."""

    close_code = 4408


class ConflictError(CoachError):
    """The call is in another state than the peer thinks: over, or taken over by a newer connection."""

    close_code = 4409


class OverloadError(CoachError):
    """Too busy; try again later."""

    close_code = 1013
    exit_code = 75


class AudioError(CoachError):
    """Audio that cannot be read: encoding, rate, layout, a broken file."""

    close_code = 4415
    exit_code = 65


class RecognitionError(CoachError):
    """A recogniser or its model cannot be had or is broken."""

    exit_code = 69


class PlaybookError(CoachError):
    """A playbook does not say what its author meant: file, line, rule and remedy are in the text."""

    exit_code = 65


class SettingsError(CoachError):
    """A setting is wrong."""

    exit_code = 78

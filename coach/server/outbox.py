"""What waits to be sent to one reader. Bounded, and the policy for a slow reader is here and nowhere else.

Above `shed_at` waiting messages those that may be lost (partials, meters) are thrown away, old ones too. Above
`cut_at` the reader itself is given up: `overflown` is true, and the socket's owner closes it with "feed.slow".
A card is therefore delivered or the reader knows that it has missed something; never neither.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

SHED_AT = 64
CUT_AT = 512


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One text frame. `sent` is called right after it went into the socket."""

    text: str
    may_be_lost: bool = False
    sent: Callable[[], None] | None = None


class Outbox:
    """Publishers `put`, never waiting; the socket's own task is woken and `take`s."""

    def __init__(self, wake: Callable[[], None], *, shed_at: int = SHED_AT, cut_at: int = CUT_AT) -> None:
        self._wake = wake
        self._shed_at = shed_at
        self._cut_at = cut_at
        self._waiting: deque[Outgoing] = deque()
        self.shed = 0  # messages thrown away so far
        self.overflown = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: Outgoing) -> None:
        """Queue a message, or shed, or give the reader up; see the module's text."""
        if self.overflown:
            return
        if len(self._waiting) >= self._shed_at:
            self._shed_waiting()
            if message.may_be_lost and len(self._waiting) >= self._shed_at:
                self.shed += 1
                return
        if len(self._waiting) >= self._cut_at:
            self.overflown = True
            self._waiting.clear()
        else:
            self._waiting.append(message)
        self._wake()

    def clear(self) -> None:
        """Forget what waits: the reader is about to get a snapshot instead."""
        self._waiting.clear()

    def take(self) -> Outgoing | None:
        """The oldest waiting message."""
        return self._waiting.popleft() if self._waiting else None

    def _shed_waiting(self) -> None:
        keep = [message for message in self._waiting if not message.may_be_lost]
        self.shed += len(self._waiting) - len(keep)
        self._waiting = deque(keep)

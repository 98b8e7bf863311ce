"""What the sentences of a rule may look at: one call at one moment, seen from what made the rule wait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coach.events import Json
from coach.playbook.model import Condition, Happening, Hit, Playbook
from coach.playbook.state import Hearing, Scene, State, Turn

APART_S = 3.0
"""Phrases of one turn that begin closer together than this count as said once."""


FEW = 3
"""In so few readings nothing of weight can have been missed."""
MOMENT_S = 0.3
"""Less speech than this is none."""


@dataclass(frozen=True, slots=True)
class View:
    """A call at audio time `at`; `anchor` is the happening that the rule is about, if any."""

    playbook: Playbook
    state: State
    at: float
    anchor: Happening | None = None

    @property
    def hearing(self) -> Hearing:
        return self.state.hearing

    @property
    def scene(self) -> Scene:
        return self.state.scene

    def context(self, field: str) -> Json:
        """A field of what the CRM sent; None where it sent none."""
        return self.state.started.context.get(field)

    def hits(self, lexicon: str, who: str, since: float = -1e9) -> Iterator[Hit]:
        """Phrases of `lexicon` that `who` began to say at `since` or later."""
        for hit in self.hearing.hits.get(lexicon, ()):
            if hit.start >= since and who in (hit.speaker, "anyone"):
                yield hit

    def said(self, groups: Sequence[Sequence[str]], who: str, since: float = -1e9) -> bool:
        """Whether all lexicons of one of `groups` were said since then."""
        return any(all(any(True for _ in self.hits(name, who, since)) for name in group) for group in groups)

    def times(self, groups: Sequence[Sequence[str]], who: str, since: float = -1e9) -> list[Hit]:
        """The separate times at which one of the lexicons was said: phrases in one breath count once."""
        named = dict.fromkeys(name for group in groups for name in group)
        counted: list[Hit] = []
        for hit in sorted((hit for name in named for hit in self.hits(name, who, since)), key=lambda hit: hit.start):
            if not counted or hit.turn != counted[-1].turn or hit.start - counted[-1].start >= APART_S:
                counted.append(hit)
        return counted

    def clear(self, who: str, since: float = -1e9, certain: float = 0.75) -> bool:
        """Whether what `who` has said since then was made out so well that what was not heard was not said.

        `certain`: mean confidence of the words, 0..1, that is asked for.
        """
        heard = [(readings, sure) for end, readings, sure in self.hearing.clarity.get(who, ()) if end >= since]
        if not heard:
            voice = self.hearing.voices["agent" if who == "agent" else "customer"]
            return not voice.speaking and voice.until < max(since, MOMENT_S)
        total = sum(readings for readings, _ in heard)
        if total <= FEW:
            return True
        return sum(readings * sure for readings, sure in heard) >= certain * total

    def turn(self, index: int) -> Turn | None:
        """The turn with this index, while it is remembered."""
        for turn in reversed(self.hearing.turns):
            if turn.index == index:
                return turn
        return None

    @property
    def anchor_turn(self) -> Turn | None:
        """The turn in which the anchor happened."""
        return self.turn(self.anchor.turn) if self.anchor is not None else None

    @property
    def since(self) -> float:
        """Where "says" begins to count: the beginning of the anchor's turn."""
        turn = self.anchor_turn
        if turn is not None:
            return turn.start - 0.05
        return self.anchor.start - 1.0 if self.anchor is not None else -1e9

    def holds(self, condition: Condition) -> bool:
        """Whether a state is the case."""
        return bool(condition.test(self, condition.args)) != condition.negated

    def missing(self, agenda: str) -> list[int]:
        """Indices of the points that are not covered."""
        points = self.playbook.agendas[agenda].points
        return [index for index, (_, conditions) in enumerate(points)
                if not any(self.holds(condition) for condition in conditions)]

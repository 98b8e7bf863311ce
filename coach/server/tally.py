"""What became of a call's cards, rule by rule: the numbers behind a team's rates. Pure."""

from __future__ import annotations

from coach.events import AgentAction, Event, Prompt, PromptClosed

Counts = tuple[int, int, int, int]
"""Cards shown, acknowledged, that helped, that did not help."""


class Tally:
    """Events of one call in, counts by rule out. A rating counts once a card, the last one given."""

    def __init__(self) -> None:
        self._rules: dict[str, str] = {}  # card -> rule
        self._acknowledged: set[str] = set()
        self._helped: dict[str, bool] = {}

    def fold(self, event: Event) -> None:
        """Take one more event, in order."""
        match event:
            case Prompt() if event.priority != "P3":
                self._rules[event.id] = event.rule
            case PromptClosed(reason="acknowledged") if event.id in self._rules:
                self._acknowledged.add(event.id)
            case AgentAction(action="helped" | "not_helped") if event.prompt in self._rules:
                self._helped[event.prompt] = event.action == "helped"

    def counts(self) -> dict[str, Counts]:
        """By rule, in the order in which the rules first spoke."""
        counts: dict[str, Counts] = {}
        for card, rule in self._rules.items():
            shown, acknowledged, helped, not_helped = counts.get(rule, (0, 0, 0, 0))
            said = self._helped.get(card)
            counts[rule] = (shown + 1, acknowledged + (card in self._acknowledged), helped + (said is True),
                            not_helped + (said is False))
        return counts

"""What a changed playbook changes: the cards of two versions over the same calls, and rules that do nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import combinations

from coach.events import Event, Json, Prompt
from coach.playbook.model import Playbook
from coach.playbook.rehearsal import run

MOVED_S = 0.5
"""A card that comes this much earlier or later has moved."""
FEW_CALLS = 3
"""From fewer calls nothing is concluded about rules that always, or only ever together, apply."""
_STYLE = ("body{font:15px system-ui;margin:2rem;max-width:70rem}table{border-collapse:collapse;width:100%}"
          "td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc;vertical-align:top}"
          ".gained{color:#1a7f37}.lost{color:#b42318}.moved{color:#8a6100}")


@dataclass(frozen=True, slots=True)
class Change:
    """One card that two playbooks differ about; times in seconds of audio time."""

    kind: str
    """gained, lost or moved."""
    rule: str
    text: str
    old_at: float | None
    new_at: float | None
    evidence: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class CallDiff:
    """What changes in one call."""

    call: str
    old_cards: int
    new_cards: int
    changes: tuple[Change, ...]


def cards(playbook: Playbook, events: Iterable[Event]) -> list[Prompt]:
    """The cards that a playbook shows in a call."""
    return [told for _, out in run(playbook, events) for told in out if isinstance(told, Prompt)]


def compare(call: str, old: Playbook, new: Playbook, events: Sequence[Event]) -> CallDiff:
    """Both playbooks over one call; the n-th card of a rule is compared with the n-th."""
    before, after = cards(old, events), cards(new, events)
    changes: list[Change] = []
    earlier, later = _by_rule(before), _by_rule(after)
    for rule in sorted({*earlier, *later}):
        ours, theirs = earlier.get(rule, []), later.get(rule, [])
        for was, now in zip(ours, theirs, strict=False):
            if abs(was.at - now.at) > MOVED_S:
                changes.append(Change("moved", rule, now.text["zh"], was.at, now.at, now.evidence))
        changes += [Change("lost", rule, card.text["zh"], card.at, None, card.evidence) for card in ours[len(theirs):]]
        changes += [Change("gained", rule, card.text["zh"], None, card.at, card.evidence)
                    for card in theirs[len(ours):]]
    return CallDiff(call, len(before), len(after), tuple(sorted(changes, key=_when)))


def _by_rule(found: Iterable[Prompt]) -> dict[str, list[Prompt]]:
    rules: dict[str, list[Prompt]] = defaultdict(list)
    for card in found:
        rules[card.rule].append(card)
    return rules


def _when(change: Change) -> tuple[float, str]:
    return change.new_at if change.new_at is not None else change.old_at or 0.0, change.rule


def as_text(diffs: Sequence[CallDiff]) -> str:
    """One block per call that changes, then a table of rules."""
    lines: list[str] = []
    for diff in diffs:
        if diff.changes:
            lines.append(f"{diff.call}: {diff.old_cards} -> {diff.new_cards} cards")
            lines += [f"  {change.kind:6} {_times(change):>16}  {change.rule}  {change.text}  {_proof(change)}"
                      for change in diff.changes]
    totals = _totals(diffs)
    lines.append(f"{len(diffs)} calls, {sum(bool(diff.changes) for diff in diffs)} changed, "
                 f"{sum(diff.old_cards for diff in diffs)} -> {sum(diff.new_cards for diff in diffs)} cards")
    lines += [f"  {rule}: {', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}"
              for rule, kinds in sorted(totals.items())]
    return "\n".join(lines)


def as_html(diffs: Sequence[CallDiff], old: Playbook, new: Playbook) -> str:
    """The same as a page that stands alone."""
    rows = [
        f"<tr class={change.kind}><td>{escape(diff.call)}<td>{change.kind}<td>{_times(change)}<td>{escape(change.rule)}"
        f"<td>{escape(change.text)}<td>{escape(_proof(change))}"
        for diff in diffs for change in diff.changes]
    title = f"{old.name} {old.version} -> {new.name} {new.version}"
    return (f"<!doctype html><meta charset=utf-8><title>{escape(title)}</title><style>{_STYLE}</style>"
            f"<h1>{escape(title)}</h1><p>{escape(as_text(diffs).splitlines()[-1 - len(_totals(diffs))])}</p>"
            f"<table><tr><th>call<th>card<th>time<th>rule<th>text<th>evidence{''.join(rows)}</table>\n")


def _totals(diffs: Iterable[CallDiff]) -> dict[str, Counter[str]]:
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for diff in diffs:
        for change in diff.changes:
            totals[change.rule][change.kind] += 1
    return totals


def _times(change: Change) -> str:
    if change.old_at is not None and change.new_at is not None:
        return f"{change.old_at:.1f} -> {change.new_at:.1f} s"
    return f"{change.new_at if change.new_at is not None else change.old_at or 0.0:.1f} s"


def _proof(change: Change) -> str:
    heard = [hit["text"] for hit in change.evidence.get("heard", [])]
    return f"heard: {', '.join(heard)}" if heard else str(change.evidence.get("because", ""))


@dataclass(frozen=True, slots=True)
class Lint:
    """What a set of calls says about the rules."""

    calls: int
    never: tuple[str, ...]
    always: tuple[str, ...]
    together: tuple[tuple[str, str], ...]
    unused: tuple[str, ...] = field(default=())
    """Lexicons that no sentence names."""


def lint(playbook: Playbook, calls: Sequence[Sequence[Event]], lexicons: Iterable[str] = ()) -> Lint:
    """Rules that never apply, always apply, or only ever apply together, over `calls`."""
    where: dict[str, set[int]] = defaultdict(set)
    for index, events in enumerate(calls):
        for state, _ in run(playbook, events):
            last = state
        for rule in last.scene.fired if events else ():
            where[rule].add(index)
    rules = sorted({case.rule for case in playbook.cases})
    enough = len(calls) >= FEW_CALLS
    return Lint(
        len(calls), tuple(rule for rule in rules if not where[rule]),
        tuple(rule for rule in rules if enough and len(where[rule]) == len(calls)),
        tuple((one, other) for one, other in combinations(rules, 2)
              if FEW_CALLS <= len(where[one]) < len(calls) and where[one] == where[other]),
        tuple(sorted(set(lexicons) - named(playbook))))


def named(playbook: Playbook) -> set[str]:
    """Lexicons that some sentence of the playbook names, and those that the engine itself reads."""
    found = {"backchannel"}
    conditions = [condition for case in playbook.cases for condition in (
        *case.when, *case.given, *case.unless, *case.tick)]
    conditions += [condition for phase in playbook.phases for condition in phase.enters]
    conditions += [condition for mode in playbook.modes for condition in (*mode.enters, *mode.given, *mode.leaves)]
    conditions += [condition for slot in playbook.slots for condition in slot.filled]
    conditions += [condition for agenda in playbook.agendas.values()
                   for _, point in agenda.points for condition in point]
    for condition in conditions:
        found |= {name for group in condition.args.get("lexicons") or () for name in group}
    return found

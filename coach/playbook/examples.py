"""Runs the examples that stand beside the rules: short scripts in which a rule must apply, or must not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coach.playbook import rehearsal
from coach.playbook.loader import compile_source
from coach.playbook.model import Playbook
from coach.playbook.script import ScriptError, parse
from coach.playbook.source import Mark, Source, entries

WANTED = 2
"""Examples of each kind that every rule must have."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One example, run. `trouble` is empty where it went as written."""

    rule: str
    mark: Mark
    script: str
    wanted: bool
    trouble: str
    fired: tuple[str, ...] = ()
    """Everything that applied: "12.3 s OPEN-05 客户不方便"."""


def run_examples(source: Source, only: str = "") -> Iterator[Outcome]:
    """Every example of every rule whose identifier begins with `only`."""
    playbook = compile_source(source, everything=True)
    campaigns = [name for _, name, _ in entries(source, "campaigns")]
    for file, rule, model in entries(source, "rules"):
        if not rule.startswith(only):
            continue
        chosen = model.for_ or [name for case in model.cases for name in case.for_]
        campaign = chosen[0] if chosen else (campaigns[0] if campaigns else "inbound")
        for kind, wanted in (("fires", True), ("quiet", False)):
            scripts = getattr(model.examples, kind)
            for index, script in enumerate(scripts):
                mark = source.mark(file, "rules", rule, "examples", kind, index)
                yield _run(playbook, rule, mark, script, wanted, campaign)
            if len(scripts) < WANTED:
                yield Outcome(rule, source.mark(file, "rules", rule), "", wanted,
                              f"has {len(scripts)} examples under '{kind}'; write at least {WANTED}")


def _run(playbook: Playbook, rule: str, mark: Mark, script: str, wanted: bool, campaign: str) -> Outcome:
    try:
        call = parse(script, campaign, playbook.language)
    except ScriptError as error:
        return Outcome(rule, mark, script, wanted, str(error))
    applied: dict[str, tuple[float, ...]] = {}
    for state, _ in rehearsal.run(playbook, rehearsal.events(call, playbook)):
        applied = dict(state.scene.fired)
    fired = tuple(f"{at:.1f} s {name}" for at, name in sorted(
        (at, name) for name, times in applied.items() for at in times))
    trouble = "" if (rule in applied) == wanted else (
        "should apply and does not" if wanted else "applies and should not")
    return Outcome(rule, mark, script, wanted, trouble, fired)

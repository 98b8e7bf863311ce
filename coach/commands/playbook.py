"""`coach playbook check | test`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from coach.playbook.examples import Outcome, run_examples
from coach.playbook.loader import compile_source
from coach.playbook.source import read

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no public name


def add(commands: Commands) -> None:
    """Add the family to the parser."""
    playbook = commands.add_parser("playbook", help="check a playbook, run the examples beside its rules")
    kinds = playbook.add_subparsers(required=True, metavar="check|test")

    check = kinds.add_parser("check", help="name every mistake with file, line and remedy")
    check.add_argument("pack", metavar="PACK", help="a folder, a file, or a shipped pack's name")
    check.set_defaults(run=_check)

    test = kinds.add_parser("test", help="run the examples that stand beside the rules")
    test.add_argument("pack", metavar="PACK")
    test.add_argument("--rule", default="", metavar="VER", help="only rules whose identifier begins so")
    test.set_defaults(run=_test)


def _check(args: argparse.Namespace) -> int:
    playbook = compile_source(read(args.pack), everything=True)
    print(f"{playbook.name}: sound; version {playbook.version}")
    return 0


def _test(args: argparse.Namespace) -> int:
    outcomes = list(run_examples(read(args.pack), args.rule))
    troubled = [outcome for outcome in outcomes if outcome.trouble]
    for outcome in troubled:
        _tell(outcome)
    rules = {outcome.rule for outcome in outcomes}
    print(f"{len(rules)} rules, {len(outcomes)} examples, {len(troubled)} not as written")
    return 1 if troubled or not outcomes else 0


def _tell(outcome: Outcome) -> None:
    print(f"{outcome.mark}: {outcome.rule} {outcome.trouble}")
    if outcome.script:
        print(f"    {'fires' if outcome.wanted else 'quiet'}: {outcome.script}")
        print(f"    applied: {', '.join(outcome.fired) or 'nothing'}")

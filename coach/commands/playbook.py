"""`coach playbook check | test | diff | lint | schema`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from coach import settings
from coach.commands import recordings
from coach.errors import CoachError
from coach.events import Event
from coach.playbook.comparison import as_html, as_text, compare, lint
from coach.playbook.editor import json_schema
from coach.playbook.examples import Outcome, run_examples
from coach.playbook.loader import compile_source, load
from coach.playbook.logs import heard, read_log
from coach.playbook.source import entries, read

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no public name


def add(commands: Commands) -> None:
    """Add the family to the parser."""
    playbook = commands.add_parser("playbook", help="check a playbook, run the examples beside its rules")
    kinds = playbook.add_subparsers(required=True, metavar="check|test|diff|lint|schema")

    check = kinds.add_parser("check", help="name every mistake with file, line and remedy")
    check.add_argument("pack", metavar="PACK", help="a folder, a file, or a shipped pack's name")
    check.set_defaults(run=_check)

    test = kinds.add_parser("test", help="run the examples that stand beside the rules")
    test.add_argument("pack", metavar="PACK")
    test.add_argument("--rule", default="", metavar="VER", help="only rules whose identifier begins so")
    test.set_defaults(run=_test)

    diff = kinds.add_parser("diff", help="cards gained, lost and moved between two playbooks over calls")
    diff.add_argument("old", metavar="OLD")
    diff.add_argument("new", metavar="NEW")
    _call_arguments(diff)
    diff.add_argument("--html", metavar="OUT.html", type=Path, help="write a page as well")
    diff.set_defaults(run=_diff)

    lint_ = kinds.add_parser("lint", help="rules that never, always, or only ever together apply over calls")
    lint_.add_argument("pack", metavar="PACK")
    _call_arguments(lint_)
    lint_.set_defaults(run=_lint)

    schema = kinds.add_parser("schema", help="the JSON Schema of a playbook file, for editors")
    schema.set_defaults(run=_schema)


def _call_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("calls", metavar="CALL", nargs="+", type=Path,
                         help="an event log (.jsonl) as coach replay --events writes it, or a recording")
    command.add_argument("--recogniser", metavar="auto|vosk|whisper|none", help="for recordings (default: auto)")
    command.add_argument("--campaign", default="inbound", help="of the recordings; a log knows its own")


def _calls(args: argparse.Namespace) -> Iterator[tuple[str, list[Event]]]:
    """Name and events of every call; a recording is recognised once, however many playbooks look at it."""
    play = None
    for path in args.calls:
        if path.suffix == ".jsonl":
            yield path.stem, read_log(path)
            continue
        if play is None:
            _, play = recordings.player(settings.load(recogniser=args.recogniser), args.campaign)
        yield path.stem, heard(play(path))


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


def _diff(args: argparse.Namespace) -> int:
    old, new = load(args.old), load(args.new)
    diffs = [compare(name, old, new, events) for name, events in _calls(args)]
    print(as_text(diffs))
    if args.html:
        try:
            args.html.write_text(as_html(diffs, old, new), encoding="utf-8")
        except OSError as error:
            raise CoachError("playbook.html", f"cannot write {args.html}: {error.strerror}") from error
    return 0


def _lint(args: argparse.Namespace) -> int:
    source = read(args.pack)
    names = [name for _, name, _ in entries(source, "lexicons")]
    found = lint(compile_source(source), [events for _, events in _calls(args)], names)
    print(f"{found.calls} calls")
    print(f"never applied: {', '.join(found.never) or 'none'}")
    print(f"applied in every call: {', '.join(found.always) or 'none'}")
    print(f"only ever together: {', '.join(f'{one} with {other}' for one, other in found.together) or 'none'}")
    print(f"lexicons that nothing names: {', '.join(found.unused) or 'none'}")
    return 0


def _schema(args: argparse.Namespace) -> int:
    print(json.dumps(json_schema(), ensure_ascii=False, indent=1))
    return 0

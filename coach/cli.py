"""The commands, nothing else: arguments in, a call into the house, errors to exit codes."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from coach import __version__, settings
from coach.commands import models, playbook, recordings, review
from coach.errors import CoachError, SettingsError

Command = Callable[[argparse.Namespace], int]
MOST_HOURS = 24 * 365


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit code: 0, or what the error's class says (coach/errors.py)."""
    args = _parser().parse_args(argv)
    command: Command = args.run
    try:
        _log_to_stderr("INFO" if command is _serve else "WARNING")
        return command(args)
    except CoachError as error:
        print(f"coach: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains on its way out
        return 141


def _log_to_stderr(level: str) -> None:
    """Only the server tells its operator everything; COACH_LOG overrides."""
    wanted = os.environ.get("COACH_LOG", level).upper()
    if wanted not in logging.getLevelNamesMapping():
        raise SettingsError("settings.log", f"COACH_LOG must be one of {', '.join(logging.getLevelNamesMapping())}")
    logging.basicConfig(level=wanted, format="%(asctime)s %(levelname)s %(name)s %(message)s")


# -- the commands ----------------------------------------------------------------------------------------------------


def _demo(args: argparse.Namespace) -> int:
    from coach.demo.run import run_demo

    chosen = settings.load(port=args.port, recogniser=args.recogniser, playbook=args.playbook, offline=args.offline)
    return asyncio.run(run_demo(chosen, once=args.once))


def _serve(args: argparse.Namespace) -> int:
    from coach.server.app import run_server

    chosen = settings.load(host=args.host, port=args.port, recogniser=args.recogniser, language=args.language,
                           playbook=args.playbook, offline=args.offline)
    return asyncio.run(run_server(chosen))


def _call(args: argparse.Namespace) -> int:
    from coach.softphone import run_call

    return asyncio.run(run_call(args))


def _replay(args: argparse.Namespace) -> int:
    from coach.call.replay import write_events

    events = recordings.events(args)
    with _whole_file(args.events) as out:
        write_events(events, out)
    return 0


@contextlib.contextmanager
def _whole_file(path: Path) -> Iterator[TextIO]:
    """A text file that is there whole or not at all; "-" is standard output."""
    if str(path) == "-":
        yield sys.stdout
        return
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as out:
            yield out
        part.replace(path)
    except OSError as error:
        raise CoachError("replay.events", f"cannot write the events: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def _token(args: argparse.Namespace) -> int:
    from coach.server.auth import mint_from_settings

    print(mint_from_settings(settings.load(), role=args.role, name=args.name, team=args.team, hours=args.hours))
    return 0


# -- the arguments ---------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="coach", description="Real-time coaching of bank phone calls.")
    parser.add_argument("--version", action="version", version=f"call-coach {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    engine = argparse.ArgumentParser(add_help=False)
    engine.add_argument("--recogniser", metavar="auto|vosk|whisper|none|transcript:T.json",
                        help="what turns speech into words (default: auto)")
    engine.add_argument("--playbook", metavar="P", help="a shipped pack's name or a path (default: zh-bank)")
    engine.add_argument("--offline", action="store_true", default=None, help="never fetch a model")
    language = argparse.ArgumentParser(add_help=False)
    language.add_argument("--language", metavar="zh", help="language of the calls (default: zh)")

    demo = commands.add_parser("demo", parents=[engine], help="the whole thing on this machine, with a recorded call")
    demo.add_argument("--port", type=int, help="default: 8765, or any free one")
    demo.add_argument("--once", action="store_true",
                      help="play the call once; exit 0 only if the expected prompts reached a connected overlay")
    demo.set_defaults(run=_demo)

    serve = commands.add_parser("serve", parents=[engine, language], help="the server")
    serve.add_argument("--host", help="address to bind (default: 127.0.0.1)")
    serve.add_argument("--port", type=int)
    serve.set_defaults(run=_serve)

    _call_arguments(commands.add_parser("call", help="a softphone: streams a recording or the microphone"))

    replay = commands.add_parser("replay", parents=[engine, language, recordings.arguments()],
                                 help="a recording through the same pipeline")
    replay.add_argument("--events", type=Path, required=True, metavar="OUT.jsonl",
                        help="one JSON object a line; - is standard output")
    replay.set_defaults(run=_replay)
    review.add(commands, [engine, language])
    models.add(commands)
    playbook.add(commands)

    _token_arguments(commands.add_parser("token", help="sign a token (needs COACH_SECRET or COACH_SECRET_FILE)"))
    return parser


def _call_arguments(call: argparse.ArgumentParser) -> None:
    call.add_argument("file", type=Path, nargs="?", metavar="FILE.wav")
    call.add_argument("--mic", action="store_true", help="the microphone as the customer (needs the mic extra)")
    call.add_argument("--agent", default="agent")
    call.add_argument("--campaign", default="inbound")
    call.add_argument("--url", default="ws://127.0.0.1:8765/v1/audio")
    call.add_argument("--token", help="default: COACH_TOKEN")
    call.set_defaults(run=_call)


def _token_arguments(token: argparse.ArgumentParser) -> None:
    token.add_argument("--role", choices=("softphone", "agent", "supervisor"), required=True)
    token.add_argument("--name", type=_name, required=True, help="the agent's or supervisor's id")
    token.add_argument("--team", default="", help="a supervisor sees its calls; those of a softphone with it are its")
    token.add_argument("--hours", type=_hours, default=12.0, help="how long it is good for (default: 12)")
    token.set_defaults(run=_token)


def _name(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("a name cannot be empty")
    return text


def _hours(text: str) -> float:
    hours = float(text)
    if not 0 < hours <= MOST_HOURS:
        raise argparse.ArgumentTypeError(f"more than 0 and at most {MOST_HOURS}, a year")
    return hours

"""What commands share that look at recorded calls: the arguments, and the events of a recording."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from coach import settings
from coach.events import Event

if TYPE_CHECKING:
    from coach.recognition.protocol import Engine


def arguments() -> argparse.ArgumentParser:
    """A parent parser: the recording, and how it is to be heard."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("file", type=Path, metavar="FILE.wav", help="two channels: agent left, customer right; or mono")
    parser.add_argument("--campaign", default="inbound")
    parser.add_argument("--agent", default="agent")
    parser.add_argument("--model", type=Path, metavar="DIR", help="a model folder instead of the store's")
    return parser


def events(args: argparse.Namespace) -> Iterator[Event]:
    """The events of the recording that the arguments name, in order of audio time; says which recogniser is used."""
    chosen = settings.load(recogniser=args.recogniser, language=args.language, playbook=args.playbook,
                           offline=args.offline)
    engine, play = player(chosen, args.campaign, args.agent, args.model)
    print(f"coach: recogniser {engine.name} {engine.model}".rstrip(), file=sys.stderr)
    return play(args.file)


def player(chosen: settings.Settings, campaign: str, agent: str = "agent", model: Path | None = None,
           ) -> tuple[Engine, Callable[[Path], Iterator[Event]]]:
    """The recogniser, and what plays recordings to it: recogniser and playbook are opened once for all of them."""
    from coach.call.replay import About, replay  # the engines are large, and most commands do without them
    from coach.playbook import load
    from coach.recognition.engines import open_engine

    about = About(campaign=campaign, language=chosen.language, agent=agent)
    engine = open_engine(chosen.recogniser, chosen.language, settings=chosen, model=model)
    playbook = load(chosen.playbook)
    return engine, lambda path: replay(path, about, engine, playbook)

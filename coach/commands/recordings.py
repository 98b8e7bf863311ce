"""What commands share that look at recorded calls: the arguments, and the events of a recording."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from coach import settings
from coach.call.replay import About, replay
from coach.events import Event
from coach.playbook import load
from coach.recognition.engines import open_engine


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
    about = About(campaign=args.campaign, language=chosen.language, agent=args.agent)
    engine = open_engine(chosen.recogniser, chosen.language, settings=chosen, model=args.model)
    print(f"coach: recogniser {engine.name} {engine.model}".rstrip(), file=sys.stderr)
    return replay(args.file, about, engine, load(chosen.playbook))

"""`coach review`: a finished call on one time axis, with the cards it got."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coach.audio.wavfile import RecordedCall, read_call
from coach.commands import recordings
from coach.errors import CoachError
from coach.events import Event, Prompt, to_json
from coach.playbook.logs import from_json, read_events
from coach.records.redaction import Redactor

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no public name

LATE_S = 10.0
"""Events may come so long after the audio."""


def add(commands: Commands, parents: list[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    review = commands.add_parser("review", parents=[*parents, recordings.arguments()],
                                 help="a recording on one time axis: pitch, pace, agitation, talk, words, cards")
    review.add_argument("--plot", type=Path, metavar="OUT.html|png|svg|pdf", help="draw it (needs the review extra)")
    review.add_argument("--log", type=Path, metavar="CALL.jsonl", help="its events, instead of hearing it again")
    review.set_defaults(run=_review)


def _review(args: argparse.Namespace) -> int:
    call = read_call(args.file)
    save = _drawing(args.plot) if args.plot else None
    told = list(_redacted(_log(args.log, call) if args.log else recordings.events(args)))
    if save:
        save(call, told, args.file.stem, args.plot)
    cards = [event for event in told if isinstance(event, Prompt)]
    for card in cards:
        print(f"{card.at:7.1f} s  {card.priority}  {card.rule:8}  {card.text.get('zh') or card.text.get('en', '')}")
    print(f"{len(cards)} cards in {call.seconds:.0f} s")
    return 0


def _log(path: Path, call: RecordedCall) -> list[Event]:
    """The events of a log. Raises CoachError "review.log" when they cannot be of this recording."""
    told = read_events(path)
    until = max((event.at for event in told), default=0.0)
    if not told or until > call.seconds + LATE_S:
        raise CoachError("review.log", f"{path} is not of this recording: it goes to {until:.0f} s, the recording to "
                                       f"{call.seconds:.0f} s")
    return told


def _redacted(told: Iterable[Event]) -> Iterator[Event]:
    """As the records keep them: what is drawn is shown to others."""
    redactor = Redactor()
    return (from_json(redactor.redact(to_json(event))) for event in told)


def _drawing(path: Path) -> Callable[[RecordedCall, Sequence[Event], str, Path], None]:
    """What draws to `path`. Before the call is heard: whoever waited for that should not learn that it was in vain."""
    try:
        from coach.review import figure, page
    except ModuleNotFoundError as error:
        raise CoachError("review.extra", "drawing needs matplotlib: pip install 'call-coach[review]'") from error
    page.check(path)
    if not figure.chinese_font():
        print("coach: no font with Chinese characters found; install one (Debian: fonts-noto-cjk)", file=sys.stderr)
    return page.save

"""How well phrases survive a recogniser: recall and false alarms of every lexicon, and the cost of a transcript.

    python -m tests.benchmarks.matching TRUTHS LOGS [TRUTHS LOGS ...] [--pack zh-bank] [--json OUT]

TRUTHS holds ID.json (turns with who, text, start_s, end_s), LOGS the same calls as recognised: ID.jsonl as
`coach replay --recogniser whisper --events` writes them. What a lexicon finds in the true text of a turn was spoken;
recall is the share of that found in what the recogniser wrote for the turn. Found there and not in the truth
is a false alarm, counted per hour of talk and per 100 phrases. Beside ours: what plain substring search finds.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

from coach.events import SPEAKERS, Transcript
from coach.playbook import Playbook, load
from coach.playbook.hearing import joined, words_of
from coach.playbook.logs import read_log
from coach.playbook.matching import Match
from coach.playbook.state import Words

EDGE_S = 0.3
"""A transcript belongs to a turn that it overlaps by more than this."""


@dataclass
class Tally:
    """Counts over all turns."""

    spoken: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    plain: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    talk_s: float = 0.0
    transcripts: int = 0
    cost_s: float = 0.0


def turns(truth: Path, log: Path) -> Iterator[tuple[str, list[Transcript], float]]:
    """(true text, what was recognised, seconds) of every turn that was recognised at all.

    Turns that one transcript runs across are taken together: nobody can tell which words were heard in which.
    """
    heard = [event for event in read_log(log) if isinstance(event, Transcript) and event.final]
    said = json.loads(truth.read_text(encoding="utf-8"))["turns"]
    for who in SPEAKERS:
        own = [event for event in heard if event.speaker == who]
        groups: list[tuple[set[int], list[Any]]] = []
        for turn in (turn for turn in said if turn["who"] == who):
            of = {index for index, event in enumerate(own)
                  if min(event.end, turn["end_s"]) - max(event.start, turn["start_s"]) > EDGE_S}
            if groups and of & groups[-1][0]:
                groups[-1] = (of | groups[-1][0], [*groups[-1][1], turn])
            elif of:
                groups.append((of, [turn]))
        for of, together in groups:
            yield ("。".join(turn["text"] for turn in together), [own[index] for index in sorted(of)],
                   sum(turn["end_s"] - turn["start_s"] for turn in together))


def find(playbook: Playbook, words: Words) -> list[Match]:
    """All matches."""
    return playbook.matcher.find(words.readings, words.stops, words.breaks, 0, words.sure)


def count(playbook: Playbook, tally: Tally, true: str, heard: list[Transcript]) -> None:
    """One turn."""
    truth = find(playbook, words_of(playbook.matcher.language, Transcript(0.0, "agent", 0.0, 1.0, true, True)))
    started = time.process_time()
    found = {match.lexicon for match in find(playbook, reduce(
        joined, [words_of(playbook.matcher.language, event) for event in heard]))}
    tally.cost_s += time.process_time() - started
    tally.transcripts += len(heard)
    text = "".join(event.text for event in heard)
    for lexicon, match in {match.lexicon: match for match in truth if match.cost == 0.0}.items():
        tally.spoken[lexicon] += 1
        tally.found[lexicon] += lexicon in found
        tally.plain[lexicon] += all(piece in text for piece in match.phrase.split("…"))
    for lexicon in found - {match.lexicon for match in truth}:
        tally.false[lexicon] += 1


def main() -> None:
    """Print the figures, worst lexicons first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--pack", default="zh-bank")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    playbook, tally, calls = load(args.pack), Tally(), 0
    playbook.matcher.language.read("您好")  # reads its tables
    for truths, logs in zip(args.folders[::2], args.folders[1::2], strict=True):
        for truth in sorted(truths.glob("*.json")):
            log = logs / f"{truth.stem}.jsonl"
            if log.exists():
                calls += 1
                for true, heard, seconds in turns(truth, log):
                    tally.talk_s += seconds
                    count(playbook, tally, true, heard)
    spoken, hours = tally.spoken.total(), tally.talk_s / 3600
    figures = {
        "calls": calls, "talk_min": round(tally.talk_s / 60, 1), "phrases": playbook.matcher.size, "spoken": spoken,
        "recall": round(tally.found.total() / spoken, 3),
        "recall_plain_substring": round(tally.plain.total() / spoken, 3),
        "false_alarms": tally.false.total(),
        "false_alarms_per_hour_per_100_phrases": round(tally.false.total() / hours / playbook.matcher.size * 100, 2),
        "ms_per_transcript": round(tally.cost_s / tally.transcripts * 1000, 2)}
    print(json.dumps(figures))
    for lexicon, total in sorted(tally.spoken.items(), key=lambda item: tally.found[item[0]] - item[1])[:20]:
        print(f"  {lexicon}: {tally.found[lexicon]}/{total} found, {tally.plain[lexicon]} by substring, "
              f"{tally.false[lexicon]} false")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

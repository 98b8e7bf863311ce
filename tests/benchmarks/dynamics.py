"""Talk dynamics on the development calls against their truth: turn boundaries, gaps, interruptions, shares, silences.

    python -m tests.benchmarks.dynamics [--shared DIR] [--out FILE.json]

Also with the agent's voice leaking into the customer's channel (120 ms late, 20 dB down): how much of the agent's talk
is then taken for the customer's. And with a pause of 2 s put into the middle of every turn longer than 3 s: how many
of these hesitations are found, and how many others.
"""

from __future__ import annotations

import functools
import json
from itertools import pairwise
from pathlib import Path

import numpy as np

from coach.events import SPEAKERS, Dynamics, Event, Speaker
from tests.benchmarks.corpora import development_calls, interval, show
from tests.benchmarks.telephone import parser, write
from tests.cues.recordings import cues_of


def leaking(channels: dict[Speaker, np.ndarray], rate: int) -> dict[Speaker, np.ndarray]:
    """The agent in the customer's channel."""
    agent, delay = channels["agent"], round(0.12 * rate)
    return channels | {"customer": channels["customer"] + np.pad(agent, (delay, 0))[: len(agent)] * 0.1}


def long_turns(turns: list[dict]) -> list[dict]:
    """Turns of more than 3 s in which nobody else talks."""
    return [turn for turn in turns if turn["end_s"] - turn["start_s"] > 3
            and all(t is turn or t["end_s"] < turn["start_s"] or t["start_s"] > turn["end_s"] for t in turns)]


def hesitating(turns: list[dict], channels: dict[Speaker, np.ndarray], rate: int) -> dict[Speaker, np.ndarray]:
    """Two seconds of nothing in each of `turns`, at the quietest place of its middle."""
    cuts = []
    for turn in turns:
        begin = int(((turn["start_s"] + turn["end_s"]) / 2 - 0.5) * rate)
        near = np.abs(channels[turn["who"]][begin:begin + rate])
        cuts.append(begin + int(np.convolve(near, np.ones(rate // 20), "same").argmin()))
    pause = np.zeros(2 * rate)
    return {speaker: np.concatenate([part for piece in np.split(x, cuts) for part in (piece, pause)])
            for speaker, x in channels.items()}


def hesitations(path: Path, plain: list[Event]) -> tuple[int, int, int]:
    """True ones, those found, and those found in the call as it is, where nobody pauses for 1 to 6 s."""
    turns = long_turns(json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["turns"])
    found = of(cues_of(path, change=functools.partial(hesitating, turns)), "hesitation")
    return len(turns), len(found), len(of(plain, "hesitation"))


def of(events: list[Event], kind: str) -> list[Dynamics]:
    return [e for e in events if isinstance(e, Dynamics) and e.kind == kind]


def true_gaps(turns: list[dict]) -> list[tuple[str, float, float]]:
    """Who answers, when, and after how long (negative: overlapped), at each change of hands."""
    return [(b["who"], b["start_s"], b["start_s"] - a["end_s"])
            for a, b in pairwise(turns) if a["who"] != b["who"]]


def gaps(path: Path, events: list[Event]) -> list[tuple[float, float]]:
    """Error of each response gap that was found, seconds; infinite for those that were not."""
    turns = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["turns"]
    found = of(events, "response_gap")
    errors = []
    for who, start, gap in true_gaps(turns):
        near = [d for d in found if d.speaker == who and 0 < d.at - start < 2.0]
        errors.append((abs(near[0].values["seconds"] - gap) if near and gap > 0 else np.nan, float(bool(near))))
    return errors


def talk_share(path: Path) -> float:
    """The agent's share of the talk of the call."""
    turns = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["turns"]
    seconds = {s: sum(t["end_s"] - t["start_s"] for t in turns if t["who"] == s) for s in SPEAKERS}
    return seconds["agent"] / sum(seconds.values())


def main() -> None:
    options = parser("dynamics", __doc__ or "").parse_args()
    paths = development_calls(options.shared)
    plain = {path: cues_of(path) for path in paths}
    leaked = {path: cues_of(path, change=leaking) for path in paths}
    errors = [error for path in paths for error in gaps(path, plain[path])]
    shares = [abs(of(plain[p], "talk_share")[-1].values["agent_call"] - talk_share(p)) for p in paths]
    moved = [abs(of(leaked[p], "talk_share")[-1].values["agent_call"]
                 - of(plain[p], "talk_share")[-1].values["agent_call"]) for p in paths]
    interruptions = {p.stem: [(d.speaker, d.at, d.values["into_s"]) for d in of(plain[p], "interruption")]
                     for p in paths}
    figures: dict[str, object] = {
        "turns answered that were found": interval(lambda i: float(np.mean([errors[k][1] for k in i])), len(errors)),
        "error of a response gap, s": interval(lambda i: float(np.nanmedian([errors[k][0] for k in i])), len(errors)),
        "error of the agent's share": interval(lambda i: float(np.mean([shares[k] for k in i])), len(shares)),
        "share moved by the leak": interval(lambda i: float(np.mean([moved[k] for k in i])), len(moved)),
    }
    for name, value in figures.items():
        print(f"{name}: {show(value)}")  # type: ignore[arg-type]
    counts = np.array([hesitations(path, plain[path]) for path in paths])
    figures["hesitations (true, found, false)"] = counts.sum(axis=0).tolist()
    figures["interruptions"] = {name: found for name, found in interruptions.items() if found}
    figures["silences"] = {p.stem: [d.values["seconds"] for d in of(plain[p], "silence")] for p in paths
                           if of(plain[p], "silence")}
    figures["interruptions with the leak"] = {p.stem: len(of(leaked[p], "interruption")) for p in paths
                                              if of(leaked[p], "interruption")}
    for name in ("hesitations (true, found, false)", "interruptions", "silences", "interruptions with the leak"):
        print(f"{name}: {figures[name]}")
    write(figures, options.out)


if __name__ == "__main__":
    main()

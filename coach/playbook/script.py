"""One-line scripts: how the examples beside the rules are written.

    A: 您好，远山银行 | C: 什么意思？ [9 s] A (30 s): 是这样的…… | A over: 其实……

`A` is the agent, `C` the customer. `(30 s)`: the turn takes so long; without it, a fifth of a second per character.
`over`: begins 1.5 s before the other has finished. In square brackets stands what is not said:

    [9 s]                           nobody speaks
    [at 40 s]                       nobody speaks until then
    [customer faster]  [customer slower]  [agent faster]
    [agent pace 6.2 for 15 s]       [customer stress 0.8 for 6 s]
    [agent audio poor]  [customer unclear]  [agent share 80 %]
    [fault ours]                    the supervisor says whose fault it is
    [EMO-02 helped]  [EMO-02 did not help]  [EMO-02 dismissed]      what the agent did with a card
    [campaign overdue]  [context age=70 surname=王]
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from coach.events import AgentAction, Dynamics, Event, Json, Pace, Speaker, Stress, SupervisorAction, Transcript, Word
from coach.playbook.rehearsal import Line, Script, pace_change

SPEAKERS: dict[str, Speaker] = {"A": "agent", "C": "customer"}
PER_CHARACTER_S = {"zh": 0.2, "en": 0.07}
GAP_S = 0.5
FIRST_S = 0.5
OVER_S = 1.5
STEP_S = 1.0
_PARTS = re.compile(r"\[[^\]]*\]|[^|\[\]]+")
_TURN = re.compile(r"([AC])(?: \((\d+(?:\.\d+)?) s\))?( over)?:\s*(.+)")


class ScriptError(ValueError):
    """A script has a part that means nothing."""


@dataclass
class _Stage:
    """The script so far."""

    language: str
    campaign: str
    at: float = FIRST_S
    lines: list[Line] = field(default_factory=list)
    cues: list[Event] = field(default_factory=list)
    context: dict[str, Json] = field(default_factory=dict)


def parse(source: str, campaign: str = "inbound", language: str = "zh") -> Script:
    """The script that `source` stands for. Raises ScriptError."""
    stage = _Stage(language, campaign)
    for part in (part.strip() for part in _PARTS.findall(source)):
        if part.startswith("[") and part.endswith("]"):
            _direct(stage, part[1:-1].strip())
        elif part:
            _speak(stage, part)
    return Script(tuple(stage.lines), tuple(stage.cues), stage.campaign, stage.context, stage.at + 1.0)


def _speak(stage: _Stage, part: str) -> None:
    match = _TURN.fullmatch(part)
    if match is None:
        raise ScriptError(f"'{part}' is neither a turn ('A: …', 'C: …') nor a direction ('[9 s]')")
    said = match[4]
    start = stage.at - GAP_S - OVER_S if match[3] else stage.at
    length = float(match[2]) if match[2] else max(0.6, len(said) * PER_CHARACTER_S[stage.language])
    stage.lines.append(Line(SPEAKERS[match[1]], said, max(start, 0.0), max(start, 0.0) + length))
    stage.at = stage.lines[-1].end + GAP_S


def _direct(stage: _Stage, direction: str) -> None:
    for pattern, act in _DIRECTIONS:
        match = re.fullmatch(pattern, direction)
        if match is not None:
            act(stage, match)
            return
    raise ScriptError(f"'[{direction}]' is no direction; see docs/playbook.md for those there are")


def _wait(stage: _Stage, match: re.Match[str]) -> None:
    stage.at += float(match[1]) - GAP_S


def _until(stage: _Stage, match: re.Match[str]) -> None:
    stage.at = max(stage.at, float(match[1]))


def _tempo(stage: _Stage, match: re.Match[str]) -> None:
    stage.cues.append(pace_change(stage.at - GAP_S, _speaker(match[1]), match[2] == "faster"))


def _pace(stage: _Stage, match: re.Match[str]) -> None:
    rate, seconds = float(match[2]), float(match[3])
    for at in _steps(stage, seconds):
        stage.cues.append(Pace(at, _speaker(match[1]), rate, 4.5, rate / 4.5, "signal", 5.0, 20.0))


def _stress(stage: _Stage, match: re.Match[str]) -> None:
    for at in _steps(stage, float(match[2])):
        stage.cues.append(Stress(at, "customer", float(match[1]), {}, 5.0, 20.0))


def _steps(stage: _Stage, seconds: float) -> list[float]:
    start = stage.at
    stage.at += seconds
    return [start + step * STEP_S for step in range(int(seconds / STEP_S) + 1)]


def _audio(stage: _Stage, match: re.Match[str]) -> None:
    stage.cues.append(Dynamics(stage.at, "audio_quality", _speaker(match[1]), stage.at - 2.0, stage.at,
                               {"level_dbfs": -42.0}))


def _unclear(stage: _Stage, match: re.Match[str]) -> None:
    at = stage.at
    word = Word("呃", at, at + 0.8, 0.2)
    stage.cues.append(Transcript(at + 1.0, _speaker(match[1]), at, at + 0.8, "呃", final=True, words=(word,)))
    stage.at += 2.0


def _share(stage: _Stage, match: re.Match[str]) -> None:
    share = float(match[1]) / 100
    stage.cues.append(Dynamics(stage.at, "talk_share", None, stage.at - 60.0, stage.at,
                               {"agent": share, "customer": round(1 - share, 2), "window_s": 60.0}))


def _fault(stage: _Stage, match: re.Match[str]) -> None:
    stage.cues.append(SupervisorAction(stage.at, "supervisor", "fault", match[1]))


def _action(stage: _Stage, match: re.Match[str]) -> None:
    action: Literal["helped", "not_helped", "dismiss"] = (
        "helped" if match[2] == "helped" else "not_helped" if match[2] == "did not help" else "dismiss")
    stage.cues.append(AgentAction(stage.at, f"{match[1]}#1", action))
    stage.at += 1.0


def _campaign(stage: _Stage, match: re.Match[str]) -> None:
    stage.campaign = match[1]


def _context(stage: _Stage, match: re.Match[str]) -> None:
    for pair in match[1].split():
        name, _, value = pair.partition("=")
        stage.context[name] = value.split(",") if "," in value else value


def _speaker(name: str) -> Speaker:
    return "agent" if name == "agent" else "customer"


_WHO = "(agent|customer)"
_SECONDS = r"(\d+(?:\.\d+)?) s"
_DIRECTIONS: tuple[tuple[str, Callable[[_Stage, re.Match[str]], None]], ...] = (
    (_SECONDS, _wait),
    (f"at {_SECONDS}", _until),
    (f"{_WHO} (faster|slower)", _tempo),
    (rf"{_WHO} pace (\d+(?:\.\d+)?) for {_SECONDS}", _pace),
    (rf"customer stress (\d(?:\.\d+)?) for {_SECONDS}", _stress),
    (f"{_WHO} audio poor", _audio),
    (f"{_WHO} unclear", _unclear),
    (r"agent share (\d+) %", _share),
    ("fault (unknown|ours|misunderstanding)", _fault),
    (r"([A-Z]+-\d+) (helped|did not help|dismissed)", _action),
    (r"campaign ([a-z_]+)", _campaign),
    (r"context (.+)", _context),
)

"""How much a call needs a supervisor, from its events alone. Pure; audio time only.

Every sign adds points, `need` is their sum up to 100, and `reasons` names the signs, heaviest first. The numbers are a
ranking aid, tuned so that an open compliance card outweighs everything else and one loud second does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from coach.events import (
    Event,
    Mode,
    Pace,
    Phase,
    Prompt,
    PromptClosed,
    Recognition,
    Speech,
    SpeechStarted,
    Stress,
    SupervisorAction,
)

Card = dict[str, Any]
"""An open prompt as the board shows it."""


@dataclass(frozen=True, slots=True)
class NeedSettings:
    """Points and thresholds."""

    p0_points: float = 50  # the first open P0 card
    more_p0_points: float = 10  # each further one
    waiting_points: float = 10  # each P1 card nobody has touched for `waiting_s`, at most three
    waiting_s: float = 8.0
    stress_points: float = 30  # at level 1
    stress_floor: float = 0.3  # a level that is no sign yet
    rise_points: float = 15  # for a rise of 0.5 against half a minute ago
    rise_floor: float = 0.15
    rise_memory_s: float = 30.0  # time constant of what "before" means
    pace_points: float = 15  # for a pace 50 % above the customer's own
    pace_floor: float = 0.15
    silence_floor_s: float = 6.0
    silence_points_per_s: float = 1.5
    silence_points: float = 20  # at most
    mode_points: float = 10  # complaint, angry
    flag_points: float = 10
    deaf_points: float = 5  # recognition behind or failed


HEATED = frozenset({"complaint", "angry"})


@dataclass(slots=True)
class CallState:
    """What the board knows of one call."""

    settings: NeedSettings = field(default_factory=NeedSettings)
    at: float = 0.0
    phase: str = ""
    modes: dict[str, None] = field(default_factory=dict)  # in the order in which they were entered
    prompts: dict[str, Card] = field(default_factory=dict)  # open ones by id
    stress: float | None = None
    stress_before: float = 0.0
    stress_at: float = 0.0
    pace: float | None = None
    flagged: bool = False
    recognition: str = ""
    talking: set[str] = field(default_factory=set)
    quiet_since: float = 0.0

    def fold(self, event: Event, shown: dict[str, Any]) -> None:
        """Take one more event, in order, with its JSON form as it may be shown."""
        self.at = max(self.at, event.at)
        match event:
            case Prompt() if event.priority != "P3":
                self.prompts[event.id] = {key: shown[key] for key in ("id", "rule", "priority", "text", "at")}
            case PromptClosed():
                self.prompts.pop(event.id, None)
            case Stress():
                self._stress(event)
            case Pace(speaker="customer"):
                self.pace = event.ratio
            case SpeechStarted():
                self.talking.add(event.speaker)
            case Speech():
                self.talking.discard(event.speaker)
                self.quiet_since = max(self.quiet_since, event.end)
            case Phase():
                self.phase = event.phase
            case Mode(on=True):
                self.modes[event.mode] = None
            case Mode():
                self.modes.pop(event.mode, None)
            case Recognition():
                self.recognition = event.state
            case SupervisorAction(action="flag"):
                self.flagged = True

    def _stress(self, event: Stress) -> None:
        """Level now, and what it was before: an average that forgets with `rise_memory_s`."""
        if self.stress is not None:
            share = min((event.at - self.stress_at) / self.settings.rise_memory_s, 1.0)
            self.stress_before += share * (self.stress - self.stress_before)
        else:
            self.stress_before = event.level
        self.stress, self.stress_at = event.level, event.at

    @property
    def silence_s(self) -> float:
        """Seconds since anybody spoke; 0 while somebody does."""
        return 0.0 if self.talking else max(self.at - self.quiet_since, 0.0)

    def signs(self) -> list[tuple[float, str]]:
        """Points and name of every sign that is there, heaviest first."""
        s = self.settings
        open_p0 = sum(card["priority"] == "P0" for card in self.prompts.values())
        old = [card for card in self.prompts.values() if self.at - card["at"] >= s.waiting_s]
        waiting = sum(card["priority"] == "P1" for card in old)
        level = self.stress or 0.0
        rise = level - self.stress_before
        faster = (self.pace or 1.0) - 1.0
        quiet = self.silence_s - s.silence_floor_s
        found = [
            (s.p0_points + s.more_p0_points * (open_p0 - 1) if open_p0 else 0.0, "p0"),
            (s.waiting_points * min(waiting, 3), "waiting"),
            (s.stress_points * level if level > s.stress_floor else 0.0, "stress"),
            (s.rise_points * min(rise / 0.5, 1.0) if rise > s.rise_floor else 0.0, "stress_rising"),
            (s.pace_points * min(faster / 0.5, 1.0) if faster > s.pace_floor else 0.0, "pace"),
            (min(s.silence_points_per_s * quiet, s.silence_points) if "grief" not in self.modes else 0.0, "silence"),
            (s.mode_points if HEATED & self.modes.keys() else 0.0, "mode"),
            (s.flag_points if self.flagged else 0.0, "flagged"),
            (s.deaf_points if self.recognition in ("behind", "failed") else 0.0, "recognition"),
        ]
        return sorted((sign for sign in found if sign[0] > 0), key=lambda sign: -sign[0])

    def row(self) -> dict[str, Any]:
        """The changing fields of wire.RowInfo."""
        signs = self.signs()
        return {
            "at": round(self.at, 2),
            "need": min(round(sum(points for points, _ in signs)), 100),
            "reasons": [name for _, name in signs],
            "phase": self.phase,
            "modes": list(self.modes),
            "stress": None if self.stress is None else round(self.stress, 3),
            "pace": None if self.pace is None else round(self.pace, 3),
            "silence_s": round(self.silence_s, 1),
            "prompts": list(self.prompts.values()),
            "flagged": self.flagged,
            "recognition": self.recognition,
        }

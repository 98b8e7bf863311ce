"""Is there room for one more call? Decided from what the process measures of itself, before anybody suffers. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeadroomSettings:
    """When new calls are refused."""

    lag_s: float = 0.1  # the event loop wakes this late: prompts would soon be late too
    cpu: float = 0.85  # share of the cores that the process may use, decoding included
    memory_s: float = 4.0  # time constant of both averages
    release: float = 0.8  # calls are taken again below this share of both limits


class Headroom:
    """Feed it a measurement a few times a second; `tight` says whether a new call has to wait."""

    def __init__(self, settings: HeadroomSettings | None = None) -> None:
        self.settings = settings or HeadroomSettings()
        self.lag_s = 0.0  # averages
        self.cpu = 0.0
        self.tight = False

    def note(self, elapsed_s: float, lag_s: float, cpu: float) -> None:
        """In the last `elapsed_s` seconds the loop woke `lag_s` late and the process used `cpu` (0..1) of its cores."""
        share = 1.0 - math.exp(-elapsed_s / self.settings.memory_s)
        self.lag_s += share * (lag_s - self.lag_s)
        self.cpu += share * (cpu - self.cpu)
        strain = max(self.lag_s / self.settings.lag_s, self.cpu / self.settings.cpu)
        self.tight = strain > (self.settings.release if self.tight else 1.0)

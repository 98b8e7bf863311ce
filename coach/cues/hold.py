"""Music and ring-back: the line is on hold, which is neither talk nor dead air.

What sounds, is loud and periodic, and is no speech to the speech detector, is a tone. Hold music is made of little
else; ring-back is a tone a fifth of the time or more; hiss, typing and silence have none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.cues.acoustics import Hops
from coach.cues.spectrum import BLOCK, HOP_S
from coach.events import Dynamics, Speaker


@dataclass(frozen=True, slots=True)
class HoldSettings:
    loud_dbfs: float = -46.0
    """Tones below this level are background."""
    periodicity: float = 0.25
    """Of a tone, 0..1."""
    window_s: float = 6.0
    """A ring-back cycle and a bit."""
    begin_s: float = 1.0
    """So much tone within the window begins the hold, ..."""
    end_s: float = 0.3
    """... less than this ends it, ..."""
    speech_s: float = 0.4
    """... and so does this much speech within a second."""


class HoldMeter:
    """One channel's `Hops` in; `on`, and a Dynamics "hold" when that changes."""

    def __init__(self, speaker: Speaker, settings: HoldSettings | None = None) -> None:
        self.settings = s = settings or HoldSettings()
        self.on = False
        self._speaker = speaker
        self._tone = np.zeros(round(s.window_s / HOP_S), dtype=bool)
        self._speech = np.zeros(round(1.0 / HOP_S), dtype=bool)
        self._since = 0.0

    def push(self, hops: Hops, at: float) -> list[Dynamics]:
        """Take the next 200 ms; `at` is the audio time now."""
        s = self.settings
        tone = ~hops.speech & (hops.level_db > s.loud_dbfs) & (hops.periodicity >= s.periodicity)
        self._tone = np.concatenate((self._tone[BLOCK:], tone))
        self._speech = np.concatenate((self._speech[BLOCK:], hops.sounding))
        talked = self._speech.sum() * HOP_S >= s.speech_s
        heard_s = float(self._tone.sum()) * HOP_S
        if talked and not self.on:
            return []
        on = not talked and heard_s >= (s.end_s if self.on else s.begin_s)
        if on == self.on:
            return []
        self.on = on
        if on:
            self._since = hops.end - (len(self._tone) - int(self._tone.argmax())) * HOP_S
        else:
            self._tone[:] = False
        values = {"on": on, "seconds": 0.0 if on else hops.end - self._since}
        return [Dynamics(at, "hold", self._speaker, self._since, at, values)]

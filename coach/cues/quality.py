"""Whether a channel can be heard at all: too quiet, too noisy, clipped, or carrying the other side's voice."""

from __future__ import annotations

import math
from dataclasses import dataclass

from coach.cues.acoustics import Hops
from coach.cues.spectrum import HOP_S
from coach.events import Dynamics, Json, Speaker


@dataclass(frozen=True, slots=True)
class QualitySettings:
    quiet_dbfs: float = -38.0
    """Speech (its energy in the telephone band, while talking) below this level is too quiet."""
    snr_db: float = 10.0
    """Speech that does not rise this far above the pauses is too noisy."""
    clipped: float = 0.004
    """Share of samples at the rails while talking."""
    crosstalk: float = 0.3
    """Share of the sounding windows that are the other side's voice."""
    window_s: float = 5.0
    """Judged after every so many seconds of sound."""


class QualityMeter:
    """One channel's `Hops` in; Dynamics "audio_quality" when there are other problems than before, "audio_clear" when
    there are none any more."""

    def __init__(self, speaker: Speaker, settings: QualitySettings | None = None) -> None:
        self.settings = settings or QualitySettings()
        self._speaker = speaker
        self._problems: list[str] = []
        self._start = 0.0
        self._clear()

    def _clear(self) -> None:
        self._talk_s = self._cross_s = self._power = self._background = self._clipped = 0.0

    def push(self, hops: Hops, crosstalk_s: float, at: float) -> list[Dynamics]:
        """Take the next 200 ms, of which `crosstalk_s` seconds were the other side; `at` is the audio time now."""
        talk_s = float(hops.sounding.sum()) * HOP_S
        if self._talk_s + self._cross_s == 0.0:
            self._start = hops.end
        self._talk_s += talk_s
        self._cross_s += crosstalk_s
        self._power += float((10 ** (hops.level_db[hops.sounding] / 10)).sum()) * HOP_S
        self._background += hops.background_db * talk_s
        self._clipped += hops.clipped * talk_s
        if self._talk_s + self._cross_s < self.settings.window_s:
            return []
        found = self._judge(at)
        self._clear()
        return found

    def _judge(self, at: float) -> list[Dynamics]:
        s = self.settings
        talk_s = max(self._talk_s, HOP_S)
        level, clipped = 10 * math.log10(self._power / talk_s + 1e-9), self._clipped / talk_s
        snr = level - self._background / talk_s
        cross = self._cross_s / (self._talk_s + self._cross_s)
        signs = {"clipped": clipped > s.clipped, "crosstalk": cross > s.crosstalk}
        if self._talk_s > self.settings.window_s / 4:  # enough of the speaker to judge level and noise by
            signs |= {"quiet": level < s.quiet_dbfs, "noisy": snr < s.snr_db}
        problems = sorted(name for name, there in signs.items() if there)
        if problems == self._problems:
            return []
        self._problems = problems
        values: dict[str, Json] = {"problems": problems, "level_dbfs": level, "snr_db": snr, "clipped": clipped,
                                   "crosstalk": cross}
        kind = "audio_quality" if problems else "audio_clear"
        return [Dynamics(at, kind, self._speaker, self._start, at, values)]

"""What can be measured of one voice in every 10 ms: level, pitch, spectral balance, whether anything sounds.

Work is done in blocks of 200 ms counted from the start of the call, so nothing depends on how audio came in. A block
is described when the next one is complete (looking ahead is what steadies the pitch and tells a pause from the closure
of a plosive), so measurements come 200 to 400 ms after the audio.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.audio.frames import Frame
from coach.cues.pitch import PitchTracker
from coach.cues.spectrum import BAND, BLOCK, BLOCK_FRAMES, HOP_S, Bools, Floats, Spectra, window_time

RAIL = 32000
"""Samples beyond this are clipped (the loudest of mu-law is 32124, of A-law 32256)."""
QUIETEST_DB = -90.0
"""Level in dB full scale that digital silence is given."""
UNKNOWN_BACKGROUND_DB = -60.0
"""Level of a background that was never heard: a line that sends nothing in the pauses."""


@dataclass(frozen=True, slots=True)
class AcousticSettings:
    """Levels in dB of the telephone band; times in seconds."""

    sounding_below_peak_db: float = 26.0
    """What lies this far below the loudest of the last seconds is background."""
    sounding_above_floor_db: float = 6.0
    """What does not rise this far above the quietest of the last seconds is background."""
    peak_memory_s: float = 2.0
    floor_memory_s: float = 6.0
    smooth_s: float = 0.11
    """Length of the window that smooths the envelope: passes syllables (to about 9 Hz), stops the pitch."""
    background_s: float = 0.3
    """The background is the level of the newest so many seconds without speech."""
    closure_s: float = 0.15
    """A gap shorter than this belongs to the speech (plosives); a longer one is a pause."""


@dataclass(frozen=True, slots=True)
class Hops:
    """`BLOCK` measurements, 10 ms apart. All arrays have shape (BLOCK,)."""

    first: int  # number of the first window since the call began
    speech: Bools  # the speech detector heard the speaker (brought forward to the onset)
    sounding: Bools  # speech, and loud enough to be the speaker, short closures filled: the time that is talked
    level_db: Floats  # telephone band, unsmoothed
    envelope_db: Floats  # the level smoothed to syllables
    pitch_hz: Floats  # 0 = unvoiced
    periodicity: Floats  # 0..1
    spectra: Floats  # magnitudes, (BLOCK, FFT/2+1)
    peak_db: float  # of the envelope, in the last seconds
    background_db: float  # level of the newest pause
    clipped: float  # share of the samples at the rails

    @property
    def end(self) -> float:
        """Audio time of the end of the block, seconds."""
        return window_time(self.first + BLOCK)


class Acoustics:
    """One speaker's frames in, `Hops` of the block before out."""

    def __init__(self, rate: int, settings: AcousticSettings | None = None) -> None:
        self.settings = s = settings or AcousticSettings()
        self._spectra = Spectra(rate)
        self._pitch = PitchTracker()
        self._frames: list[Frame] = []
        self._speaking: list[bool] = []
        self._blocks = 0
        self._clipped = (0.0, 0.0)  # of the last two blocks
        taps = 2 * round(s.smooth_s / 0.02) + 1
        self._smooth = np.hanning(taps + 2)[1:-1] / np.hanning(taps + 2).sum()
        self._magnitude = np.zeros((2, BLOCK, len(BAND)))
        self._power = np.full(3 * BLOCK, 10 ** (QUIETEST_DB / 10))
        self._heard = np.zeros(3 * BLOCK, dtype=bool)
        self._peaks = np.full(round(s.peak_memory_s / 0.2), QUIETEST_DB)
        self._floors = np.full(round(s.floor_memory_s / 0.2), 0.0)
        self._quiet = np.full(round(s.background_s / HOP_S), UNKNOWN_BACKGROUND_DB)

    def push(self, frame: Frame, speaking: bool) -> Hops | None:
        """Take one frame and what the speech detector says of it; once in `BLOCK_FRAMES` frames there is a result."""
        self._frames.append(frame)
        self._speaking.append(speaking and not frame.missing)
        if len(self._frames) < BLOCK_FRAMES:
            return None
        samples = np.concatenate([f.samples for f in self._frames])
        speech = np.repeat(np.array(self._speaking), 2)
        self._frames.clear()
        self._speaking.clear()
        self._blocks += 1
        self._clipped = (self._clipped[1], float((np.abs(samples.astype(np.int32)) >= RAIL).mean()))
        return self._block(self._spectra.push(samples), speech)

    def _block(self, magnitude: Floats, speech: Bools) -> Hops | None:
        power = np.maximum((magnitude[:, BAND] ** 2).sum(axis=1), 10 ** (QUIETEST_DB / 10))
        self._power = np.concatenate((self._power[BLOCK:], power))
        self._heard = np.concatenate((self._heard[BLOCK:], speech))
        self._magnitude = np.stack((self._magnitude[1], magnitude))
        envelope = 20 * np.log10(np.convolve(np.sqrt(self._power), self._smooth, "same"))
        threshold = self._threshold(envelope[BLOCK:-len(self._smooth) // 2])
        pitch, periodicity = self._pitch.push(magnitude, 10 * np.log10(power) < threshold - 6.0)
        if self._blocks < 2:
            return None
        middle = slice(BLOCK, 2 * BLOCK)
        ahead = np.lib.stride_tricks.sliding_window_view(self._heard, BLOCK + 1).max(axis=1)[:BLOCK + BLOCK]
        heard = np.concatenate((ahead, self._heard[2 * BLOCK :]))  # onsets, detected late, are brought forward
        sounding = close_gaps(heard & (envelope > threshold), round(self.settings.closure_s / 0.01))
        level = 10 * np.log10(self._power[middle])
        return Hops((self._blocks - 2) * BLOCK, heard[middle], sounding[middle], level, envelope[middle], pitch,
                    periodicity, self._magnitude[0], float(self._peaks.max()),
                    self._background(level, heard[middle] & (envelope[middle] > threshold)), self._clipped[0])

    def _background(self, level: Floats, loud: Bools) -> float:
        pause = level[~loud & (level > QUIETEST_DB + 1.0)]
        self._quiet = np.concatenate((self._quiet, pause))[-len(self._quiet) :]
        return float(np.median(self._quiet))

    def _threshold(self, envelope: Floats) -> float:
        """The level that separates the speaker from the background, from the last seconds."""
        s = self.settings
        self._peaks = np.append(self._peaks[1:], envelope.max())
        self._floors = np.append(self._floors[1:], envelope.min())
        floor = self._floors.min() + s.sounding_above_floor_db
        return float(max(self._peaks.max() - s.sounding_below_peak_db, min(floor, self._peaks.max() - 6.0)))


def close_gaps(mask: Bools, longest: int) -> Bools:
    """Fill the gaps of `mask` that are at most `longest` long and have something on both sides."""
    wide = np.lib.stride_tricks.sliding_window_view(np.pad(mask, longest), longest + 1).max(axis=1)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(wide, longest + 1).min(axis=1))

"""One speaker's samples, with absolute offsets, become an unbroken row of 20 ms frames.

    reader = ChannelReader("customer", 48000)
    reader.push(offset, samples)
    frames = reader.frames()      # what is complete by now; gaps are in it as missing frames

Offsets count samples at the incoming rate from the beginning of the call, so they alone decide what is new, what is a
repeat and what is missing; a softphone that reconnects goes on from `received`. The frames do not depend on how the
samples were cut into blocks.
"""

from __future__ import annotations

import numpy as np

from coach.audio.frames import FRAME_S, Frame, Samples
from coach.audio.reorder import ReorderWindow
from coach.audio.resample import Resampler
from coach.errors import AudioError
from coach.events import Speaker

RATES_IN = (8000, 16000, 48000)


def frame_rate(rate_in: int) -> int:
    """Rate of the frames of a call that arrives at `rate_in`: narrow band stays narrow, the rest becomes 16 kHz.

    Raises AudioError("audio.rate").
    """
    if rate_in not in RATES_IN:
        raise AudioError("audio.rate", f"{rate_in} samples per second: send one of {', '.join(map(str, RATES_IN))}")
    return 8000 if rate_in == 8000 else 16000


class ChannelReader:
    """Not thread-safe. Bounded: a push makes no more frames than its samples and a gap of `max_gap_s` fill."""

    def __init__(self, speaker: Speaker, rate_in: int, rate_out: int | None = None, *,
                 reorder_s: float = 0.2, max_gap_s: float = 60.0) -> None:
        """`rate_out` is 8000 or 16000, by default what `frame_rate` says.

        A block that is overtaken by up to `reorder_s` seconds of later audio is put in its place; overtaken by more,
        its stretch is a gap and it counts as a repeat when it comes. An offset more than `max_gap_s` seconds ahead is
        an error. Raises AudioError("audio.rate").
        """
        default_rate = frame_rate(rate_in)
        self.speaker = speaker
        self.rate_in = rate_in
        self.rate_out = rate_out or default_rate
        self._max_gap = round(max_gap_s * rate_in)
        self._window = ReorderWindow(round(reorder_s * rate_in))
        self._framer = _Framer(speaker, rate_in, self.rate_out)

    @property
    def received(self) -> int:
        """Samples at the incoming rate up to which nothing more is expected: what to acknowledge, where to resume."""
        return self._window.received

    @property
    def repeated(self) -> int:
        """Samples that arrived again, or after their stretch had been declared a gap."""
        return self._window.repeated

    @property
    def lost(self) -> int:
        """Samples in gaps."""
        return self._window.lost

    def push(self, offset: int, samples: Samples) -> None:
        """Take int16 samples that begin `offset` samples after the call did; drain `frames` afterwards.

        Raises AudioError("audio.offset") for one before the call, ("audio.gap") for one too far ahead: nothing of such
        a block is taken.
        """
        if offset < 0:
            raise AudioError("audio.offset", f"sample offset {offset} is before the call began")
        if offset - self.received > self._max_gap:
            raise AudioError("audio.gap", f"sample offset {offset} skips {offset - self.received} samples; "
                                          f"at most {self._max_gap} can be missing")
        self._window.push(offset, samples)
        self._take()

    def finish(self) -> None:
        """The channel is over: whatever was still awaited is a gap, the last frame is filled with zeros."""
        self._window.flush()
        self._take()
        self._framer.flush()

    def frames(self) -> list[Frame]:
        """Frames completed since the last call, in order."""
        return self._framer.drain()

    def _take(self) -> None:
        for run in self._window.drain():
            if isinstance(run, int):
                self._framer.skip(run)
            else:
                self._framer.push(run)


class _Framer:
    """Contiguous samples and gaps to frames at the outgoing rate.

    Resamples in blocks of one frame whatever came in, so that the result never depends on it. The resampler holds
    back up to two frames; its output is not delayed against its input.
    """

    def __init__(self, speaker: Speaker, rate_in: int, rate_out: int) -> None:
        self._speaker: Speaker = speaker
        self._rate_out = rate_out
        self._resampler = Resampler(rate_in, rate_out) if rate_in != rate_out else None
        self._block = np.zeros(round(rate_in * FRAME_S), np.int16)
        self._filled = 0
        self._heard = False  # any sample of the block arrived
        self._missing: list[bool] = []  # per block whose frame is not out yet
        self._resampled = np.zeros(0, np.int16)
        self._frames: list[Frame] = []
        self._index = 0

    def push(self, samples: Samples) -> None:
        while len(samples):
            part = samples[:len(self._block) - self._filled]
            self._block[self._filled:self._filled + len(part)] = part
            self._heard = True
            self._advance(len(part))
            samples = samples[len(part):]

    def skip(self, count: int) -> None:
        """`count` samples never arrived: zeros."""
        while count:
            part = min(count, len(self._block) - self._filled)
            self._advance(part)
            count -= part

    def flush(self) -> None:
        if self._filled:
            self._advance(len(self._block) - self._filled)
        if self._resampler is not None and self._missing:
            rest = self._resampler.flush()
            short = len(self._missing) * self._frame_size - len(self._resampled) - len(rest)
            self._emit(np.concatenate((rest, np.zeros(max(short, 0), np.int16))))

    def drain(self) -> list[Frame]:
        frames, self._frames = self._frames, []
        return frames

    @property
    def _frame_size(self) -> int:
        return round(self._rate_out * FRAME_S)

    def _advance(self, count: int) -> None:
        self._filled += count
        if self._filled < len(self._block):
            return
        self._missing.append(not self._heard)
        self._emit(self._block if self._resampler is None else self._resampler.process(self._block))
        self._block = np.zeros_like(self._block)
        self._filled, self._heard = 0, False

    def _emit(self, resampled: Samples) -> None:
        self._resampled = np.concatenate((self._resampled, resampled))
        size = self._frame_size
        while len(self._resampled) >= size and self._missing:
            missing = self._missing.pop(0)
            samples = np.zeros(size, np.int16) if missing else self._resampled[:size]
            self._frames.append(Frame(self._speaker, self._index, self._rate_out, samples, missing))
            self._resampled = self._resampled[size:]
            self._index += 1

"""A recorded call from a file: any format and rate that libsndfile reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from coach.audio.frames import Samples
from coach.audio.resample import Resampler, to_int16
from coach.errors import AudioError
from coach.events import SPEAKERS, Speaker

MIN_RATE, MAX_RATE = 8000, 192_000
LOUDEST = 8.0  # of full scale; what a resampler makes of it is clipped later
_BLOCK = 1 << 18  # samples read at once: an hour of wide band never lies in memory as floats


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """Two speakers (left agent, right customer) or the customer alone; arrays of equal length."""

    rate: int  # 8000 or 16000 samples per second
    channels: dict[Speaker, Samples]

    @property
    def seconds(self) -> float:
        """Length of the recording."""
        return max(len(samples) for samples in self.channels.values()) / self.rate


def read_call(path: str | Path) -> RecordedCall:
    """Read a recording. Below 16 kHz it becomes a narrow-band call at 8 kHz, else a wide-band one at 16 kHz.

    Raises AudioError: "audio.missing" (no such file), "audio.broken" (not audio, or cut off), "audio.empty",
    "audio.rate" (below 8 kHz or absurd), "audio.channels" (more than two).
    """
    path = Path(path)
    if not path.is_file():
        raise AudioError("audio.missing", f"{path} is not there")
    try:
        with soundfile.SoundFile(path) as file:
            return _read(file, path)
    except (soundfile.LibsndfileError, OSError) as error:
        raise AudioError("audio.broken", f"{path} cannot be read as audio: {error}") from error


def _read(file: soundfile.SoundFile, path: Path) -> RecordedCall:
    if not MIN_RATE <= file.samplerate <= MAX_RATE:
        raise AudioError("audio.rate", f"{path} has {file.samplerate} samples per second; "
                                       f"{MIN_RATE} to {MAX_RATE} can be used")
    if file.channels > len(SPEAKERS):
        raise AudioError("audio.channels", f"{path} has {file.channels} channels; a call has the agent left and "
                                           "the customer right, or the customer alone")
    speakers: tuple[Speaker, ...] = SPEAKERS if file.channels == len(SPEAKERS) else ("customer",)
    rate = 8000 if file.samplerate < 16000 else 16000
    resamplers = [Resampler(file.samplerate, rate) for _ in speakers] if rate != file.samplerate else None
    parts: list[list[Samples]] = [[] for _ in speakers]
    # As floats, since libsndfile does not scale float files that are read as integers; 16 bits survive exactly.
    for block in file.blocks(_BLOCK, dtype="float32", always_2d=True):
        finite = np.nan_to_num(np.clip(block.T, -LOUDEST, LOUDEST))  # a float file may hold anything
        for number, samples in enumerate(finite * np.float32(32768)):
            parts[number].append(resamplers[number].process(samples) if resamplers else to_int16(samples))
    for number, resampler in enumerate(resamplers or []):
        parts[number].append(resampler.flush())
    channels = {speaker: np.concatenate(part) if part else np.zeros(0, np.int16)
                for speaker, part in zip(speakers, parts, strict=True)}
    if not all(len(samples) for samples in channels.values()):
        raise AudioError("audio.empty", f"{path} holds no samples")
    return RecordedCall(rate, channels)

"""Where a softphone's audio comes from: a recording played in real time, or the microphone."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from typing import Any

import numpy as np

from coach.audio.frames import Samples
from coach.audio.wavfile import RecordedCall
from coach.errors import AudioError

Block = list[Samples]
"""int16 samples per channel, of equal length."""

MIC_QUEUE_BLOCKS = 500  # ten seconds; the newest are lost when nobody takes them, as with any sound device


async def play(call: RecordedCall, *, pace: float = 1.0, block_s: float = 0.04) -> AsyncIterator[Block]:
    """The recording in blocks of `block_s` seconds, each when it would have been spoken, `pace` times as fast."""
    clock = asyncio.get_running_loop().time
    began = clock()
    step = round(block_s * call.rate)
    channels = list(call.channels.values())
    for start in range(0, len(channels[0]), step):
        spoken = min(start + step, len(channels[0])) / call.rate
        await asyncio.sleep(began + spoken / pace - clock())
        yield [channel[start : start + step] for channel in channels]


async def microphone(rate: int = 16000, *, block_s: float = 0.02) -> AsyncIterator[Block]:
    """One channel from the default sound device, without end. Raises AudioError("audio.microphone")."""
    try:
        sounddevice = importlib.import_module("sounddevice")
    except (ImportError, OSError) as error:  # OSError: the PortAudio library is missing
        raise AudioError("audio.microphone", "the microphone needs: pip install 'call-coach[mic]'") from error
    loop = asyncio.get_running_loop()
    blocks: asyncio.Queue[Samples] = asyncio.Queue(MIC_QUEUE_BLOCKS)

    def put(samples: Samples) -> None:
        if not blocks.full():
            blocks.put_nowait(samples)

    def heard(data: Any, *_: object) -> None:  # in the sound device's own thread
        loop.call_soon_threadsafe(put, np.frombuffer(bytes(data), np.int16))

    try:
        stream = sounddevice.RawInputStream(
            samplerate=rate, channels=1, dtype="int16", blocksize=round(rate * block_s), callback=heard
        )
    except sounddevice.PortAudioError as error:
        raise AudioError("audio.microphone", f"the microphone cannot be opened: {error}") from error
    with stream:
        while True:
            yield [await blocks.get()]

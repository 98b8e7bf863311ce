"""Where audio comes from."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from coach.audio.wavfile import RecordedCall
from coach.errors import AudioError
from coach.softphone.sources import microphone, play


async def test_a_recording_is_played_whole_and_in_its_time() -> None:
    """The blocks put together are the recording, and no block comes before it was spoken."""
    ramp = np.arange(8100, dtype=np.int16)
    clock = asyncio.get_running_loop().time
    began, got = clock(), []
    async for agent, customer in play(RecordedCall(8000, {"agent": ramp, "customer": -ramp}), pace=10, block_s=0.1):
        got.append(agent)
        assert np.array_equal(agent, -customer)
        assert clock() - began >= sum(map(len, got)) / 80_000 - 0.002
    assert np.array_equal(np.concatenate(got), ramp)
    assert [len(block) for block in got] == [800] * 10 + [100]


class FakeDevice:
    """A sound device that has recorded two blocks when it is opened."""

    PortAudioError = type("PortAudioError", (Exception,), {})

    def __init__(self) -> None:
        self.open = False

    def RawInputStream(self, *, callback: Any, blocksize: int, **_: Any) -> FakeDevice:  # noqa: N802 -- as sounddevice
        for value in (1, 2):
            callback(np.full(blocksize, value, np.int16).tobytes(), blocksize, None, None)
        return self

    def __enter__(self) -> None:
        self.open = True

    def __exit__(self, *_: object) -> None:
        self.open = False


async def test_the_microphone_gives_its_blocks_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the device's thread to the loop, and the device is closed afterwards."""
    device = FakeDevice()
    monkeypatch.setitem(sys.modules, "sounddevice", device)
    source = microphone(8000)
    assert [int((await anext(source))[0][0]) for _ in range(2)] == [1, 2]
    assert device.open
    await source.aclose()  # type: ignore[attr-defined]
    assert not device.open


def no_device(**_: Any) -> None:
    raise FakeDevice.PortAudioError


BROKEN = SimpleNamespace(PortAudioError=FakeDevice.PortAudioError, RawInputStream=no_device)


@pytest.mark.parametrize("module", [None, BROKEN])
async def test_no_microphone_is_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    """Without the extra, and without a device."""
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    with pytest.raises(AudioError, match="microphone"):
        await anext(microphone())

"""A softphone against a real server, over lines that break."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from coach.audio.frames import Samples
from coach.audio.wavfile import RecordedCall
from coach.errors import AuthError, CoachError, ConflictError, MissingError, OverloadError, ProtocolError
from coach.events import SPEAKERS
from coach.server.wire import Hello
from coach.softphone import Softphone, play
from coach.softphone.sources import Block
from tests.server.desk import Desk, FakeSession, Open
from tests.softphone.relay import relay_to


def noise(seconds: float, rate: int = 8000) -> RecordedCall:
    """Two voices in which every sample is known."""
    generator = np.random.default_rng(7)
    count = round(seconds * rate)
    return RecordedCall(rate, {who: generator.integers(-9999, 9999, count).astype(np.int16) for who in SPEAKERS})


def hello(desk: Desk, **changes: Any) -> Hello:
    return Hello.model_validate(desk.hello(encoding="linear16", **changes))


def heard(session: FakeSession, recording: RecordedCall) -> bool:
    """Did the session get exactly the recording, both voices, no frame missing?"""
    def whole(who: str, samples: Samples) -> bool:
        got = session.samples(who)
        padded = np.zeros(len(got), np.int16)
        padded[: len(samples)] = samples
        return 0 <= len(got) - len(samples) < 160 and bool(np.array_equal(got, padded))

    frames = [frame for row in session.frames.values() for frame in row]
    return not any(frame.missing for frame in frames) and all(
        whole(who, samples) for who, samples in recording.channels.items()
    )


class Tape:
    """A source that the test plays, without a clock."""

    def __init__(self, recording: RecordedCall) -> None:
        self._recording = recording
        self._blocks: asyncio.Queue[Block | None] = asyncio.Queue()
        self._end = 0

    def say(self, until_s: float) -> None:
        """Play on until there."""
        end = round(until_s * self._recording.rate)
        voices = self._recording.channels.values()
        for start in range(self._end, end, 160):
            self._blocks.put_nowait([voice[start : min(start + 160, end)] for voice in voices])
        self._end = end

    async def said(self, until_s: float) -> None:
        """Play on until there, and wait until the softphone has it."""
        self.say(until_s)
        await self._blocks.join()

    def end(self) -> None:
        self._blocks.put_nowait(None)

    async def source(self) -> AsyncIterator[Block]:
        while (block := await self._blocks.get()) is not None:
            yield block
            self._blocks.task_done()


async def test_a_recording_arrives_sample_by_sample(desk: Desk) -> None:
    """And the softphone hears how it ended."""
    recording = noise(1.23)
    told: list[str] = []
    phone = Softphone(desk.url("/v1/audio"), hello(desk), told=told.append)
    outcome = await phone.run(play(recording, pace=20))
    assert (outcome.reason, outcome.samples, outcome.cuts) == ("recording ended", 9840, 0)
    assert told == ["connected none"]
    assert heard(desk.opener.sessions["c1"], recording)


@pytest.mark.parametrize("budget", [3_000, 12_345, 40_000])
async def test_a_line_that_breaks_again_and_again_loses_nothing(desk: Desk, budget: int) -> None:
    """Every sample once, whatever the cuts cut through."""
    recording = noise(3.0)
    async with relay_to(desk.server.port) as relay:
        relay.budget = budget
        phone = Softphone(f"ws://127.0.0.1:{relay.port}/v1/audio", hello(desk))
        running = asyncio.create_task(phone.run(play(recording, pace=6)))
        await relay.lines(3)
        relay.budget = None
        outcome = await running
    assert outcome.cuts >= 2
    assert outcome.samples == 24000
    assert heard(desk.opener.sessions["c1"], recording)


async def test_a_server_that_is_away_for_a_while_gets_what_it_missed(desk: Desk) -> None:
    """The conversation runs on; what was said meanwhile is sent afterwards."""
    recording = noise(2.0)
    tape, told = Tape(recording), []
    async with relay_to(desk.server.port) as relay:
        phone = Softphone(f"ws://127.0.0.1:{relay.port}/v1/audio", hello(desk), told=told.append)
        running = asyncio.create_task(phone.run(tape.source()))
        tape.say(0.5)
        await desk.opener.reached(0.5)
        await relay.down()
        await tape.said(2.0)
        tape.end()
        await relay.up()
        outcome = await running
    assert outcome.cuts == 1
    assert [text.split()[0] for text in told] == ["connected", "cut", "resumed"]
    assert heard(desk.opener.sessions["c1"], recording)


async def test_a_restarted_server_gets_the_whole_call_again(open_desk: Open) -> None:
    """The new server begins at the first sample, also of what the old one had acknowledged: the same call again."""
    recording = noise(2.0)
    tape = Tape(recording)
    async with open_desk() as first, open_desk() as second, relay_to(first.server.port) as relay:
        phone = Softphone(f"ws://127.0.0.1:{relay.port}/v1/audio", hello(first))
        running = asyncio.create_task(phone.run(tape.source()))
        tape.say(1.0)
        await first.opener.reached(1.0)
        relay.turn_to(second.server.port)
        await first.server.stop(0.0)
        await tape.said(2.0)
        tape.end()
        outcome = await running
        assert heard(second.opener.sessions["c1"], recording)
    assert (outcome.samples, outcome.cuts) == (16000, 1)


async def test_a_restarted_server_does_not_take_half_a_call_for_a_whole_one(open_desk: Open) -> None:
    """What was kept does not begin at the first sample: the softphone learns that the call is lost."""
    tape = Tape(noise(2.0))
    async with open_desk() as first, open_desk() as second, relay_to(first.server.port) as relay:
        phone = Softphone(f"ws://127.0.0.1:{relay.port}/v1/audio", hello(first), keep_s=0.5)
        running = asyncio.create_task(phone.run(tape.source()))
        tape.say(1.0)
        await first.opener.reached(1.0)
        relay.turn_to(second.server.port)
        await first.server.stop(0.0)
        with pytest.raises(MissingError, match="does not know"):
            await running
        assert second.opener.sessions == {}


async def test_what_cannot_be_kept_is_a_gap_and_not_a_shift(desk: Desk) -> None:
    """After too long a cut the newest audio is in its right place."""
    recording = noise(3.0)
    tape = Tape(recording)
    async with relay_to(desk.server.port) as relay:
        phone = Softphone(f"ws://127.0.0.1:{relay.port}/v1/audio", hello(desk), keep_s=0.5)
        running = asyncio.create_task(phone.run(tape.source()))
        tape.say(0.4)
        await desk.opener.reached(0.4)
        await relay.down()
        await tape.said(3.0)
        tape.end()
        await relay.up()
        outcome = await running
    assert outcome.samples == 24000
    frames = desk.opener.sessions["c1"].frames["agent"]
    assert [frame.missing for frame in frames] == [False] * 20 + [True] * 105 + [False] * 25
    assert np.array_equal(desk.opener.sessions["c1"].samples("agent")[-4000:], recording.channels["agent"][-4000:])


@pytest.mark.parametrize(("changes", "error", "code"), [
    ({"token": "x"}, AuthError, "auth.token"),
    ({"agent": "a2"}, AuthError, "auth.agent"),
    ({"resume": None, "call": "taken"}, ConflictError, "call.taken"),
])
async def test_a_refusal_is_an_error_with_the_servers_words(
    desk: Desk, changes: dict[str, Any], error: type[CoachError], code: str
) -> None:
    """Trying again would not help."""
    async with desk.softphone(call="taken", token=desk.token("softphone", "*")):
        with pytest.raises(error) as caught:
            await Softphone(desk.url("/v1/audio"), hello(desk, **changes)).run(play(noise(0.1)))
    assert caught.value.code == code
    assert len(caught.value.text) > 20


async def test_a_full_server_is_an_error_to_try_later(open_desk: Open) -> None:
    """Exit code 75 tells a script so."""
    async with open_desk(max_calls=1) as desk, desk.softphone(call="other"):
        with pytest.raises(OverloadError) as caught:
            await Softphone(desk.url("/v1/audio"), hello(desk)).run(play(noise(0.1)))
    assert caught.value.exit_code == 75


@pytest.mark.parametrize(("url", "error"), [
    ("ws://127.0.0.1:1/v1/audio", MissingError), ("http://127.0.0.1:1/", ProtocolError), ("nonsense", ProtocolError),
])
async def test_no_server_is_an_error_at_once(desk: Desk, url: str, error: type[CoachError]) -> None:
    """A wrong address is not waited for."""
    with pytest.raises(error):
        await Softphone(url, hello(desk)).run(play(noise(0.1)))


async def test_a_server_that_never_comes_back_is_given_up(desk: Desk) -> None:
    """After `patience_s`."""
    tape = Tape(noise(1))
    async with relay_to(desk.server.port) as relay:
        phone = Softphone(f"ws://127.0.0.1:{relay.port}/v1/audio", hello(desk), patience_s=0.2)
        running = asyncio.create_task(phone.run(tape.source()))
        tape.say(0.1)
        await desk.opener.reached(0.1)
        await relay.down()
        with pytest.raises(MissingError):
            await running
        await relay.up()


async def test_the_token_is_not_logged_even_at_debug(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """The WebSocket library would write what is in the frames."""
    hi = hello(desk)
    with caplog.at_level(logging.DEBUG):
        await Softphone(desk.url("/v1/audio"), hi).run(play(noise(0.1)))
    assert hi.token not in caplog.text


async def test_hanging_up_sends_what_was_said_and_bye(desk: Desk) -> None:
    """Ctrl-C ends the call, it does not break it off."""
    tape = Tape(noise(1))
    phone = Softphone(desk.url("/v1/audio"), hello(desk))
    running = asyncio.create_task(phone.run(tape.source()))
    await tape.said(0.5)
    phone.hang_up()
    outcome = await running
    assert (outcome.reason, outcome.samples) == ("recording ended", 4000)


async def test_a_source_that_fails_is_an_error_after_what_it_gave(desk: Desk) -> None:
    """The call ends in order, the caller learns why."""

    async def broken() -> AsyncIterator[Block]:
        yield [np.zeros(160, np.int16), np.zeros(160, np.int16)]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        await Softphone(desk.url("/v1/audio"), hello(desk)).run(broken())
    assert desk.opener.sessions["c1"].now == 0.02


async def test_a_recording_waits_rather_than_lose_what_is_kept(desk: Desk) -> None:
    """Faster than the server takes it, nothing is pushed out."""
    recording = noise(20.0)
    phone = Softphone(desk.url("/v1/audio"), hello(desk), keep_s=1.0, wait_when_full=True)
    await phone.run(play(recording, pace=1000))
    assert heard(desk.opener.sessions["c1"], recording)

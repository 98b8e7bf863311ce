"""A softphone's socket, on a real server."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import numpy as np
import pytest

from coach.audio.decode import encode
from coach.audio.frames import Frame
from coach.errors import RecognitionError
from coach.events import SPEAKERS, Event
from coach.server.codec import pack_audio
from tests.server.desk import Desk, FakeSession, Open, Peer, send_audio


async def test_a_call_from_hello_to_ended(desk: Desk) -> None:
    """hello, ready, audio with acknowledgements, bye, ended, close 1000."""
    async with desk.peer("/v1/audio") as phone:
        await phone.say(**desk.hello(context={"age": 70}))
        assert await phone.hear() == {"type": "ready", "v": 1, "call": "c1", "resume_at": 0, "recogniser": "none"}
        await send_audio(phone, 0, 1)
        acks = [(await phone.hear("ack"))["samples"] for _ in range(3)]
        assert acks == [2400, 4800, 7200]  # after each quarter of a second, as messages of 100 ms allow
        await phone.say(type="bye", reason="recording ended")
        assert await phone.hear() == {"type": "ended", "reason": "recording ended", "samples": 8000}
        assert await phone.closed() == (1000, "")
    session = desk.opener.sessions["c1"]
    assert session.now == 1.0
    assert session.started.context == {"age": 70}
    assert session.started.agent == "a1"


@pytest.mark.parametrize("encoding", ["linear16", "mulaw", "alaw"])
@pytest.mark.parametrize(("rate", "frame_rate"), [(8000, 8000), (16000, 16000), (48000, 16000)])
async def test_every_encoding_and_rate_reaches_the_session(
    desk: Desk, encoding: str, rate: int, frame_rate: int
) -> None:
    """Both speakers keep their own samples, at the rate of the frames."""
    tone = np.sin(np.arange(rate // 2) / rate * 2 * np.pi * 300)
    voices = [(amplitude * tone).astype(np.int16) for amplitude in (3000, 9000)]
    async with desk.softphone(encoding=encoding, rate=rate) as phone:
        for start in range(0, rate // 2, rate // 10):
            block = [voice[start : start + rate // 10] for voice in voices]
            await phone.socket.send(pack_audio(start, encode(block, encoding)))
        await phone.say(type="bye")
        await phone.hear("ended")
    session = desk.opener.sessions["c1"]
    assert session.rates == {"agent": frame_rate, "customer": frame_rate}
    loudness = [float(np.abs(session.samples(speaker)).max()) for speaker in SPEAKERS]
    assert loudness == pytest.approx([3000, 9000], rel=0.05)


async def test_two_mono_legs_are_one_call(desk: Desk) -> None:
    """The second connection joins the first one's session; the call ends with the second bye."""
    mono = {"legs": 2, "encoding": "mulaw"}
    async with (
        desk.softphone(channels=["agent"], **mono) as agent,
        desk.softphone(channels=["customer"], **mono) as customer,
    ):
        await send_audio(agent, 0, 0.5, sample_bytes=1)
        await send_audio(customer, 0, 0.6, sample_bytes=1)
        await agent.say(type="bye")
        await customer.say(type="bye")
        assert (await agent.hear("ended"))["samples"] == 4000
        assert (await customer.hear("ended"))["samples"] == 4800
    session = desk.opener.sessions["c1"]
    assert {speaker: len(frames) for speaker, frames in session.frames.items()} == {"agent": 25, "customer": 30}
    assert len(desk.opener.sessions) == 1


async def test_a_customer_alone_is_a_call(desk: Desk) -> None:
    """One mono stream and one leg: the session knows of one speaker."""
    async with desk.softphone(channels=["customer"]) as phone:
        await send_audio(phone, 0, 0.2, sample_bytes=1)
        await phone.say(type="bye")
        await phone.hear("ended")
    assert desk.opener.sessions["c1"].rates == {"customer": 8000}


async def test_a_gap_is_frames_marked_missing(desk: Desk) -> None:
    """What never arrived is still time."""
    async with desk.softphone() as phone:
        await send_audio(phone, 0, 0.2)
        await send_audio(phone, 1.2, 1.4)
        await phone.say(type="bye")
        await phone.hear("ended")
    frames = desk.opener.sessions["c1"].frames["customer"]
    assert [frame.missing for frame in frames] == [False] * 10 + [True] * 50 + [False] * 10


async def test_a_cut_line_goes_on_where_it_was(desk: Desk) -> None:
    """The second connection hears where to go on; nothing is taken twice."""
    async with desk.softphone() as phone:
        await send_audio(phone, 0, 0.5)
        await phone.hear("ack")
        phone.socket.transport.abort()
    async with desk.peer("/v1/audio") as phone:
        await phone.say(**desk.hello(resume=0))
        ready = await phone.hear()
        assert 2400 <= ready["resume_at"] <= 4000
        await send_audio(phone, 0.2, 1.0)  # begins with what has arrived already
        await phone.say(type="bye")
        assert (await phone.hear("ended"))["samples"] == 8000
    session = desk.opener.sessions["c1"]
    assert [frame.index for frame in session.frames["agent"]] == list(range(50))
    assert not any(frame.missing for frame in session.frames["agent"])


async def test_a_softphone_that_never_comes_back_ends_the_call(open_desk: Open) -> None:
    """After `resume_s` the call ends by itself, and its readers are told why."""
    async with open_desk(resume_s=0.05) as desk, desk.overlay() as page:
        async with desk.softphone() as phone:
            await send_audio(phone, 0, 0.3)
            await phone.hear("ack")
            phone.socket.transport.abort()
        assert (await page.hear_event("call_ended"))["reason"] == "softphone lost"


async def test_a_call_that_broke_off_for_an_error_ends_with_its_code(open_desk: Open) -> None:
    """The reason in the record is what went wrong, where somebody knows."""
    async with open_desk(resume_s=0.05) as desk, desk.overlay() as page:
        async with desk.softphone() as phone:
            await phone.socket.send(b"nonsense")
            assert await phone.closed() == (4400, "protocol.frame")
        assert (await page.hear_event("call_ended"))["reason"] == "protocol.frame"


async def test_a_newer_connection_takes_the_stream_over(desk: Desk) -> None:
    """A half-open old socket must not keep a softphone out."""
    async with desk.softphone() as old:
        await send_audio(old, 0, 0.3)
        await old.hear("ack")
        async with desk.softphone(resume=0) as new:
            assert await old.closed() == (4409, "call.taken_over")
            await send_audio(new, 0.3, 0.5)
            await new.say(type="bye")
            assert (await new.hear("ended"))["samples"] == 4000


async def test_bye_again_after_a_cut_is_no_error(desk: Desk) -> None:
    """A leg that said bye and lost its line before the other leg was done may say it again."""
    mono = {"legs": 2, "encoding": "mulaw"}
    async with desk.softphone(channels=["customer"], **mono) as customer:
        async with desk.softphone(channels=["agent"], **mono) as agent:
            await send_audio(agent, 0, 0.5, sample_bytes=1)
            await agent.say(type="bye")
            await agent.hear("ack")
        async with desk.softphone(channels=["agent"], resume=4000, **mono) as agent:
            await agent.say(type="bye")
            await customer.say(type="bye")
            assert (await agent.hear("ended"))["reason"] == "bye"


async def test_a_server_that_stops_hands_its_calls_back(open_desk: Open) -> None:
    """Readers get the call's last events before their sockets close; the softphone is told to connect again."""
    async with open_desk() as desk, desk.overlay() as page, desk.softphone() as phone:
        await send_audio(phone, 0, 0.3)
        await phone.hear("ack")
        stopping = asyncio.create_task(desk.server.stop(0.0))
        assert await phone.closed() == (1012, "server.stopping")
        assert (await page.hear_event("call_ended"))["reason"] == "server stopping"
        assert (await page.closed())[0] == 1001
        await stopping


async def test_draining_lets_a_call_finish(open_desk: Open) -> None:
    """No new calls, but the running one may say its own bye."""
    async with open_desk() as desk, desk.softphone() as phone:
        stopping = asyncio.create_task(desk.server.stop(5.0))
        async with desk.peer("/v1/audio") as late:
            await late.say(**desk.hello(call="c2"))
            assert await late.closed() == (1013, "server.full")
        await send_audio(phone, 0, 0.3)
        await phone.say(type="bye")
        assert (await phone.hear("ended"))["reason"] == "bye"
        await stopping


async def test_a_fault_of_ours_ends_the_call_and_not_the_server(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """The softphone and the overlay hear of it, the log says where and never what was said."""

    class Broken(FakeSession):
        def push(self, frames: list[Any]) -> list[Event]:
            if self.now > 0.2:
                raise KeyError("我的身份证号码")
            return super().push(frames)

    desk.opener.make = Broken
    async with desk.overlay() as page, desk.softphone() as phone:
        await send_audio(phone, 0, 0.5)
        assert (await phone.closed()) in ((1011, "server.internal"), (1000, ""))
        assert (await page.hear_event("call_ended"))["reason"] == "server.internal"
    assert "KeyError" in caplog.text
    assert "身份证" not in caplog.text
    desk.opener.make = FakeSession
    async with desk.softphone(call="c2"):
        pass


async def test_stopping_while_a_session_fails_to_open_is_still_stopping(open_desk: Open) -> None:
    """A model that is missing must not keep the server up."""
    async with open_desk() as desk:
        stuck = threading.Event()

        def fail(*_: object) -> FakeSession:
            stuck.wait(5)
            raise RecognitionError("model.missing", "The model is not there")

        desk.opener.make = fail
        async with desk.peer("/v1/audio") as phone:
            await phone.say(**desk.hello())
            await desk.reached_calls(1)
            stopping = asyncio.create_task(desk.server.stop(0.0))
            asyncio.get_running_loop().call_soon(stuck.set)
            await stopping
            assert (await phone.closed())[0] in (1001, 1011)


async def test_a_session_that_cannot_open_is_an_error_to_the_softphone(desk: Desk) -> None:
    """The reason is told, and the call id is free again."""

    def fail(*_: object) -> FakeSession:
        raise RecognitionError("model.missing", "The model is not there")

    desk.opener.make = fail
    async with desk.peer("/v1/audio") as phone:
        await phone.say(**desk.hello())
        assert await phone.hear() == {"type": "error", "code": "model.missing", "text": "The model is not there"}
        assert await phone.closed() == (1011, "model.missing")
    desk.opener.make = FakeSession
    async with desk.softphone():
        pass


async def test_a_softphone_that_is_read_late_is_not_cut_for_it(desk: Desk) -> None:
    """Its answer to a ping waits behind its audio: a busy server would cut calls that it is late with. Pages are."""
    async with desk.softphone(), desk.overlay() as page:
        await page.hear("snapshot")
        assert desk.server._listener is not None
        patience = {socket.request.path: socket.ping_timeout for socket in desk.server._listener.connections
                    if socket.request}
    assert patience["/v1/audio"] is None
    assert patience["/v1/overlay"] is not None


async def test_a_long_gap_is_computed_in_turns(desk: Desk) -> None:
    """A minute that is missing is three thousand frames of each speaker: never more than a second of them at once."""
    pushed: list[list[Frame]] = []

    class Watched(FakeSession):
        def push(self, frames: list[Frame]) -> list[Event]:
            pushed.append(frames)
            return super().push(frames)

    desk.opener.make = Watched
    async with desk.softphone() as phone:
        await send_audio(phone, 0, 0.1)
        await send_audio(phone, 59, 59.1)
        await phone.say(type="bye")
        assert (await phone.hear("ended"))["samples"] == round(59.1 * 8000)
    assert max(map(len, pushed)) <= 100
    frames = [frame for each in pushed for frame in each]
    assert len(frames) == 2 * round(59.1 / 0.02)
    assert [frame.index for frame in frames] == [number // 2 for number in range(len(frames))]


async def test_bursts_do_not_starve_another_call(desk: Desk) -> None:
    """While one softphone sends a minute at once, another one's audio is acknowledged."""

    async def burst(phone: Peer) -> None:
        await send_audio(phone, 0, 60)
        await phone.say(type="bye")
        await phone.hear("ended")

    async with desk.softphone(call="c2") as fast, desk.softphone() as slow:
        sending = asyncio.create_task(burst(fast))
        await send_audio(slow, 0, 0.3)
        await slow.hear("ack")
        assert desk.opener.sessions["c2"].now < 60
        await sending

"""A server that is killed, and one that is told to stop: the call goes on in the next one."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from coach.audio.wavfile import RecordedCall, read_call
from coach.call.replay import About, replay
from coach.events import to_json
from coach.playbook import load
from coach.recognition.none import NoEngine
from coach.records.store import Store
from coach.resources import resource
from coach.server.auth import mint
from coach.server.wire import Hello
from coach.softphone import Softphone, play
from tests.chaos.faults import KEY, compared

SERVE = "import sys; from coach.cli import main; sys.exit(main(sys.argv[1:]))"
SECONDS = 12.0


async def serve(port: int, records: str) -> asyncio.subprocess.Process:
    """A server process that is listening."""
    environment = {**os.environ, "COACH_SECRET": KEY, "COACH_RECORDS": records, "COACH_DRAIN_S": "0"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, "serve", "--recogniser", "none", "--port", str(port),
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert b"listening" in await process.stdout.readline()
    return process


@pytest.mark.parametrize(("number", "first_reason"), [(signal.SIGKILL, None), (signal.SIGTERM, "server stopping")])
async def test_the_next_server_has_the_whole_call(tmp_path: Path, number: signal.Signals, first_reason: str) -> None:
    """Its record is that of an undisturbed replay; the first server's is the beginning of it."""
    recording = read_call(resource("coach/demo/call.flac"))
    recording = RecordedCall(recording.rate, {
        speaker: samples[: round(SECONDS * recording.rate)] for speaker, samples in recording.channels.items()
    })
    wav = tmp_path / "call.wav"
    soundfile.write(wav, np.stack(list(recording.channels.values()), axis=1), recording.rate, subtype="PCM_16")
    engine = NoEngine("no recogniser is needed here")
    truth = compared(map(to_json, replay(wav, About("loan_followup", "zh"), engine, load("zh-bank"))))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    records = f"sqlite:///{tmp_path}/records.db"

    process = await serve(port, records)
    hello = Hello(token=mint(KEY, "softphone", "ann"), call="c1", agent="ann", campaign="loan_followup",
                  encoding="linear16", rate=recording.rate, channels=["agent", "customer"])
    cut = asyncio.Event()
    phone = Softphone(f"ws://127.0.0.1:{port}/v1/audio", hello, told=lambda text: cut.set() if text == "cut" else None)
    running = asyncio.create_task(phone.run(play(recording, pace=2)))
    await asyncio.sleep(SECONDS / 4)
    process.send_signal(number)
    await asyncio.wait_for(cut.wait(), 10)
    await process.wait()
    process = await serve(port, records)
    outcome = await running
    process.terminate()
    await process.wait()

    assert (outcome.reason, outcome.cuts) == ("recording ended", 1)
    first, second = Store(records).records("c1")
    assert (first["reason"], second["reason"]) == (first_reason, "recording ended")
    assert compared(Store(records).events(second["record"])) == truth
    begun = compared(Store(records).events(first["record"]))
    if first_reason is None:  # the other one has closed what was open, as at the end of any call
        assert begun == truth[: len(begun)]
    assert begun

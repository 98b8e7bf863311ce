"""Stream a recording of two voices to a server on this machine: the shortest softphone."""

from __future__ import annotations

import asyncio
import os
import sys

from coach.audio.wavfile import read_call
from coach.server.wire import Hello
from coach.softphone import Softphone, play


async def main(path: str) -> None:
    """One call, from hello to ended."""
    recording = read_call(path)
    hello = Hello.model_validate({
        "token": os.environ["COACH_TOKEN"], "call": "example-1", "agent": "a17", "campaign": "inbound",
        "context": {"age": 70}, "encoding": "linear16", "rate": recording.rate, "channels": list(recording.channels),
    })
    outcome = await Softphone("ws://127.0.0.1:8765/v1/audio", hello, told=print).run(play(recording))
    print(outcome)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

"""A softphone: streams a call to the server in real time and survives a broken line.

    phone = Softphone("ws://127.0.0.1:8765/v1/audio", hello)
    outcome = await phone.run(play(read_call("call.wav")))
"""

from __future__ import annotations

from coach.softphone.client import Outcome, Softphone
from coach.softphone.command import run_call
from coach.softphone.sources import microphone, play

__all__ = ["Outcome", "Softphone", "microphone", "play", "run_call"]

"""`coach call`: a recording or the microphone to the server, in real time."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import uuid

from pydantic import ValidationError

from coach import settings
from coach.audio.wavfile import read_call
from coach.errors import AuthError, CoachError, ProtocolError
from coach.server.wire import Hello
from coach.softphone.client import Softphone
from coach.softphone.sources import microphone, play

MIC_RATE = 16000


async def run_call(args: argparse.Namespace) -> int:
    """Stream what the arguments name and report how it ended on standard error. Raises CoachError."""
    if (args.file is None) == (not args.mic):
        raise CoachError("softphone.source", "name a recording, or say --mic")
    stored = settings.load().token
    token = args.token or (stored.get_secret_value() if stored else "")
    if not token:
        raise AuthError("auth.token", "give a softphone's token: --token or COACH_TOKEN (make one with coach token)")
    recording = None if args.mic else read_call(args.file)
    rate, speakers = (recording.rate, list(recording.channels)) if recording else (MIC_RATE, ["customer"])
    try:
        hello = Hello.model_validate({
            "token": token, "call": f"call-{uuid.uuid4().hex[:12]}", "agent": args.agent, "campaign": args.campaign,
            "encoding": "linear16", "rate": rate, "channels": speakers,
        })
    except ValidationError as error:
        fields = ", ".join(str(item["loc"][0]) for item in error.errors(include_input=False))
        raise ProtocolError("protocol.field", f"not allowed as they are: {fields}") from None
    phone = Softphone(args.url, hello, wait_when_full=recording is not None, told=_tell)
    _on_interrupt(phone)
    try:
        outcome = await phone.run(play(recording) if recording else microphone(MIC_RATE))
    except asyncio.CancelledError:
        _tell("interrupted")
        return 130
    _tell(f"{outcome.reason}; {outcome.samples / rate:.1f} s taken, line cut {outcome.cuts} times")
    return 0


def _on_interrupt(phone: Softphone) -> None:
    """Ctrl-C hangs up; a second one, or one while there is no connection, does not wait for the server."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def interrupted() -> None:
        if phone.connected:
            phone.hang_up()
        if not phone.connected or signal.SIGINT in seen:
            task.cancel() if task else None
        seen.add(signal.SIGINT)

    seen: set[signal.Signals] = set()
    loop.add_signal_handler(signal.SIGINT, interrupted)


def _tell(text: str) -> None:
    print(f"coach: {text}", file=sys.stderr, flush=True)

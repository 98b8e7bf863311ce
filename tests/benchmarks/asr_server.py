"""Speech recognition over WebSockets as vosk-server's asr_server.py does it: what recognition_scale compares with.

A connection is one mono channel. Every message is decoded, speech or not, on a pool of threads, and answered with a
result when the model's own rule found the end of an utterance, else with a partial result. Written from the behaviour
that its documentation describes.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import vosk
from websockets.asyncio.server import ServerConnection, serve

from tests.benchmarks.korean import model_folder

RATE = 16000


def answer(kaldi: Any, message: bytes | str) -> str:
    if isinstance(message, str):  # {"eof": 1}
        said: str = kaldi.FinalResult()
    elif kaldi.AcceptWaveform(message):
        said = kaldi.Result()
    else:
        said = kaldi.PartialResult()
    return said


async def channel(model: Any, threads: ThreadPoolExecutor, socket: ServerConnection) -> None:
    kaldi = vosk.KaldiRecognizer(model, RATE)
    kaldi.SetWords(True)
    loop = asyncio.get_running_loop()
    async for message in socket:
        await socket.send(await loop.run_in_executor(threads, answer, kaldi, message))


async def run(threads: int) -> None:
    model = vosk.Model(str(model_folder()))
    async with serve(functools.partial(channel, model, ThreadPoolExecutor(threads)), "127.0.0.1", 0) as server:
        print(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    vosk.SetLogLevel(-1)
    asyncio.run(run(parser.parse_args().threads))

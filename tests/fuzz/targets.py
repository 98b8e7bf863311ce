"""Every parser that faces a socket or a file, as a function of bytes: it returns or raises CoachError, nothing else."""

from __future__ import annotations

import io
import json
import os
import struct
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from pydantic import TypeAdapter

from coach import settings
from coach.audio.wavfile import read_call
from coach.errors import CoachError
from coach.events import CallStarted, Pace, Transcript, Word, to_json
from coach.playbook import load
from coach.playbook.logs import read_log
from coach.recognition.manifest import read_manifest
from coach.recognition.transcript import TranscriptEngine
from coach.records.redaction import Redactor
from coach.server import wire
from coach.server.auth import Verifier, mint, read_jwks
from coach.server.codec import pack_audio, parse, unpack_audio
from coach.server.leg import Leg
from coach.server.limits import Limits

KEY = "a key for the fuzzer that is long enough"
MESSAGES: tuple[TypeAdapter[Any], ...] = (wire.SOFTPHONE, wire.OVERLAY, wire.SUPERVISOR, wire.SOFTPHONE_REPLY)
HELLO = {"type": "hello", "v": 1, "token": "x", "call": "c1", "agent": "a1", "campaign": "inbound", "language": "zh",
         "context": {"age": 70, "名": ["x", None, 1.5]}, "encoding": "mulaw", "rate": 8000,
         "channels": ["agent", "customer"], "legs": 1, "resume": None}
_FOLDER = Path(tempfile.mkdtemp(prefix="coach-fuzz-"))


@dataclass(frozen=True)
class Target:
    """One parser. `share` of the inputs goes to it: cheap parsers get more."""

    name: str
    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    share: float

    def __call__(self, data: bytes) -> bool:
        """Was the input taken? Anything but CoachError passes through."""
        try:
            self.run(data)
        except CoachError:
            return False
        return True


def _text(data: bytes) -> str:
    """Lone surrogates too: Python lets them in from JSON."""
    return data.decode("utf-8", "surrogatepass" if b"\xed" in data else "replace")


def _lenient(data: bytes) -> str:
    try:
        return _text(data)
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape")


def _message(data: bytes) -> None:
    adapter = MESSAGES[data[0] % len(MESSAGES)] if data else MESSAGES[0]
    parse(adapter, _lenient(data[1:]) if data[:1] < b"\xf0" else data[1:])


def _hello(data: bytes) -> None:
    hello = parse(wire.SOFTPHONE, _lenient(data))
    if isinstance(hello, wire.Hello):
        Leg(hello).take(0, b"")
        CallStarted(0.0, hello.call, hello.agent, hello.campaign, hello.language, "p", hello.context)


def _audio(data: bytes) -> None:
    """The first byte is the layout; then frames, each behind a byte of its length."""
    layout = data[0] if data else 0
    hello = wire.Hello.model_validate(HELLO | {
        "encoding": ("linear16", "mulaw", "alaw")[layout % 3], "rate": (8000, 16000, 48000)[layout // 3 % 3],
        "channels": [["agent", "customer"], ["customer"]][layout // 9 % 2]})
    leg, rest = Leg(hello), data[1:]
    while rest:
        frame, rest = rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
        before = leg.received
        leg.take(*unpack_audio(frame))
        assert leg.received >= before
    leg.finish()


def _token(data: bytes) -> None:
    Verifier(KEY, limits=Limits(1e9, 1e9)).identity(_lenient(data), "agent", "supervisor")


def _redaction(data: bytes) -> None:
    """What somebody said, cut into utterances."""
    redactor = Redactor()
    for number, text in enumerate(_lenient(data).split("\n")):
        words = tuple(Word(word, number, number + 0.5, 1.0) for word in text.split())
        redactor.redact(to_json(Transcript(float(number), "customer", number, number + 0.5, text, True, words)))
        redactor.redact({"type": "prompt", "at": float(number), "evidence": {"phrase": [text]}, "text": text})


def _file(read: Callable[[Path], object], suffix: str) -> Callable[[bytes], None]:
    path = _FOLDER / f"input{suffix}"

    def run(data: bytes) -> None:
        path.write_bytes(data)
        read(path)

    return run


def _settings(path: Path) -> None:
    before = os.environ.get("COACH_CONFIG")
    os.environ["COACH_CONFIG"] = str(path)
    try:
        settings.load().signing_key()
    finally:
        os.environ.pop("COACH_CONFIG")
        if before is not None:
            os.environ["COACH_CONFIG"] = before


def _wav(**more: Any) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.arange(320, dtype=np.int16).reshape(-1, 2), 8000, format=more.pop("format", "WAV"), **more)
    return file.getvalue()


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _framed(layout: int, *frames: bytes) -> bytes:
    return bytes([layout]) + b"".join(bytes([len(frame)]) + frame for frame in frames)


_SAID = [_json(said) for said in (
    {"type": "bye"}, {"type": "action", "prompt": "p1", "action": "dismiss"}, {"type": "shown", "prompt": "p1"},
    {"type": "watch", "call": "c1"}, {"type": "unwatch"}, {"type": "whisper", "call": "c1", "text": "慢一点"},
    {"type": "flag", "call": "c1"}, {"type": "fault", "call": "c1", "text": "ours"}, {"type": "ack", "samples": 5},
    {"type": "hello", "v": 1, "token": "x", "call": None}, {"type": "ended", "reason": "bye", "samples": 5})]
_LOG = "\n".join(json.dumps(to_json(event), ensure_ascii=False) for event in (
    CallStarted(0.0, "c", "a", "inbound", "zh", "p", {"age": 70}),
    Pace(1.0, "customer", 5.0, 4.0, 1.25, "words", 3.0, 20.0),
    Transcript(2.0, "agent", 1.0, 2.0, "您好", True, (Word("您好", 1.0, 2.0, 0.9),)))).encode()
_PACK = """playbook: {name: small, language: zh, title: Small}
campaigns: {inbound: Inbound}
lexicons:
  sorry: [抱歉, 对不起]
rules:
  TEST-01:
    title: A rule
    priority: P1
    when: customer says sorry
    prompt: {zh: 好的, en: Fine}
""".encode()
_MANIFEST = b"""[[model]]
name="m"
engine="vosk"
language="zh"
licence="x"
about="x"
url="https://x/y.zip"
files=["a"]
[[model.parts]]
file="f"
from=["p:q"]
sha256="0"
"""
_JWKS = b"""{"keys":[{"kty":"EC","crv":"P-256","kid":"k","alg":"ES256",
"x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"""

TARGETS = (
    Target("message", _message, tuple(bytes([kind]) + said for kind in range(4) for said in _SAID), 0.28),
    Target("hello", _hello, (_json(HELLO), _json(HELLO | {"legs": 2, "channels": ["agent"], "resume": 5})), 0.17),
    Target("audio", _audio, (
        _framed(0, pack_audio(0, b"\1\2" * 80), pack_audio(90, b"\3\4" * 80), pack_audio(40, b"\5\6" * 20)),
        _framed(17, pack_audio(0, b"\xff" * 200), pack_audio(5000, b"\x55" * 200)),
        _framed(1, struct.pack("<QQ", 1, 2**63), struct.pack("<QQ", 2, 0))), 0.10),
    Target("token", _token, (mint(KEY, "agent", "a1", teams=("t",)).encode(), b"e30.e30.e30"), 0.12),
    Target("redaction", _redaction, (
        "我的身份证号是\n一一零一零一 一九九零零三零七 二三一六".encode(), "卡号6222 0210 0111 6245\n尾号6245".encode(),
        "要三八一二三四五六七八".encode(), b"\xed\xa0\x80 120000"), 0.08),
    Target("event log", _file(read_log, ".jsonl"), (_LOG,), 0.06),
    Target("transcript", _file(TranscriptEngine, ".json"), (
        _json({"turns": [{"who": "agent", "text": "您好，请问是张先生吗？", "start_s": 0.7, "end_s": 4.1}]}),), 0.06),
    Target("manifest", _file(read_manifest, ".toml"), (_MANIFEST,), 0.05),
    Target("public keys", _file(read_jwks, ".jwks"), (_JWKS, b'{"keys":[]}'), 0.02),
    Target("recording", _file(read_call, ".wav"), (
        _wav(), _wav(subtype="ULAW"), _wav(subtype="FLOAT"), _wav(format="FLAC"), _wav(format="AIFF")), 0.03),
    Target("settings", _file(_settings, ".toml"), (
        b'port=8765\nsecret="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"\norigins=["https://x"]\nresume_s=1.5\n',), 0.01),
    Target("playbook", _file(load, ".yaml"), (_PACK,), 0.02),
)

"""The server as a whole: where it listens, how it stops."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import ssl
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage
from websockets.typing import Origin

from coach.errors import SettingsError
from coach.server.app import Server, run_server
from coach.server.auth import mint
from coach.settings import Settings
from tests.server.desk import KEY, Desk, FakeOpener


async def test_it_listens_on_loopback_only() -> None:
    """Unless somebody decides otherwise."""
    async with Server(Settings(port=0), FakeOpener(), KEY) as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert {socket.getsockname()[0] for socket in server._listener.sockets} == {"127.0.0.1"}  # type: ignore[union-attr]


async def test_a_port_that_is_taken_is_an_error_that_names_it(desk: Desk) -> None:
    """`coach serve` twice."""
    with pytest.raises(SettingsError, match=str(desk.server.port)):
        async with Server(Settings(port=desk.server.port), FakeOpener(), KEY):
            pass


async def test_it_speaks_tls_with_a_certificate(tmp_path: Path) -> None:
    """Pages and sockets alike, and only so; a browser of its own origin is let in."""
    certificate, key = self_signed(tmp_path)
    trusted = ssl.create_default_context(cafile=str(certificate))
    settings = Settings(port=0, tls_cert=certificate, tls_key=key)
    async with Server(settings, FakeOpener(), KEY) as server:
        assert server.url.startswith("https://127.0.0.1:")
        address = server.url.replace("https", "wss")
        async with connect(f"{address}/v1/overlay", ssl=trusted, proxy=None, origin=Origin(server.url)) as socket:
            await socket.send(f'{{"type":"hello","v":1,"token":"{mint(KEY, "agent", "a1")}"}}')
            assert '"snapshot"' in str(await socket.recv())
        with pytest.raises((OSError, InvalidMessage)):
            async with connect(address.replace("wss", "ws") + "/v1/overlay", proxy=None):
                pass


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(private, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return folder / "cert.pem", folder / "key.pem"


async def test_a_certificate_that_cannot_be_used_is_a_settings_error(tmp_path: Path) -> None:
    """Told at start."""
    (tmp_path / "cert.pem").write_text("nonsense")
    with pytest.raises(SettingsError, match="tls_cert"):
        async with Server(Settings(port=0, tls_cert=tmp_path / "cert.pem"), FakeOpener(), KEY):
            pass


async def test_stopping_twice_is_stopping_once(desk: Desk) -> None:
    """The context manager and a signal may both stop it."""
    await desk.server.stop(0.0)
    await desk.server.stop(0.0)
    with pytest.raises(OSError, match=r"refused|Connect"):
        async with desk.peer("/v1/audio"):
            pass


async def test_coach_serve_stops_in_order_on_sigterm(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The address is printed, the signal drains, the exit code is 0."""
    sessions = SimpleNamespace(open_sessions=lambda _: FakeOpener())
    monkeypatch.setitem(sys.modules, "coach.server.sessions", sessions)
    waiting = asyncio.create_task(run_server(Settings(port=0, secret=SecretStr(KEY), drain_s=0, records="")))
    while "listening on http://127.0.0.1:" not in capsys.readouterr().out:  # noqa: ASYNC110 -- output is no event
        await asyncio.sleep(0.01)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await waiting == 0


async def test_coach_serve_needs_a_key() -> None:
    """There is no default one."""
    with pytest.raises(SettingsError, match="COACH_SECRET"):
        await run_server(Settings(port=0))


async def test_frames_are_not_logged_even_at_debug(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """The WebSocket library would write what is in them."""
    with caplog.at_level(logging.DEBUG):
        async with desk.softphone(context={"name": "王女士"}) as phone:
            await phone.say(type="bye")
            await phone.hear("ended")
    ours = [record for record in caplog.records if not record.name.startswith("websockets.client")]
    assert not any("王女士" in record.getMessage() or "token" in record.getMessage() for record in ours)

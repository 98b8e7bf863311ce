"""The server: one port for softphones, pages and their sockets.

    async with Server(settings, opener, key) as server:
        print(server.url)
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import ssl
from collections.abc import Awaitable, Callable
from typing import Self

from websockets.asyncio.server import Server as Listener
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from coach.errors import SettingsError
from coach.records.recorder import Recorder
from coach.records.store import Store
from coach.resources import resource
from coach.server.auth import needed_key
from coach.server.auth import verifier as make_verifier
from coach.server.calls import Calls
from coach.server.edge import guarded
from coach.server.feeds import Overlay, Supervisor
from coach.server.headroom import Headroom, HeadroomSettings
from coach.server.hub import Hub
from coach.server.ingest import Ingest
from coach.server.journal import Journal
from coach.server.live_call import Opener
from coach.server.logs import note
from coach.server.metrics import Metrics
from coach.server.pages import Pages, collect
from coach.server.reloading import Reloading
from coach.server.vitals import measure
from coach.settings import Settings

CLOSE_S = 5.0
"""How long a closing handshake may take before the connection is dropped."""

AUDIO = "/v1/audio"

Handler = Callable[[ServerConnection], Awaitable[None]]


class Server:
    """`hub` has the calls' logs and the prompts' latencies; `port` is the one bound, also where the setting says 0."""

    def __init__(self, settings: Settings, opener: Opener, key: str | None, recorder: Recorder | None = None) -> None:
        """`recorder` keeps the calls; without one nothing is kept. Raises SettingsError."""
        verifier, journal = make_verifier(settings, key), Journal(recorder)
        self.headroom = Headroom(HeadroomSettings(lag_s=settings.max_lag_s, cpu=settings.max_cpu))
        self.metrics = Metrics()
        self.hub = Hub(self.metrics)
        self.port = 0
        self._settings = settings
        self._calls = Calls(self.hub, opener, journal, self.metrics, self.headroom, resume_s=settings.resume_s,
                            max_calls=settings.max_calls)
        self._pages = Pages(collect(resource), self.hub, verifier, lambda: self._calls.refusal() is None, self.metrics,
                            journal)
        self._watch(journal)
        for name, (text, value) in opener.gauges.items():
            self.metrics.watch(name, text, value)
        hello_s = settings.hello_timeout_s
        self._handlers: dict[str, Handler] = {
            AUDIO: Ingest(self._calls, verifier, settings),
            "/v1/overlay": Overlay(self.hub, self._calls, verifier, hello_timeout_s=hello_s),
            "/v1/supervisor": Supervisor(self.hub, self._calls, verifier, journal, hello_timeout_s=hello_s),
        }
        self._listener: Listener | None = None
        self._vitals: asyncio.Task[None] | None = None
        self._origins: frozenset[str] = frozenset()

    @property
    def url(self) -> str:
        """Where the pages are: http://HOST:PORT."""
        host = self._settings.host
        return f"{self._scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def _scheme(self) -> str:
        return "https" if self._settings.tls_cert else "http"

    async def __aenter__(self) -> Self:
        tls = _tls(self._settings)
        logger = logging.getLogger("coach.server.socket")
        logger.setLevel(logging.WARNING)  # at DEBUG websockets logs what is in the frames
        try:
            self._listener = await serve(
                self._handle, self._settings.host, self._settings.port, process_request=self._request,
                compression=None, max_size=self._settings.max_message_bytes, server_header=None, logger=logger,
                open_timeout=self._settings.hello_timeout_s, close_timeout=CLOSE_S, ssl=tls,
            )
        except OSError as error:
            raise SettingsError(
                "settings.port", f"cannot listen on {self._settings.host} port {self._settings.port}: {error.strerror}"
            ) from error
        self.port = self._listener.sockets[0].getsockname()[1]
        names = (self._settings.host, "127.0.0.1", "localhost", "[::1]")
        own = {f"{self._scheme}://{name}:{self.port}" for name in names}
        self._origins = frozenset(own.union(self._settings.origins))
        self._vitals = asyncio.create_task(measure(self.headroom))
        note("server.listening", host=self._settings.host, port=self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop(0.0)

    async def stop(self, drain_s: float) -> None:
        """No new calls; running ones get `drain_s` seconds to end and are then handed back; all closed."""
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        await self._calls.drain(drain_s)
        if self._vitals is not None:
            self._vitals.cancel()
        listener.close()
        await listener.wait_closed()
        note("server.stopped")

    def _request(self, socket: ServerConnection, request: Request) -> Response | None:
        """HTTP, before any WebSocket: pages are answered, sockets of strangers' pages refused."""
        path = request.path.partition("?")[0]
        if path not in self._handlers:
            return self._pages.respond(request)
        if path == AUDIO:  # an answer to our ping stands behind audio that we may be late to read; silence is timed out
            socket.ping_timeout = None
        if any(origin not in self._origins for origin in request.headers.get_all("Origin")):
            note("socket.refused", path=path, code="origin")
            return self._pages.refuse_origin()
        return None

    async def _handle(self, socket: ServerConnection) -> None:
        assert socket.request is not None  # noqa: S101 -- the handshake is over
        await guarded(socket, self._handlers[socket.request.path.partition("?")[0]], self.metrics.refused)

    def _watch(self, journal: Journal) -> None:
        """The numbers that are looked up when somebody asks for the metrics."""
        self.metrics.watch("calls_live", "Calls running now", lambda: len(self._calls))
        self.metrics.watch("readers", "Overlays and boards open now", lambda: self.hub.readers)
        self.metrics.watch("feed_waiting", "Messages waiting for the slowest page", lambda: self.hub.longest_wait)
        self.metrics.watch("loop_lag_seconds", "How late the event loop wakes, average", lambda: self.headroom.lag_s)
        self.metrics.watch("cpu_share", "Share of the cores used, or of its one by the loop", lambda: self.headroom.cpu)
        self.metrics.watch("records_waiting", "Entries not written to the records yet", lambda: journal.waiting)
        self.metrics.watch("records_lost", "Entries that the records will never have", lambda: journal.lost)


async def run_server(settings: Settings) -> int:
    """`coach serve`: until SIGTERM or Ctrl-C, then drained; a second one does not wait. SIGHUP: the playbook anew.

    Raises CoachError at first.
    """
    from coach.server.sessions import open_sessions  # the engines are large, and only this command needs them

    key = settings.signing_key() if settings.jwks_file else needed_key(settings)
    opener = await asyncio.to_thread(open_sessions, settings)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    reloading = Reloading(opener, settings.playbook)
    loop.add_signal_handler(signal.SIGHUP, reloading.ask)
    waiting = asyncio.create_task(reloading.run())
    with _recorder(settings) as recorder:
        async with Server(settings, opener, key, recorder) as server:
            print(f"coach: recogniser {opener.recogniser}; listening on {server.url}", flush=True)
            await stop.wait()
            for number in signals:
                loop.remove_signal_handler(number)
            waiting.cancel()
            await server.stop(settings.drain_s)
    return 0


def _tls(settings: Settings) -> ssl.SSLContext | None:
    """TLS 1.2 or newer where a certificate is set. Raises SettingsError."""
    if settings.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError("settings.tls_cert", f"cannot use the certificate and key: {error}") from error
    return context


def _recorder(settings: Settings) -> contextlib.AbstractContextManager[Recorder | None]:
    """The recorder of the settings; none where nothing is to be kept. Raises SettingsError."""
    if not settings.records:
        return contextlib.nullcontext()
    return Recorder(Store(settings.records), keep_s=settings.retention_days * 86400)

"""HTTP on the same port: the pages and their modules, read-only JSON, health.

Only files that were found when the server started are served, so no path of a request ever reaches the file system.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from coach.errors import AuthError, MissingError, OverloadError
from coach.server.auth import Identity, Role, Verifier
from coach.server.hub import Hub
from coach.server.journal import Journal
from coach.server.metrics import CONTENT_TYPE, Metrics

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
FOLDERS = ("overlay", "supervisor", "shared")

GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:$|,|;(?!\s*q=0(?:\.0*)?\s*(?:$|,)))", re.IGNORECASE)
"""An Accept-Encoding that takes gzip; `gzip;q=0` does not."""
SHORTER = 0.9
"""A file is packed where that leaves at most so much of it. Only files: answers about calls are not, since their length
would then tell of their content."""

CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
    "connect-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'self'",
))
ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

HOME = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>call-coach</title>
<h1>call-coach</h1><ul><li><a href="overlay/">坐席 Agent overlay</a></li>
<li><a href="supervisor/">主管 Supervisor board</a></li></ul></html>
"""


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is served; `packed` is its content under gzip, None where that is hardly shorter."""

    content: bytes
    type: str
    etag: str
    packed: bytes | None = None


def collect(folder: Callable[[str], Path]) -> dict[str, File]:
    """The table of files by URL path; `folder` gives the place of "clients/overlay" and its like."""
    files = {"/": _file(HOME.encode(), ".html")}
    for name in FOLDERS:
        root = folder(f"clients/{name}")
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.suffix in TYPES:
                files[f"/{name}/{path.relative_to(root).as_posix()}"] = _file(path.read_bytes(), path.suffix)
        if f"/{name}/index.html" in files:
            files[f"/{name}/"] = files[f"/{name}/index.html"]
    return files


def _file(content: bytes, suffix: str) -> File:
    packed = gzip.compress(content, mtime=0)
    shorter = packed if len(packed) < SHORTER * len(content) else None
    return File(content, TYPES[suffix], f'"{hashlib.sha256(content).hexdigest()[:32]}"', shorter)


class Pages:
    """Answers every request that does not open a WebSocket."""

    def __init__(self, files: dict[str, File], hub: Hub, verifier: Verifier, ready: Callable[[], bool],
                 metrics: Metrics | None = None, journal: Journal | None = None) -> None:
        """`ready`: would a new call be taken now?"""
        self._files = files
        self._metrics = metrics or Metrics()
        self._journal = journal or Journal()
        self._hub = hub
        self._verifier = verifier
        self._ready = ready

    def respond(self, request: Request) -> Response:
        """The answer to a GET."""
        if getattr(request, "method", "GET") != "GET":  # websockets before 17 takes GET alone and has no `method`
            return _text(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET is answered here", {"Allow": "GET"})
        path = request.path.partition("?")[0]
        if path == "/healthz":
            return _text(HTTPStatus.OK, "ok")
        if path == "/readyz":
            if self._ready():
                return _text(HTTPStatus.OK, "ready")
            return _text(HTTPStatus.SERVICE_UNAVAILABLE, "no new calls")
        if path in ("/metrics", "/api/calls") or path.startswith("/api/calls/"):
            return self._private(path, request)
        if f"{path}/" in self._files:
            return _text(HTTPStatus.PERMANENT_REDIRECT, "There", {"Location": f".{path}/"})
        return self._static(path, request)

    def refuse_origin(self) -> Response:
        """The answer to a socket that a page of another origin tries to open."""
        return _text(HTTPStatus.FORBIDDEN, "Sockets are for this server's own pages; allow others in `origins`")

    def _static(self, path: str, request: Request) -> Response:
        file = self._files.get(path)
        if file is None:
            return _text(HTTPStatus.NOT_FOUND, "There is nothing here")
        caching, content = {"ETag": file.etag, "Cache-Control": "no-cache"}, file.content
        if file.packed is not None:
            caching["Vary"] = "Accept-Encoding"
            if any(GZIP.search(accepted) for accepted in request.headers.get_all("Accept-Encoding")):
                content = file.packed
                caching |= {"ETag": f'{file.etag[:-1]}-gzip"', "Content-Encoding": "gzip"}
        if any(caching["ETag"] in known for known in request.headers.get_all("If-None-Match")):
            caching.pop("Content-Encoding", None)
            return _response(HTTPStatus.NOT_MODIFIED, b"", file.type, caching)
        return _response(HTTPStatus.OK, content, file.type, caching)

    def _private(self, path: str, request: Request) -> Response:
        """What needs a token."""
        try:
            if path == "/metrics":
                self._identity(request, "supervisor")
                return _response(HTTPStatus.OK, self._metrics.text(), CONTENT_TYPE, {"Cache-Control": "no-store"})
            body = self._json(path.removeprefix("/api/calls/"), self._identity(request, "agent", "supervisor"))
        except AuthError as error:
            return _text(HTTPStatus.UNAUTHORIZED, str(error), {"WWW-Authenticate": "Bearer"})
        except MissingError as error:
            return _text(HTTPStatus.NOT_FOUND, str(error))
        except OverloadError as error:
            return _text(HTTPStatus.TOO_MANY_REQUESTS, str(error), {"Retry-After": "10"})
        return _response(HTTPStatus.OK, body.encode(), TYPES[".json"], {"Cache-Control": "no-store"})

    def _json(self, path: str, identity: Identity) -> str:
        if path == "/api/calls":
            return json.dumps({"calls": [row.model_dump() for row in self._hub.rows(identity)]}, ensure_ascii=False)
        log = self._hub.find(path, identity)
        if identity.role == "supervisor":
            self._journal.deed(identity.subject, "read", log.call)
        return log.snapshot(agent=identity.role == "agent")

    def _identity(self, request: Request, *roles: Role) -> Identity:
        scheme, _, token = next(iter(request.headers.get_all("Authorization")), "").partition(" ")
        if scheme.lower() != "bearer":
            raise AuthError("auth.token", "Send the header Authorization: Bearer TOKEN")
        return self._verifier.identity(token.strip(), *roles)


def _text(status: HTTPStatus, text: str, more: dict[str, str] | None = None) -> Response:
    caching = {"Cache-Control": "no-store"}
    return _response(status, f"{text}\n".encode(), "text/plain; charset=utf-8", caching | (more or {}))


def _response(status: HTTPStatus, body: bytes, content_type: str, more: dict[str, str]) -> Response:
    headers = Headers({**ALWAYS, **more})
    headers["Content-Type"] = content_type
    headers["Content-Length"] = str(len(body))
    headers["Connection"] = "close"
    return Response(status.value, status.phrase, headers, body)

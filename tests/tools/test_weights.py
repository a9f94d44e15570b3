from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from app.io import downloads
from app.tools.weights import Weights, WeightsMissing, WeightsRefused

CONTENT = bytes(range(256)) * 4000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def make_list(folder: Path, url: str = "https://example.invalid/net.pth", **extra: object) -> Weights:
    row = {"id": "net", "title": "A net", "task": "tests", "family": "none", "file": "net.pth", "url": url}
    row |= {"licence": "MIT", **extra}
    lines = ["[[model]]"]
    for key, value in row.items():
        shown = str(value).lower() if isinstance(value, bool) else value if isinstance(value, int) else f'"{value}"'
        lines.append(f"{key} = {shown}")
    path = folder / "models.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return Weights(path)


def test_that_missing_weights_are_named_with_the_ways_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing) as caught:
        make_list(tmp_path, bytes=375042383).require("net")
    for words in ("net.pth", "375.0 MB", "models fetch net", "FOVEA_WEIGHTS"):
        assert words in str(caught.value)
    assert caught.value.model_id == "net"


def test_that_an_imported_file_comes_before_the_folders_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = make_list(tmp_path, sha256=DIGEST)
    folder = tmp_path / "others"
    folder.mkdir()
    (folder / "net.pth").write_bytes(CONTENT)
    monkeypatch.setenv("FOVEA_WEIGHTS", str(folder))
    assert weights.require("net").origin == "FOVEA_WEIGHTS"
    weights.import_file(folder / "net.pth", "net")
    found = weights.require("net")
    assert (found.origin, found.verified, found.state) == ("imported", True, "verified")


def test_that_a_file_with_another_hash_is_refused_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = make_list(tmp_path, sha256=DIGEST)
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "net.pth").write_bytes(CONTENT + b"!")
    monkeypatch.setenv("FOVEA_WEIGHTS", str(folder))
    assert weights.find("net") is None
    with pytest.raises(WeightsRefused, match=r"net\.pth"):
        weights.require("net")
    with pytest.raises(WeightsRefused, match="--unverified"):
        weights.import_file(folder / "net.pth", "net")


def test_that_a_vouched_for_file_is_taken_and_marked_from_then_on(tmp_path: Path) -> None:
    weights = make_list(tmp_path, sha256=DIGEST)
    other = tmp_path / "other.pth"
    other.write_bytes(b"something else")
    weights.import_file(other, "net", unverified=True)
    found = make_list(tmp_path, sha256=DIGEST).require("net")
    assert (found.verified, found.vouched, found.state) == (False, True, "unverified")


def test_that_a_pickle_without_a_listed_hash_needs_a_persons_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = make_list(tmp_path, pickle=True)
    folder = tmp_path / "pickles"
    folder.mkdir()
    (folder / "net.pth").write_bytes(CONTENT)
    monkeypatch.setenv("FOVEA_WEIGHTS", str(folder))
    with pytest.raises(WeightsRefused, match="any code"):
        weights.require("net")
    weights.import_file(folder / "net.pth", "net", unverified=True)
    assert weights.require("net").vouched


def test_that_a_vouched_file_that_changes_is_no_longer_vouched_for(tmp_path: Path) -> None:
    weights = make_list(tmp_path, pickle=True)
    other = tmp_path / "other.pth"
    other.write_bytes(b"fine")
    found = weights.import_file(other, "net", unverified=True)
    found.path.write_bytes(b"swapped")
    with pytest.raises(WeightsRefused):
        make_list(tmp_path, pickle=True).require("net")


class Server:
    """A file server that understands ranges, and can hang up half way."""

    def __init__(self) -> None:
        self.content, self.hang_up_at, self.ranges = CONTENT, None, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.headers.get("Range")
                outer.ranges.append(asked)
                start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
                body = outer.content[start:]
                self.send_response(206 if asked else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: outer.hang_up_at])

            def log_message(self, *_: object) -> None:
                pass

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/net.pth"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    hang_up_at: int | None
    ranges: list[str | None]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


def test_that_a_download_is_checked_recorded_and_found(tmp_path: Path, server: Server) -> None:
    weights = make_list(tmp_path, server.url, sha256=DIGEST, bytes=len(CONTENT))
    steps: list[tuple[int, int | None]] = []
    found = downloads.fetch(weights, "net", lambda done, total: steps.append((done, total)))
    assert found.verified
    assert found.path.read_bytes() == CONTENT
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert weights.require("net").origin == "downloaded"


def test_that_a_broken_download_goes_on_where_it_stopped(tmp_path: Path, server: Server) -> None:
    weights = make_list(tmp_path, server.url, sha256=DIGEST)
    server.hang_up_at = 300_000
    with pytest.raises(downloads.DownloadError, match=r"net\.pth"):
        downloads.fetch(weights, "net")
    assert weights.find("net") is None
    server.hang_up_at = None
    assert downloads.fetch(weights, "net").path.read_bytes() == CONTENT
    assert server.ranges[1] is not None
    assert int(server.ranges[1].removeprefix("bytes=").rstrip("-")) > 0


def test_that_a_stopped_download_leaves_no_model_and_can_go_on(tmp_path: Path, server: Server) -> None:
    weights = make_list(tmp_path, server.url, sha256=DIGEST)
    seen: list[int] = []
    with pytest.raises(downloads.Stopped):
        downloads.fetch(weights, "net", lambda done, _: seen.append(done), lambda: len(seen) >= 2)
    assert weights.find("net") is None
    assert downloads.fetch(weights, "net").verified


def test_that_a_file_that_is_not_the_listed_one_is_deleted_and_said(tmp_path: Path, server: Server) -> None:
    weights = make_list(tmp_path, server.url, sha256=DIGEST)
    server.content = b"<html>not the file</html>"
    with pytest.raises(downloads.DownloadError, match=r"not the net\.pth"):
        downloads.fetch(weights, "net")
    assert list(weights.fetch_target("net").parent.iterdir()) == []


def test_that_without_a_network_the_words_say_what_else_works(tmp_path: Path) -> None:
    weights = make_list(tmp_path, "http://127.0.0.1:9/net.pth", sha256=DIGEST)
    with pytest.raises(downloads.DownloadError, match="models import FILE --as net"):
        downloads.fetch(weights, "net")


def test_that_plain_http_without_a_hash_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(downloads.DownloadError, match="plain http"):
        downloads.fetch(make_list(tmp_path, "http://example.invalid/net.pth"), "net")


def test_that_the_list_that_comes_with_fovea_is_whole() -> None:
    weights = Weights()
    assert {"sam-vit-b", "sam-vit-l", "sam-vit-h", "mobile-sam", "yolov8n"} <= set(weights.entries)
    assert all(e.url.startswith("https://") for e in weights.entries.values() if not e.shipped)
    assert all(e.sha256 is None or len(e.sha256) == 64 for e in weights.entries.values())


def test_that_fovea_brings_the_weights_of_its_own_networks(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOVEA_WEIGHTS", raising=False)
    weights = Weights()
    shipped = [entry for entry in weights.entries.values() if entry.shipped]
    assert [entry.id for entry in shipped] == ["click-net"]
    for entry in shipped:
        found = weights.require(entry.id)
        assert (found.origin, found.verified) == ("shipped", True)
        assert entry.bytes == found.path.stat().st_size
    assert sum(entry.bytes or 0 for entry in shipped) < 12e6


OWN = """
[[model]]
id = "own"
title = "Own"
task = "t"
family = "f"
file = "own.onnx"
licence = "x"
"""


def test_that_shipped_weights_that_are_gone_are_not_offered_for_download(home: Path, tmp_path: Path) -> None:
    listed = tmp_path / "models.toml"
    listed.write_text(OWN + "shipped = true", encoding="utf-8")
    weights = Weights(listed)
    with pytest.raises(WeightsMissing, match="Install Fovea again"):
        weights.require("own")
    with pytest.raises(WeightsMissing, match="Install Fovea again"):
        downloads.fetch(weights, "own")


def test_that_a_model_has_an_address_or_is_shipped(tmp_path: Path) -> None:
    listed = tmp_path / "models.toml"
    listed.write_text(OWN, encoding="utf-8")
    with pytest.raises(ValueError, match="an address, or it is shipped"):
        Weights(listed)

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from app.core import paths
from tests.cli.conftest import Call

CONTENT = b"weights" * 1000


@pytest.fixture
def listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model list of three: one with a hash, one that is a pickle without, one that cannot be reached."""
    folder = tmp_path / "resources"
    folder.mkdir()
    rows = {
        "good": f'sha256 = "{hashlib.sha256(CONTENT).hexdigest()}"\nbytes = {len(CONTENT)}',
        "pickled": "pickle = true",
        "far": f'sha256 = "{"0" * 64}"',
    }
    text = "".join(
        f'[[model]]\nid = "{i}"\ntitle = "The {i} one"\ntask = "tests"\nfamily = "f"\nfile = "{i}.pth"\n'
        f'url = "http://127.0.0.1:9/{i}.pth"\nlicence = "MIT"\n{more}\n'
        for i, more in rows.items()
    )
    (folder / "models.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(paths, "resource_dir", lambda: folder)
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.pth"
    path.write_bytes(CONTENT)
    return path


def test_that_the_models_are_listed_with_what_is_here(fovea: Call, listing: Path, file: Path) -> None:
    said = fovea("models", "list")
    assert said.status == 0 and "The good one" in said.out and "7 kB" in said.out and said.out.count("not here") == 3
    assert fovea("models", "import", file, "--as", "good").status == 0
    rows = {row["id"]: row for row in fovea("models", "list", "--json").json}
    assert rows["good"]["present"] and rows["good"]["origin"] == "imported" and rows["good"]["state"] == "verified"
    assert not rows["far"]["present"]


def test_that_the_bundled_list_is_shown(fovea: Call) -> None:
    rows = fovea("models", "list", "--json").json
    assert {"sam-vit-b", "yolov8n"} <= {row["id"] for row in rows}
    assert [row["id"] for row in rows if row["present"]] == ["click-net"]
    assert next(row["origin"] for row in rows if row["present"]) == "shipped"


def test_that_a_file_with_another_hash_is_taken_only_on_a_persons_word(fovea, listing, tmp_path) -> None:
    other = tmp_path / "other.pth"
    other.write_bytes(b"something else")
    refused = fovea("models", "import", other, "--as", "good")
    assert refused.status == 1 and "other.pth" in refused.err and "--unverified" in refused.err
    taken = fovea("models", "import", other, "--as", "good", "--unverified")
    assert taken.status == 0 and "unverified" in taken.out
    assert fovea("models", "import", other, "--as", "pickled").status == 1
    assert fovea("models", "import", tmp_path / "none.pth", "--as", "good").status == 1
    unknown = fovea("models", "import", other, "--as", "nobody")
    assert unknown.status == 1 and "nobody" in unknown.err


def test_that_without_a_network_the_words_say_what_else_there_is(fovea: Call, listing: Path) -> None:
    said = fovea("models", "fetch", "far")
    assert said.status == 1 and said.out == ""
    for words in ("far.pth", "127.0.0.1", "models import FILE --as far", "classical"):
        assert words in said.err
    assert fovea("models", "fetch", "nobody").status == 1


def test_that_a_model_that_is_here_is_not_fetched_again(fovea: Call, listing: Path, file: Path) -> None:
    fovea("models", "import", file, "--as", "good")
    said = fovea("models", "fetch", "good")
    assert said.status == 0 and "here already" in said.out


def test_that_verifying_finds_a_file_that_has_changed(fovea: Call, listing: Path, file: Path) -> None:
    assert fovea("models", "verify").status == 0
    fovea("models", "import", file, "--as", "good")
    fine = fovea("models", "verify", "good")
    assert fine.status == 0 and "verified" in fine.out
    assert "not here" in fovea("models", "verify", "far").out
    (paths.user_data_dir() / "weights" / "good.pth").write_bytes(CONTENT + b"!")
    bad = fovea("models", "verify")
    assert bad.status == 1 and "good.pth" in bad.err


def test_that_missing_words_show_the_usage(fovea: Call) -> None:
    assert fovea("models").status in (0, 2)
    assert fovea("models", "fetch").status == 2
    assert fovea("models", "import", "x.pth").status == 2

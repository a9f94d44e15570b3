from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from natsort import natsorted

from app.core.errors import InputError
from app.io import folder
from app.io.folder import FolderScan, natural_sorted


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def age(root: Path) -> None:
    """Make all folders look as if nothing had happened in them for a while."""
    for path in [root, *root.rglob("*")]:
        if path.is_dir():
            os.utime(path, (1_000_000, 1_000_000))


def found(scan: FolderScan) -> list[str]:
    return natural_sorted(p for batch in scan.batches() for p in batch)


def test_that_pictures_of_all_subfolders_are_found_and_nothing_else(tmp_path: Path) -> None:
    touch(
        tmp_path, "b/2.PNG", "a.jpg", "b/10.png", "b/c d/写真 1.tiff", "notes.txt", "project.fovea", "project.fovea-wal"
    )
    touch(tmp_path, ".hidden/x.png", "demo-out/y.png", ".z.png")
    assert found(FolderScan(tmp_path)) == ["a.jpg", "b/2.PNG", "b/10.png", "b/c d/写真 1.tiff"]


@given(st.lists(st.from_regex(r"[a-c]{0,2}[0-9]{1,3}[a-c]{0,2}\.png", fullmatch=True), unique=True))
def test_that_names_sort_as_natsort_sorts_them(names: list[str]) -> None:
    padded = [n for n in names if not any(p.startswith("0") for p in folder._DIGITS.findall(n))]
    assert natural_sorted(padded) == natsorted(padded)


def test_that_the_first_batch_comes_before_the_folder_is_read(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{i}.png" for i in range(folder.FIRST_BATCH + 10)))
    batches = FolderScan(tmp_path).batches()
    assert len(next(batches)) == folder.FIRST_BATCH
    assert len(next(batches)) == 10


def test_that_a_stopped_scan_ends_at_once(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{i}.png" for i in range(folder.FIRST_BATCH + 10)))
    scan = FolderScan(tmp_path)
    batches = scan.batches()
    next(batches)
    scan.stop()
    assert list(batches) == []


def test_that_links_in_a_circle_do_no_harm(tmp_path: Path) -> None:
    touch(tmp_path, "sub/a.png")
    (tmp_path / "sub" / "back").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "also").symlink_to(tmp_path / "sub", target_is_directory=True)
    assert found(FolderScan(tmp_path)) == ["sub/a.png"]


def test_that_a_link_to_a_folder_elsewhere_is_followed(tmp_path: Path) -> None:
    touch(tmp_path, "here/a.png", "there/b.png")
    (tmp_path / "here" / "link").symlink_to(tmp_path / "there", target_is_directory=True)
    assert found(FolderScan(tmp_path / "here")) == ["a.png", "link/b.png"]


def test_that_an_unreadable_subfolder_is_reported_and_not_fatal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "a.png", "shut/b.png")
    real = os.scandir

    def scandir(path: str):  # type: ignore[no-untyped-def]
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(folder.os, "scandir", scandir)
    scan = FolderScan(tmp_path)
    assert found(scan) == ["a.png"]
    assert "shut" in scan.problems[0]


def test_that_a_missing_folder_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        list(FolderScan(tmp_path / "nowhere").batches())


def test_that_only_what_changed_is_told(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "sub/b.png", "sub/deep/c.png", "gone/d.png")
    age(tmp_path)
    scan = FolderScan(tmp_path)
    found(scan)
    assert scan.changes().empty
    touch(tmp_path, "sub/new.png", "fresh/inner/e.png")
    (tmp_path / "a.png").unlink()
    (tmp_path / "gone" / "d.png").unlink()
    (tmp_path / "gone").rmdir()
    changes = scan.changes()
    assert changes.added == ("fresh/inner/e.png", "sub/new.png")
    assert changes.removed == ("a.png", "gone/d.png")
    assert scan.changes().empty
    assert scan.paths() == found(FolderScan(tmp_path))


def test_that_unchanged_folders_are_not_listed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.png", "sub/b.png")
    age(tmp_path)
    scan = FolderScan(tmp_path)
    found(scan)
    monkeypatch.setattr(folder.os, "scandir", lambda path: pytest.fail(f"listed {path}"))
    assert scan.changes().empty


def test_that_a_folder_that_changed_within_one_time_stamp_is_looked_at_again(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    scan = FolderScan(tmp_path)
    found(scan)
    before = tmp_path.stat()
    touch(tmp_path, "b.png")
    os.utime(tmp_path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert scan.changes().added == ("b.png",)

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import InputError
from app.io import images, relink


def picture(file: Path, content: str) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return images.content_hash(file)


def test_that_a_folder_that_has_them_all_is_the_new_root(tmp_path: Path) -> None:
    contents = {name: picture(tmp_path / "new" / name, name) for name in ("a.png", "deep/b.png")}
    found = relink.find(tmp_path / "new", tmp_path / "old", contents, ())
    assert found.root == tmp_path / "new"
    found = relink.find(tmp_path / "new", tmp_path / "old", dict.fromkeys(contents, ""), ())
    assert found.root == tmp_path / "new"


def test_that_single_pictures_are_found_by_name_and_content(tmp_path: Path) -> None:
    picture(tmp_path / "here.png", "here")
    one = picture(tmp_path / "moved" / "x" / "a.png", "one")
    picture(tmp_path / "moved" / "y" / "a.png", "two")
    found = relink.find(tmp_path / "moved", tmp_path, {"a.png": one}, ["here.png"])
    assert found.root is None
    assert found.moved == {"a.png": "moved/x/a.png"}


def test_that_the_folders_above_decide_where_the_content_is_not_known(tmp_path: Path) -> None:
    for place in ("x/left/a.png", "x/right/a.png"):
        picture(tmp_path / place, place)
    found = relink.find(tmp_path / "x", tmp_path, {"old/left/a.png": "", "old/right/a.png": "", "a.png": ""}, ["b.png"])
    assert found.moved == {"old/left/a.png": "x/left/a.png", "old/right/a.png": "x/right/a.png"}
    assert found.missing == ("a.png",)


def test_that_a_renamed_picture_is_found_by_its_content(tmp_path: Path) -> None:
    content = picture(tmp_path / "holiday.png", "sea")
    picture(tmp_path / "other.png", "hill")
    found = relink.find(tmp_path, tmp_path, {"img1.png": content}, ["other.png"])
    assert found.moved == {"img1.png": "holiday.png"}


def test_that_another_picture_of_the_same_name_is_not_taken(tmp_path: Path) -> None:
    picture(tmp_path / "new" / "a.png", "another")
    found = relink.find(tmp_path / "new", tmp_path, {"a.png": "beef"}, ())
    assert (found.root, found.moved, found.other, found.missing) == (None, {}, ("a.png",), ("a.png",))


def test_that_two_documents_do_not_get_one_file(tmp_path: Path) -> None:
    content = picture(tmp_path / "new" / "a.png", "same")
    found = relink.find(tmp_path / "new", tmp_path, {"x/a.png": content, "y/a.png": content}, ["kept.png"])
    assert len(found.moved) == len(set(found.moved.values())) == 1
    taken = relink.find(tmp_path / "new", tmp_path, {"x/a.png": content}, ["new/a.png"])
    assert taken.moved == {}


def test_that_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        relink.find(tmp_path / "nowhere", tmp_path, {"a.png": ""}, ())


def test_that_a_file_too_large_to_read_has_no_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture(tmp_path / "a.png", "0123456789")
    assert relink.hash_of(tmp_path / "a.png")
    monkeypatch.setattr(relink, "HASHED_AT_MOST", 5)
    assert relink.hash_of(tmp_path / "a.png") == ""

from __future__ import annotations

from pathlib import Path

from app.io.clipboard import folder_for, next_name
from app.io.preferences import Preferences
from app.io.samples import sample_folder


def test_that_a_preference_is_there_the_next_time() -> None:
    Preferences().set("segmentation.engine", "mobile-sam")
    assert Preferences().get("segmentation.engine") == "mobile-sam"
    Preferences().remove("segmentation.engine")
    assert Preferences().get("segmentation.engine") == "click-net"


def test_that_a_damaged_file_is_set_aside_and_said(home: Path) -> None:
    Preferences().set("theme", "dark")
    file = home / "config" / "preferences.json"
    file.write_text("{ half", encoding="utf-8")
    afresh = Preferences()
    assert afresh.get("theme") == "system"
    assert str(file) in afresh.note
    assert file.with_suffix(".damaged").read_text(encoding="utf-8") == "{ half"


def test_that_sample_pictures_come_from_installed_packages_once() -> None:
    folder = sample_folder()
    names = sorted(p.name for p in folder.iterdir())
    assert {"astronaut.png", "bus.jpg", "coins.png"} <= set(names)
    (folder / "bus.jpg").write_bytes(b"the person's own change")
    sample_folder()
    assert (folder / "bus.jpg").read_bytes() == b"the person's own change"


def test_that_pasted_pictures_never_take_the_name_of_another(tmp_path: Path) -> None:
    assert folder_for(tmp_path) == tmp_path
    first = next_name(tmp_path)
    first.touch()
    assert next_name(tmp_path) != first
    assert folder_for(None).is_dir()

"""Scenes of labels and attributes, for `tests.screenshots`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.scenes.base import Scene, editing, save


def _labelled(theme: str = "light", size: tuple[int, int] = (1280, 800)) -> tuple[Any, list[Any]]:
    """Shapes whose labels ask for attributes and hang together, on a picture; one lacks what is required."""
    from dataclasses import replace

    from app.core import edits, skeleton_presets
    from app.core.history import Change
    from app.core.labels import ChoiceSpec, FlagSpec, LabelList, NumberSpec, TextSpec

    driver, shapes = editing(theme, size)
    session = driver.session
    before = session.labels
    cup = replace(
        before.get("cup"),
        parent="tableware",
        aliases=("mug", "Tasse"),
        kinds=("box", "polygon", "mask"),
        attributes=(
            ChoiceSpec("material", ("china", "glass", "paper"), required=True, shown=True),
            NumberSpec("fill", 0, 100, 5, default=50, shown=True),
            FlagSpec("handle", default=True, shown=True),
            TextSpec("remark"),
        ),
    )
    pose = replace(before.get("pose"), skeleton=skeleton_presets.PRESETS["Person, 17 joints (COCO)"])
    listed = edits.add_label(before, "tableware")
    order = [listed.get("tableware"), cup, replace(listed.get("saucer"), parent="tableware")]
    order += [replace(listed.get("spoon"), parent="tableware"), listed.get("table"), pose, listed.get("shadow")]
    session.edit(Change("Labels", (), (before, LabelList(tuple(order)))))
    document = session.document
    after = edits.set_attributes(document, [shapes[0].id], {"fill": 75, "handle": True, "remark": "half drunk"})
    session.edit(Change("Put", ((document, edits.set_track(after, [shapes[0].id], 3)),)))
    return driver, shapes


def attributes(file: Path, theme: str = "light", size: tuple[int, int] = (1280, 720)) -> None:
    driver, shapes = _labelled(theme, size)
    driver.session.select([shapes[0].id])
    driver.key("Q")
    save(driver, file)


def attributes_dark(file: Path) -> None:
    attributes(file, "dark")


def attributes_scale_2(file: Path) -> None:
    attributes(file, "light")


def image_labels(file: Path, theme: str = "light") -> None:
    """Nothing is selected: what the picture as a whole is labelled; tags wherever there is room."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    driver, _ = _labelled(theme, (1280, 720))
    driver.key("I")
    driver.key("Q")
    for name in ("indoors", "mug"):
        driver.type(name)
        QTest.keyClick(QApplication.activePopupWidget() or driver.find("image_labels.add"), Qt.Key.Key_Return)
    save(driver, file)


def image_labels_dark(file: Path) -> None:
    image_labels(file, "dark")


def _editor(file: Path, page: int, theme: str, label: str = "cup") -> None:
    driver, _ = _labelled(theme, (1280, 720))
    driver.session.choose_label(label)
    driver.key("Shift+N")
    dialog = driver.dialog("label_editor")
    dialog.pages.setCurrentIndex(page)
    if page == 1:
        dialog.attributes.table.setCurrentItem(dialog.attributes.table.topLevelItem(1))
    save(driver, file, dialog="label_editor")


def label_editor(file: Path) -> None:
    _editor(file, 0, "light")


def label_editor_dark(file: Path) -> None:
    _editor(file, 0, "dark")


def label_editor_scale_2(file: Path) -> None:
    _editor(file, 1, "light")


def label_editor_attributes(file: Path) -> None:
    _editor(file, 1, "light")


def label_editor_attributes_dark(file: Path) -> None:
    _editor(file, 1, "dark")


def label_editor_skeleton(file: Path) -> None:
    _editor(file, 2, "light", "pose")


def label_editor_skeleton_dark(file: Path) -> None:
    _editor(file, 2, "dark", "pose")


def label_editor_wrong(file: Path, theme: str = "light") -> None:
    """A name that is taken, and a range that holds no number."""
    driver, _ = _labelled(theme, (1280, 720))
    driver.session.choose_label("cup")
    driver.key("Shift+N")
    dialog = driver.dialog("label_editor")
    dialog.general.name.selectAll()
    driver.type("spoon")
    dialog.general.name.parentWidget()
    save(driver, file, dialog="label_editor")


def label_editor_preview_dark(file: Path) -> None:
    """What a merge would do is said before it is done."""
    from tests.driving import until

    driver, _ = _labelled("dark", (1280, 720))
    driver.session.choose_label("cup")
    driver.key("Shift+N")
    dialog = driver.dialog("label_editor")
    dialog._ask_merge("spoon")
    until(lambda: "Merge" in dialog._words.text())
    save(driver, file, dialog="label_editor")


def attributes_mixed(file: Path) -> None:
    """Two shapes of one label that differ."""
    from app.core.annotation import BoxGeometry, Shape
    from app.core.geometry import Box

    driver, shapes = _labelled("light", (1280, 720))
    other = Shape(
        BoxGeometry(Box(60, 200, 200, 350)), "cup", attributes={"material": "glass", "fill": 20, "handle": False}
    )
    driver.session.keep([other], "Put")
    driver.session.select([shapes[0].id, other.id])
    save(driver, file)


def attributes_none_dark(file: Path) -> None:
    """The label of what is selected asks for nothing."""
    driver, shapes = _labelled("dark", (1280, 720))
    driver.session.select([shapes[2].id])
    save(driver, file)


SCENES: tuple[Scene, ...] = (
    attributes,
    attributes_dark,
    attributes_scale_2,
    attributes_mixed,
    attributes_none_dark,
    image_labels,
    image_labels_dark,
    label_editor,
    label_editor_dark,
    label_editor_scale_2,
    label_editor_attributes,
    label_editor_attributes_dark,
    label_editor_skeleton,
    label_editor_skeleton_dark,
    label_editor_wrong,
    label_editor_preview_dark,
)

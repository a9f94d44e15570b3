"""Pictures of the window in each of its states, made by driving it: `make screenshots`.

QT_QPA_PLATFORM=offscreen python -m tests.screenshots docs/screenshots
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.scenes_hands import HAND_SCENES
from tests.scenes_labels import LABEL_SCENES

COLOURS = (112, 80, 56, 40, 28)
ENOUGH = 140_000
SHARED = Path(os.environ.get("FOVEA_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.screenshots")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="names of scenes")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    # Every scene in a process of its own: a fresh home, its own size, theme and scale factor.
    if (scene := os.environ.get("FOVEA_SCENE")) is not None:
        SCENES[scene](given.folder / f"{scene}.png")
        return
    good = [_in_process(name, given.folder) for name in given.only or SCENES]
    sys.exit(0 if all(good) else 1)


def _in_process(name: str, folder: Path) -> bool:
    with tempfile.TemporaryDirectory() as home:
        scale = "2" if name.endswith("scale_2") else "1"
        screen = Path(home) / "screen.json"
        screen.write_text(json.dumps({"screens": [{"name": "one", "width": 1920, "height": 1080}]}), encoding="utf-8")
        offscreen = f"offscreen:configfile={screen}"
        mine = {"FOVEA_SCENE": name, "FOVEA_HOME": home, "QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": offscreen}
        if (SHARED / "weights").is_dir():
            mine["FOVEA_WEIGHTS"] = str(SHARED / "weights")
        command = [sys.executable, "-m", "tests.screenshots", str(folder), "--only", name]
        done = subprocess.run(command, env={**os.environ, **mine}, check=False, capture_output=True, text=True)
        print(f"{name}: {'done' if done.returncode == 0 else done.stderr[-2000:]}", flush=True)
    return done.returncode == 0


# The scenes. Qt is imported in the process of each only.


def _driver(theme: str = "light", size: tuple[int, int] = (1280, 800), path: Path | None = None):
    from app.io.preferences import Preferences
    from tests.driving import Driver, until

    Preferences().set("theme", theme)
    driver = Driver(path, size)
    if path is None:
        until(lambda: driver.window.view.image is not None)
    return driver


def _reduced(full, colours: int):
    """Few colours: those of the theme and the markers as they are, the rest chosen from the picture."""
    from PIL import Image as Pillow
    from PySide6.QtGui import QColor

    from app.core.document import LABEL_COLOURS
    from app.ui.look.theme import DARK, LIGHT

    named = {v for t in (DARK, LIGHT) for v in vars(t).values() if isinstance(v, str)} | set(LABEL_COLOURS)
    own = [channel for name in sorted(named) for channel in QColor(name).getRgb()[:3]]
    chosen = full.quantize(colours).getpalette() or []
    palette = Pillow.new("P", (1, 1))
    palette.putpalette([*chosen[: 3 * colours], *own])
    return full.quantize(palette=palette, dither=Pillow.Dither.NONE)


def _save(driver, file: Path, dialog: str = "", over: Callable[[Any], object] | None = None) -> None:
    """Once nothing moves any more: the window, with a dialog over it where one is named."""
    from PIL import Image as Pillow
    from PySide6.QtGui import QPainter
    from PySide6.QtTest import QTest

    from tests.driving import until

    until(lambda: driver.window.view.settled and not driver.window.files.thumbnails.busy)
    QTest.qWait(100)  # layouts settle, the last thumbnail is drawn
    window = driver.window
    shot = window.grab()
    if dialog:
        above = driver.dialog(dialog)
        painter = QPainter(shot)
        painter.fillRect(shot.rect(), "#60000000")
        painter.drawPixmap(window.mapFromGlobal(above.mapToGlobal(above.rect().topLeft())), above.grab())
        painter.end()
    if over is not None:
        painter = QPainter(shot)
        over(painter)
        painter.end()
    shot.save(str(file))
    with Pillow.open(file) as full:
        whole = full.convert("RGB")
    for colours in COLOURS:
        _reduced(whole, colours).save(file, optimize=True)
        if file.stat().st_size < ENOUGH:
            break
    driver.close()


def first_start(file: Path) -> None:
    _save(_driver(), file)


def prompting(file: Path, theme: str = "light", size: tuple[int, int] = (1280, 800)) -> None:
    driver = _prompted(theme, size)
    _save(driver, file)


def _prompted(theme: str = "light", size: tuple[int, int] = (1280, 800)):
    from tests.driving import RIGHT, until

    driver = _driver(theme, size)
    driver.press("files.list", driver.row("coffee.png"))
    driver.wait_for_picture("coffee.png")
    driver.drag((150, 60), (445, 345))
    until(driver.answered)
    driver.click(500, 60, RIGHT)
    until(driver.answered)
    return driver


def prompting_dark(file: Path) -> None:
    prompting(file, "dark")


def prompting_1280x720(file: Path) -> None:
    prompting(file, "dark", (1280, 720))


def prompting_scale_2(file: Path) -> None:
    prompting(file, "light", (1280, 720))


def polygon(file: Path, theme: str = "light", size: tuple[int, int] = (1280, 800)) -> None:
    """A polygon in progress, with the line to the pointer."""
    from tests.driving import until

    driver = _driver(theme, size)
    driver.press("files.list", driver.row("coffee.png"))
    driver.wait_for_picture("coffee.png")
    until(lambda: driver.window.segmenter is not None)
    driver.press("column.gesture.ellipse")
    driver.drag((120, 320), (240, 390))
    driver.type("spoon")
    driver.key("Return")
    driver.press("column.gesture.polygon")
    for x, y in ((160, 110), (190, 70), (250, 52), (330, 48), (400, 66), (428, 110)):
        driver.click(x, y)
    driver.hover(420, 190)
    _save(driver, file)


def polygon_dark(file: Path) -> None:
    polygon(file, "dark", (1280, 720))


def polygon_scale_2(file: Path) -> None:
    polygon(file, "light", (1280, 720))


def polygon_dark_scale_2(file: Path) -> None:
    polygon(file, "dark", (1280, 720))


def drawing_box(file: Path) -> None:
    """A box with its guides; a mask painted with the brush stands beside it."""
    driver = _driver("light", (1280, 720))
    driver.press("files.list", driver.row("coffee.png"))
    driver.wait_for_picture("coffee.png")
    driver.key("B")
    driver.hover(300, 200)
    driver.key("]")
    driver.drag((130, 330), (220, 380))
    driver.key("Return")
    driver.type("spoon")
    driver.key("Return")
    driver.key("R")
    driver.click(150, 50)
    driver.hover(445, 345)
    _save(driver, file)


def wand(file: Path) -> None:
    from tests.driving import until

    driver = _driver("dark", (1280, 720))
    driver.press("files.list", driver.row("coffee.png"))
    driver.wait_for_picture("coffee.png")
    driver.key("U")
    driver.click(300, 150)
    until(lambda: driver.window.drawing.gesture.ready)
    _save(driver, file)


def named(file: Path, theme: str = "light") -> None:
    driver = _prompted(theme)
    driver.key("Return")
    driver.type("cup")
    driver.key("Return")
    driver.keep(560, 300)
    _save(driver, file)


def naming(file: Path) -> None:
    driver = _prompted()
    driver.key("Return")
    _save(driver, file)


def analyse_canny(file: Path, theme: str = "light", size: tuple[int, int] = (1280, 800)) -> None:
    from tests.driving import until

    driver = _driver(theme, size)
    driver.select_tool("fundamentals.canny")
    until(lambda: len(driver.window.stack.items) == 1)
    _save(driver, file)


def analyse_canny_dark(file: Path) -> None:
    analyse_canny(file, "dark")


def analyse_1280x720(file: Path) -> None:
    analyse_canny(file, "light", (1280, 720))


def error_in_place(file: Path) -> None:
    driver = _driver()
    driver.select_tool("fundamentals.canny")
    driver.enter_number("param.fundamentals.canny.low", "900")
    _save(driver, file)


def yolo(file: Path, theme: str = "dark") -> None:
    from tests.driving import until

    driver = _driver(theme)
    driver.press("files.list", driver.row("bus.jpg"))
    driver.wait_for_picture("bus.jpg")
    driver.select_tool("detection.yolo")
    driver.choose("param.detection.yolo.model", "yolov8n-seg")
    driver.press("tool.detection.yolo.run")
    until(lambda: driver.window.stack.items, 120)
    _save(driver, file)


def yolo26_without_overlap(file: Path) -> None:
    driver = _driver()
    driver.select_tool("detection.yolo")
    driver.choose("param.detection.yolo.model", "yolo26n")
    _save(driver, file)


def missing_weights(file: Path) -> None:
    from tests.driving import until

    driver = _driver()
    driver.select_tool("segmentation.click")
    driver.choose("param.segmentation.click.engine", "sam-vit-b")
    until(lambda: driver.find("tool.segmentation.click.remedy").isVisible(), 60)
    _save(driver, file)


def missing_weights_notice(file: Path) -> None:
    from tests.driving import until

    driver = _driver("dark")
    driver.select_tool("segmentation.click")
    driver.choose("param.segmentation.click.engine", "sam-vit-b")
    driver.key("Ctrl+1")
    driver.click(200, 200)
    until(lambda: driver.window.notices.text, 60)
    _save(driver, file)


def palette(file: Path) -> None:
    driver = _driver()
    driver.key("Ctrl+K")
    driver.dialog("palette")
    driver.type("ca")
    _save(driver, file, "palette")


def keys(file: Path) -> None:
    driver = _driver()
    driver.key("?")
    _save(driver, file, "key_sheet")


def keys_refused(file: Path) -> None:
    driver = _driver()
    driver.window.actions_["edit.keys"].trigger()
    driver.dialog("key_editor")
    driver.press("key_editor.search")
    driver.type("fit")
    driver.choose_row("key_editor.tree", "View: Fit to window")
    driver.press("key_editor.edit")
    driver.key("Ctrl+Z")
    driver.press("key_editor.set")
    _save(driver, file, "key_editor")


def models(file: Path) -> None:
    driver = _driver()
    driver.key("Ctrl+M")
    driver.dialog("models")
    driver.choose_row("models.tree", "Segment Anything ViT-B")
    _save(driver, file, "models")


def log(file: Path) -> None:
    driver = _broken_folder(file)
    driver.press("files.list", driver.row("text.png"))
    from tests.driving import until

    until(lambda: driver.session.problem)
    driver.window.notices.error(
        "Blur failed: a bug. The log has the details; the program goes on.",
        'Traceback (most recent call last):\n  File "blur.py", line 3, in blur\nValueError: a bug',
    )
    driver.key("F12")
    driver.choose_row("log.rows", "Blur failed", column=2)
    _save(driver, file)


def empty_state(file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        driver = _driver(path=Path(folder))
        from tests.driving import until

        until(lambda: "No pictures" in driver.find("files.count").text())
        _save(driver, file)


def broken_file(file: Path) -> None:
    from tests.driving import until

    driver = _broken_folder(file)
    driver.press("files.list", driver.row("text.png"))
    until(lambda: driver.session.problem)
    _save(driver, file)


def _broken_folder(file: Path):
    from tests.driving import make_folder

    folder = Path(os.environ["FOVEA_HOME"]) / "pictures"
    make_folder(folder, ("a1.png",))
    (folder / "text.png").write_text("not a picture", encoding="utf-8")
    whole = (folder / "a1.png").read_bytes()
    (folder / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    shutil.copyfile(folder / "a1.png", folder / "写真 その 1.png")
    driver = _driver(path=folder)
    driver.wait_for_picture("a1.png")
    return driver


def _editing(theme: str = "light", size: tuple[int, int] = (1280, 800)):
    """A box, a polygon with a hole, a rotated box, an ellipse, a skeleton and a mask on a picture, nothing selected."""
    import numpy as np

    from app.core import annotation as a
    from app.core.geometry import Box
    from app.core.masks import encode

    driver = _driver(theme, size)
    driver.press("files.list", driver.row("coffee.png"))
    driver.wait_for_picture("coffee.png")
    rows, columns = np.mgrid[:400, :600]
    blob = ((rows - 130) / 60.0) ** 2 + ((columns - 500) / 75.0) ** 2 < 1
    blob &= ((rows - 130) ** 2 + (columns - 500) ** 2) > 15**2
    rle = encode(blob)
    assert rle is not None
    outer = ((60.0, 40.0), (170.0, 30.0), (200.0, 120.0), (120.0, 170.0), (40.0, 130.0))
    inner = ((100.0, 70.0), (140.0, 70.0), (130.0, 110.0), (105.0, 105.0))
    joints = ((430.0, 300.0), (480.0, 260.0), (520.0, 310.0), (560.0, 350.0))
    shapes = [
        a.Shape(a.BoxGeometry(Box(230, 90, 400, 250)), "cup"),
        a.Shape(a.PolygonGeometry((outer, inner)), "table"),
        a.Shape(a.RotatedBoxGeometry((130, 290), 170, 70, 20), "spoon"),
        a.Shape(a.EllipseGeometry((320, 320), 70, 40, 0), "saucer"),
        a.Shape(a.KeypointsGeometry(joints, (2, 1, 0, 2), ("a", "b", "c", "d"), ((0, 1), (1, 2), (2, 3))), "pose"),
        a.Shape(a.MaskGeometry(rle), "shadow"),
    ]
    driver.session.keep(shapes, "Put")
    driver.key("V")
    driver.session.select(())
    driver.window.view.setFocus()
    return driver, shapes


def _selected(file: Path, which: int, hover: tuple[float, float], theme: str, size=(1280, 800)) -> None:
    driver, shapes = _editing(theme, size)
    driver.session.select([shapes[which].id])
    driver.hover(*hover)
    _save(driver, file)


def selected_box(file: Path) -> None:
    _selected(file, 0, (400, 250), "light")


def selected_rotated_box_dark(file: Path) -> None:
    _selected(file, 2, (130, 290), "dark")


def selected_polygon(file: Path) -> None:
    _selected(file, 1, (200, 120), "light")


def selected_polygon_dark(file: Path) -> None:
    _selected(file, 1, (115, 35), "dark")


def selected_polygon_scale_2(file: Path) -> None:
    _selected(file, 1, (200, 120), "light", (1280, 720))


def selected_keypoints_dark(file: Path) -> None:
    _selected(file, 4, (480, 260), "dark")


def brush_cursor(file: Path, theme: str = "light") -> None:
    driver, shapes = _editing(theme)
    driver.session.select([shapes[5].id])
    driver.key("B")
    driver.hover(430, 130)
    driver.window.editing.retouching.gesture.resize_brush(4)
    driver.drag((430, 130), (420, 190))
    driver.hover(415, 200)
    _save(driver, file)


def brush_cursor_dark(file: Path) -> None:
    brush_cursor(file, "dark")


def shape_menu(file: Path, theme: str = "light") -> None:
    from PySide6.QtGui import QPainter

    from tests.driving import RIGHT, until

    driver, shapes = _editing(theme)
    driver.session.select([shapes[0].id, shapes[5].id])
    driver.click(480, 150, RIGHT)
    menu = driver.window.editing.menu.menu
    until(menu.isVisible)
    shot = menu.grab()
    place = driver.window.mapFromGlobal(menu.mapToGlobal(menu.rect().topLeft()))
    _save(driver, file, over=lambda painter: QPainter.drawPixmap(painter, place, shot))


def shape_menu_dark(file: Path) -> None:
    shape_menu(file, "dark")


def label_question(file: Path) -> None:
    driver, _ = _editing()
    driver.press("files.list", driver.row("cat.png"))
    driver.wait_for_picture("cat.png")
    driver.session.choose_label("cup")
    driver.press("labels.delete")
    _save(driver, file)


def engines(file: Path, theme: str = "dark") -> None:
    """The list of engines, opened: which of them lack their weights."""
    driver = _driver(theme)
    driver.select_tool("segmentation.click")
    box = driver.find("param.segmentation.click.engine.edit")
    driver.show(box)
    box.showPopup()

    def over(painter) -> None:
        pane = box.view().window()
        painter.drawPixmap(driver.window.mapFromGlobal(pane.mapToGlobal(pane.rect().topLeft())), pane.grab())

    _save(driver, file, over=over)


def _kept(theme: str):
    """A folder of two pictures with a shape on one of them."""
    from app.core.annotation import BoxGeometry, Shape
    from app.core.geometry import Box
    from app.io.samples import sample_folder
    from tests.driving import until

    folder = Path(os.environ["FOVEA_HOME"]) / "pictures"
    folder.mkdir()
    for name in ("coffee.png", "cat.png"):
        (folder / name).write_bytes((sample_folder() / name).read_bytes())
    driver = _driver(theme, path=folder)
    until(lambda: driver.window.files.model.rowCount() == 2)
    driver.press("files.list", driver.row("coffee.png"))
    driver.wait_for_picture("coffee.png")
    driver.session.keep([Shape(BoxGeometry(Box(230, 90, 400, 250)), "cup")], "Put")
    return driver, folder


def restore(file: Path, theme: str = "light") -> None:
    from app.io import backups
    from tests.driving import until

    driver, folder = _kept(theme)
    backups.daily(folder / "project.fovea", folder)
    driver.window.actions_["file.restore"].trigger()
    tree = driver.dialog("backups").tree
    until(lambda: tree.topLevelItemCount() > 0)
    tree.setCurrentItem(tree.topLevelItem(0))
    _save(driver, file, "backups")


def restore_dark(file: Path) -> None:
    restore(file, "dark")


def restore_empty(file: Path) -> None:
    from tests.driving import until

    driver, _ = _kept("light")
    driver.window.actions_["file.restore"].trigger()
    words = driver.dialog("backups").words
    until(lambda: "no backup" in words.text())
    _save(driver, file, "backups")


def missing_picture(file: Path, theme: str = "light") -> None:
    """A picture that has shapes was moved away."""
    from tests.driving import until

    driver, folder = _kept(theme)
    driver.press("files.list", driver.row("cat.png"))
    driver.wait_for_picture("cat.png")
    (folder / "coffee.png").rename(folder.parent / "coffee.png")
    driver.session.open(folder)
    until(lambda: "not in" in driver.window.notices.text, 30)
    _save(driver, file)


def missing_picture_dark(file: Path) -> None:
    missing_picture(file, "dark")


def _under_way(theme: str, size: tuple[int, int] = (1280, 800)):
    """Pictures in every state, shapes by several authors, comments on the coffee cup."""
    from app.core import review
    from app.core.annotation import BoxGeometry, PolygonGeometry, Shape
    from app.core.document import Comment
    from app.core.geometry import Box
    from app.core.history import Change

    driver = _driver(theme, size)
    driver.window.preferences.set("reviewer", "Ada")
    driver.window.flow.reviewing.panel.reviewer.setText("Ada")
    driver.press("files.list", driver.row("coffee.png"))
    driver.wait_for_picture("coffee.png")
    session = driver.session
    corners = ((60.0, 40.0), (170.0, 30.0), (200.0, 120.0), (120.0, 170.0), (40.0, 130.0))
    shapes = [Shape(BoxGeometry(Box(230, 90, 400, 250)), "cup"), Shape(PolygonGeometry((corners,)), "table")]
    shapes += [
        Shape(
            BoxGeometry(Box(20 + 40 * n, 290, 45 + 42 * n, 330 + 3 * n)), "crumb", score=0.4 + 0.05 * n, author="coco"
        )
        for n in range(9)
    ]
    session.keep(shapes[:1], "Add cup")
    session.keep(shapes[1:2], "Add polygon")
    session.keep(shapes[2:], "Import crumbs")
    for text, point in (("Is this the saucer or the table?", (150.0, 90.0)), ("Lovely light.", None)):
        comment = Comment(text, "Bo", "2026-11-25T10:12:00+00:00", point)
        session.edit_document("Comment", lambda d, c=comment: review.add_comment(d, c))
    resolved = Comment("The handle is missing.", "Ada", "2026-11-24T16:40:00+00:00", (420.0, 170.0), resolved=True)
    session.edit_document("Comment", lambda d: review.add_comment(d, resolved))
    verdict = ("the handle belongs to the cup", "Ada", "2026-11-25T10:15:00+00:00")
    session.edit_document("Send back", lambda d: review.judge(d, "in_work", *verdict))
    for path, state in (("astronaut.png", "done"), ("cat.png", "rejected")):
        before = session.store.document(path)
        session.edit(Change(f"Mark as {state}", ((before, review.judge(before, state, "", "Ada")),)))
    driver.key("V")
    session.select(())
    return driver


def review_panel(file: Path, theme: str = "light", size: tuple[int, int] = (1280, 800)) -> None:
    driver = _under_way(theme, size)
    driver.key("F7")
    driver.press("pin.1")
    _save(driver, file)


def review_panel_dark(file: Path) -> None:
    review_panel(file, "dark")


def review_panel_scale_2(file: Path) -> None:
    review_panel(file, "light", (1280, 720))


def history_panel(file: Path, theme: str = "light", size: tuple[int, int] = (1280, 800)) -> None:
    driver = _under_way(theme, size)
    driver.key("F8")
    driver.key("Ctrl+Z")
    driver.key("Ctrl+Z")
    driver.key("Ctrl+Z")
    _save(driver, file)


def history_panel_dark(file: Path) -> None:
    history_panel(file, "dark")


def history_panel_scale_2(file: Path) -> None:
    history_panel(file, "dark", (1280, 720))


def files_filter(file: Path, theme: str = "light", size: tuple[int, int] = (1280, 800)) -> None:
    from tests.driving import until

    driver = _under_way(theme, size)
    driver.press("files.filter.more")
    driver.window.files.bar._state.setCurrentIndex(2)
    driver.window.files.bar._label.setCurrentIndex(1)
    until(lambda: driver.window.files.model.rowCount() == 1)
    _save(driver, file)


def files_filter_dark(file: Path) -> None:
    files_filter(file, "dark")


def files_filter_scale_2(file: Path) -> None:
    files_filter(file, "light", (1280, 720))


def statistics_panel(file: Path, theme: str = "light", size: tuple[int, int] = (1280, 800)) -> None:
    from tests.driving import until

    driver = _under_way(theme, size)
    driver.key("F9")
    until(lambda: driver.window.flow.statistics.rows and driver.window.flow.statistics._project.shapes)
    _save(driver, file)


def statistics_panel_dark(file: Path) -> None:
    statistics_panel(file, "dark")


def statistics_panel_scale_2(file: Path) -> None:
    statistics_panel(file, "light", (1280, 720))


def export(file: Path, theme: str = "light", size: tuple[int, int] = (1280, 800)) -> None:
    from app.core.annotation import PointGeometry, RotatedBoxGeometry, Shape
    from tests.driving import until

    driver = _under_way(theme, size)
    more = [PointGeometry(((40.0, 60.0),)), RotatedBoxGeometry((480.0, 320.0), 90.0, 40.0, 20.0)]
    driver.session.keep([Shape(geometry, "table") for geometry in more], "Add two")
    driver.window.files.bar.show_label("cup")
    until(lambda: driver.window.files.model.rowCount() == 1)
    driver.key("Ctrl+E")
    dialog = driver.dialog("export")
    dialog.folder.setText("pictures/export")
    until(dialog.go.isEnabled)
    _save(driver, file, "export")


def export_dark(file: Path) -> None:
    export(file, "dark")


def export_scale_2(file: Path) -> None:
    export(file, "dark", (1280, 720))


SCENES: dict[str, Callable[[Path], None]] = {
    scene.__name__: scene
    for scene in (
        first_start,
        prompting,
        prompting_dark,
        prompting_1280x720,
        prompting_scale_2,
        polygon,
        polygon_dark,
        polygon_scale_2,
        polygon_dark_scale_2,
        drawing_box,
        wand,
        naming,
        named,
        analyse_canny,
        analyse_canny_dark,
        analyse_1280x720,
        error_in_place,
        yolo,
        yolo26_without_overlap,
        missing_weights,
        missing_weights_notice,
        palette,
        keys,
        keys_refused,
        models,
        log,
        empty_state,
        broken_file,
        selected_box,
        selected_rotated_box_dark,
        selected_polygon,
        selected_polygon_dark,
        selected_polygon_scale_2,
        selected_keypoints_dark,
        brush_cursor,
        brush_cursor_dark,
        shape_menu,
        shape_menu_dark,
        label_question,
        engines,
        restore,
        restore_dark,
        restore_empty,
        missing_picture,
        missing_picture_dark,
        review_panel,
        review_panel_dark,
        review_panel_scale_2,
        history_panel,
        history_panel_dark,
        history_panel_scale_2,
        files_filter,
        files_filter_dark,
        files_filter_scale_2,
        statistics_panel,
        statistics_panel_dark,
        statistics_panel_scale_2,
        export,
        export_dark,
        export_scale_2,
        *LABEL_SCENES,
    )
}
SCENES |= HAND_SCENES

if __name__ == "__main__":
    main()

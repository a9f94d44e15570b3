"""Scenes of tools, models, dialogs and what goes wrong."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from tests.scenes.base import Scene, save, start


def analyse_canny(file: Path, theme: str = "light", size: tuple[int, int] = (1280, 800)) -> None:
    from tests.driving import until

    driver = start(theme, size)
    driver.select_tool("fundamentals.canny")
    until(lambda: len(driver.window.stack.items) == 1)
    save(driver, file)


def analyse_canny_dark(file: Path) -> None:
    analyse_canny(file, "dark")


def analyse_1280x720(file: Path) -> None:
    analyse_canny(file, "light", (1280, 720))


def error_in_place(file: Path) -> None:
    driver = start()
    driver.select_tool("fundamentals.canny")
    driver.enter_number("param.fundamentals.canny.low", "900")
    save(driver, file)


def yolo(file: Path, theme: str = "dark") -> None:
    from tests.driving import until

    driver = start(theme)
    driver.press("files.list", driver.row("bus.jpg"))
    driver.wait_for_picture("bus.jpg")
    driver.select_tool("detection.yolo")
    driver.choose("param.detection.yolo.model", "yolov8n-seg")
    driver.press("tool.detection.yolo.run")
    until(lambda: driver.window.stack.items, 120)
    save(driver, file)


def yolo26_without_overlap(file: Path) -> None:
    driver = start()
    driver.select_tool("detection.yolo")
    driver.choose("param.detection.yolo.model", "yolo26n")
    save(driver, file)


def missing_weights(file: Path) -> None:
    from tests.driving import until

    driver = start()
    driver.select_tool("segmentation.click")
    driver.choose("param.segmentation.click.engine", "sam-vit-b")
    until(lambda: driver.find("tool.segmentation.click.remedy").isVisible(), 60)
    save(driver, file)


def missing_weights_notice(file: Path) -> None:
    from tests.driving import until

    driver = start("dark")
    driver.select_tool("segmentation.click")
    driver.choose("param.segmentation.click.engine", "sam-vit-b")
    driver.key("Ctrl+1")
    driver.click(200, 200)
    until(lambda: driver.window.notices.text, 60)
    save(driver, file)


def palette(file: Path) -> None:
    driver = start()
    driver.key("Ctrl+K")
    driver.dialog("palette")
    driver.type("ca")
    save(driver, file, "palette")


def keys(file: Path) -> None:
    driver = start()
    driver.key("?")
    save(driver, file, "key_sheet")


def keys_refused(file: Path) -> None:
    driver = start()
    driver.window.actions_["edit.keys"].trigger()
    driver.dialog("key_editor")
    driver.press("key_editor.search")
    driver.type("fit")
    driver.choose_row("key_editor.tree", "View: Fit to window")
    driver.press("key_editor.edit")
    driver.key("Ctrl+Z")
    driver.press("key_editor.set")
    save(driver, file, "key_editor")


def models(file: Path) -> None:
    driver = start()
    driver.key("Ctrl+M")
    driver.dialog("models")
    driver.choose_row("models.tree", "Segment Anything ViT-B")
    save(driver, file, "models")


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
    save(driver, file)


def empty_state(file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        driver = start(path=Path(folder))
        from tests.driving import until

        until(lambda: "No pictures" in driver.find("files.count").text())
        save(driver, file)


def broken_file(file: Path) -> None:
    from tests.driving import until

    driver = _broken_folder(file)
    driver.press("files.list", driver.row("text.png"))
    until(lambda: driver.session.problem)
    save(driver, file)


def _broken_folder(file: Path):
    from tests.driving import make_folder

    folder = Path(os.environ["FOVEA_HOME"]) / "pictures"
    make_folder(folder, ("a1.png",))
    (folder / "text.png").write_text("not a picture", encoding="utf-8")
    whole = (folder / "a1.png").read_bytes()
    (folder / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    shutil.copyfile(folder / "a1.png", folder / "写真 その 1.png")
    driver = start(path=folder)
    driver.wait_for_picture("a1.png")
    return driver


SCENES: tuple[Scene, ...] = (
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
)

"""Scenes of shapes that are held and changed."""

from __future__ import annotations

from pathlib import Path

from tests.scenes.base import Scene, editing, save, start


def _selected(file: Path, which: int, hover: tuple[float, float], theme: str, size=(1280, 800)) -> None:
    driver, shapes = editing(theme, size)
    driver.session.select([shapes[which].id])
    driver.hover(*hover)
    save(driver, file)


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
    driver, shapes = editing(theme)
    driver.session.select([shapes[5].id])
    driver.key("B")
    driver.hover(430, 130)
    driver.window.editing.retouching.gesture.resize_brush(4)
    driver.drag((430, 130), (420, 190))
    driver.hover(415, 200)
    save(driver, file)


def brush_cursor_dark(file: Path) -> None:
    brush_cursor(file, "dark")


def shape_menu(file: Path, theme: str = "light") -> None:
    from PySide6.QtGui import QPainter

    from tests.driving import RIGHT, until

    driver, shapes = editing(theme)
    driver.session.select([shapes[0].id, shapes[5].id])
    driver.click(480, 150, RIGHT)
    menu = driver.window.editing.menu.menu
    until(menu.isVisible)
    shot = menu.grab()
    place = driver.window.mapFromGlobal(menu.mapToGlobal(menu.rect().topLeft()))
    save(driver, file, over=lambda painter: QPainter.drawPixmap(painter, place, shot))


def shape_menu_dark(file: Path) -> None:
    shape_menu(file, "dark")


def label_question(file: Path) -> None:
    driver, _ = editing()
    driver.press("files.list", driver.row("cat.png"))
    driver.wait_for_picture("cat.png")
    driver.session.choose_label("cup")
    driver.press("labels.delete")
    save(driver, file)


def engines(file: Path, theme: str = "dark") -> None:
    """The list of engines, opened: which of them lack their weights."""
    driver = start(theme)
    driver.select_tool("segmentation.click")
    box = driver.find("param.segmentation.click.engine.edit")
    driver.show(box)
    box.showPopup()

    def over(painter) -> None:
        pane = box.view().window()
        painter.drawPixmap(driver.window.mapFromGlobal(pane.mapToGlobal(pane.rect().topLeft())), pane.grab())

    save(driver, file, over=over)


SCENES: tuple[Scene, ...] = (
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
)

"""Scenes of review, history, filter, statistics and export."""

from __future__ import annotations

from pathlib import Path

from tests.scenes.base import Scene, save, start


def _under_way(theme: str, size: tuple[int, int] = (1280, 800)):
    """Pictures in every state, shapes by several authors, comments on the coffee cup."""
    from app.core import review
    from app.core.annotation import BoxGeometry, PolygonGeometry, Shape
    from app.core.document import Comment
    from app.core.geometry import Box
    from app.core.history import Change

    driver = start(theme, size)
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
    save(driver, file)


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
    save(driver, file)


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
    save(driver, file)


def files_filter_dark(file: Path) -> None:
    files_filter(file, "dark")


def files_filter_scale_2(file: Path) -> None:
    files_filter(file, "light", (1280, 720))


def statistics_panel(file: Path, theme: str = "light", size: tuple[int, int] = (1280, 800)) -> None:
    from tests.driving import until

    driver = _under_way(theme, size)
    driver.key("F9")
    until(lambda: driver.window.flow.statistics.rows and driver.window.flow.statistics._project.shapes)
    save(driver, file)


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
    save(driver, file, "export")


def export_dark(file: Path) -> None:
    export(file, "dark")


def export_scale_2(file: Path) -> None:
    export(file, "dark", (1280, 720))


SCENES: tuple[Scene, ...] = (
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
)

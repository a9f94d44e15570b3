"""The main job without a screen: the same window, widgets and gestures, driven by the same events, offscreen.

Opens the sample pictures, clicks an object in each, keeps its mask, exports, and leaves what it made in ``demo-out/``.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QMessageLogContext, QPointF, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtTest import QTest

from app.core import paths
from app.core.annotation import pixels_of
from app.io import images, samples

OUT = Path("demo-out")
PATIENCE_S = 120.0


def run() -> int:
    """Do the job and say how it went; the exit status is 0 when every step worked."""
    print("There is no screen (DISPLAY and WAYLAND_DISPLAY are not set), so no window can be shown.")
    print(f"Doing the main job on the sample pictures offscreen instead; the results go to {OUT.resolve()}")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    shutil.rmtree(OUT, ignore_errors=True)
    for name in ("pictures", "masks", "screenshots"):
        (OUT / name).mkdir(parents=True)
    qInstallMessageHandler(_print_unless_expected)
    with _home_of_its_own():
        try:
            _Demo(OUT).play()
        except TimeoutError as error:
            print(f"The demo did not get on: {error}", file=sys.stderr)
            return 1
    return 0


def _print_unless_expected(_: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """The offscreen platform says of every window that it cannot pass size hints on."""
    if "propagateSizeHints" not in text:
        print(text, file=sys.stderr)


@contextmanager
def _home_of_its_own() -> Iterator[None]:
    """The person's own settings and projects are left alone."""
    before = os.environ.get("FOVEA_HOME")
    with tempfile.TemporaryDirectory() as home:
        os.environ["FOVEA_HOME"] = home
        try:
            yield
        finally:
            if before is None:
                del os.environ["FOVEA_HOME"]
            else:
                os.environ["FOVEA_HOME"] = before


class _Demo:
    def __init__(self, out: Path) -> None:
        from app.ui.opening import make_app, make_window

        self.out = out
        listed = tomllib.loads((paths.resource_dir() / "samples.toml").read_text(encoding="utf-8"))["sample"]
        folder = samples.sample_folder()
        self.jobs = [row for row in listed if (folder / row["name"]).exists()]
        for row in self.jobs:
            shutil.copyfile(folder / row["name"], out / "pictures" / row["name"])
        self.app = make_app()
        self.window = make_window(self.app, out / "pictures")

    def play(self) -> None:
        window = self.window
        window.show()
        self._wait("the tools are loaded", lambda: window.segmenter is not None)
        for row in self.jobs:
            self._wait(f"{row['name']} is listed", partial(self._is_listed, str(row["name"])))
        for number, row in enumerate(self.jobs):
            self._segment(number, row)
        self._export()
        window.close()

    def _segment(self, number: int, row: dict[str, object]) -> None:
        """One picture: go there, click, keep."""
        window, name = self.window, str(row["name"])
        if number:
            window.actions_["file.next"].trigger()
        self._wait(f"{name} is shown", lambda: window.view.image is not None and self._current() == name)
        if number == 0:
            self._shoot("1-first-start")
        segmenter = window.segmenter
        assert segmenter is not None
        for x, y in row["clicks"]:  # type: ignore[attr-defined]
            point = window.view.transform.to_view((x, y))
            left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
            QTest.mouseClick(window.view, left, none, QPointF(*point).toPoint())
            self._wait(f"{name} has a mask", lambda: segmenter.answered)
        if number == 0:
            self._shoot("2-clicked")
        before = len(window.session.document.shapes) if window.session.document else 0
        QTest.keyClick(window.view, Qt.Key.Key_Return)
        self._wait(f"{name}'s mask is kept", lambda: self._kept() > before)
        self._wait(f"{name}'s mask is outlined closely", lambda: not window.jobs.busy)
        if number == 0:
            self._shoot("3-kept")
        document, image = window.session.document, window.session.image
        assert document is not None
        assert image is not None
        for n, shape in enumerate(document.shapes, 1):
            mask = pixels_of(shape.geometry, image.width, image.height)
            images.save(self.out / "masks" / f"{Path(name).stem}_{n}.png", mask.astype(np.uint8) * np.uint8(255))
        print(f"{name}: {len(document.shapes)} object kept as {document.shapes[-1].label}")
        if number == len(self.jobs) - 1:
            self._shoot("4-last-picture")

    def _export(self) -> None:
        self.window.transfers.export(self.out)
        target = self.out / "annotations.json"
        self._wait("the annotations are exported", target.exists)
        print(f"exported {target}")

    def _is_listed(self, name: str) -> bool:
        return self.window.files.model.row_of(name) >= 0

    def _current(self) -> str:
        document = self.window.session.document
        return document.path if document is not None and self.window.session.image is not None else ""

    def _kept(self) -> int:
        document = self.window.session.document
        return len(document.shapes) if document is not None else 0

    def _shoot(self, name: str) -> None:
        QTest.qWait(300)  # overlays and thumbnails are drawn by other threads
        self.window.grab().save(str(self.out / "screenshots" / f"{name}.png"))

    def _wait(self, what: str, reached: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not reached():
            if time.monotonic() > end:
                raise TimeoutError(f"after {PATIENCE_S:.0f} s it is still not so that {what}.")
            QTest.qWait(10)

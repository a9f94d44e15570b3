from __future__ import annotations

from pathlib import Path

import pytest

from app.core.sources import Image
from app.io import images
from app.ui.projects.loader import ImageLoader
from tests.driving import make_folder, until


def test_that_a_picture_that_is_being_read_ahead_is_answered_once_and_read_once(
    qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    first, second = (make_folder(tmp_path) / name for name in ("a1.png", "a2.png"))
    read: list[Path] = []
    whole = images.open_picture

    def noting(file: Path) -> tuple[Image, tuple[str, ...]]:
        read.append(file)
        return whole(file)

    monkeypatch.setattr(images, "open_picture", noting)
    loader = ImageLoader()
    request.addfinalizer(loader.shutdown)  # a thread that is torn down while it runs takes the program down
    answers: list[str] = []
    loader.loaded.connect(lambda file, _image, _words: answers.append(file))
    loader.load(first, (second,))
    until(lambda: second in read and str(first) in answers)
    loader.load(second, (first,))
    until(lambda: str(second) in answers)
    loader.load(first)
    until(lambda: len(answers) == 3)
    assert answers == [str(first), str(second), str(first)]
    assert sorted(read) == [first, second]

"""`make run` without a screen, as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pycocotools.coco import COCO

from app.io import images

ROOT = Path(__file__).resolve().parents[2]


def without_screen(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.timeout(300)
def test_that_the_main_job_is_done_without_a_screen(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = without_screen(cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no screen" in done.stdout
    out = tmp_path / "demo-out"
    coco = COCO(str(out / "annotations.json"))
    assert len(coco.anns) == len(coco.imgs) == len(list((out / "pictures").glob("*.[jp][pn]g"))) >= 5
    assert [c["name"] for c in coco.cats.values()] == ["object"]
    for annotation in coco.anns.values():
        stem = Path(coco.imgs[annotation["image_id"]]["file_name"]).stem
        mask = images.read(out / "masks" / f"{stem}_1.png").pixels
        assert mask.shape == coco.annToMask(annotation).shape
        assert abs(int((mask > 0).sum()) - annotation["area"]) <= 0.02 * annotation["area"] + 2
    assert len(list((out / "screenshots").glob("*.png"))) >= 3
    assert not (home / "config").exists(), "the person's own settings were touched"


def test_that_a_folder_without_a_screen_is_refused_in_a_sentence(tmp_path: Path) -> None:
    done = without_screen(str(tmp_path), cwd=tmp_path)
    assert done.returncode == 1
    assert "only in a window" in done.stderr

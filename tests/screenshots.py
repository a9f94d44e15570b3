"""Pictures of the window in each of its states, made by driving it: `make screenshots`.

QT_QPA_PLATFORM=offscreen python -m tests.screenshots docs/screenshots
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.scenes import clicking, flow, hands, labels, projects, shapes, tools
from tests.scenes.base import SHARED, Scene


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


# Qt is imported in the process of each scene only.
SCENES: dict[str, Scene] = {
    scene.__name__: scene for room in (clicking, tools, shapes, projects, flow, labels) for scene in room.SCENES
}
SCENES |= hands.SCENES

if __name__ == "__main__":
    main()

"""How fast the window starts, against a bare one that shows a picture: `python -m tests.startup`.

Both in fresh processes, in turn; the least of several, because other work on the machine only ever adds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time

SLOW = ("cv2", "torch", "torchvision", "scipy", "skimage", "ultralytics", "timm", "requests", "pyqtgraph")
TIMES = 7

BARE = """
import sys
import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMainWindow

class View(pg.GraphicsLayoutWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, app.quit)

app = pg.mkQApp()
window, view = QMainWindow(), View()
view.addViewBox().addItem(pg.ImageItem(np.zeros((512, 512, 3), np.uint8)))
window.setCentralWidget(view)
window.resize(1280, 800)
window.show()
app.exec()
"""

OURS = """
import gc, json, sys
gc.disable()  # as app/__main__.py does
from app.ui.opening import make_app, make_window

app = make_app()
window = make_window(app)
window.painted.disconnect()
window.painted.connect(app.quit)
window.show()
app.exec()
loaded = [m for m in %r if m in sys.modules]
"""

END = """
import json, os, time
print(json.dumps({"wall": time.time() - float(os.environ["BEGUN"]), "processor": time.process_time(), **extra}))
sys.stdout.flush()
os._exit(0)
"""


def run(program: str, extra: str = "extra = {}") -> dict[str, object]:
    """One start in a fresh process: seconds until painted (wall and processor time)."""
    with tempfile.TemporaryDirectory() as home:
        mine = {"FOVEA_HOME": home, "QT_QPA_PLATFORM": "offscreen", "BEGUN": str(time.time())}
        command = [sys.executable, "-c", f"{program}\n{extra}\n{END}"]
        done = subprocess.run(command, env={**os.environ, **mine}, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def ours() -> dict[str, object]:
    return run(OURS % (SLOW,), "extra = {'loaded': loaded}")


def main() -> None:
    bare, own = [], []
    for _ in range(TIMES):
        bare.append(run(BARE))
        own.append(ours())
    for kind in ("wall", "processor"):
        first, second = (min(float(str(r[kind])) for r in rows) for rows in (bare, own))
        print(f"{kind}: bare {first:.2f} s, Fovea {second:.2f} s, ratio {second / first:.2f}")


if __name__ == "__main__":
    main()

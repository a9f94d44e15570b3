"""``python -m tests.bench [--json FILE] [--only a,b] [--files N]``: measure; write docs/bench.json and docs/bench.md.

Each benchmark runs in a process of its own with an empty home, offscreen unless a platform is set.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.report import markdown

NAMES = (
    "cold_start",
    "light_tools",
    "click_to_mask",
    "smoothness",
    "many_files",
    "huge_pictures",
    "many_shapes",
    "large_project",
)
DOCS = Path(__file__).resolve().parents[2] / "docs"


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("--json", type=Path, default=DOCS / "bench.json", help="where the figures go; .md beside it")
    parser.add_argument("--only", default=",".join(NAMES), help=f"some of {', '.join(NAMES)}, with commas")
    parser.add_argument("--files", type=int, default=100_000, help="how many files many_files makes")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        module = importlib.import_module(f"tests.bench.{given.child}")
        given.json.write_text(json.dumps([f.plain() for f in module.measure()]), encoding="utf-8")
        # The window's threads are done; what Qt tears down at the end is not measured here.
        sys.stdout.flush()
        os._exit(0)
    chosen = [n for n in given.only.split(",") if n]
    if unknown := set(chosen) - set(NAMES):
        parser.error(f"there is no benchmark called {', '.join(sorted(unknown))}")
    figures = _kept(given.json, chosen)
    for name in chosen:
        print(f"{name}...", file=sys.stderr)
        figures[name] = _child(name, given.files)
    found = {"date": datetime.date.today().isoformat(), "machine": machine(), "figures": figures}
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    text = markdown(found)
    given.json.with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)
    return 0


def _kept(file: Path, chosen: list[str]) -> dict[str, Any]:
    """Figures of an earlier run of the benchmarks that are not run now."""
    if not file.exists():
        return {}
    earlier = json.loads(file.read_text(encoding="utf-8"))["figures"]
    return {name: rows for name, rows in earlier.items() if name in NAMES and name not in chosen}


def _child(name: str, files: int) -> Any:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "FOVEA_HOME": home, "FOVEA_BENCH_FILES": str(files)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # without bytecode every start is two to three times as long
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        answer = Path(home) / "answer.json"
        command = [sys.executable, "-m", "tests.bench", "--child", name, "--json", str(answer)]
        subprocess.run(command, env=environment, check=True, timeout=1800)
        return json.loads(answer.read_text(encoding="utf-8"))


def machine() -> str:
    """Cores, memory, and what runs on it, in words."""
    import psutil

    memory = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cores} cores ({platform.machine()}), {memory:.0f} GiB, no GPU, {platform.system()}, "
        f"Python {platform.python_version()}, Qt platform {os.environ.get('QT_QPA_PLATFORM', 'offscreen')}, "
        f"load {load:.1f} at the end"
    )


if __name__ == "__main__":
    sys.exit(main())

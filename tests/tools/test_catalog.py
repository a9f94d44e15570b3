from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from app.tools.catalog import Catalog, load_catalog
from app.tools.contract import ToolError

GOOD = '''
from app.core.layers import TextLayer
from app.core.sources import Image
from app.tools.contract import Job, Params, tool


class P(Params):
    pass


@tool("{id}", title="Mine", chapter="9")
def mine(image: Image, p: P, job: Job) -> tuple[TextLayer]:
    """Says hello."""
    return (TextLayer("hello"),)
'''


def test_that_every_bundled_plugin_loads(catalog: Catalog) -> None:
    assert catalog.broken == []
    assert {"fundamentals.gaussian", "fundamentals.canny", "detection.yolo", "segmentation.click"} <= set(catalog.tools)


def test_that_importing_every_plugin_loads_neither_qt_nor_torch() -> None:
    code = (
        "import sys; from app.tools.catalog import load_catalog; c = load_catalog(); assert not c.broken, c.broken;"
        "bad = {'torch', 'torchvision', 'ultralytics', 'PySide6', 'segment_anything', 'skimage'} & set(sys.modules);"
        "sys.exit(', '.join(sorted(bad)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_that_the_command_line_starts_without_qt_or_torch() -> None:
    code = "import sys, app.cli; sys.exit(', '.join({'torch', 'PySide6', 'ultralytics'} & set(sys.modules)) or None)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_that_a_persons_own_file_becomes_a_tool(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(GOOD.format(id="own.mine"), encoding="utf-8")
    assert load_catalog(None, (tmp_path,)).find("own.mine").title == "Mine"


def test_that_broken_plugins_are_listed_with_their_error_and_harm_nothing(tmp_path: Path) -> None:
    (tmp_path / "a_syntax.py").write_text("def (:", encoding="utf-8")
    (tmp_path / "b_exits.py").write_text("import sys; sys.exit(3)", encoding="utf-8")
    (tmp_path / "c_missing.py").write_text("import nothing_of_that_name", encoding="utf-8")
    (tmp_path / "d_good.py").write_text(GOOD.format(id="own.good"), encoding="utf-8")
    (tmp_path / "e_twice.py").write_text(GOOD.format(id="own.good"), encoding="utf-8")
    catalog = load_catalog(None, (tmp_path,))
    assert list(catalog.tools) == ["own.good"]
    assert [Path(b.name).stem for b in catalog.broken] == ["a_syntax", "b_exits", "c_missing", "e_twice"]
    assert "SyntaxError" in catalog.broken[0].reason
    assert "nothing_of_that_name" in catalog.broken[2].traceback


def test_that_an_installed_package_brings_tools_by_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "brought_by_package.py").write_text(GOOD.format(id="own.entry"), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    entry = importlib.metadata.EntryPoint("mine", "brought_by_package", "fovea.tools")
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [entry] if group == "fovea.tools" else [])
    assert "own.entry" in load_catalog(None).tools


def test_that_an_unknown_tool_is_named_with_a_near_one(catalog: Catalog) -> None:
    with pytest.raises(ToolError, match=r"fundamentals\.canny"):
        catalog.find("canny")

"""What the documents promise is tried out."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from app.cli import main
from app.io import images
from app.ui.commands.catalogue import COMMANDS

ROOT = Path(__file__).resolve().parents[1]


def test_that_the_first_tool_of_the_contributing_guide_works(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", guide, re.DOTALL)
    assert code is not None
    plugins = home / "data" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "invert.py").write_text(code[1], encoding="utf-8")
    picture = tmp_path / "cat.png"
    pixels = np.arange(300, dtype=np.uint16).astype(np.uint8).reshape(10, 10, 3)
    images.save(picture, pixels)
    out = tmp_path / "dark.png"
    assert main(["run", "fundamentals.invert", str(picture), "--strength", "1", "-o", str(out)]) == 0
    assert np.array_equal(images.read(out).pixels, 255 - pixels)
    assert main(["run", "fundamentals.invert", "--help"]) == 0
    assert "How far to go" in " ".join(capsys.readouterr().out.split())


def test_that_the_keys_of_the_readme_are_the_keys_of_the_table() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    keys = {c.id: c.keys for c in COMMANDS}
    for command, shown in (("edit.undo", "Ctrl+Z"), ("edit.redo", "Ctrl+Shift+Z"), ("help.palette", "Ctrl+K")):
        assert shown in keys[command]
        assert shown in readme
    for command, shown in (("file.next", "D"), ("file.previous", "A"), ("help.keys", "?")):
        assert shown in keys[command]


def test_that_every_link_of_the_documents_leads_somewhere() -> None:
    for document in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            assert "://" in target or (document.parent / target).exists(), f"{document.name} links to {target}"

"""The house rules that no tool checks by itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
QT = {"PySide6", "shiboken6", "pyqtgraph", "superqt", "qtawesome"}
HEAVY = {"torch", "torchvision", "ultralytics", "segment_anything", "transformers", "timm", "skimage", "scipy"}
HEAVY |= {"pytorch_lightning", "onnx", "onnxruntime"}
TRAINS = tuple(f"app/training/{part}.py" for part in ("loop", "loss", "task", "validate"))
FILE_LINES, FUNCTION_LINES = 500, 60
TEXT = {".py", ".md", ".toml", ".sh", ".txt", ".cfg", ".json", ".yml", ".yaml", ""}

SOURCES = sorted(p for room in ("app", "plugins") for p in (ROOT / room).rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    """Top-level names of everything that is imported, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0]


def imported_at_once(tree: ast.Module) -> Iterator[str]:
    """What is imported when the module is: not inside functions, not for the type checker alone."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imported(ast.Module([node], []))
        waiting += ast.iter_child_nodes(node)


def public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions and methods that others may call."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and not inner.name.startswith("_"):
                    yield inner


def test_that_rooms_import_downwards_only() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_that_qt_is_imported_by_the_window_alone() -> None:
    found = {name(p): QT & set(imported(t)) for p, t in TREES.items() if not name(p).startswith("app/ui/")}
    assert {p: q for p, q in found.items() if q} == {}


def test_that_the_application_names_no_plugin() -> None:
    assert [name(p) for p, t in TREES.items() if name(p).startswith("app/") and "plugins" in imported(t)] == []


def test_that_training_loads_torch_only_where_it_trains() -> None:
    room = [p for p in SOURCES if name(p).startswith("app/training/")]
    assert {name(p) for p in room if HEAVY & set(imported_at_once(TREES[p]))} <= set(TRAINS)
    code = "import sys, app.cli, app.training.pack, app.training.samples; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) & HEAVY == set()


def test_that_slow_libraries_are_imported_late_and_ruff_sees_to_it() -> None:
    allowed = ("app/nets/", "plugins/_shared/", *TRAINS)
    outside = (p for p in SOURCES if not name(p).startswith(allowed))
    found = {name(p): HEAVY & set(imported_at_once(TREES[p])) for p in outside}
    # A tool's private half may be excused, line by line: its tool imports it inside a function.
    private = re.compile(r"plugins/\w+/_\w+\.py")
    assert [p for p, libraries in found.items() if libraries and not private.fullmatch(p)] == []
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert "TID253" in ruff["select"]
    assert set(ruff["flake8-tidy-imports"]["banned-module-level-imports"]) >= HEAVY
    excused = {glob for glob, rules in ruff["per-file-ignores"].items() if "TID253" in rules}
    excused -= {"app/nets/*", "app/training/{loop,loss,task,validate}.py", "plugins/_shared/*", "tests/*"}
    assert all(re.fullmatch(r"plugins/\w+/_[\w*]*(\.py)?", glob) for glob in excused), excused


def test_that_importing_every_plugin_loads_neither_qt_nor_a_network_library() -> None:
    code = "import sys; from app.tools.catalog import load_catalog; c = load_catalog(); print(c.broken, *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100)
    words = set(done.stdout.split())
    assert done.returncode == 0, done.stderr
    assert "[]" in words and "plugins.detection.yolo" in words
    assert words & (QT | HEAVY) == set()


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_that_files_and_functions_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES
    functions = (n for n in ast.walk(TREES[path]) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    assert [n.name for n in functions if (n.end_lineno or 0) - n.lineno + 1 > FUNCTION_LINES] == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_that_what_others_use_is_annotated_and_every_module_says_what_it_is_for(path: Path) -> None:
    tree = TREES[path]
    assert path.stem == "__init__" or ast.get_docstring(tree), "no docstring"
    for function in public(tree):
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
        assert function.returns is not None and bare == [], function.name


def test_that_the_type_checker_is_strict() -> None:
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert mypy["strict"] is True and set(mypy["packages"]) == {"app", "plugins"}


def test_that_no_text_names_a_place_on_somebody_s_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, timeout=100)
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    place = re.compile(r"(?<![\w.~}$])/(?:work|root|home|Users)/\w")
    files = (ROOT / f for f in listed.stdout.split("\0") if f and Path(f).suffix in TEXT)
    found = [name(f) for f in files if f.is_file() and place.search(f.read_text(encoding="utf-8", errors="replace"))]
    assert found == []

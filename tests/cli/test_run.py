from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.core.sources import Image
from app.io import images
from app.io.preferences import Preferences
from tests.cli.conftest import Call, read_mask

ROOT = Path(__file__).parents[2]
CANNY, CLICK = "fundamentals.canny", "segmentation.click"


def outside(*words: object, home: Path) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    environment = {**os.environ, "FOVEA_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "app", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100)


# -- tools


def test_that_the_tools_are_listed_with_schemas_as_json(fovea: Call) -> None:
    said = fovea("tools", "--json")
    assert said.status == 0 and said.json["broken"] == []
    tools = {t["id"]: t for t in said.json["tools"]}
    assert {"fundamentals.gaussian", CANNY, "detection.yolo", CLICK} <= set(tools)
    assert all(t["title"] and t["chapter"] and "properties" in t["parameters"] for t in tools.values())
    assert tools[CANNY]["parameters"]["properties"]["low"]["minimum"] == 0
    assert "edge" in tools[CANNY]["parameters"]["properties"]["low"]["description"]


def test_that_the_tools_are_listed_by_chapter_for_people(fovea: Call) -> None:
    said = fovea("tools")
    assert said.status == 0 and "Chapter 6.1" in said.out and CANNY in said.out


def test_that_every_tool_has_help_with_its_parameters(fovea: Call) -> None:
    for tool in fovea("tools", "--json").json["tools"]:
        said = fovea("run", tool["id"], "--help")
        assert said.status == 0
        for name in tool["parameters"]["properties"]:
            assert "--" + name.replace("_", "-") in said.out
        assert ("--point" in said.out) == (tool["source"] == "Prompted")


# -- run


def test_that_a_run_writes_the_first_layer_and_says_so(
    fovea: Call, photo: Path, picture: Image, tmp_path: Path
) -> None:
    out = tmp_path / "edges.png"
    said = fovea("run", CANNY, photo, "--low", 60, "--high", "180", "-o", out)
    gray = cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2GRAY)
    assert said.status == 0 and str(out) in said.out and "Canny" in said.out
    assert np.array_equal(read_mask(out), cv2.Canny(gray, 60, 180) > 0)


def test_that_json_says_how_the_result_was_made_and_nothing_else_is_printed(fovea, photo, picture, tmp_path) -> None:
    out = tmp_path / "e.png"
    summary = fovea("run", CANNY, photo, "--low=60", "--window-low", 3, "-o", out, "--json").json
    assert summary["tool"] == CANNY and summary["version"] == 1
    assert summary["parameters"]["low"] == 60 and summary["parameters"]["window_low"] == 3
    assert summary["source_key"] == picture.key
    assert summary["layers"][0] == {
        "name": "edges",
        "kind": "MaskLayer",
        "shape": [120, 160],
        "pixels": int(read_mask(out).sum()),
        "score": None,
    }
    assert summary["written"] == [str(out)]
    assert fovea("run", CANNY, photo, "--json").json["written"] == []


def test_that_every_layer_can_be_written_with_its_intermediate_steps(fovea: Call, photo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "layers"
    assert fovea("run", CANNY, photo, "--layers", folder, "--json").status == 0
    assert sorted(p.name for p in folder.iterdir()) == ["edges.png", "gradient.tif", "gray.png"]
    assert images.read(folder / "gradient.tif").pixels.dtype == np.float32


def test_that_16_bit_pictures_stay_16_bit(fovea: Call, tmp_path: Path) -> None:
    source, out = tmp_path / "deep.png", tmp_path / "blurred.png"
    pixels = np.random.default_rng(1).integers(0, 65536, (30, 40)).astype(np.uint16)
    images.save(source, pixels)
    assert fovea("run", "fundamentals.gaussian", source, "--sigma", 1.5, "-o", out).status == 0
    assert np.array_equal(images.read(out).pixels, cv2.GaussianBlur(pixels, (0, 0), 1.5))


def test_that_detections_are_written_as_json_and_csv(fovea: Call, photo: Path, tmp_path: Path, own_tool: Path) -> None:
    import json

    for suffix in (".json", ".csv"):
        assert fovea("run", "own.boxes", photo, "-o", tmp_path / f"b{suffix}").status == 0
    rows = json.loads((tmp_path / "b.json").read_text())
    assert rows == [{"label": "cat", "score": 0.5, "x0": 1.0, "y0": 2.0, "x1": 3.0, "y1": 4.0}]
    lines = (tmp_path / "b.csv").read_text().split()
    assert lines == ["label,score,x0,y0,x1,y1", "cat,0.5,1.0,2.0,3.0,4.0"]
    wrong = fovea("run", "own.boxes", photo, "-o", tmp_path / "b.png")
    assert wrong.status == 1 and "b.png" in wrong.err and ".csv" in wrong.err


@pytest.fixture
def own_tool(home: Path) -> Path:
    folder = home / "data" / "plugins"
    folder.mkdir(parents=True)
    (folder / "boxes.py").write_text(
        "import numpy as np\nfrom app.core.layers import BoxesLayer\nfrom app.core.sources import Image\n"
        "from app.tools.contract import Job, Params, tool\n\nclass P(Params):\n    flag: bool = False\n\n"
        "@tool('own.boxes', title='Boxes', chapter='9')\n"
        "def boxes(image: Image, p: P, job: Job) -> tuple[BoxesLayer]:\n    'One cat.'\n"
        "    return (BoxesLayer(np.array([[1, 2, 3, 4]], np.float32), ('cat',), np.array([0.5], np.float32)),)\n",
        encoding="utf-8",
    )
    return folder


def test_that_a_yes_or_no_parameter_can_be_switched_both_ways(fovea: Call, photo: Path, own_tool: Path) -> None:
    assert fovea("run", "own.boxes", photo, "--flag", "--json").json["parameters"] == {"flag": True}
    assert fovea("run", "own.boxes", photo, "--no-flag", "--json").json["parameters"] == {"flag": False}


def test_that_a_broken_plugin_is_named_and_harms_nothing(fovea: Call, photo: Path, own_tool: Path) -> None:
    (own_tool / "broken.py").write_text("raise RuntimeError('no luck')", encoding="utf-8")
    said = fovea("run", CANNY, photo, "--json")
    assert said.status == 0 and said.json["tool"] == CANNY
    assert said.err.count("broken.py") == 1 and "no luck" in said.err
    listed = fovea("tools", "--json")
    assert "broken.py" in listed.json["broken"][0]["name"]
    assert "own.boxes" in {t["id"] for t in listed.json["tools"]}


# -- prompts


def test_that_points_repeat_and_are_honoured(fovea: Call, photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.png"
    clicks = ["--point", "80,60", "--point", "85,70", "--negative", "5,5", "--negative", "150,110"]
    said = fovea("run", CLICK, photo, *clicks, "-o", out)
    mask = read_mask(out)
    assert said.status == 0 and "click-net" in said.out
    assert mask.shape == (120, 160)
    assert mask[60, 80] and mask[70, 85] and not mask[5, 5] and not mask[110, 150]


def test_that_a_box_is_a_prompt(fovea: Call, photo: Path, tmp_path: Path) -> None:
    assert fovea("run", CLICK, photo, "--box", "45,25,115,95", "-o", tmp_path / "m.png").status == 0
    assert read_mask(tmp_path / "m.png")[60, 80]


def test_that_the_engine_comes_from_the_preferences_and_is_named(fovea: Call, photo: Path) -> None:
    assert fovea("run", CLICK, photo, "--point", "80,60", "--json").json["parameters"]["engine"] == "click-net"
    Preferences().set("segmentation.engine", "sam-vit-b")
    missing = fovea("run", CLICK, photo, "--point", "80,60")
    assert missing.status == 1 and "sam_vit_b_01ec64.pth" in missing.err and "models fetch sam-vit-b" in missing.err
    said = fovea("run", CLICK, photo, "--point", "80,60", "--engine", "classical")
    assert said.status == 0 and "classical" in said.out


@pytest.mark.parametrize("point", ["160,0", "0,120", "-1,5", "5000,5000"])
def test_that_a_point_outside_of_the_picture_is_refused(fovea: Call, photo: Path, point: str) -> None:
    said = fovea("run", CLICK, photo, f"--point={point}")
    assert said.status == 1 and point in said.err and "160 x 120" in said.err
    assert fovea("run", CLICK, photo, "--point=80,60", f"--negative={point}").status == 1


def test_that_a_box_outside_of_the_picture_is_refused(fovea: Call, photo: Path) -> None:
    said = fovea("run", CLICK, photo, "--box", "200,10,300,50")
    assert said.status == 1 and "160 x 120" in said.err


def test_that_the_corner_pixels_can_be_clicked(fovea: Call, photo: Path) -> None:
    for point in ("0,0", "159,119", "80.25,60.75"):
        assert fovea("run", CLICK, photo, f"--point={point}").status == 0


@pytest.mark.parametrize(
    "words",
    [
        ["--point", "80"],
        ["--point", "a,b"],
        ["--point", "nan,5"],
        ["--point", "inf,5"],
        ["--box", "1,2,3"],
        ["--box", "50,50,10,10"],
        ["--negative", "5,5"],
        [],
        ["--point"],
        ["--point", "80,60", "--engine", "psychic"],
    ],
)
def test_that_wrong_prompts_are_wrong_usage(fovea: Call, photo: Path, words: list[str]) -> None:
    said = fovea("run", CLICK, photo, *words)
    assert said.status == 2 and said.err and said.out == ""


# -- wrong words


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--low", "minus"], "low"),
        (["--low", "-5"], "--low"),
        (["--low", "99999"], "--low"),
        (["--low", "180", "--high", "60"], "low must not be above high"),
        (["--window-low", "9", "--window-high", "3"], "window"),
        (["--low", "nan"], "--low"),
        (["--lowest", "5"], "--lowest"),
        (["--point", "5,5"], "--point"),
        (["another.png"], "another.png"),
    ],
)
def test_that_wrong_values_are_wrong_usage_with_a_sentence(fovea, photo, tmp_path, words, named) -> None:
    said = fovea("run", CANNY, photo, *words, "-o", tmp_path / "x.png")
    assert said.status == 2 and named in said.err and said.out == ""
    assert not (tmp_path / "x.png").exists()


def test_that_an_unknown_tool_gets_a_hint(fovea: Call, photo: Path) -> None:
    near, far = fovea("run", "canny", photo), fovea("run", "no.such.thing", photo)
    assert near.status == 1 and f"Did you mean {CANNY}?" in near.err
    assert far.status == 1 and "tools" in far.err


def test_that_missing_words_show_the_usage(fovea: Call) -> None:
    assert fovea("run").status == 2
    assert fovea("run", "--help").status == 0
    assert fovea("run", CANNY).status == 2
    assert fovea("no-such-verb").status == 2
    version = fovea("--version")
    assert version.status == 0 and version.out.startswith("fovea ")


def test_that_an_output_that_cannot_be_written_is_named(fovea: Call, photo: Path, tmp_path: Path) -> None:
    for name in ("edges.doc", "edges"):
        said = fovea("run", CANNY, photo, "-o", tmp_path / name)
        assert said.status == 1 and name in said.err
    (tmp_path / "file").write_text("in the way")
    said = fovea("run", CANNY, photo, "-o", tmp_path / "file" / "e.png")
    assert said.status == 1 and "e.png" in said.err


# -- wrong files


def test_that_files_that_are_no_pictures_are_named(fovea: Call, tmp_path: Path) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "folder.png").mkdir()
    for name in ("empty.png", "text.png", "missing.png", "folder.png"):
        said = fovea("run", CANNY, tmp_path / name, "-o", tmp_path / "x.png", "--json")
        assert said.status == 1 and name in said.err and said.out == ""
        assert len(said.err.strip().splitlines()) == 1
    assert not (tmp_path / "x.png").exists()


def test_that_a_truncated_picture_is_shown_as_far_as_it_goes_or_refused(fovea, picture: Image, tmp_path) -> None:
    whole, cut = tmp_path / "whole.jpg", tmp_path / "cut.jpg"
    images.save(whole, np.tile(picture.pixels, (4, 4, 1)))
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
    said = fovea("run", CANNY, cut, "--json")
    assert said.status in (0, 1) and "cut.jpg" in said.err
    if said.status == 0:
        assert said.json["tool"] == CANNY
    cut.write_bytes(whole.read_bytes()[:30])
    said = fovea("run", CANNY, cut)
    assert said.status == 1 and "cut.jpg" in said.err


def test_that_names_in_any_script_with_spaces_work(fovea: Call, photo: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "犬の 写真 (1) é.png", tmp_path / "結果 フォルダ" / "輪郭 1.png"
    source.write_bytes(photo.read_bytes())
    said = fovea("run", CANNY, source, "-o", out, "--json")
    assert said.status == 0 and read_mask(out).any()
    assert said.json["source"].endswith("犬の 写真 (1) é.png") and said.json["written"] == [str(out)]


# -- from outside


def test_that_the_program_runs_a_tool_without_loading_qt_or_torch(photo: Path, home: Path, tmp_path: Path) -> None:
    done = outside("run", CANNY, photo, "-o", tmp_path / "e.png", "--json", home=home)
    assert done.returncode == 0 and done.stderr == ""
    assert read_mask(tmp_path / "e.png").any()
    code = "import sys; from app.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", code, "run", CANNY, str(photo)]
    loaded = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100).stderr.split()
    assert "plugins.fundamentals.canny" in loaded
    assert not {"PySide6", "torch", "ultralytics", "skimage"} & set(loaded)


def test_that_the_exit_status_reaches_the_shell(photo: Path, home: Path, tmp_path: Path) -> None:
    refused = outside("run", CANNY, tmp_path / "missing.png", home=home)
    assert refused.returncode == 1 and "missing.png" in refused.stderr
    usage = outside("run", CANNY, photo, "--low", "minus", home=home)
    assert usage.returncode == 2 and "Traceback" not in usage.stderr

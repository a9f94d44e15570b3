"""The simulated person and the figures, against masks small enough to check by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from app.core.errors import InputError
from app.core.geometry import BoolArray
from app.core.prompts import Click, Prompts
from app.core.sources import Image
from app.evaluation import clicks, clickset, report
from app.evaluation.clicks import Run, boundary_iou, iou, next_click, noc, plain_grabcut, simulate

masks = arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12)))


def block(height: int, width: int, rows: slice, columns: slice) -> BoolArray:
    mask = np.zeros((height, width), dtype=bool)
    mask[rows, columns] = True
    return mask


def test_that_the_first_click_falls_in_the_middle_of_the_object() -> None:
    truth = block(20, 30, slice(5, 14), slice(10, 19))
    assert next_click(truth, np.zeros_like(truth)) == Click(14.5, 9.5, True)


def test_that_the_border_of_the_picture_counts_as_an_edge() -> None:
    truth = block(9, 15, slice(0, 9), slice(0, 5))
    click = next_click(truth, np.zeros_like(truth))
    assert click is not None
    assert click.x == 2.5  # without padding it would lie in the first column


def test_that_the_larger_error_region_decides_the_kind_of_click() -> None:
    truth = block(20, 40, slice(5, 10), slice(2, 7))
    answer = block(20, 40, slice(5, 14), slice(20, 29))
    assert next_click(truth, answer) == Click(24.5, 9.5, False)
    assert next_click(answer, truth) == Click(24.5, 9.5, True)


def test_that_the_ignore_band_is_no_error() -> None:
    truth = block(20, 40, slice(5, 10), slice(2, 7))
    answer = block(20, 40, slice(5, 14), slice(20, 29))
    click = next_click(truth, answer, ignore=answer)
    assert click == Click(4.5, 7.5, True)
    assert next_click(truth, truth | answer, ignore=answer) is None
    assert iou(truth | answer, truth, ignore=answer) == 1.0


@given(masks, st.randoms(use_true_random=False))
def test_that_a_click_falls_on_a_wrong_pixel_of_its_kind(truth: BoolArray, random: object) -> None:
    answer = np.roll(truth, 1, axis=1)
    click = next_click(truth, answer)
    if click is None:
        assert np.array_equal(truth, answer)
    else:
        row, column = int(click.y), int(click.x)
        assert truth[row, column] == click.positive
        assert answer[row, column] != click.positive


@given(masks)
def test_that_an_iou_is_one_for_equal_masks_and_symmetric(mask: BoolArray) -> None:
    other = ~mask
    assert iou(mask, mask) == boundary_iou(mask, mask) == 1.0
    assert iou(mask, other) == iou(other, mask)


def test_that_the_boundary_iou_judges_outlines_alone() -> None:
    truth = block(100, 100, slice(10, 90), slice(10, 90))
    shifted = np.roll(truth, 3, axis=1)
    # The band is 3 pixels wide: 2 % of a diagonal of 141.
    band = truth & ~block(100, 100, slice(13, 87), slice(13, 87))
    moved = np.roll(band, 3, axis=1)
    expected = np.count_nonzero(band & moved) / np.count_nonzero(band | moved)
    assert boundary_iou(shifted, truth) == pytest.approx(expected)
    assert boundary_iou(shifted, truth) < iou(shifted, truth)


def test_that_noc_is_the_first_click_that_reaches_the_threshold_or_the_cap() -> None:
    assert noc([0.5, 0.9, 0.8], 0.85) == 2
    assert noc([0.5, 0.9, 0.8], 0.9) == 2
    assert noc([0.5, 0.9, 0.8], 0.95) == 20
    assert noc([0.5, 0.6, 0.7, 0.99], 0.9, cap=3) == 3
    assert noc([], 0.9, cap=7) == 7


def test_that_clicking_ends_when_nothing_is_wrong() -> None:
    truth = block(10, 10, slice(2, 8), slice(2, 8))
    assert simulate(lambda prompts: truth, truth) == [1.0]


def test_that_prompts_grow_and_logits_come_back() -> None:
    truth = block(20, 20, slice(2, 18), slice(2, 18))
    seen: list[Prompts] = []

    @dataclass
    class Half:
        mask: BoolArray
        logits: NDArray[np.float32] | None

    def predict(prompts: Prompts) -> list[Half]:
        seen.append(prompts)
        return [Half(block(20, 20, slice(2, 10), slice(2, 18)), np.full((1, 1), len(seen), np.float32))]

    assert simulate(predict, truth, clicks=3) == [0.5, 0.5, 0.5]
    assert [len(p.clicks) for p in seen] == [1, 2, 3]
    assert seen[0].logits is None
    assert seen[2].logits is not None
    assert seen[2].logits[0, 0] == 2


def test_that_an_early_stop_still_makes_the_clicks_that_were_asked_for() -> None:
    truth = block(20, 20, slice(0, 20), slice(0, 19))
    answer = block(20, 20, slice(0, 20), slice(0, 18))
    assert len(simulate(lambda prompts: answer, truth, clicks=9, stop_at=0.9, at_least=5)) == 5
    assert len(simulate(lambda prompts: answer, truth, clicks=9, stop_at=0.9)) == 1


def test_that_a_summary_counts_harmful_clicks_and_failures() -> None:
    runs = [
        Run((0.5, 0.9), (0.4, 0.8), (0.1, 0.3), (Click(0, 0), Click(0, 0))),
        Run((0.5, 0.4, 0.6), (0.5, 0.4, 0.6), (0.2, 0.2, 0.2), (Click(0, 0),) * 3),
    ]
    summary = clicks.summarise(runs, cap=10)
    assert (summary.iou1, summary.iou3, summary.iou5) == pytest.approx((0.5, 0.75, 0.75))
    assert (summary.noc85, summary.failed85, summary.noc90, summary.failed90) == (6.0, 1, 6.0, 1)
    assert summary.worse == pytest.approx(1 / 3)
    assert summary.seconds == pytest.approx(0.2)


def test_that_plain_grabcut_finds_a_disc_and_keeps_the_size() -> None:
    y, x = np.mgrid[:60, :90]
    truth = np.hypot(x - 40, y - 30) < 15
    pixels = np.where(truth[..., None], (200, 60, 40), (40, 90, 160)).astype(np.uint8)
    answer = plain_grabcut(pixels, long_side=96)(Prompts().with_click(40.5, 30.5))
    assert answer.shape == truth.shape
    assert iou(answer, truth) > 0.9


def test_that_a_report_resumes_and_prints_a_row_per_engine(tmp_path: Path) -> None:
    truth = block(20, 20, slice(2, 18), slice(2, 18))
    opened: list[str] = []

    class Memory(clickset.Case):
        def image(self) -> Image:
            return Image(np.zeros((20, 20, 3), np.uint8), self.picture)

        def truth(self) -> tuple[BoolArray, BoolArray | None]:
            return truth, None

    def opener(image: Image) -> clicks.Predict:
        opened.append(image.name)
        return lambda prompts: truth

    cases = [Memory("made", "a.png", f"a.png#{k}", Path("a.png")) for k in range(2)]
    store = tmp_path / "runs.jsonl"
    for _ in range(2):
        rows = list(report.evaluate({"perfect": opener}, ["made"], 5, store=store, cases=lambda name: list(cases)))
    assert opened == ["a.png"]  # one picture for both objects, and nothing again the second time
    assert rows[0].summary.objects == 2
    assert "| made | perfect | 2 | 1.000 |" in report.markdown(rows)


def test_that_an_unknown_or_absent_data_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no data set named nonsense"):
        clickset.read("nonsense", tmp_path)
    with pytest.raises(InputError, match="FOVEA_SHARED"):
        clickset.read("grabcut", tmp_path)


def test_that_a_balanced_draw_takes_from_every_data_set() -> None:
    cases = [clickset.Case("big", f"{k}", f"{k}", Path()) for k in range(100)]
    cases += [clickset.Case("small", f"s{k}", f"s{k}", Path()) for k in range(4)]
    drawn = clickset.balanced(cases, 12)
    assert sum(case.dataset == "small" for case in drawn) == 2
    assert len(drawn) == 12
    assert drawn == clickset.balanced(cases, 12)


@pytest.mark.skipif(not (clickset.shared_root() / "clickset").exists(), reason="the shared data are not here")
@pytest.mark.parametrize("name", ["val", *clickset.TEST_SETS, *clickset.ANNOTATED_SETS])
def test_that_the_shared_data_sets_can_be_read(name: str) -> None:
    cases = clickset.read(name)
    counts = {"val": 618, "grabcut": 50, "gsc_voc_matting": 102, "davis": 161, "labelme": 12, "coco_mmpose": 14}
    assert len(cases) == counts[name]
    case = cases[len(cases) // 2]
    truth, ignore = case.truth()
    image = case.image()
    assert truth.shape == image.pixels.shape[:2]
    assert 0 < truth.mean() < 1
    assert ignore is None or not (truth & ignore).any()

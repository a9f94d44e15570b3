"""Training data: what is packed, what is kept out, what is drawn, and that pictures and masks stay together."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.core.errors import InputError
from app.core.geometry import Box
from app.evaluation import clickset
from app.training import augment, config
from app.training.config import Config
from app.training.lookalikes import Guard
from app.training.pack import Pack, guard_against_tests, open_pack, write
from app.training.samples import Draw, Maker
from tests.training.conftest import NOBODY, shape, shards


def test_that_a_pack_holds_what_the_shards_hold(tmp_path: Path, pack: Pack) -> None:
    again = open_pack(pack.folder)
    assert again.entries == pack.entries
    assert len(again.entries) == 6
    for number, entry in enumerate(again.entries):
        seed = int(entry.name[5:8])
        pixels, mask = shape(seed)
        assert np.array_equal(again.mask(number), mask)
        assert np.abs(again.picture(number).astype(int) - pixels).mean() < 12
        assert [value for value, _ in entry.objects] == [1, 2]
    once_more = write(tmp_path / "shards", tmp_path / "other", NOBODY)
    assert once_more.about["sha256"] == pack.about["sha256"]


def test_that_a_pack_can_be_made_smaller(tmp_path: Path, pack: Pack) -> None:
    small = write(tmp_path / "shards", tmp_path / "small", NOBODY, quality=20)
    sizes = [(p.folder / "pack.bin").stat().st_size for p in (small, pack)]
    assert sizes[0] < 0.7 * sizes[1]
    assert np.array_equal(small.mask(0), pack.mask(0))


def test_that_an_absent_pack_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no pack of training pictures"):
        open_pack(tmp_path)


@pytest.mark.parametrize("change", ["same", "mirrored", "smaller", "darker", "compressed"])
def test_that_pictures_which_look_like_the_measured_ones_are_kept_out(tmp_path: Path, change: str) -> None:
    pixels, _ = shape(4)
    if change == "mirrored":
        pixels = pixels[:, ::-1]
    elif change == "smaller":
        pixels = cv2.resize(pixels, (61, 47), interpolation=cv2.INTER_AREA)
    elif change == "darker":
        pixels = (pixels * 0.85).astype(np.uint8)
    elif change == "compressed":
        pixels = cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_COLOR)
    guard = Guard(["test/four.jpg"], [np.ascontiguousarray(pixels)])
    made = write(shards(tmp_path / "s", range(6)), tmp_path / "p", guard)
    assert "made_004.jpg" not in [entry.name for entry in made.entries]
    assert made.about["guard"]["kept out"]["made_004.jpg"] == "test/four.jpg"


def test_that_other_pictures_are_not_kept_out() -> None:
    rng = np.random.default_rng(0)

    def blurred() -> np.ndarray:
        noise = rng.integers(0, 255, (6, 6, 3), dtype=np.uint8)
        return cv2.resize(noise, (90, 70), interpolation=cv2.INTER_CUBIC)

    guard = Guard([f"{k}" for k in range(20)], [blurred() for _ in range(20)])
    assert sum(guard.lookalike(blurred()) is not None for _ in range(50)) == 0


@pytest.mark.skipif(not (clickset.shared_root() / "clickset").exists(), reason="the shared data are not here")
def test_that_the_guard_knows_every_test_picture() -> None:
    guard = guard_against_tests(clickset.shared_root() / "clickset")
    for name in clickset.TEST_SETS:
        for case in clickset.read(name)[::25]:
            assert guard.lookalike(case.image().rgb8()) is not None


def test_that_small_data_sets_are_seen_more_often_than_their_share(tmp_path: Path) -> None:
    folder = tmp_path / "both"
    big = write(shards(tmp_path / "a", range(16), "big"), folder / "a", NOBODY)
    entries = [*big.entries[:16], *(entry for entry in big.entries[:1])]
    from dataclasses import replace

    entries[-1] = replace(entries[-1], dataset="one")
    draw = Draw(Pack(big.folder, tuple(entries), {}))
    rng = np.random.default_rng(0)
    counts = Counter(draw(rng)[0] == 16 for _ in range(1000))
    assert 0.15 < counts[True] / 1000 < 0.25  # sqrt(1) to sqrt(16)


def test_that_a_sample_depends_on_seed_and_number_alone(pack: Pack, small: Config) -> None:
    maker = Maker(pack, small)
    first = [maker(number) for number in range(4)]
    again = {number: Maker(pack, small)(number) for number in (3, 1, 0, 2)}
    for sample in first:
        other = again[sample.number]
        assert np.array_equal(sample.picture, other.picture)
        assert np.array_equal(sample.truth, other.truth)
        assert sample.state.clicks == other.state.clicks
    changed = Maker(pack, small.model_copy(update={"seed": 4}))(0)
    assert not np.array_equal(changed.picture, first[0].picture)


def test_that_pictures_and_masks_are_moved_alike() -> None:
    """What is seen of a picture that shows its own mask is the mask that is seen."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        _, mask = shape(seed, 140, 180)
        truth = mask == 1
        shown = np.repeat((truth * np.uint8(255))[..., None], 3, axis=2)
        rows, columns = np.nonzero(truth)
        target = Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        view = augment.choose_view(rng, truth.shape, target, 96, closer=0.5)
        seen, expected = view.picture(shown, (0, 0, 0))[..., 0] > 127, view.mask(truth)
        union = np.count_nonzero(seen | expected)
        if union > 100:
            assert np.count_nonzero(seen & expected) / union > 0.93


def test_that_colour_changes_leave_the_shape_of_a_picture() -> None:
    pixels, _ = shape(0)
    seen = [augment.recolour(np.random.default_rng(seed), pixels) for seed in range(30)]
    assert all(p.shape == pixels.shape and p.dtype == np.uint8 for p in seen)
    assert sum(np.abs(p.astype(int) - pixels).mean() > 3 for p in seen) > 15


def test_that_the_shipped_configuration_is_the_default_one() -> None:
    shipped, usual = config.read(config.default_file()), Config()
    data = usual.data.model_copy(update={"emphasis": shipped.data.emphasis})
    assert shipped == usual.model_copy(update={"threads": shipped.threads, "data": data})


@pytest.mark.parametrize(
    ("text", "message"),
    [("sede = 1", "sede"), ("[data]\nside = 50", "data.side"), ("[optimiser]\nsteps = 3", "optimiser"), ("=", "TOML")],
)
def test_that_a_wrong_configuration_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "run.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        config.read(file)

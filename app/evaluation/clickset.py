"""Readers of pictures with object masks: what `clicks` is run on.

Everything is read lazily: a `Case` knows where its picture and mask are, and loads them when it is clicked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from app.core.errors import InputError
from app.core.geometry import BoolArray
from app.core.sources import Image
from app.io import shards
from app.io.shards import shared_root as shared_root

TEST_SETS = ("grabcut", "gsc_voc_matting", "davis")
COCO_FILES = {
    "labelme": ("labelme_instance_segmentation/data_dataset_coco", "annotations.json"),
    "coco_mmpose": ("coco_mmpose", "test_coco.json"),
}
"""Annotated pictures with an instance mask per object, both as COCO JSON: folder of the pictures, and the file."""
ANNOTATED_SETS = tuple(COCO_FILES)


@dataclass(frozen=True, slots=True)
class Case:
    """One object of one picture.

    ``dataset`` names the data set and ``picture`` the picture (equal for objects of the same one). ``mask`` says where
    the mask is in the reader's own terms.
    """

    dataset: str
    picture: str
    name: str
    file: Path
    shard: Path | None = None
    mask: Any = field(default=None, repr=False)

    def image(self) -> Image:
        return Image(shards.colour(self._bytes(self.picture if self.shard else None), self.picture), name=self.picture)

    def truth(self) -> tuple[BoolArray, BoolArray | None]:
        """The object and, where the data set has one, the band that counts for nothing; both (H, W) bool."""
        if isinstance(self.mask, dict):
            return _polygons(self.mask["rings"], self.mask["height"], self.mask["width"]), None
        if self.shard is not None:
            name, value = self.mask
            return np.asarray(shards.gray(self._bytes(name), name) == value), None
        levels = shards.gray(Path(self.mask).read_bytes(), str(self.mask))
        ignore = np.asarray(levels == 128)
        return np.asarray(levels == 255), (ignore if ignore.any() else None)

    def _bytes(self, member: str | None) -> bytes:
        if member is None or self.shard is None:
            return self.file.read_bytes()
        return shards.member(self.shard, member)


def read(name: str, root: Path | None = None) -> list[Case]:
    """The objects of a data set by name: `val`, one of `TEST_SETS`, or one of `ANNOTATED_SETS`.

    Raises `InputError` where the shared data lack it.
    """
    root = shared_root() if root is None else root
    try:
        if name == "val":
            return list(_shards(root / "clickset" / "val"))
        if name in TEST_SETS:
            return list(_test(root / "clickset" / "test", name))
        if name in COCO_FILES:
            return list(_coco(root / "data" / "02_annotated", name))
    except OSError as error:
        raise InputError(f"The data set {name} cannot be read below {root}: {error}. Set FOVEA_SHARED.") from error
    known = ", ".join(("val", *TEST_SETS, *ANNOTATED_SETS))
    raise InputError(f"There is no data set named {name}; the known ones are {known}.")


def balanced(cases: list[Case], count: int, seed: int = 0) -> list[Case]:
    """About ``count`` cases drawn at random, each data set in proportion to the square root of its size, in file order.

    Small sets are used up first; what they cannot give falls to the others.
    """
    rng = np.random.default_rng(seed)
    groups: dict[str, list[int]] = {}
    for index, case in enumerate(cases):
        groups.setdefault(case.dataset, []).append(index)
    chosen: list[int] = []
    left, weight = count, sum(len(group) ** 0.5 for group in groups.values())
    for group in sorted(groups.values(), key=len):
        share = min(len(group), max(1, round(left * len(group) ** 0.5 / weight)))
        left, weight = left - share, weight - len(group) ** 0.5
        chosen += [group[i] for i in rng.choice(len(group), share, replace=False)]
    return [cases[i] for i in sorted(chosen)]


def _shards(folder: Path) -> Iterator[Case]:
    """Objects of a training or validation folder: index.jsonl.gz beside zip shards."""
    for row in shards.index(folder):
        name = f"{row.image}#{row.value}"
        yield Case(row.dataset, row.image, name, row.shard, row.shard, (row.mask, row.value))


def _test(folder: Path, name: str) -> Iterator[Case]:
    """Objects of a test set: 255 object, 128 ignore, 0 background."""
    with (folder / "index.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["set"] == name:
                yield Case(name, row["image"], row["image"], folder / row["image"], None, folder / row["mask"])


def _coco(folder: Path, name: str) -> Iterator[Case]:
    """Polygon instances of a COCO JSON file; crowds are left out."""
    pictures, file = COCO_FILES[name]
    content = json.loads((folder / pictures / file).read_text(encoding="utf-8"))
    images = {image["id"]: image for image in content["images"]}
    for annotation in content["annotations"]:
        if annotation.get("iscrowd"):
            continue
        image = images[annotation["image_id"]]
        mask = {"rings": annotation["segmentation"], "height": image["height"], "width": image["width"]}
        picture = image["file_name"]
        yield Case(name, picture, f"{picture}#{annotation['id']}", folder / pictures / picture, None, mask)


def _polygons(rings: list[list[float]], height: int, width: int) -> BoolArray:
    from pycocotools import mask as coco_mask

    parts = coco_mask.frPyObjects(rings, height, width)
    return np.asarray(coco_mask.decode(coco_mask.merge(parts))).astype(bool)

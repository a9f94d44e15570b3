"""Where a model's file comes from.

Looked for in this order: a file that the person imported, the folders in ``FOVEA_WEIGHTS``, the person's cache, what
Fovea or an installed package ships; a download happens only when the person asks for it (`fetch`). A file whose hash is
not the listed one is refused unless the person vouched for it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from app.core import paths
from app.core.errors import FoveaError

Origin = Literal["imported", "FOVEA_WEIGHTS", "downloaded", "shipped", "package"]
Progress = Callable[[int, int | None], None]
"""Called with bytes so far and bytes in all (None where unknown)."""


class WeightsMissing(FoveaError):
    """A model's file is not there; the sentence says which, where it may be put, and what else there is to do."""

    def __init__(self, entry: ModelEntry) -> None:
        self.model_id = entry.id
        if entry.shipped:
            super().__init__(
                f"The weights of {entry.title} come with Fovea, but {entry.file} is gone. Install Fovea again, or "
                f"choose another engine."
            )
            return
        super().__init__(
            f"The weights of {entry.title} are missing ({entry.file}, {size_text(entry.bytes)}). Download or import "
            f"them under Models, or with `python -m app models fetch {entry.id}` or `models import FILE --as "
            f"{entry.id}`; or put {entry.file} into a folder named in FOVEA_WEIGHTS."
        )


class WeightsRefused(FoveaError):
    """A file is there and must not be used: its hash is wrong, or nobody vouches for it."""


class ModelEntry(BaseModel):
    """One row of ``resources/models.toml``. ``shipped`` weights lie in ``resources/weights`` and have no ``url``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    task: str
    family: str
    file: str
    url: str = ""
    licence: str
    sha256: str | None = None
    bytes: int | None = None
    pickle: bool = False
    package: str | None = None
    shipped: bool = False

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if self.shipped == bool(self.url):
            raise ValueError(f"{self.id}: a model has an address, or it is shipped")
        return self


@dataclass(frozen=True)
class Found:
    """A model's file. ``verified``: its hash is the listed one; ``vouched``: the person took it without that."""

    path: Path
    origin: Origin
    sha256: str
    verified: bool
    vouched: bool

    @property
    def state(self) -> str:
        return "verified" if self.verified else "unverified" if self.vouched else "hash recorded, none published"


def size_text(count: int | None) -> str:
    """Bytes in the unit that people read."""
    if count is None:
        return "size unknown"
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit in ("B", "kB") else f"{value:.1f} {unit}"


class Weights:
    """The model list and the files that belong to it."""

    def __init__(self, list_file: Path | None = None) -> None:
        path = list_file or paths.resource_dir() / "models.toml"
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["model"]
        self.entries = {row["id"]: ModelEntry(**row) for row in rows}
        self._hashes: dict[tuple[str, int, int], str] = {}

    def entry(self, model_id: str) -> ModelEntry:
        if model_id not in self.entries:
            raise FoveaError(f"There is no model called {model_id}. `python -m app models list` lists them.")
        return self.entries[model_id]

    def find(self, model_id: str) -> Found | None:
        """The file that would be used, or None. A file with the wrong hash is passed over; `require` names it."""
        entry = self.entry(model_id)
        return next((f for f in self._candidates(entry) if self._objection(entry, f) is None), None)

    def present(self, model_id: str) -> Path | None:
        """Whether a file of that name lies anywhere, by a look at the folders alone (no hashing)."""
        return next((p for p, _ in self._places(self.entry(model_id)) if p.is_file()), None)

    def require(self, model_id: str) -> Found:
        """The file to load. Raises `WeightsMissing`, or `WeightsRefused` naming the file and the reason."""
        entry = self.entry(model_id)
        refused: list[str] = []
        for found in self._candidates(entry):
            objection = self._objection(entry, found)
            if objection is None:
                return found
            refused.append(objection)
        if refused:
            raise WeightsRefused(refused[0])
        raise WeightsMissing(entry)

    def import_file(self, source: Path, model_id: str, unverified: bool = False) -> Found:
        """Copy a file that the person has into their own weights folder.

        Raises `WeightsRefused` when its hash is not the listed one (or none is listed and the file is a pickle) unless
        ``unverified``; then the file is marked so from then on.
        """
        entry = self.entry(model_id)
        if not source.is_file():
            raise FoveaError(f"There is no file {source}.")
        digest = sha256_of(source)
        wrong = entry.sha256 is not None and digest != entry.sha256
        unknown = entry.sha256 is None and entry.pickle
        if (wrong or unknown) and not unverified:
            why = (
                "its hash is not the one that is listed"
                if wrong
                else "no hash is listed for it, and loading it can run any code that it holds"
            )
            raise WeightsRefused(
                f"{source} was not imported as {model_id}: {why}. If you trust where it comes from, "
                f"import it with --unverified."
            )
        target = self._own(entry)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        shutil.copyfile(source, part)
        part.replace(target)
        _record(target, digest, vouched=bool(wrong or unknown))
        return Found(target, "imported", digest, not wrong and entry.sha256 is not None, bool(wrong or unknown))

    def verify(self, model_id: str) -> Found | None:
        """Hash the file again, whatever was remembered of it; None when there is none. Raises `WeightsRefused`."""
        self._hashes.clear()
        path = self.present(model_id)
        return None if path is None else self.require(model_id)

    def fetch_target(self, model_id: str) -> Path:
        return paths.user_cache_dir() / "weights" / self.entry(model_id).file

    def fetched(self, model_id: str, digest: str) -> Found:
        """Note a finished download (see `app.io.downloads`)."""
        entry, target = self.entry(model_id), self.fetch_target(model_id)
        _record(target, digest, vouched=False)
        return Found(target, "downloaded", digest, entry.sha256 == digest, False)

    def _own(self, entry: ModelEntry) -> Path:
        return paths.user_data_dir() / "weights" / entry.file

    def _places(self, entry: ModelEntry) -> list[tuple[Path, Origin]]:
        places: list[tuple[Path, Origin]] = [(self._own(entry), "imported")]
        places += [(folder / entry.file, "FOVEA_WEIGHTS") for folder in paths.weights_dirs()]
        places.append((self.fetch_target(entry.id), "downloaded"))
        if entry.shipped:
            places.append((paths.resource_dir() / "weights" / entry.file, "shipped"))
        if entry.package and (spec := importlib.util.find_spec(entry.package)) and spec.origin:
            places.append((Path(spec.origin).parent / entry.file, "package"))
        return places

    def _candidates(self, entry: ModelEntry) -> list[Found]:
        out = []
        for path, origin in self._places(entry):
            if path.is_file():
                digest, note = self._hash(path), _read_record(path)
                vouched = bool(note.get("vouched")) and note.get("sha256") == digest
                out.append(Found(path, origin, digest, entry.sha256 == digest, vouched))
        return out

    def _objection(self, entry: ModelEntry, found: Found) -> str | None:
        """Why the file must not be used, or None."""
        if found.verified or found.vouched:
            return None
        if entry.sha256 is not None:
            return (
                f"{found.path} was not used: its hash is not the one listed for {entry.title}. Fetch it again, or "
                f"import it with --unverified if you trust it."
            )
        if entry.pickle:
            return (
                f"{found.path} was not used: no hash is published for {entry.title}, and loading it can run any code "
                f"that it holds. If you trust it: `python -m app models import FILE --as {entry.id} --unverified`."
            )
        recorded = _read_record(found.path).get("sha256")
        if recorded is not None and recorded != found.sha256:
            return f"{found.path} was not used: it has changed since it was recorded. Fetch or import it again."
        return None

    def _hash(self, path: Path) -> str:
        stat = path.stat()
        key = (str(path), stat.st_size, stat.st_mtime_ns)
        if key not in self._hashes:
            self._hashes[key] = sha256_of(path)
        return self._hashes[key]


def sha256_of(path: Path, progress: Progress | None = None) -> str:
    digest, total, done = hashlib.sha256(), path.stat().st_size, 0
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
            done += len(block)
            if progress:
                progress(done, total)
    return digest.hexdigest()


def _record_path(weights: Path) -> Path:
    return weights.with_name(weights.name + ".json")


def _record(weights: Path, digest: str, vouched: bool) -> None:
    _record_path(weights).write_text(json.dumps({"sha256": digest, "vouched": vouched}), encoding="utf-8")


def _read_record(weights: Path) -> dict[str, str | bool]:
    try:
        note = json.loads(_record_path(weights).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}

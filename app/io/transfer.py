"""Import into a project and export from one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.core import edits
from app.core.document import Document
from app.core.errors import InputError
from app.core.history import Change
from app.core.labels import LabelList
from app.io import formats
from app.io.formats.imported import Imported, Progress, Tally
from app.io.project import FILE_NAME, ProjectError, ProjectStore

_SIZES_LOOKED_AT = 1000
_PICTURE_FOLDERS = ("", "images", "JPEGImages", "imgs", "img", "data", "train", "val", "test")


@dataclass(frozen=True)
class ImportReport:
    """What came in. ``change`` has been applied already; it is there to be undone. ``notes`` says all that was not
    kept."""

    project: Path
    root: Path
    documents: int
    shapes: int
    labels: int
    notes: tuple[str, ...]
    change: Change


@dataclass(frozen=True)
class ExportReport:
    """What went out. ``losses`` says all that the format could not hold."""

    file: Path
    documents: int
    annotations: int
    losses: tuple[str, ...]


def import_into(
    project: ProjectStore | Path, src: Path, format_id: str | None = None, progress: Progress | None = None
) -> ImportReport:
    """Read annotations and add them to a project, in one transaction.

    ``project`` is an open store, or a ``.fovea`` file or folder (made if it is missing). Pictures are looked for beside
    the annotations; a project that is new and lies elsewhere gets their common folder as its root. Shapes are added to
    those that are there. Raises FoveaError; nothing has changed then.
    """
    src = src.absolute()
    read = formats.named(format_id or formats.detect(src)).read
    imported = read(src, progress)
    if isinstance(project, ProjectStore):
        return add(project, imported)
    with _opened(project, make=True) as store:
        return add(store, imported)


def export(
    project: ProjectStore | Path,
    out_dir: Path,
    format_id: str = "coco",
    masks: str = "auto",
    progress: Progress | None = None,
) -> ExportReport:
    """Write a project's annotations as OUT_DIR/annotations.json. Raises FoveaError; an old file is whole then.

    ``masks``: "rle" writes regions as run lengths, "polygon" as polygons (holes are filled, and that is said), "auto"
    as run lengths only where there are holes.
    """
    if not formats.named(format_id).writes:
        raise InputError(f"Fovea reads {formats.named(format_id).title} but does not write it. Export as coco.")
    if isinstance(project, ProjectStore):
        return _export(project, out_dir, masks, progress)
    with _opened(project, make=False) as store:
        return _export(store, out_dir, masks, progress)


def _opened(path: Path, make: bool) -> ProjectStore:
    if make and path.suffix.lower() != ".fovea":
        path.mkdir(parents=True, exist_ok=True)
    store = ProjectStore.open(path)
    if not make and not store.exists:
        raise ProjectError(f"There is no project in {path}. Import or annotate something first.")
    return store


def add(store: ProjectStore, imported: Imported) -> ImportReport:
    """Put what a format's reader gave into an open project; the quick half of `import_into`."""
    notes = list(imported.notes)
    places = dict(zip((d.path for d in imported.documents), _find(imported), strict=True))
    missing = sum(place is None for place in places.values())
    if missing:
        notes.append(f"pictures that were not found beside the annotations: {missing:,}.")
    notes += _other_sizes(imported, places)
    if not store.exists:
        store.set_root(_root(store.file, store.root, imported.folder, places))
    steps: dict[str, tuple[Document, Document]] = {}
    already = 0
    for document in imported.documents:
        path = _relative(places[document.path] or imported.folder / document.path, store.root)
        before, after = steps.get(path, (None, None))
        if before is None or after is None:
            before = after = store.document(path)
            already += bool(before.shapes)
        steps[path] = (before, _joined(after, document))
    if already:
        notes.append(f"pictures that had shapes already, to which the new ones were added: {already:,}.")
    labels = old = store.labels()
    for name in dict.fromkeys(_names(imported)):
        labels = edits.add_label(labels, name)
    labels = _with_joints(labels, imported)
    change = Change(f"Import {imported.folder.name}", tuple(steps.values()), (old, labels) if labels != old else None)
    store.apply(change)
    shapes = sum(len(document.shapes) for document in imported.documents)
    return ImportReport(store.file, store.root, len(steps), shapes, len(labels.labels), tuple(notes), change)


def _names(imported: Imported) -> Iterator[str]:
    yield from imported.labels
    yield from (shape.label for document in imported.documents for shape in document.shapes)


def _joined(document: Document, new: Document) -> Document:
    size = (document.width, document.height) if document.width else (new.width, new.height)
    sized = replace(document, width=size[0], height=size[1])
    return edits.add_shapes(sized, new.shapes) if new.shapes else sized


def _find(imported: Imported) -> Iterator[Path | None]:
    """Where each picture lies: in the annotations' folder or one beside it. Where the last one lay is tried first."""
    bases = [imported.folder / name for name in _PICTURE_FOLDERS]
    bases += [imported.folder.parent / name for name in _PICTURE_FOLDERS]
    bases += [imported.folder.parent / "images" / split for split in ("train", "val", "test", "train2017", "val2017")]
    for document in imported.documents:
        for number, base in enumerate(bases):
            place = base / document.path
            if place.is_file():
                if number:
                    bases.insert(0, bases.pop(number))
                yield Path(os.path.normpath(place))
                break
        else:
            yield None


def _other_sizes(imported: Imported, places: dict[str, Path | None]) -> list[str]:
    """A sentence if pictures are not of the size that their annotations are for (turned, scaled, another file).

    Of many pictures every n-th is looked at: reading 100,000 headers would take longer than the import.
    """
    from app.io import images

    known = [d for d in imported.documents if d.width and d.height and places[d.path] is not None]
    looked_at = known[:: max(1, len(known) // _SIZES_LOOKED_AT)]
    other = 0
    for document in looked_at:
        try:
            other += images.probe(places[document.path] or "") != (document.width, document.height)
        except InputError:
            other += 1
    if not other:
        return []
    return [f"pictures of another size than their annotations say, of {len(looked_at):,} looked at: {other:,}."]


def _root(file: Path, own: Path, source: Path, places: dict[str, Path | None]) -> Path:
    """The folder that paths are relative to: the one that the annotations' paths start from, but a folder's own project
    (`project.fovea`) stays with its folder where all pictures are below it."""
    bases = {_base(place, path) for path, place in places.items() if place is not None} or {source}
    if file.name == FILE_NAME and all(base.is_relative_to(own) for base in bases):
        return own
    try:
        return Path(os.path.commonpath(bases))
    except ValueError:  # on two drives
        return own


def _base(place: Path, path: str) -> Path:
    """The folder from which ``path`` leads to ``place``; the place's own folder where the path goes up."""
    parts = Path(path).parts
    return Path(*place.parts[: -len(parts)]) if place.parts[-len(parts) :] == parts else place.parent


def _relative(place: Path, root: Path) -> str:
    try:
        return Path(os.path.relpath(place, root)).as_posix()
    except ValueError:  # on another drive than the root
        return place.as_posix()


def _export(store: ProjectStore, out_dir: Path, masks: str, progress: Progress | None) -> ExportReport:
    from app.io.atomic import replacing
    from app.io.formats.coco_write import MASKS, Writer

    if masks not in MASKS:
        raise InputError(f"Masks can be written as {', '.join(MASKS)}, not as '{masks}'.")
    writer = Writer(store.labels(), MASKS[masks])
    total = len(store.summaries())
    for number, document in enumerate(store.documents()):
        if progress and number % 20 == 0:
            progress(number / total)
        writer.add(document, *_size(document, store.root, writer.losses))
    file = out_dir / "annotations.json"
    with replacing(file) as temporary:
        writer.write(temporary)
    return ExportReport(file, len(writer.images), len(writer.annotations), tuple(writer.losses.sentences()))


def _size(document: Document, root: Path, losses: Tally) -> tuple[int, int]:
    """(width, height): what the document says, else the picture's header, else what its shapes need."""
    from app.io import images

    if document.width and document.height:
        return document.width, document.height
    try:
        return images.probe(root / document.path)
    except InputError:
        losses.add("pictures that are not there and whose size is not known, sized to hold their shapes")
        edges = [shape.bounds() for shape in document.shapes]
        return max((int(b.x1) + 1 for b in edges), default=1), max((int(b.y1) + 1 for b in edges), default=1)


def _with_joints(labels: LabelList, imported: Imported) -> LabelList:
    """Labels that have no joints yet get those that the file knows."""
    known = imported.skeletons
    if all(label.skeleton or label.name not in known for label in labels):
        return labels
    return LabelList(tuple(x if x.skeleton else replace(x, skeleton=known.get(x.name)) for x in labels))

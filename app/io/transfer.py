"""Import into a project and export from one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.core import edits
from app.core.document import Document
from app.core.errors import InputError
from app.core.filtering import Filter
from app.core.history import Change
from app.core.labels import LabelList
from app.io import formats
from app.io.atomic import replacing, replacing_many
from app.io.formats.imported import Imported, Progress, Tally
from app.io.project import FILE_NAME, ProjectError, ProjectStore

_SIZES_LOOKED_AT = 1000
_NOTHING = "No picture of {} is what was asked for: nothing was written. Ask for more."
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


@dataclass(frozen=True)
class Choice:
    """What is exported: the pictures that ``filter`` means with all their shapes or, where ``labels`` are named, with
    shapes of those alone; pictures that have none are left out then."""

    filter: Filter = field(default_factory=Filter)
    labels: tuple[str, ...] = ()


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
    choice: Choice = Choice(),
) -> ExportReport:
    """Write a project's annotations: COCO as OUT_DIR/annotations.json, labelme as a file a picture. Raises FoveaError;
    old files are whole then.

    ``masks``: "rle" writes regions as run lengths, "polygon" as polygons (holes are filled, and that is said), "auto"
    as run lengths only where there are holes.
    """
    if not formats.named(format_id).writes:
        raise InputError(
            f"Fovea reads {formats.named(format_id).title} but does not write it. Export as coco or labelme."
        )
    choice = choice or Choice()
    if isinstance(project, ProjectStore):
        return _export(project, out_dir, format_id, masks, progress, choice)
    with _opened(project, make=False) as store:
        return _export(store, out_dir, format_id, masks, progress, choice)


def _opened(path: Path, make: bool) -> ProjectStore:
    if make and path.suffix.lower() != ".fovea":
        path.mkdir(parents=True, exist_ok=True)
    store = ProjectStore.open(path)
    if not make and not store.exists:
        raise ProjectError(f"There is no project in {path}. Import or annotate something first.")
    return store


def add(store: ProjectStore, imported: Imported) -> ImportReport:
    """Put what a format's reader gave into an open project; the quick half of `import_into`."""
    imported, notes = _by_alias(imported, store.labels())
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
    labels = _with_parents(_with_joints(labels, imported), imported, old)
    change = Change(f"Import {imported.folder.name}", tuple(steps.values()), (old, labels) if labels != old else None)
    store.apply(change)
    shapes = sum(len(document.shapes) for document in imported.documents)
    return ImportReport(store.file, store.root, len(steps), shapes, len(labels.labels), tuple(notes), change)


def _by_alias(imported: Imported, labels: LabelList) -> tuple[Imported, list[str]]:
    """What was imported with the project's own names for labels that it knows by an alias, and the notes."""
    named = {
        name: label.name for name in dict.fromkeys(_names(imported)) if (label := labels.aliased(name)) is not None
    }
    notes = [f"'{name}' was taken as {own}, of which it is an alias." for name, own in named.items()]
    if not named:
        return imported, list(imported.notes)
    documents = tuple(
        replace(
            d,
            shapes=tuple(replace(s, label=named[s.label]) if s.label in named else s for s in d.shapes),
            labels=tuple(dict.fromkeys(named.get(name, name) for name in d.labels)),
        )
        for d in imported.documents
    )
    own = tuple(dict.fromkeys(named.get(name, name) for name in imported.labels))
    parents = {named.get(name, name): named.get(above, above) for name, above in imported.parents.items()}
    return replace(imported, labels=own, documents=documents, parents=parents), [*imported.notes, *notes]


def _names(imported: Imported) -> Iterator[str]:
    yield from imported.labels
    yield from (shape.label for document in imported.documents for shape in document.shapes)
    yield from (name for document in imported.documents for name in document.labels)


def _joined(document: Document, new: Document) -> Document:
    size = (document.width, document.height) if document.width else (new.width, new.height)
    own = tuple(dict.fromkeys((*document.labels, *new.labels)))
    sized = replace(document, width=size[0], height=size[1], labels=own)
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


def _export(
    store: ProjectStore, out_dir: Path, format_id: str, masks: str, progress: Progress | None, choice: Choice
) -> ExportReport:
    labels = _chosen_labels(store.labels(), choice)
    chosen = _chosen(store, choice, progress)
    write = {"coco": _export_coco, "labelme": _export_labelme}[format_id]
    return write(store, labels, chosen, out_dir, masks, choice != Choice())


def _export_coco(
    store: ProjectStore, labels: LabelList, chosen: Iterator[Document], out_dir: Path, masks: str, some: bool
) -> ExportReport:
    from app.io.formats.coco_write import MASKS, Writer

    if masks not in MASKS:
        raise InputError(f"Masks can be written as {', '.join(MASKS)}, not as '{masks}'.")
    writer = Writer(labels, MASKS[masks])
    for document in chosen:
        writer.add(document, *_size(document, store.root, writer.losses))
    if some and not writer.images:
        raise InputError(_NOTHING.format(store.file))
    file = out_dir / "annotations.json"
    with replacing(file) as temporary:
        writer.write(temporary)
    return ExportReport(file, len(writer.images), len(writer.annotations), tuple(writer.losses.sentences()))


def _export_labelme(
    store: ProjectStore, labels: LabelList, chosen: Iterator[Document], out_dir: Path, masks: str, some: bool
) -> ExportReport:
    """A file a picture, below the folder as the pictures lie below the project's. All are written before the first of
    them takes the place of an old one."""
    from app.io.formats.labelme_write import Writer

    if masks != "auto":
        raise InputError(f"Labelme holds masks as pictures: they cannot be written as '{masks}'.")
    writer, taken = Writer(), set[Path]()
    with replacing_many(out_dir) as place:
        for document in chosen:
            path = Path(document.path)
            inside = Path(*(part for part in path.parts if part not in ("..", path.anchor)))
            name = inside.with_suffix(".json")
            if name in taken:  # a.jpg beside a.png
                writer.losses.add("pictures of one name, told apart by their suffix, which labelme does not look for")
                name = inside.with_name(f"{inside.name}.json")
            taken.add(name)
            picture = os.path.relpath(store.root / path, (out_dir / name).parent)
            content = writer.add(document, *_size(document, store.root, writer.losses), Path(picture).as_posix())
            writer.write(content, place(name))
        if some and not writer.documents:
            raise InputError(_NOTHING.format(store.file))
    return ExportReport(out_dir, writer.documents, writer.shapes, tuple(writer.losses.sentences()))


def _chosen_labels(labels: LabelList, choice: Choice) -> LabelList:
    """Raises InputError for a name that is no label."""
    for name in (*choice.labels, *choice.filter.labels):
        if name not in labels:
            known = ", ".join(label.name for label in labels) or "none"
            raise InputError(f"There is no label '{name}' in this project. There are: {known}.")
    return LabelList(tuple(x for x in labels if x.name in choice.labels)) if choice.labels else labels


def _chosen(store: ProjectStore, choice: Choice, progress: Progress | None) -> Iterator[Document]:
    paths = store.matching(choice.filter)
    if choice.labels:
        having = {path for name in choice.labels for path in store.paths(name)}
        paths = [path for path in paths if path in having]
    for number, path in enumerate(paths):
        if progress and number % 20 == 0:
            progress(number / len(paths))
        document = store.document(path)
        if choice.labels:
            document = replace(document, shapes=tuple(s for s in document.shapes if s.label in choice.labels))
        yield document


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


def _with_parents(labels: LabelList, imported: Imported, old: LabelList) -> LabelList:
    """Labels that are new come below those that the file says, which are made where they are missing."""
    for name, above in imported.parents.items():
        if name in old or name not in labels:
            continue
        labels = edits.add_label(labels, above)
        if name != above and name not in labels.ancestors(above):
            labels = LabelList(tuple(replace(x, parent=above) if x.name == name else x for x in labels))
    return labels

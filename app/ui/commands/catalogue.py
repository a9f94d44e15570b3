"""Every command of the window as data: title, menu, default keys, help.

Menus, the palette, the key editor and the sheet of keys are made from this table; what a command does is connected in
`main_window`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """``id`` is stable (keys are kept under it); ``keys`` are the defaults, in Qt's portable text.

    ``menu`` may name a submenu after a slash. ``fixed`` keys belong to the active gesture while the picture has the
    focus, and cannot be changed.
    """

    id: str
    title: str
    menu: str
    keys: tuple[str, ...] = ()
    help: str = ""
    checkable: bool = False
    separator: bool = False
    fixed: bool = False


GESTURES: tuple[Command, ...] = (
    Command("gesture.select", "Select shapes", "Draw", ("V",), "Click a shape to select it, drag to select many"),
    Command("gesture.prompt", "Click to segment", "Draw", ("S",), "Click an object, press Enter to keep its mask"),
    Command("gesture.box", "Box", "Draw", ("R",), "Draw boxes", separator=True),
    Command("gesture.rotated_box", "Rotated box", "Draw", ("Shift+R",), "Draw boxes that lie askew"),
    Command("gesture.ellipse", "Ellipse", "Draw", ("O",), "Draw ellipses and circles"),
    Command("gesture.polygon", "Polygon", "Draw", ("P",), "Draw polygons, clicked or freehand", separator=True),
    Command(
        "gesture.part",
        "Hole or part of a polygon",
        "Draw",
        ("Shift+P",),
        "Cut holes into the selected polygon, or add parts",
    ),
    Command("gesture.knife", "Cut along a line", "Draw", ("Shift+K",), "Cut the selected shapes along a line"),
    Command("gesture.polyline", "Polyline", "Draw", ("L",), "Draw open lines, clicked or freehand"),
    Command("gesture.point", "Points", "Draw", ("X",), "Set points"),
    Command("gesture.skeleton", "Skeleton", "Draw", ("K",), "Set the joints of the label's skeleton one after another"),
    Command("gesture.wire", "Live-wire", "Draw", ("M",), "Draw outlines that follow edges", separator=True),
    Command("gesture.wand", "Magic wand", "Draw", ("U",), "Take connected pixels that look alike as a mask"),
    Command(
        "gesture.brush", "Brush", "Draw", ("B",), "Paint on the selected mask, or a new one; Shift+click fills a hole"
    ),
    Command("gesture.erase", "Eraser", "Draw", ("E",), "Take away from the selected mask"),
)
"""What the mouse may mean on the picture; the column of buttons beside it shows them in this order."""

AIDS: tuple[Command, ...] = (
    Command(
        "draw.snap",
        "Snap to neighbours",
        "Draw",
        ("Shift+S",),
        "Points go to vertices and edges of other shapes; Ctrl held: the other way round",
        checkable=True,
        separator=True,
    ),
    Command("draw.overlap_allowed", "Allowed", "Draw/Overlap", (), "Shapes may overlap"),
    Command("draw.overlap_new", "New one gives way", "Draw/Overlap", (), "New and changed shapes give way to others"),
    Command("draw.overlap_others", "Others give way", "Draw/Overlap", (), "Others give way to new and changed shapes"),
    Command(
        "draw.share_border",
        "Follow neighbour's border",
        "Draw",
        ("Y",),
        "The edge pointed at takes over the border between its ends; again: the other way round",
    ),
)
"""What helps drawing."""

OVERLAPS = ("draw.overlap_allowed", "draw.overlap_new", "draw.overlap_others")
"""One of them is in force."""

SHAPE_COMMANDS: tuple[Command, ...] = (
    Command("shape.forward", "Bring forward", "Shape", ("Ctrl+]",), "One place up in the pile"),
    Command("shape.backward", "Send backward", "Shape", ("Ctrl+[",), "One place down in the pile"),
    Command("shape.front", "Bring to front", "Shape", ("Ctrl+Shift+]",), "Above all other shapes"),
    Command("shape.back", "Send to back", "Shape", ("Ctrl+Shift+[",), "Below all other shapes"),
    Command("shape.lock", "Lock / unlock", "Shape", ("Ctrl+L",), "Locked shapes cannot be changed", separator=True),
    Command("shape.hide", "Hide / show", "Shape", ("Ctrl+H",), "Hidden shapes are neither seen nor clicked"),
    Command("shape.show_all", "Show all shapes", "Shape", ("Ctrl+Shift+H",), "Show every hidden shape of the picture"),
    Command("shape.group", "Group", "Shape", ("Ctrl+G",), "Say that these shapes belong together", separator=True),
    Command("shape.ungroup", "Ungroup", "Shape", ("Ctrl+Shift+G",), "Take the groups of these shapes apart"),
    *(
        Command(f"shape.to_{kind}", kind.replace("_", " ").capitalize(), "Shape/Convert to", (), words)
        for kind, words in (
            ("box", "The bounding box"),
            ("rotated_box", "The smallest turned box around it"),
            ("polygon", "The outline as points"),
            ("mask", "The pixels inside"),
            ("ellipse", "The ellipse of the same spread"),
            ("polyline", "The outline as an open line"),
            ("point", "The centre, or the points"),
            ("keypoints", "Points as joints"),
        )
    ),
    Command("shape.union", "Unite", "Shape/Combine", ("Ctrl+U",), "One shape of what any of them covers"),
    Command("shape.subtract", "Subtract", "Shape/Combine", ("Ctrl+Alt+U",), "Take the others away from the lowest one"),
    Command("shape.intersect", "Intersect", "Shape/Combine", (), "One shape of what all of them cover"),
    Command("shape.split", "Split into parts", "Shape/Combine", (), "Each part a shape of its own", separator=True),
    Command("shape.fill_holes", "Fill holes", "Shape/Combine", (), "Fill all holes of polygons and masks"),
    Command("shape.clip", "Clip to picture", "Shape/Combine", (), "Cut off what lies outside the picture"),
    Command("shape.smooth", "Smooth", "Shape/Mask", (), "Smooth a mask's border (2 px)"),
    Command("shape.grow", "Grow", "Shape/Mask", ("Ctrl+Alt++",), "Grow masks by one pixel"),
    Command("shape.shrink", "Shrink", "Shape/Mask", ("Ctrl+Alt+-",), "Shrink masks by one pixel"),
    Command(
        "shape.frame", "Frame", "Shape", ("T",), "Resize and turn by a frame what is held by its points", checkable=True
    ),
    Command("shape.joint", "Visibility of joint", "Shape", ("J",), "Visible, hidden, not given: the joint pointed at"),
    Command("shape.specks", "Remove specks", "Shape/Mask", (), "Drop parts of less than a hundredth of a mask"),
)
"""What can be done with the selected shapes; the menu over the picture shows them too."""

COMMANDS: tuple[Command, ...] = (
    Command("file.open_folder", "Open folder...", "File", ("Ctrl+O",), "Show the pictures of a folder, subfolders too"),
    Command("file.open_project", "Open project...", "File", ("Ctrl+Shift+O",), "Open a .fovea file"),
    Command("file.samples", "Sample pictures", "File", (), "Open the pictures that come with Fovea"),
    Command(
        "file.save_copy",
        "Save a copy...",
        "File",
        (),
        "Write the project into another file; work goes on in this one",
        separator=True,
    ),
    Command("file.locate", "Locate pictures...", "File", (), "Say where pictures are that are missing or were moved"),
    Command("file.restore", "Restore a backup...", "File", (), "Make the project what it was on an earlier day"),
    Command(
        "file.import",
        "Import annotations...",
        "File",
        ("Ctrl+I",),
        "Take shapes in from COCO or labelme JSON",
        separator=True,
    ),
    Command(
        "file.import_folder", "Import a folder of labelme files...", "File", (), "Take shapes in, a file a picture"
    ),
    Command("file.export", "Export COCO...", "File", ("Ctrl+E",), "Write every shape of the project as COCO JSON"),
    Command(
        "file.previous", "Previous picture", "File", ("A", "PgUp"), "Show the picture above in the list", separator=True
    ),
    Command("file.next", "Next picture", "File", ("D", "PgDown"), "Show the picture below in the list"),
    Command("file.reload", "Read picture again", "File", ("F5",), "Read the file afresh"),
    Command("file.quit", "Quit", "File", ("Ctrl+Q",), "Close the window; everything is kept already", separator=True),
    Command("edit.undo", "Undo", "Edit", ("Ctrl+Z",), "Take back the last step, or the last prompt or vertex"),
    Command("edit.redo", "Redo", "Edit", ("Ctrl+Shift+Z", "Ctrl+Y"), "Do it again"),
    Command("edit.delete", "Delete shapes", "Edit", ("Del",), "Delete the selected shapes", separator=True),
    Command("edit.select_all", "Select all shapes", "Edit", ("Ctrl+A",), "Select every shape of this picture"),
    Command("edit.select_none", "Select nothing", "Edit", ("Ctrl+Shift+A",), "Drop the selection"),
    Command("edit.duplicate", "Duplicate shapes", "Edit", ("Ctrl+D",), "Copies of the selected shapes, a little aside"),
    Command(
        "edit.copy",
        "Copy",
        "Edit",
        ("Ctrl+C",),
        "Copy the selected shapes; with none selected what is seen as a picture",
        separator=True,
    ),
    Command("edit.copy_view", "Copy view", "Edit", ("Ctrl+Alt+C",), "Copy what is seen as a picture"),
    Command(
        "edit.copy_value",
        "Copy pixel value",
        "Edit",
        ("Ctrl+Shift+C",),
        "Copy place and value of the pixel under the pointer",
    ),
    Command("edit.copy_table", "Copy shapes table", "Edit", (), "Copy the list of shapes as tab-separated text"),
    Command(
        "edit.paste",
        "Paste",
        "Edit",
        ("Ctrl+V",),
        "Put copied shapes on this picture, or the clipboard's picture into the folder",
    ),
    Command("edit.keys", "Keys...", "Edit", (), "See and change the keys of every command", separator=True),
    Command("view.fit", "Fit to window", "View", ("F",), "See the whole picture"),
    Command("view.one_to_one", "Actual pixels", "View", ("Ctrl+0",), "One picture pixel is one screen pixel"),
    Command("view.zoom_in", "Zoom in", "View", ("Ctrl++", "Ctrl+="), "Closer"),
    Command("view.zoom_out", "Zoom out", "View", ("Ctrl+-",), "Farther"),
    Command(
        "view.swipe",
        "Before / after",
        "View",
        ("W",),
        "A divider: the picture left of it, the results right",
        checkable=True,
        separator=True,
    ),
    Command(
        "view.hide_overlays", "Hide shapes and layers", "View", (), "See the bare picture (hold H)", checkable=True
    ),
    Command(
        "view.outlines",
        "Outlines only",
        "View",
        ("Shift+G",),
        "Thin outlines without fills, so that nothing hides small objects (hold G: dim all but the selection)",
        checkable=True,
    ),
    Command(
        "view.guides",
        "Guides for drawing",
        "View",
        (),
        "Lines across the picture while boxes are drawn",
        checkable=True,
    ),
    Command(
        "view.window_auto",
        "Contrast: automatic",
        "View",
        ("Ctrl+Shift+L",),
        "Show the values between the 1st and 99th percentile",
        separator=True,
    ),
    Command("view.window_reset", "Contrast: as stored", "View", (), "Show the whole range of values"),
    Command(
        "view.annotate",
        "Annotate workspace",
        "View",
        ("Ctrl+1",),
        "Files, labels and shapes around the picture",
        separator=True,
    ),
    Command(
        "view.analyse", "Analyse workspace", "View", ("Ctrl+2",), "Tools, parameters and layers around the picture"
    ),
    Command("view.reset_layout", "Reset window layout", "View", (), "Put every panel back where it was at first"),
    Command(
        "view.theme_system", "Theme: as the system", "View", (), "Dark or light as the desktop says", separator=True
    ),
    Command("view.theme_dark", "Theme: dark", "View", ()),
    Command("view.theme_light", "Theme: light", "View", ()),
    *GESTURES,
    *SHAPE_COMMANDS,
    *AIDS,
    Command(
        "prompt.accept",
        "Keep the mask or the drawing",
        "Draw",
        ("Return",),
        "Keep it under the current label and go on",
        separator=True,
        fixed=True,
    ),
    Command("prompt.back", "Take back the last prompt or vertex", "Draw", ("Backspace",), fixed=True),
    Command("prompt.next_candidate", "Next candidate", "Draw", ("Tab",), fixed=True),
    Command("prompt.previous_candidate", "Previous candidate", "Draw", ("Shift+Tab",), fixed=True),
    Command("prompt.leave", "Drop what is unfinished, then leave", "Draw", ("Esc",), fixed=True),
    Command(
        "tool.cut_out",
        "Work on what is seen",
        "Tools",
        ("Shift+W",),
        "Tools and clicks take the visible part of a huge picture",
    ),
    Command("tool.run", "Run the tool", "Tools", ("Ctrl+R",), "Run the tool whose panel is open", separator=True),
    Command("tool.cancel", "Cancel the run", "Tools", ("Ctrl+.",), "Call off what runs"),
    Command(
        "tool.accept",
        "Take results over as shapes",
        "Tools",
        ("Ctrl+Return",),
        "Detected boxes and masks become shapes",
    ),
    Command("label.new", "New label", "Label", ("N",), "Name a label for the next shapes"),
    Command("label.delete", "Delete label", "Label", (), "Take the current label away, with its shapes"),
    *(
        Command(
            f"label.{n}",
            f"Label {n}",
            "Label",
            (str(n),),
            "Use this label, or give it to the selected shapes",
            separator=n == 1,
        )
        for n in range(1, 10)
    ),
    Command("models.manage", "Models...", "Models", ("Ctrl+M",), "What networks there are, and their weights"),
    Command("help.palette", "Command palette", "Help", ("Ctrl+K",), "Find any command or tool by typing"),
    Command("help.keys", "Sheet of keys", "Help", ("?",), "All keys at a glance"),
    Command("help.log", "Log", "Help", ("F12",), "What happened, with the details of errors"),
    Command("help.about", "About Fovea", "Help", ()),
)


def find_conflict(keys: Mapping[str, Iterable[str]], command: str, key: str) -> str | None:
    """The id of another command that has that key already, or None; case and spaces do not matter."""
    wanted = key.replace(" ", "").casefold()
    for other, taken in keys.items():
        if other != command and any(k.replace(" ", "").casefold() == wanted for k in taken):
            return other
    return None

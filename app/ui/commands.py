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

    ``fixed`` keys belong to the active gesture while the picture has the focus, and cannot be changed.
    """

    id: str
    title: str
    menu: str
    keys: tuple[str, ...] = ()
    help: str = ""
    checkable: bool = False
    separator: bool = False
    fixed: bool = False


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
    Command("edit.undo", "Undo", "Edit", ("Ctrl+Z",), "Take back the last step, or the last prompt while prompting"),
    Command("edit.redo", "Redo", "Edit", ("Ctrl+Shift+Z", "Ctrl+Y"), "Do it again"),
    Command("edit.delete", "Delete shapes", "Edit", ("Del",), "Delete the selected shapes", separator=True),
    Command("edit.select_all", "Select all shapes", "Edit", ("Ctrl+A",), "Select every shape of this picture"),
    Command("edit.select_none", "Select nothing", "Edit", ("Ctrl+Shift+A",), "Drop the selection"),
    Command("edit.copy_view", "Copy view", "Edit", ("Ctrl+C",), "Copy what is seen as a picture", separator=True),
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
        "Paste picture",
        "Edit",
        ("Ctrl+V",),
        "Put the picture of the clipboard into the folder and show it",
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
    Command("gesture.select", "Select shapes", "Tools", ("V",), "Click a shape to select it, drag to select many"),
    Command("gesture.prompt", "Click to segment", "Tools", ("S",), "Click an object, press Enter to keep its mask"),
    Command(
        "prompt.accept",
        "Keep the mask",
        "Tools",
        ("Return",),
        "Keep it under the current label and go on",
        fixed=True,
    ),
    Command("prompt.back", "Take back the last prompt", "Tools", ("Backspace",), fixed=True),
    Command("prompt.next_candidate", "Next candidate", "Tools", ("Tab",), fixed=True),
    Command("prompt.previous_candidate", "Previous candidate", "Tools", ("Shift+Tab",), fixed=True),
    Command("prompt.leave", "Drop the prompts, then leave", "Tools", ("Esc",), fixed=True),
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

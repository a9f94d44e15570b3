"""Colours by name, for a dark and a light scheme, and how they reach Qt: Fusion, a palette, a few lines of style sheet.

Greys are neutral, because pictures are judged against them. Widgets that paint ask `tokens_for(self.palette())`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

Scheme = Literal["system", "dark", "light"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)


@dataclass(frozen=True)
class Tokens:
    """The colours of one scheme, #rrggbb each.

    ``surround`` lies around the picture; ``muted`` is for secondary text; ``on_accent`` is text on the accent colour;
    ``selection`` lies behind selected rows, which may be large, so it is quieter than the accent;
    ``positive`` and ``negative`` are the two kinds of click; ``checker`` are the squares behind transparent pixels.
    """

    dark: bool
    window: str
    base: str
    raised: str
    surround: str
    border: str
    text: str
    muted: str
    disabled: str
    accent: str
    on_accent: str
    selection: str
    on_selection: str
    danger: str
    warning: str
    ok: str
    positive: str = "#00a878"
    negative: str = "#d7263d"
    checker: tuple[str, str] = ("#9a9a9a", "#b8b8b8")


DARK = Tokens(
    dark=True,
    window="#2b2b2b",
    base="#222222",
    raised="#383838",
    surround="#1c1c1c",
    border="#4d4d4d",
    text="#e8e8e8",
    muted="#b0b0b0",
    disabled="#7d7d7d",
    accent="#4aa3f0",
    on_accent="#0b0b0b",
    selection="#1f5f99",
    on_selection="#ffffff",
    danger="#ff8a80",
    warning="#f0b94a",
    ok="#6fcf97",
)

LIGHT = Tokens(
    dark=False,
    window="#f2f2f2",
    base="#ffffff",
    raised="#e6e6e6",
    surround="#d0d0d0",
    border="#b4b4b4",
    text="#1e1e1e",
    muted="#525252",
    disabled="#8c8c8c",
    accent="#0a559b",
    on_accent="#ffffff",
    selection="#0a559b",
    on_selection="#ffffff",
    danger="#a81616",
    warning="#9a5b00",
    ok="#0b6637",
)


def contrast(a: str, b: str) -> float:
    """WCAG 2 contrast ratio of two #rrggbb colours, 1..21."""
    first, second = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on that colour."""
    return max("#000000", "#ffffff", key=lambda ink: contrast(ink, colour))


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def tokens_for(palette: QPalette) -> Tokens:
    """The tokens of the scheme that a palette belongs to."""
    return DARK if palette.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def palette_of(tokens: Tokens) -> QPalette:
    """The Qt palette made from tokens."""
    role = QPalette.ColorRole
    colours = {
        role.Window: tokens.window,
        role.WindowText: tokens.text,
        role.Base: tokens.base,
        role.AlternateBase: tokens.window,
        role.Text: tokens.text,
        role.PlaceholderText: tokens.muted,
        role.Button: tokens.raised,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.danger,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.Highlight: tokens.selection,
        role.HighlightedText: tokens.on_selection,
        role.Accent: tokens.accent,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.Mid: tokens.border,
    }
    palette = QPalette(QColor(tokens.raised), QColor(tokens.window))
    for which, colour in colours.items():
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(tokens.disabled))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(tokens.border))
    return palette


def style_sheet(tokens: Tokens) -> str:
    """What a palette cannot say; labels have a dynamic property ``role``: title, muted, error or ok."""
    return (
        f"QToolTip {{ color: {tokens.text}; background: {tokens.raised}; border: 1px solid {tokens.border};"
        f" padding: 4px; }}\n"
        f"QFrame[floating='true'] {{ background: {tokens.window}; border: 1px solid {tokens.border};"
        f" border-radius: 6px; }}\n"
        f"QLabel[role='muted'] {{ color: {tokens.muted}; }}\n"
        f"QLabel[role='title'] {{ font-weight: 600; }}\n"
        f"QLabel[role='error'] {{ color: {tokens.danger}; }}\n"
        f"QLabel[role='ok'] {{ color: {tokens.ok}; }}\n"
        f"QFrame[rule='true'] {{ background: {tokens.border}; border: none; margin: 4px; }}\n"
        f"QFrame[row='true'] {{ border: 1px solid transparent; border-radius: 4px; }}\n"
        f"QFrame[row='true'][invalid='true'] {{ border-color: {tokens.danger}; }}\n"
        f"QFrame[filter='true'] {{ background: {tokens.raised}; border-left: 4px solid {tokens.accent}; }}\n"
        f"QFrame#notices {{ background: {tokens.raised}; border-left: 4px solid {tokens.accent}; }}\n"
        f"QFrame#notices[level='warning'] {{ border-left-color: {tokens.warning}; }}\n"
        f"QFrame#notices[level='error'] {{ border-left-color: {tokens.danger}; }}\n"
        f"QTreeView::item {{ min-height: 24px; }}\n"
        f"QStatusBar::item {{ border: none; }}\n"
    )


class Theme(QObject):
    """Keeps an application in the chosen scheme; with "system" it follows the desktop and switches live."""

    changed = Signal(object)
    """The `Tokens` now in use."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName("theme")
        self.scheme: Scheme = "system"
        self.tokens = LIGHT
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._follow)

    def choose(self, scheme: Scheme) -> None:
        """Use that scheme from now on."""
        if scheme not in SCHEMES:
            raise ValueError(f"a scheme is one of {', '.join(SCHEMES)}, not {scheme!r}")
        self.scheme = scheme
        hints = QApplication.styleHints()
        asked = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}.get(scheme)
        # Title bars and native dialogs follow this; it may change the scheme and so call _follow by itself.
        hints.setColorScheme(asked if asked is not None else Qt.ColorScheme.Unknown)
        self._follow(hints.colorScheme())

    @Slot(Qt.ColorScheme)
    def _follow(self, system: Qt.ColorScheme) -> None:
        dark = {"dark": True, "light": False}.get(self.scheme, system == Qt.ColorScheme.Dark)
        self.tokens = DARK if dark else LIGHT
        QApplication.setPalette(palette_of(self.tokens))
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setStyleSheet(style_sheet(self.tokens))
        self.changed.emit(self.tokens)


def apply(app: QApplication, scheme: Scheme = "system") -> Theme:
    """Dress the application; a second call changes the scheme. Returns its `Theme`, which the application owns."""
    theme = app.findChild(Theme, "theme") or Theme(app)
    theme.choose(scheme)
    return theme

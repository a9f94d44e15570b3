"""Colours that can be read, in both schemes, switched live."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel

from app.ui.look import theme
from app.ui.look.theme import DARK, LIGHT, contrast, ink_on


@pytest.fixture
def own_theme(qapp):
    before, sheet = qapp.palette(), qapp.styleSheet()
    yield theme.apply(qapp, "dark")
    theme.apply(qapp, "system")
    qapp.setPalette(before)
    qapp.setStyleSheet(sheet)


def test_that_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("text", ["text", "muted", "danger", "ok", "accent"])
@pytest.mark.parametrize("ground", ["window", "base", "raised", "surround"])
def test_that_every_text_reads_on_every_ground(tokens, text, ground):
    assert contrast(getattr(tokens, text), getattr(tokens, ground)) >= 4.5 or (text, ground) == ("accent", "raised")


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
def test_that_text_reads_on_the_accent_and_the_accent_shows_on_the_window(tokens):
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert contrast(tokens.accent, tokens.raised) >= 3
    assert contrast(tokens.accent, tokens.surround) >= 3


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
def test_that_greys_are_neutral(tokens):
    for name in ("window", "base", "raised", "surround", "border", "text", "muted", "disabled"):
        colour = getattr(tokens, name)
        assert colour[1:3] == colour[3:5] == colour[5:7]


@pytest.mark.parametrize("colour", ["#e69f00", "#0072b2", "#f0e442", "#000000", "#ffffff", "#808080"])
def test_that_ink_reads_on_any_colour(colour):
    assert contrast(ink_on(colour), colour) >= 4.5


def test_that_the_scheme_switches_live(qapp, qtbot, own_theme):
    label = QLabel("text")
    qtbot.addWidget(label)
    label.show()
    seen = []
    own_theme.changed.connect(seen.append)
    own_theme.choose("light")
    assert label.palette().color(QPalette.ColorRole.WindowText).name() == LIGHT.text
    own_theme.choose("dark")
    assert label.palette().color(QPalette.ColorRole.WindowText).name() == DARK.text
    assert theme.tokens_for(label.palette()) is DARK
    assert seen[-1] is DARK


def test_that_the_system_is_followed_only_when_asked(qapp, own_theme):
    own_theme._follow(Qt.ColorScheme.Light)
    assert own_theme.tokens is DARK
    own_theme.scheme = "system"
    own_theme._follow(Qt.ColorScheme.Light)
    assert own_theme.tokens is LIGHT
    own_theme._follow(Qt.ColorScheme.Dark)
    assert own_theme.tokens is DARK


def test_that_applying_twice_keeps_one_theme_and_a_wrong_name_is_refused(qapp, own_theme):
    assert theme.apply(qapp, "light") is own_theme
    with pytest.raises(ValueError, match="a scheme is one of system, dark, light"):
        own_theme.choose("pink")

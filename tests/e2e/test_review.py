"""States, verdicts, comments on places, and the way to the next picture that needs something."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.core import review
from app.core.annotation import BoxGeometry, Shape
from app.core.document import Comment
from app.core.geometry import Box
from app.core.history import Change
from app.ui.panels.files_model import STATE
from tests.driving import Driver, until


def box(driver: Driver, label: str = "cat") -> None:
    assert driver.session.keep([Shape(BoxGeometry(Box(1, 2, 30, 40)), label)], "Add box")


def mark(driver: Driver, path: str) -> str:
    model = driver.window.files.model
    return str(model.index(model.row_of(path)).data(STATE))


def kept(driver: Driver, path: str):
    return driver.session.store.document(path)


def change(driver: Driver, path: str, edit: Callable) -> None:
    """What another picture says, as if it had been edited earlier."""
    before = kept(driver, path)
    assert driver.session.edit(Change("Earlier", ((before, edit(before)),)))


def test_that_drawing_begins_work_and_a_key_says_done_and_goes_on(window: Driver) -> None:
    assert mark(window, "a1.png") == "new"
    window.session.add_label("cat")
    window.key("R")
    window.drag((20, 20), (60, 50))
    assert mark(window, "a1.png") == "in_work"
    window.key("Shift+D")
    window.wait_for_picture("a2.png")
    assert (mark(window, "a1.png"), kept(window, "a1.png").review) == ("done", None)
    window.key("Ctrl+Z")
    window.wait_for_picture("a1.png")
    assert mark(window, "a1.png") == "in_work"


def test_that_done_on_the_last_picture_stays_there_and_says_so(window: Driver) -> None:
    window.press("files.list", window.row("a10.png"))
    window.wait_for_picture("a10.png")
    window.key("Shift+D")
    assert "last picture" in window.window.notices.text
    assert mark(window, "a10.png") == "done" and window.shows("a10.png")


def test_that_a_review_pass_accepts_rejects_with_a_reason_and_sends_back(window: Driver) -> None:
    for path in ("a1.png", "a2.png", "a10.png"):
        change(window, path, lambda d: review.put(d, "done"))
    window.key("F7")
    assert window.find("review.state").text() == "Done, waits for a review"
    window.find("review.reviewer").setFocus()
    window.find("review.reviewer").selectAll()
    window.type("Ada")
    window.key("Return")
    window.press("review.accept")
    window.wait_for_picture("a2.png")
    first = kept(window, "a1.png")
    assert (first.state, first.review.reviewer, first.review.reason) == ("done", "Ada", "")
    assert first.review.time.startswith("20")
    window.window.view.setFocus()
    window.key("Shift+X")
    assert window.focus == "review.reason" and mark(window, "a2.png") == "done", "a reason is asked for first"
    window.type("blurred")
    window.key("Return")
    window.wait_for_picture("a10.png")
    assert (mark(window, "a2.png"), kept(window, "a2.png").review.reason) == ("rejected", "blurred")
    window.key("Shift+B")
    window.type("a hole is missing")
    window.key("Return")
    until(lambda: mark(window, "a10.png") == "in_work")
    assert window.find("review.state").text() == "Sent back to be fixed"
    assert "Ada" in window.find("review.verdict").text()
    assert "a hole is missing" in window.find("review.verdict").text()
    window.window.actions_["review.set_done"].trigger()
    assert window.find("review.state").text() == "Done, waits for a review"
    assert window.find("review.verdict").text() == ""


def test_that_escape_gives_a_verdict_up(window: Driver) -> None:
    window.key("Shift+X")
    window.type("no")
    window.key("Esc")
    assert window.find("review.reason").text() == "" and window.focus == "image_view"
    assert mark(window, "a1.png") == "new"


def test_that_states_are_set_by_command_and_survive_a_restart(start: Callable[..., Driver], folder: Path) -> None:
    first = start(folder)
    first.window.actions_["review.in_work"].trigger()
    assert mark(first, "a1.png") == "in_work" and first.shows("a1.png")
    first.window.actions_["review.new"].trigger()
    assert mark(first, "a1.png") == "new"
    first.window.actions_["review.set_done"].trigger()
    first.close()
    second = start(folder)
    assert mark(second, "a1.png") == "done"


def test_that_a_comment_is_pinned_by_a_click_changed_resolved_and_removed(window: Driver) -> None:
    window.key("V")
    window.key("C")
    window.click(70, 60)
    until(lambda: window.focus == "review.editor")
    assert window.find("pin.new").isVisible()
    assert window.find("review.about").text() == "About 70, 60"
    window.type("what is this?")
    window.key("Return")
    (comment,) = window.session.document.comments
    assert comment.text == "what is this?" and comment.author
    assert comment.point == pytest.approx((70, 60), abs=1)
    pin = window.find("pin.1")
    tip = pin.mapTo(window.window.view, pin.rect().center())
    assert abs(tip.x() - window.window.view.transform.to_view((70, 60))[0]) <= 2
    assert window.shapes == () and not window.find("pin.new").isVisible()
    window.press("review.edit")
    window.type("a disc")
    window.key("Return")
    assert window.session.document.comments[0].text == "a disc"
    window.press("review.resolve")
    assert window.session.document.comments[0].resolved
    assert window.find("review.resolve").text() == "Reopen"
    window.press("review.remove")
    assert window.session.document.comments == ()
    window.key("Ctrl+Z")
    assert [c.text for c in window.session.document.comments] == ["a disc"]


def test_that_a_click_on_a_pin_chooses_its_comment_and_pins_follow_the_picture(window: Driver) -> None:
    change(window, "a1.png", lambda d: review.add_comment(d, Comment("about all of it", "Bo", "2026-11-25T10:00:00")))
    change(window, "a1.png", lambda d: review.add_comment(d, Comment("here", point=(100.0, 50.0))))
    pin = window.find("pin.2")
    assert window.window.workspaces.docks["review"].isHidden()
    window.press(pin)
    until(lambda: window.window.workspaces.docks["review"].isVisible())
    assert window.find("review.comments").currentItem().text() == "here"
    before = pin.pos()
    window.wheel(40, 40, 3)
    assert pin.pos() != before
    window.window.view.setFocus()
    window.window.view.overlays_hidden = True
    assert not pin.isVisible()
    window.window.view.overlays_hidden = False
    assert pin.isVisible()
    window.key("D")
    window.wait_for_picture("a2.png")
    assert not any(w.isVisible() for w in window.window.view.children() if w.objectName().startswith("pin."))


def test_that_escape_gives_a_comment_up_and_keeps_what_is_half_drawn(window: Driver) -> None:
    window.session.add_label("cat")
    window.key("P")
    window.click(20, 20)
    window.click(60, 20)
    window.key("C")
    window.key("Esc")
    window.click(60, 60)
    window.key("Return")
    assert len(window.shapes) == 1 and window.session.document.comments == ()
    window.key("C")
    window.click(30, 30)
    until(lambda: window.focus == "review.editor")
    window.type("no")
    window.key("Esc")
    assert window.session.document.comments == () and window.focus == "image_view"


def test_that_keys_lead_to_the_next_unfinished_picture_and_on_from_the_top(window: Driver) -> None:
    change(window, "a2.png", lambda d: review.put(d, "done"))
    window.key("Shift+U")
    window.wait_for_picture("a10.png")
    assert window.window.notices.text == ""
    window.key("Shift+U")
    window.wait_for_picture("a1.png")
    assert "on from the top" in window.window.notices.text
    change(window, "a10.png", lambda d: review.put(d, "done"))
    window.key("Shift+U")
    assert "no other picture unfinished" in window.window.notices.text


def test_that_keys_lead_to_the_next_picture_with_the_label_and_with_open_comments(window: Driver) -> None:
    window.key("Shift+L")
    assert "no label yet" in window.window.notices.text
    box(window, "cat")
    change(window, "a2.png", lambda d: review.add_comment(d, Comment("?")))
    change(window, "a10.png", lambda d: d.__class__(d.path, shapes=(Shape(BoxGeometry(Box(0, 0, 9, 9)), "cat"),)))
    window.session.choose_label("cat")
    window.key("Shift+L")
    window.wait_for_picture("a10.png")
    window.key("Shift+C")
    window.wait_for_picture("a2.png")
    assert "on from the top" in window.window.notices.text
    window.press("files.list", window.row("a1.png"))
    window.wait_for_picture("a1.png")
    window.key("F7")
    window.press("review.next")
    window.wait_for_picture("a2.png")
    change(window, "a2.png", lambda d: review.resolve_comment(d, d.comments[0].id))
    window.key("Shift+C")
    until(lambda: "no other picture with open comments" in window.window.notices.text)


def test_that_a_long_import_is_shown_without_reading_each_document(
    window: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [Shape(BoxGeometry(Box(0, 0, 9, 9)), "cat", id=str(n)) for n in range(2)]
    pairs = []
    for n in range(200):
        path = "a2.png" if n == 0 else f"gone {n}.png"
        before = kept(window, path)
        pairs.append((before, before.__class__(path, shapes=tuple(many), state="in_work")))
    read: list[str] = []
    monkeypatch.setattr(window.session.store, "document", read.append)
    assert window.session.edit(Change("Import", tuple(pairs)))
    until(lambda: mark(window, "a2.png") == "in_work")
    assert read == []
    assert QApplication.activeWindow() is not None

"""The picture view: painting, navigation, readout, layers, shapes."""

import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from app.core.annotation import BoxGeometry, MaskGeometry, PolygonGeometry, Shape
from app.core.document import Label, LabelList
from app.core.geometry import Box
from app.core.layers import BoxesLayer, ImageLayer, LabelMapLayer, MaskLayer, TableLayer
from app.core.masks import encode
from app.core.sources import Image
from app.ui.viewers.image_view import ImageView
from app.ui.viewers.layer_painters import DisplayLayer

Key = Qt.Key
LABELS = LabelList((Label("cat", "#ff0000"), Label("dog", "#00ff00")))


def colour_at(view: ImageView, x: float, y: float) -> tuple[int, int, int]:
    image = view.grab_view()
    vx, vy = view.transform.to_view((x, y))
    ratio = view.devicePixelRatioF()
    colour = image.pixelColor(int(vx * ratio), int(vy * ratio))
    return colour.red(), colour.green(), colour.blue()


def test_that_a_pixel_is_painted_where_the_transform_says(view):
    assert colour_at(view, 150.5, 120.5) == (150, 120, 0)
    view.navigator.zoom_by(7.3)
    view.navigator.pan(13.4, -21.7)
    x, y = (int(v) + 0.5 for v in view.transform.to_source((300, 200)))
    assert colour_at(view, x, y) == (int(x), int(y), 0)


def test_that_a_large_picture_is_there_at_once_and_becomes_smooth(view, qtbot):
    board = (np.indices((2400, 3200)).sum(axis=0) % 2 * 255).astype(np.uint8)
    view.set_image(Image(board, "board"))
    surround = view.grab_view().pixelColor(1, 1).red()
    middle = view.grab_view().rect().center()
    assert view.grab_view().pixelColor(middle).red() != surround
    qtbot.waitUntil(lambda: 120 <= view.grab_view().pixelColor(middle).red() <= 135, timeout=10000)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4, 6])
@pytest.mark.parametrize("scale", [0.2, 1.5, 50])
def test_that_every_kind_of_picture_is_painted_at_every_zoom(view, dtype, channels, scale):
    shape = (200, 300) if channels == 0 else (200, 300, channels)
    pixels = (np.random.default_rng(0).random(shape) * 250).astype(dtype)
    pixels[50:150, 100:200] = 250
    view.set_image(Image(pixels, "any"))
    view.navigator.zoom_by(scale / view.transform.scale)
    assert not view.grab_view().isNull()


def test_that_transparent_pixels_show_the_checkerboard(view):
    pixels = np.zeros((100, 100, 4), np.uint8)
    view.set_image(Image(pixels, "clear"))
    image = view.grab_view()
    seen = {image.pixelColor(x, 300).red() for x in range(380, 420)}
    assert len(seen) == 2
    assert min(seen) > 100


def test_that_the_window_changes_what_is_shown_and_not_the_data(view, qtbot):
    pixels = np.full((100, 100), 1000, np.uint16)
    pixels[0, 0], pixels[0, 1] = 0, 4000
    image = Image(pixels, "deep")
    view.set_image(image)
    assert view.window_level == (0, 4000)
    with qtbot.waitSignal(view.window_changed) as signal:
        view.set_window(0, 1000)
    assert signal.args == [0, 1000]
    assert colour_at(view, 50.5, 50.5) == (255, 255, 255)
    assert image.pixels[50, 50] == 1000
    view.reset_window()
    assert colour_at(view, 50.5, 50.5) == (64, 64, 64)
    view.auto_window()
    assert view.window_level == (1000, 1001)


def test_that_the_wheel_zooms_at_the_pointer(view, mouse):
    before = view.transform
    mouse.wheel(100, 80)
    assert view.transform.scale == pytest.approx(before.scale * 1.25)
    assert view.transform.to_view((100, 80)) == pytest.approx(before.to_view((100, 80)), abs=1)


def test_that_a_touchpad_zooms_by_small_amounts(view, mouse):
    before = view.transform.scale
    mouse.wheel(100, 80, angle=8, pixels=4)
    assert before < view.transform.scale < before * 1.05


def test_that_alt_and_wheel_resize_the_brush_and_do_not_zoom(view, mouse, qtbot):
    before = view.transform
    with qtbot.waitSignal(view.brush_resized) as signal:
        mouse.wheel(100, 80, angle=-240, modifiers=Qt.KeyboardModifier.AltModifier)
    assert signal.args == [-2]
    assert view.transform == before


def test_that_the_middle_button_pans(view, mouse, qtbot):
    before = view.transform
    with qtbot.waitSignal(view.view_changed):
        mouse.drag((100, 100), (110, 95), Qt.MouseButton.MiddleButton)
    assert view.transform.to_view((100, 100)) == pytest.approx(before.to_view((110, 95)), abs=1)


def test_that_space_pans_with_the_left_button_and_selects_nothing(view, mouse, qtbot):
    before = view.transform
    with qtbot.assertNotEmitted(view.selection_requested):
        QTest.keyPress(view, Key.Key_Space)
        assert view.cursor().shape() == Qt.CursorShape.OpenHandCursor
        mouse.drag((100, 100), (105, 100))
        QTest.keyRelease(view, Key.Key_Space)
    assert view.transform.dx == pytest.approx(before.dx + 10, abs=1)


def test_that_keys_fit_zoom_and_pan(view):
    QTest.keyClick(view, Key.Key_F, Qt.KeyboardModifier.ShiftModifier)
    assert view.zoom == pytest.approx(1)
    QTest.keyClick(view, Key.Key_Plus)
    assert view.zoom > 1.5
    QTest.keyClick(view, Key.Key_Minus)
    assert view.zoom == pytest.approx(1)
    left = view.transform.dx
    QTest.keyClick(view, Key.Key_Right)
    assert view.transform.dx == pytest.approx(left - 80)
    QTest.keyClick(view, Key.Key_F)
    assert view.navigator.fitted


def test_that_a_fitted_view_stays_fitted_and_another_keeps_its_middle_when_resized(view):
    view.navigator.zoom_by(2)
    middle = view.transform.to_source((400, 300))
    view.resize(600, 500)
    assert view.transform.to_source((300, 250)) == pytest.approx(middle)
    view.fit()
    view.resize(900, 700)
    assert view.navigator.fitted
    left, right = view.transform.to_view((0, 0))[0], view.transform.to_view((400, 0))[0]
    assert left + right == pytest.approx(900)


def test_that_the_view_is_kept_across_pictures_when_asked(view, picture):
    view.navigator.zoom_by(3)
    view.navigator.pan(50, 20)
    before = view.transform
    view.set_image(picture(), keep_view=True)
    assert view.transform == before
    view.set_image(picture())
    assert view.navigator.fitted


def test_that_hovering_tells_the_true_values(view, mouse, qtbot):
    pixels = np.arange(300 * 400, dtype=np.float32).reshape(300, 400)
    view.set_image(Image(pixels, "deep"), keep_view=True)
    seen = []
    view.pixel_hovered.connect(seen.append)
    mouse.move(20.5, 10.5)
    assert (seen[-1].x, seen[-1].y, seen[-1].values, seen[-1].dtype) == (20, 10, (4020.0,), "float32")
    mouse.move(-20, 10)
    assert seen[-1] is None
    mouse.move(20.5, 10.5)
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert seen[-1] is None


def test_that_a_preview_is_tinted_and_outlined_and_goes_away(view):
    mask = np.zeros((300, 400), bool)
    mask[100:200, 100:200] = True
    plain = colour_at(view, 150.5, 150.5)
    view.set_preview(MaskLayer(mask), "#ff0000")
    tinted = colour_at(view, 150.5, 150.5)
    assert tinted[0] > plain[0]
    assert tinted[1] < plain[1]
    assert colour_at(view, 100.3, 150.5) == (255, 0, 0)
    assert colour_at(view, 90.5, 150.5) == (90, 150, 0)
    view.set_preview(None)
    assert colour_at(view, 150.5, 150.5) == plain


def test_that_every_layer_is_painted_and_invisible_ones_are_not(view):
    mask = np.zeros((300, 400), bool)
    mask[50:100, 50:100] = True
    boxes = np.array([[200, 50, 300, 100], [210, 60, 214, 64]], np.float32)
    layers = [
        ImageLayer(np.full((150, 200), 200, np.uint8)),
        MaskLayer(mask),
        LabelMapLayer(mask.astype(np.int32) * 7),
        BoxesLayer(boxes, ("cat", "dog"), np.array([0.9, 0.5], np.float32)),
    ]
    plain = view.grab_view()
    for layer in layers:
        view.set_layers([DisplayLayer(layer)])
        assert view.grab_view() != plain
        view.set_layers([DisplayLayer(layer, visible=False)])
        assert view.grab_view() == plain
    view.set_layers([DisplayLayer(TableLayer(("a",), ((1,),)))])
    assert view.grab_view() == plain


def test_that_an_image_layer_of_half_the_size_covers_the_picture_with_its_opacity(view):
    layer = ImageLayer(np.full((150, 200, 3), 255, np.uint8))
    view.set_layers([DisplayLayer(layer, opacity=0.5)])
    red, green, blue = colour_at(view, 200.5, 100.5)
    assert (red, green, blue) == pytest.approx(((200 + 255) / 2, (100 + 255) / 2, 127), abs=2)


def test_that_h_hides_everything_over_the_picture_while_it_is_held(view):
    plain = view.grab_view()
    view.set_shapes([Shape(BoxGeometry(Box(50, 50, 100, 100)), "cat")], LABELS)
    covered = view.grab_view()
    assert covered != plain
    QTest.keyPress(view, Key.Key_H)
    assert view.grab_view() == plain
    QTest.keyRelease(view, Key.Key_H)
    assert view.grab_view() == covered


def test_that_the_swipe_divider_shows_the_plain_picture_on_its_left(view, mouse):
    view.set_shapes([Shape(BoxGeometry(Box(20, 20, 380, 280)), "cat")], LABELS)
    covered = colour_at(view, 100.5, 150.5)
    view.set_swipe(True)
    assert colour_at(view, 100.5, 150.5) == (100, 150, 0) != covered
    assert colour_at(view, 300.5, 150.5) != (300 % 256, 150, 0)
    at = view.transform.to_source((400, 300))
    mouse.drag((at[0], 150), (at[0] - 150, 150))
    assert view.swipe.at == pytest.approx(100 / 800, abs=0.01)
    assert colour_at(view, 100.5, 150.5) == covered
    QTest.keyClick(view, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view.swipe.at == pytest.approx(100 / 800 + 0.02, abs=0.01)


def test_that_very_many_shapes_appear_and_an_edit_among_them_too(view, settle):
    rng = np.random.default_rng(0)
    shapes = []
    for x, y in rng.uniform(0, 280, (2000, 2)).tolist():
        shapes.append(Shape(PolygonGeometry((((x, y), (x + 9, y), (x + 9, y + 9), (x, y + 9)),)), "cat"))
    plain = view.grab_view()
    view.set_shapes(shapes, LABELS)
    settle()
    assert view.grab_view() != plain
    assert colour_at(view, 350.5, 200.5) == (350 % 256, 200, 0)
    view.set_shapes([*shapes, Shape(BoxGeometry(Box(330, 180, 370, 220)), "dog")], LABELS)
    settle()
    assert colour_at(view, 350.5, 200.5) != (350 % 256, 200, 0)
    view.navigator.pan(-60, -30)
    settle()
    assert colour_at(view, 395.5, 299.5) == (395 % 256, 299 % 256, 0)


def test_that_many_masks_are_traced_in_the_background_and_then_shown(view, settle):
    masks = []
    for i in range(8):
        mask = np.zeros((300, 400), bool)
        mask[20:280, i * 50 + 5 : i * 50 + 45] = True
        masks.append(Shape(MaskGeometry(encode(mask)), "cat"))
    view.set_shapes(masks, LABELS)
    view.repaint()
    assert not view.settled
    settle()
    assert colour_at(view, 75.5, 150.5)[0] > 75


def test_that_shapes_of_another_picture_are_never_seen_on_this_one(view, settle, picture):
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 280, (2000, 2)).tolist()
    view.set_shapes([Shape(BoxGeometry(Box(x, y, x + 9, y + 9)), "cat") for x, y in corners], LABELS)
    view.repaint()
    assert not view.settled
    view.set_image(picture(), keep_view=True)
    plain = view.grab_view()
    far = [Shape(BoxGeometry(Box(390, 290, 391, 291)), "cat") for _ in corners]
    view.set_shapes(far, LABELS)
    assert view.grab_view() == plain
    settle()
    assert view.grab_view().copy(0, 0, 700, 500) == plain.copy(0, 0, 700, 500)


def test_that_empty_and_broken_states_are_said_in_words(view, picture):
    view.clear("No folder open yet", "Open one")
    buttons = QPushButton("Open folder")
    view.set_empty_actions(buttons)
    assert buttons.isVisible()
    assert view.accessibleDescription() == "No folder open yet"
    assert view.image is None
    view.show_broken("a/b/cat.tif", "The file is gone.")
    assert not buttons.isVisible()
    assert view.findChild(object, "picture_message").accessibleName() == "The file is gone. cat.tif"
    view.set_image(picture())
    assert not buttons.isVisible()
    assert view.accessibleDescription() == "picture.png 400 x 300"


def test_that_nothing_breaks_without_a_picture(view, mouse):
    view.clear()
    mouse.click(5, 5)
    mouse.wheel(5, 5)
    mouse.move(9, 9)
    QTest.keyClick(view, Key.Key_F)
    view.auto_window()
    view.set_swipe(True)
    assert isinstance(view.grab_view(), QImage)


def test_that_a_hint_lies_over_the_picture_and_lets_the_mouse_through(view, mouse, qtbot):
    view.set_hint("Click an object. Enter keeps it.")
    hint = view.findChild(object, "picture_hint")
    assert hint.isVisible()
    assert hint.geometry().center().x() == pytest.approx(400, abs=2)
    view.set_hint(None)
    assert not hint.isVisible()


def test_that_the_tab_key_moves_on_from_the_view_while_no_gesture_wants_it(view):
    assert Key.Key_Tab not in view.gesture.keys
    assert view.focusPolicy() == Qt.FocusPolicy.StrongFocus
    assert (view.objectName(), view.accessibleName()) == ("image_view", "Picture")


def test_that_painting_keeps_the_references_to_none(view):
    mask = np.zeros((300, 400), bool)
    mask[100:200, 100:200] = True
    view.set_preview(MaskLayer(mask))
    view.set_shapes([Shape(BoxGeometry(Box(50, 50, 100, 100)), "cat")], LABELS)
    view.repaint()
    before = sys.getrefcount(None)
    for i in range(1000):
        view.navigator.pan(1 if i % 2 else -1, 0)
        view.repaint()
    assert sys.getrefcount(None) > before - 500


def test_that_the_view_is_imported_without_heavy_libraries():
    code = (
        "import sys; import app.ui.viewers.image_view, app.ui.look.theme, app.ui.viewers.prompt_strip; "
        "print([m for m in ('cv2', 'torch', 'ultralytics', 'pyqtgraph', 'scipy', 'shapely') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"

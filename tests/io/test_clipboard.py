"""Shapes on the clipboard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InputError
from app.io.clipboard import shapes_from_bytes, shapes_to_bytes
from tests import strategies


@given(st.lists(strategies.shapes, max_size=4))
def test_that_shapes_come_back_as_they_were(shapes) -> None:
    assert list(shapes_from_bytes(shapes_to_bytes(shapes))) == shapes


@pytest.mark.parametrize("data", [b"", b"{}x", b"[[1, 2]]", b"[3]", b'[["a"]]', b"\xff\xfe"])
def test_that_anything_else_is_told(data: bytes) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        shapes_from_bytes(data)

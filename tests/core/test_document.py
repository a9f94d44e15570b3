from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.core.annotation import BoxGeometry, Shape
from app.core.document import changed_stretch
from app.core.geometry import Box

POOL = [Shape(BoxGeometry(Box(0, 0, n, n)), "a", id=str(n)) for n in range(4)]
piles = st.lists(st.sampled_from(POOL), max_size=7).map(tuple)


@given(piles, piles)
def test_that_what_two_piles_share_at_head_and_tail_is_counted_once(before, after) -> None:
    head, tail = changed_stretch(before, after)
    short = min(len(before), len(after))
    assert head + tail <= short
    assert before[:head] == after[:head]
    assert tail == 0 or before[-tail:] == after[-tail:]
    assert head == short or before[head] is not after[head], "the head is as long as can be"
    at = short - head
    assert tail == at or before[-1 - tail] is not after[-1 - tail], "the tail is as long as the rest allows"

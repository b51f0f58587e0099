from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codex_tui.lines.heights import Heights

STEPS = st.lists(
    st.tuples(st.sampled_from(["append", "prepend", "set"]), st.integers(0, 9), st.integers(0, 1000)), max_size=60
)


@given(STEPS)
def test_heights_agree_with_a_plain_list(steps: list[tuple[str, int, int]]) -> None:
    heights, plain = Heights(), list[int]()
    for step, height, place in steps:
        if step == "append":
            assert heights.append(height) == heights.end - 1
            plain.append(height)
        elif step == "prepend":
            assert heights.prepend(height) == heights.first
            plain.insert(0, height)
        elif plain:
            heights[heights.first + place % len(plain)] = height
            plain[place % len(plain)] = height
    assert (heights.total, len(heights)) == (sum(plain), len(plain))
    lines = [(number, offset) for number, height in enumerate(plain, heights.first) for offset in range(height)]
    assert [heights.find(line) for line in range(heights.total)] == lines
    assert [heights.top(number) for number in range(heights.first, heights.end)] == [
        sum(plain[:place]) for place in range(len(plain))
    ]
    assert [heights[number] for number in range(heights.first, heights.end)] == plain


def test_a_line_outside_gives_the_nearest_item() -> None:
    heights = Heights()
    for height in (2, 3):
        heights.append(height)
    assert (heights.find(-5), heights.find(99)) == ((0, 0), (1, 2))


def test_nothing_is_found_in_nothing() -> None:
    assert Heights().find(3) == (0, 0)

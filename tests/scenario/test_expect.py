"""How many there may be, in words."""

import pytest

from responder.scenario.expect import Bounds


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (Bounds(3, 3), "3"),
        (Bounds(2, None), "at least 2"),
        (Bounds(0, 5), "at most 5"),
        (Bounds(2, 4), "2 to 4"),
        (Bounds(0, 0), "0"),
    ],
)
def test_bounds_in_words(bounds: Bounds, words: str) -> None:
    assert str(bounds) == words

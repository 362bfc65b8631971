"""The bounded dictionary of flows and decisions."""

import pytest

from responder.net.recent import Recent


def test_it_holds_what_was_kept() -> None:
    recent: Recent[str, int] = Recent(2)
    assert recent.keep("a", 1) == 1
    assert recent["a"] == recent.find("a") == 1


def test_an_unknown_key_is_a_key_error_or_none() -> None:
    recent: Recent[str, int] = Recent(2)
    assert recent.find("a") is None
    with pytest.raises(KeyError):
        recent["a"]


def test_it_never_holds_more_than_twice_its_bound() -> None:
    recent: Recent[int, int] = Recent(10)
    for key in range(1000):
        recent.keep(key, key)
    assert len(recent) + len(recent._older) <= 20
    assert [recent.find(key) for key in range(990, 1000)] == list(range(990, 1000))
    assert recent.find(979) is None


def test_what_is_used_often_enough_stays() -> None:
    recent: Recent[int, int] = Recent(10)
    recent.keep(-1, -1)
    for key in range(1000):
        recent.keep(key, key)
        assert recent[-1] == -1


def test_it_forgets_both_generations() -> None:
    recent: Recent[int, int] = Recent(2)
    for key in range(3):
        recent.keep(key, key)
    recent.forget()
    assert [recent.find(key) for key in range(3)] == [None] * 3

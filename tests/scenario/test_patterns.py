"""Regular expressions in linear time."""

import pytest

from responder.scenario.patterns import BadPattern, compile_pattern
from tests.proportion import least_time


def test_a_pattern_is_found_anywhere() -> None:
    found = compile_pattern(r"^2\d{3}$")
    assert found(b"2001")
    assert not found(b"32001")
    assert compile_pattern("01")(b"2010")


def test_capitals_count_unless_told_otherwise() -> None:
    assert not compile_pattern("bob")(b"BOB")
    assert compile_pattern("bob", ignore_case=True)(b"BOB")


def test_a_dot_is_a_character_and_bytes_that_are_none_are_harmless() -> None:
    assert compile_pattern("^.$")("é".encode())
    assert not compile_pattern("^é$")(b"\xff")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(?=a)", "look-ahead"),
        ("(?!a)", "look-ahead"),
        ("(?<=a)b", "look-behind"),
        (r"(a)\1", "back reference"),
        (r"(?P<n>a)(?P=n)", "back reference"),
        ("(", "missing )"),
        ("a" * 1_001, "at most 1,000 characters"),
    ],
)
def test_what_is_not_offered_is_named(text: str, said: str) -> None:
    with pytest.raises(BadPattern, match=said.replace(")", r"\)")):
        compile_pattern(text)


def test_no_pattern_takes_longer_than_in_proportion_to_what_it_looks_at() -> None:
    found = compile_pattern("(a*)*b")
    short, long = b"a" * 4_000, b"a" * 64_000
    assert least_time(lambda: found(long)) < 160 * least_time(lambda: found(short))

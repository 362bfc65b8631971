"""Durations as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.scenario.duration import read_duration

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}


@given(st.integers(0, 9_999_999), st.sampled_from(sorted(UNITS)))
def test_a_number_and_its_unit_are_seconds(number: int, unit: str) -> None:
    assert read_duration(f"{number}{unit}".encode()) == pytest.approx(number * UNITS[unit])


@given(st.integers(0, 999), st.integers(0, 999_999))
def test_fractions_are_read(whole: int, part: int) -> None:
    expected = whole + part / 1_000_000
    assert read_duration(f"{whole}.{part:06}s".encode()) == pytest.approx(expected)


@given(st.text(max_size=12))
def test_whatever_is_written_gives_seconds_or_nothing(text: str) -> None:
    seconds = read_duration(text.encode("utf-8", "surrogatepass"))
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    "text", ["", "5", "s", "1 s", "1S", "-1s", "1.s", ".5s", "1.5.5s", "1h", "12345678s", "1e3s"]
)
def test_anything_else_is_no_duration(text: str) -> None:
    assert read_duration(text.encode()) is None

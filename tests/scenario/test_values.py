"""Values of scenario files; what does not fit is in broken.txt."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from responder.scenario import values
from responder.scenario.yaml_text import Number

READERS: list[Callable[[object], Any]] = [
    values.read_text,
    values.read_line,
    values.read_flag,
    values.read_wait,
    values.read_timer,
    values.read_status,
    values.read_method,
    values.read_header_name,
    values.read_own_header,
    values.read_pattern,
    values.read_uri,
    values.read_network,
    values.read_name,
    values.read_media_type,
    values.read_description,
    values.read_unmatched,
    values.whole_number(0, 10),
    values.one_word("a", "b"),
]

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1000, 1000),
    st.floats(),
    st.text(max_size=20),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
)


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@given(value=ANYTHING)
def test_whatever_stands_there_is_read_or_gets_a_sentence(
    read: Callable[[object], Any], value: object
) -> None:
    fault = None
    try:
        read(value)
    except PydanticCustomError as raised:
        fault = raised
    assert fault is None or (fault.type == "sentence" and fault.message())


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (values.read_text, Number("0044"), "0044"),
        (values.read_text, 1001, "1001"),
        (values.read_wait, "250ms", 0.25),
        (values.read_wait, Number("2"), 2.0),
        (values.read_wait, 0, 0.0),
        (values.read_timer, "1ms", 0.001),
        (values.read_status, Number("486"), 486),
        (values.read_method, "FOO", "FOO"),
        (values.read_header_name, "s", "Subject"),
        (values.read_header_name, "X-Test", "X-Test"),
        (values.read_own_header, "Retry-After", "Retry-After"),
        (values.read_uri, "sip:bob@h", "sip:bob@h"),
        (values.read_network, "10.0.0.0/8", "10.0.0.0/8"),
        (values.read_name, " two words ", "two words"),
        (values.read_media_type, "text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        (values.read_description, "v=0\n", "v=0\n"),
        (values.read_unmatched, "dial", "dial"),
        (values.read_unmatched, Number("404"), 404),
    ],
)
def test_what_fits_is_read(read: Callable[[object], Any], value: object, expected: object) -> None:
    assert read(value) == expected


@given(st.integers(0, 3_600_000))
def test_a_wait_is_the_same_in_every_unit(milliseconds: int) -> None:
    seconds = values.read_wait(f"{milliseconds}ms")
    assert seconds == pytest.approx(values.read_wait(milliseconds / 1000))


def test_a_text_has_its_bound() -> None:
    with pytest.raises(PydanticCustomError, match="expected at most 65,000"):
        values.read_text("x" * 65_001)

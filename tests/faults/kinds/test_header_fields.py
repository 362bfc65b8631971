import pytest

from tests.faults.calls import drawing
from tests.faults.messages import BUSY, mutated


def names(data: bytes) -> list[bytes]:
    return [line.partition(b":")[0] for line in data.split(b"\r\n")[1:] if line]


@pytest.mark.parametrize("header", ["Via", "v", "VIA"])
def test_a_header_field_is_missing_every_line_of_it(header: str) -> None:
    data, said = mutated("missing", header)
    assert names(data) == [b"From", b"To", b"Call-ID", b"CSeq", b"Content-Length"]
    assert said == f"no {header}"


@pytest.mark.parametrize("name", ["missing", "doubled"])
def test_what_is_not_there_stays_as_it_is(name: str) -> None:
    assert mutated(name, "Contact") == (BUSY, "")


def test_no_header_field_has_a_name_that_is_no_token() -> None:
    assert mutated("missing", "()") == (BUSY, "")


def test_a_header_field_comes_twice() -> None:
    data, said = mutated("doubled", "Call-ID")
    assert data.count(b"Call-ID: call-1\r\n") == 2
    assert said == "a second Call-ID"


def test_the_second_one_differs() -> None:
    data, _ = mutated("doubled", {"header": "Call-ID", "value": "other"})
    assert b"Call-ID: call-1\r\nCall-ID: other\r\n" in data


def test_an_extra_header_field_is_the_last() -> None:
    data, said = mutated("extra")
    assert data.endswith(b"Content-Length: 0\r\nX-Extra: extra\r\n\r\n")
    assert said == "an extra X-Extra of 5 bytes"


def test_extra_header_fields_can_be_large_and_many() -> None:
    data, said = mutated("extra", {"header": "X-Pad", "value": "", "size": 9, "times": 1000})
    assert data.count(b"X-Pad: xxxxxxxxx\r\n") == 1000
    assert said == "an extra X-Pad of 9 bytes 1000 times"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("reversed", b"Content-Length CSeq Call-ID To From Via Via"),
        ("sorted", b"Call-ID Content-Length CSeq From To Via Via"),
        ("content-first", b"Content-Length Via Via From To Call-ID CSeq"),
        ("shuffled", b"From To Call-ID CSeq Content-Length Via Via"),
    ],
)
def test_header_fields_come_in_another_order(order: str, expected: bytes) -> None:
    data, said = mutated("header-order", order, draw=drawing(0.0))
    assert names(data) == expected.split()
    assert data.index(b"z9hG4bKold") < data.index(b"z9hG4bKfar")
    assert said == f"header fields in the order {order}"

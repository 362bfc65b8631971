import pytest

from responder.sip.message import parse
from tests.faults.messages import BUSY, mutated


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("name-case", "lower", b"\r\ncall-id: call-1\r\n"),
        ("name-case", "upper", b"\r\nCALL-ID: call-1\r\n"),
        ("name-case", "mixed", b"\r\nCAlL-iD: call-1\r\n"),
        ("compact", None, b"\r\ni: call-1\r\n"),
        ("folded", None, b"\r\nCall-ID: \r\n call-1\r\n"),
        ("folded", "call-id", b"\r\nCall-ID: \r\n call-1\r\nCSeq: 7"),
        ("colon", None, b"\r\nCall-ID:call-1\r\n"),
        ("colon", "before", b"\r\nCall-ID : call-1\r\n"),
        ("colon", "tab", b"\r\nCall-ID\t:\tcall-1\r\n"),
    ],
)
def test_another_spelling_means_the_same(name: str, value: object, line: bytes) -> None:
    data, said = mutated(name, value)
    assert line in data
    assert said
    again, before = parse(data), parse(BUSY)
    assert again.fields == before.fields
    assert again.fault is None


def test_what_has_no_compact_form_keeps_its_name() -> None:
    assert b"\r\nCSeq: 7 INVITE\r\nl: 0\r\n" in mutated("compact")[0]


def test_what_is_not_there_is_not_folded() -> None:
    assert mutated("folded", "Contact") == (BUSY, "")


@pytest.mark.parametrize(("end", "expected"), [("lf", b"\n"), ("cr", b"\r"), ("lfcr", b"\n\r")])
def test_lines_end_otherwise(end: str, expected: bytes) -> None:
    data, said = mutated("line-ends", end)
    assert data == BUSY.replace(b"\r\n", expected)
    assert said == f"lines that end in {end.upper()}"

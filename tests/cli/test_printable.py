"""What a peer writes cannot act on a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.cli.printable import CUT, printable, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("alice", "alice"),
        ("Zoë 王", "Zoë 王"),
        ("", ""),
        ("\x1b[2J\x1b[31mred", "\\x1b[2J\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\r\nb\tc\0", "a\\r\\nb\\tc\\x00"),
        ("evil\u202egnp.exe", "evil\\u202egnp.exe"),
        ("\u2066\u2069\u200f\ufeff", "\\u2066\\u2069\\u200f\\ufeff"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_a_terminal_could_act_on_is_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("most", "shown"),
    [(0, "0123456789"), (10, "0123456789"), (9, "012345" + CUT), (3, CUT)],
)
def test_what_is_too_long_is_cut_off(most: int, shown: str) -> None:
    assert printable("0123456789", most) == shown


def test_escapes_count_as_they_are_shown() -> None:
    assert printable("\0" * 100, 12) == "\\x00\\x00\\" + CUT


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"INVITE x\r\nTo: a\r\n\r\n", ["INVITE x", "To: a", ""]),
        (b"no line end", ["no line end"]),
        (b"", [""]),
        (b"\xff\x1b[0m\xc3\xa9\rx\n", ["\\xff\\x1b[0m\u00e9\\rx"]),
        ("a\n  b\u202e\n", ["a", "  b\\u202e"]),
    ],
)
def test_messages_and_drawings_are_shown_by_line(data: bytes | str, lines: list[str]) -> None:
    assert printable_lines(data) == lines


@given(st.text())
def test_whatever_comes_is_printable(text: str) -> None:
    assert printable(text).isprintable()


@given(st.binary())
def test_whatever_bytes_come_are_printable_lines(data: bytes) -> None:
    assert all(line.isprintable() for line in printable_lines(data))

"""The corpus is whole, and each message still holds the hazard that it is there for."""

import re

import pytest

from responder.sip.message import parse
from tests.torture.corpus import MESSAGES, Hazard, expand, load

CORPUS = load()
SECTIONS = [
    *(f"RFC 4475 3.1.1.{n}" for n in range(1, 14)),
    *(f"RFC 4475 3.1.2.{n}" for n in range(1, 20)),
    "RFC 4475 3.2.1",
    *(f"RFC 4475 3.3.{n}" for n in range(1, 16)),
    "RFC 4475 3.4.1",
    *(f"RFC 5118 4.{n}" for n in range(1, 11)),
]


def test_every_section_has_a_message() -> None:
    assert sorted({each.section for each in CORPUS}) == sorted(SECTIONS)


def test_every_message_has_an_expectation() -> None:
    assert sorted(path.stem for path in MESSAGES.iterdir()) == sorted(e.name for e in CORPUS)


@pytest.mark.parametrize("hazard", CORPUS, ids=lambda hazard: hazard.name)
def test_the_message_holds_its_hazard(hazard: Hazard) -> None:
    # Latin-1 keeps every byte one character, so that \xHH in the expression is that byte.
    assert re.search(hazard.shows, hazard.data.decode("latin-1"))
    assert hazard.udp is not None or hazard.tcp is not None


@pytest.mark.parametrize(
    "hazard", [each for each in CORPUS if each.framed], ids=lambda hazard: hazard.name
)
def test_the_length_of_a_framed_message_is_right(hazard: Hazard) -> None:
    _, _, body = hazard.data.partition(b"\r\n\r\n")
    assert parse(hazard.data).fields[b"content-length"] == b"%d" % len(body)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (b"A\nB: c\n", b"A\r\nB: c\r\n\r\n"),
        (b"A\r\nB: c\r\n", b"A\r\nB: c\r\n\r\n"),
        (b"A\n\nbody\n", b"A\r\n\r\nbody\r\n"),
        (b"A\nL: <length>\n\nb\\x00\n", b"A\r\nL: 4\r\n\r\nb\x00\r\n"),
        (b'A <repeat "xy" 3>\n', b"A xyxyxy\r\n\r\n"),
        (b"A: b<nobreak>\n c\n", b"A: b c\r\n\r\n"),
        (b"A\n\nbody<nobreak>\n", b"A\r\n\r\nbody"),
        (b'"\\\\x07 \\" \\q"\n', b'"\\\x07 \\" \\q"\r\n\r\n'),
    ],
    ids=["blank-line-added", "crlf", "body", "length", "repeat", "join", "open-end", "backslash"],
)
def test_expansion(text: bytes, data: bytes) -> None:
    assert expand(text) == data

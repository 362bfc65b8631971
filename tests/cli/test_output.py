"""Output that survives its reader and its encoding."""

import io
import os
import signal
from collections.abc import Iterator

import pytest

from responder.cli.output import Output, end_as_told


def test_lines_are_written_at_once() -> None:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding="utf-8")
    Output(stream).write("Zoë\n")
    assert buffer.getvalue() == "Zoë\n".encode()


def test_what_the_encoding_lacks_is_an_escape() -> None:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding="ISO-8859-1")
    output = Output(stream)
    output.write("Zoë 王\n")
    assert buffer.getvalue() == b"Zo\xeb \\u738b\n"
    assert output.encoding == "iso-8859-1"


def test_a_stream_that_knows_no_encoding_takes_ascii() -> None:
    stream = io.StringIO()
    Output(stream).write("ë\n")
    assert stream.getvalue() == "\\xeb\n"


def test_the_process_ends_when_nobody_reads_any_more() -> None:
    read, write = os.pipe()
    ended: list[bool] = []
    with os.fdopen(write, "w", encoding="utf-8") as stream:
        output = Output(stream, lambda: ended.append(True))
        os.close(read)
        output.write("one\n")
        assert ended == [True]
        output.write("two\n")
        assert ended == [True]


@pytest.fixture
def signals() -> Iterator[list[int]]:
    taken: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: taken.append(number))
    yield taken
    signal.signal(signal.SIGTERM, before)


def test_that_end_is_the_one_of_sigterm(signals: list[int]) -> None:
    end_as_told()
    assert signals == [signal.SIGTERM]

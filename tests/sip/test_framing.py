"""Framing of streams. Every case is replayed whole, byte by byte, and in random cuts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, SupportsIndex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.sip.errors import Malformed
from responder.sip.framing import (
    Broken,
    Frame,
    Ping,
    Pong,
    StreamFramer,
    Whole,
    content_length,
)

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

MAX_MESSAGE = 300
MAX_HEAD = 200

OPTIONS = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n"
SDP = b"v=0\r\n\r\ns=-\r\n"
INVITE = b"INVITE sip:a@b SIP/2.0\r\nl : %d\r\nSubject: x\r\n\r\n%b" % (len(SDP), SDP)
CHUNKED = (
    b"MESSAGE sip:a@b SIP/2.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n"
    b"4\r\nabcd\r\n"
)
NO_LENGTH = b"OPTIONS sip:a@b SIP/2.0\r\nSubject: x\r\n\r\n"
LARGE = b"MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 500\r\n\r\n"


def with_length(*lines: bytes) -> bytes:
    return b"OPTIONS sip:a@b SIP/2.0\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def plain(frame: Frame) -> tuple[object, ...]:
    """Return a frame as something that compares."""
    match frame:
        case Whole(data=data):
            return ("whole", data)
        case Broken():
            return ("broken", frame.data, frame.status, frame.reason, frame.close)
        case _:
            return (type(frame).__name__.lower(),)


def run(pieces: Iterable[bytes], framer: StreamFramer | None = None) -> list[tuple[object, ...]]:
    framer = framer or StreamFramer(MAX_MESSAGE, MAX_HEAD)
    return [plain(frame) for piece in pieces for frame in framer.feed(piece)]


def bytewise(data: bytes) -> list[bytes]:
    return [data[n : n + 1] for n in range(len(data))]


def broken(data: bytes, status: int, reason: str, close: bool = True) -> tuple[object, ...]:
    return ("broken", data, status, reason, close)


def whole(data: bytes) -> tuple[object, ...]:
    return ("whole", data)


PING = ("ping",)
PONG = ("pong",)

LENGTH_MISSING = "Content-Length: missing"
NOT_A_NUMBER = "Content-Length: not a number"
CONFLICT = "Content-Length: conflicting values"
TOO_LARGE = "Content-Length: number too large"
HEAD_TOO_LARGE = "Head too large"
MESSAGE_TOO_LARGE = "Message Too Large"

LONG_HEAD = b"OPTIONS sip:a@b SIP/2.0\r\nSubject: " + b"x" * MAX_HEAD + b"\r\n\r\n"


def _lost(reason: str, *lines: bytes) -> tuple[bytes, list[tuple[object, ...]]]:
    head = with_length(*lines)
    return head + OPTIONS, [broken(head, 400, reason)]


CASES: dict[str, tuple[bytes, list[tuple[object, ...]]]] = {
    "no body": (OPTIONS, [whole(OPTIONS)]),
    "body with an empty line": (INVITE, [whole(INVITE)]),
    "three in a row": (OPTIONS + INVITE + OPTIONS, [whole(m) for m in (OPTIONS, INVITE, OPTIONS)]),
    "one crlf before": (b"\r\n" + OPTIONS, [whole(OPTIONS)]),
    "ping": (b"\r\n\r\n", [PING]),
    "lone crlf": (b"\r\n", []),
    "two pings": (b"\r\n\r\n\r\n\r\n", [PING, PING]),
    "three crlfs before": (b"\r\n\r\n\r\n" + OPTIONS, [PING, whole(OPTIONS)]),
    "ping between": (OPTIONS + b"\r\n\r\n" + INVITE, [whole(OPTIONS), PING, whole(INVITE)]),
    "crlfs on both sides of a message": (b"\r\n" + OPTIONS + b"\r\n", [whole(OPTIONS)]),
    "chunked": (CHUNKED + OPTIONS, [whole(CHUNKED), whole(OPTIONS)]),
    "no length": (NO_LENGTH + OPTIONS, [broken(NO_LENGTH, 400, LENGTH_MISSING)]),
    "negative": _lost(NOT_A_NUMBER, b"Content-Length: -1"),
    "word": _lost(NOT_A_NUMBER, b"Content-Length: many"),
    "empty": _lost(NOT_A_NUMBER, b"Content-Length:"),
    "list": _lost(NOT_A_NUMBER, b"Content-Length: 5, 5"),
    "conflict": _lost(CONFLICT, b"Content-Length: 5", b"l: 6"),
    "absurd": _lost(TOO_LARGE, b"Content-Length: 4294967296"),
    "bare CR start": (b"\rX" + OPTIONS, [whole(b"\rX" + OPTIONS)]),
    "long head": (LONG_HEAD, [broken(LONG_HEAD[:MAX_HEAD], 513, HEAD_TOO_LARGE)]),
    "long body": (
        LARGE + b"\r\n" * 250 + OPTIONS,
        [broken(LARGE, 513, MESSAGE_TOO_LARGE, close=False), whole(OPTIONS)],
    ),
    "ping in a message": (
        INVITE[:-4] + b"\r\n\r\n" + OPTIONS,
        [whole(INVITE[:-4] + b"\r\n\r\n"), whole(OPTIONS)],
    ),
}

each_case = pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES.keys())


@pytest.mark.row("FRM-04", "FRM-05", "FRM-06", "FRM-08", "FRM-09", "FRM-12")
@each_case
def test_whole(data: bytes, expected: list[tuple[object, ...]]) -> None:
    assert run([data]) == expected


@pytest.mark.row("FRM-04", "FRM-05", "FRM-06", "FRM-08", "FRM-09", "FRM-12")
@each_case
def test_byte_by_byte(data: bytes, expected: list[tuple[object, ...]]) -> None:
    assert run(bytewise(data)) == expected


@pytest.mark.row("FRM-04")
@each_case
def test_with_trailing_bytes(data: bytes, expected: list[tuple[object, ...]]) -> None:
    """What follows a case is framed as if nothing had come before it, unless framing is lost."""
    lost = any(frame[0] == "broken" and frame[-1] for frame in expected)
    after = [] if lost else [whole(OPTIONS)]
    framer = StreamFramer(MAX_MESSAGE, MAX_HEAD)
    assert run([data + OPTIONS + OPTIONS[:7]], framer) == expected + after
    assert framer.pending == (0 if lost else 7)


@pytest.mark.row("FRM-04")
@given(st.data())
def test_random_cuts(data: st.DataObject) -> None:
    """However a stream is cut, its frames are the same."""
    names = data.draw(st.lists(st.sampled_from(sorted(CASES)), min_size=1, max_size=6))
    stream = b"".join(CASES[name][0] for name in names)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=20).map(sorted))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert run(pieces) == run([stream])


@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"\r", b"\n", b"\r\n", b"l:3\r\n"])))
def test_any_bytes(pieces: list[bytes]) -> None:
    """Nothing raises, and no more is held than one message may have."""
    framer = StreamFramer(MAX_MESSAGE, MAX_HEAD)
    for piece in pieces:
        framer.feed(piece)
        assert framer.pending <= MAX_MESSAGE
    assert run(bytewise(b"".join(pieces))) == run(pieces)


@pytest.mark.row("FRM-09")
def test_ping_ends_a_head() -> None:
    """A double CRLF amid the headers is the empty line that ends them."""
    head = b"OPTIONS sip:a@b SIP/2.0\r\nl: 0"
    assert run([head, b"\r\n\r\n", OPTIONS]) == [whole(head + b"\r\n\r\n"), whole(OPTIONS)]


@pytest.mark.row("FRM-06", "FRM-04")
def test_lost_framing_is_told_once() -> None:
    """After the connection's framing is lost, nothing that follows is looked at."""
    framer = StreamFramer(MAX_MESSAGE, MAX_HEAD)
    assert len(framer.feed(NO_LENGTH)) == 1
    assert framer.feed(OPTIONS + b"\r\n\r\n") == []
    assert framer.pending == 0


@pytest.mark.row("FRM-07")
def test_pending_shows_a_stalled_message() -> None:
    """What is held of an incomplete message shows, so that the caller can close after a time."""
    framer = StreamFramer(MAX_MESSAGE, MAX_HEAD)
    assert framer.pending == 0
    framer.feed(INVITE[:-3])
    assert framer.pending == len(INVITE) - 3
    framer.feed(b"s=-")
    assert framer.pending == 0
    framer.feed(b"\r\n\r\n\r\n")
    assert framer.pending == 0


def test_pending_counts_a_skipped_body() -> None:
    framer = StreamFramer(MAX_MESSAGE, MAX_HEAD)
    assert len(framer.feed(LARGE + b"x" * 100)) == 1
    assert framer.pending == len(LARGE) + 100
    assert framer.feed(b"x" * 399) == []
    assert framer.pending == len(LARGE) + 499
    assert run([b"x" + OPTIONS], framer) == [whole(OPTIONS)]
    assert framer.pending == 0


def test_large_message_in_one_piece() -> None:
    stream = LARGE + b"x" * 500 + OPTIONS
    assert run([stream])[1:] == [whole(OPTIONS)]


@pytest.mark.parametrize("pieces", [[b"\r\n"], [b"\r", b"\n"]], ids=["whole", "bytewise"])
def test_pong(pieces: list[bytes]) -> None:
    """A lone CRLF is a pong when one is due, time and again."""
    framer = StreamFramer(MAX_MESSAGE, MAX_HEAD)
    for _ in range(3):
        framer.expect_pong()
        assert run(pieces, framer) == [PONG]


def test_pong_before_a_message() -> None:
    framer = StreamFramer(MAX_MESSAGE, MAX_HEAD)
    framer.expect_pong()
    assert run([b"\r\n" + OPTIONS], framer) == [PONG, whole(OPTIONS)]


def test_stray_crlf_does_not_swallow_a_pong() -> None:
    framer = StreamFramer(MAX_MESSAGE, MAX_HEAD)
    assert run([b"\r\n"], framer) == []
    framer.expect_pong()
    assert run([b"\r\n"], framer) == [PONG]


@pytest.mark.parametrize("cut", range(7))
def test_ping_and_pong_together(cut: int) -> None:
    """Three CRLFs are one ping and one pong, wherever they are cut."""
    framer = StreamFramer(MAX_MESSAGE, MAX_HEAD)
    framer.expect_pong()
    stream = b"\r\n" * 3
    assert sorted(run([stream[:cut], stream[cut:]], framer)) == [PING, PONG]


class Counting(bytearray):
    """Counts the bytes that are looked at or copied."""

    touched = 0

    def find(
        self,
        sub: "ReadableBuffer | SupportsIndex",
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        /,
    ) -> int:
        self.touched += len(range(len(self))[slice(start, end)])
        return super().find(sub, start, end)

    def __bytes__(self) -> bytes:
        self.touched += len(self)
        return bytes(memoryview(self))


@pytest.mark.parametrize("size", [1, 7, 1000], ids=lambda size: f"{size} bytes a piece")
def test_linear(size: int) -> None:
    """A large message in small pieces is not looked at again and again."""
    head = b"MESSAGE sip:a@b SIP/2.0\r\nSubject: %b\r\nl: 32000\r\n\r\n" % (b"x" * 32_000)
    data = head + b"y" * 32_000
    framer = StreamFramer(100_000, 50_000)
    held = Counting()
    framer._held = held
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert run(pieces, framer) == [whole(data)]
    assert held.touched < 6 * len(data)


@pytest.mark.parametrize(
    ("line", "length"),
    [
        (b"Content-Length: 5", 5),
        (b"content-length:5", 5),
        (b"CONTENT-LENGTH \t: \t5 ", 5),
        (b"L:5", 5),
        (b"l  : 0005", 5),
        (b"Content-Length:\r\n 5", 5),
        (b"Content-Length: 5\r\n ", 5),
        (b"l: 5\r\nContent-Length: 05", 5),
        (b"l: 4294967295", 4294967295),
        (b"l: " + b"0" * 5000 + b"1", 1),
        (b"X-Content-Length: 5", None),
        (b"Subject: l\r\n l: 5", None),
        (b"Subject: \nl: 5", None),
    ],
)
def test_content_length(line: bytes, length: int | None) -> None:
    assert content_length(with_length(b"Via: x", line, b"Call-ID: l:7")) == length


@pytest.mark.row("FRM-06")
@pytest.mark.parametrize(
    "line",
    [
        b"Content-Length: -5",
        b"l: +5",
        b"l: 5_0",
        b"l: 0x5",
        b"l: 5;x",
        b"l: 5 5",
        b"l: 5\nX: y",
        b"l: 5\rX",
        b"l: \xb2",
        b"l:",
        b"l: 5\r\nl: 6",
        b"l: " + b"9" * 5000,
    ],
)
def test_content_length_malformed(line: bytes) -> None:
    with pytest.raises(Malformed, match=r"^Content-Length: "):
        content_length(with_length(b"Via: x", line, b"Call-ID: y"))


def test_repr() -> None:
    shown = [repr(f) for f in (Whole(b"x"), Ping(), Pong(), Broken(b"x", 400, "y", close=True))]
    assert shown == ["Whole(b'x')", "Ping()", "Pong()", "Broken(b'x', 400, 'y', True)"]

"""Where one message ends and the next begins.

On a stream Content-Length alone says it (RFC 3261 section 18.3), and between messages the CRLF
keep-alives of RFC 5626 section 4.4.1 come and go. `StreamFramer` cuts a stream into frames;
`content_length` serves whoever else needs the length of a body.
"""

import re
from typing import Final, TypeAlias

from responder.sip.errors import Malformed
from responder.sip.grammar import parse_uint

_CRLF: Final = b"\r\n"
_HEAD_END: Final = b"\r\n\r\n"
_CR: Final = 0x0D

_LARGEST: Final = 2**32 - 1
"""No body is longer; RFC 3261 sets no limit, so the one of its other counters is taken."""

# A line ends in CRLF that no white space follows; a bare CR or LF is part of the value, and wrong.
_CONTENT_LENGTH: Final = re.compile(
    rb"\r\n(?:content-length|l)[ \t]*+:([^\r]*+(?:\r(?!\n(?![ \t]))[^\r]*+)*)", re.IGNORECASE
)


def content_length(head: bytes) -> int | None:
    """Return the length of the body in bytes, or None where the head does not say it.

    Understands the compact form ``l``, any case, white space before the colon and a folded value
    (RFC 3261 sections 7.3.1, 7.3.3 and 20.14). Several equal values count as one.

    Args:
        head: the start line and the header lines; nothing of the body.

    Raises:
        Malformed: the value is empty, negative, no number or 2**32 and more, or two values differ.
    """
    length: int | None = None
    for value in _CONTENT_LENGTH.findall(head):
        number = parse_uint(value.strip(b" \t\r\n"), _LARGEST, "Content-Length")
        if length is not None and number != length:
            raise Malformed("Content-Length: conflicting values")
        length = number
    return length


class Whole:
    """One message, from the first byte of its start line to the last of its body.

    Attributes:
        data: the bytes as they came.
    """

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __repr__(self) -> str:
        return f"Whole({self.data!r})"


class Ping:
    """A double CRLF between messages: answer it at once with one CRLF (RFC 5626 section 4.4.1)."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Ping()"


class Pong:
    """The single CRLF that answers a ping of ours; see `StreamFramer.expect_pong`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Pong()"


class Broken:
    """A message that cannot be taken in; answer it with ``status`` if it is a request.

    Attributes:
        data: its head, without the body; only the first ``max_head`` bytes of a head too long.
        status: 400 or 513.
        reason: what was wrong, short enough for a reason phrase.
        close: True when the start of the next message is lost, so that the connection has to be
            closed once the answer has left. The framer then ignores whatever else comes.
    """

    __slots__ = ("close", "data", "reason", "status")

    def __init__(self, data: bytes, status: int, reason: str, close: bool) -> None:
        self.data = data
        self.status = status
        self.reason = reason
        self.close = close

    def __repr__(self) -> str:
        return f"Broken({self.data!r}, {self.status}, {self.reason!r}, {self.close})"


Frame: TypeAlias = Whole | Ping | Pong | Broken


class StreamFramer:
    """Cuts one stream into frames, in time linear in its bytes however they are cut.

    CRLFs before a start line are skipped (RFC 3261 section 7.5). Each two of them in a row are a
    `Ping`, also when they come in separate pieces. One alone is a `Pong` if a ping of ours waits
    for it, and otherwise says nothing.
    """

    __slots__ = (
        "_dead",
        "_half_ping",
        "_held",
        "_max_head",
        "_max_message",
        "_need",
        "_pong_due",
        "_scanned",
        "_skip",
        "_skipped",
    )

    def __init__(self, max_message: int, max_head: int) -> None:
        """Start between messages.

        Args:
            max_message: the longest message taken, head and body, in bytes. The body of a longer
                one is skipped and the connection lives on.
            max_head: the longest head taken in bytes, its closing empty line included. A longer one
                ends the connection, as its Content-Length cannot be known.
        """
        self._max_message = max_message
        self._max_head = max_head
        self._held = bytearray()
        self._need = 0  # length of what is held that allows progress; 0: the end of a head
        self._scanned = 0  # where the search for the end of the head goes on
        self._skip = 0
        self._skipped = 0
        self._half_ping = False
        self._pong_due = False
        self._dead = False

    @property
    def pending(self) -> int:
        """Bytes that came of a message that is not complete; 0 between messages.

        The caller closes the connection when this stays above 0 for too long.
        """
        return len(self._held) + self._skipped

    def expect_pong(self) -> None:
        """Take note that a ping was sent on this stream, so that the next lone CRLF is its pong.

        Without it, a pong that follows another could not be told from the second half of a ping.
        """
        self._pong_due = True
        self._half_ping = False

    def feed(self, data: bytes) -> list[Frame]:
        """Take the next bytes of the stream and return the frames that they complete."""
        frames: list[Frame] = []
        if self._dead:
            return frames
        if self._skip:
            data = self._skip_body(data)
        if self._held:
            self._held += data
            if not self._progress():
                return frames
            data = bytes(self._held)
            self._held.clear()
        self._cut(data, frames)
        return frames

    def _skip_body(self, data: bytes) -> bytes:
        """Drop what belongs to the body of a message too large and return what follows it."""
        rest = data[self._skip :]
        dropped = len(data) - len(rest)
        self._skip -= dropped
        self._skipped = self._skipped + dropped if self._skip else 0
        return rest

    def _progress(self) -> bool:
        """Tell whether `_cut` could do more with what is held than when it was put there."""
        held = self._held
        if self._need:
            return len(held) >= self._need
        if held.find(_HEAD_END, self._scanned, self._max_head) >= 0:
            return True
        self._scanned = max(0, len(held) - 3)
        return len(held) >= self._max_head

    def _hold(self, data: bytes, need: int) -> None:
        self._held += data
        self._need = need
        self._scanned = max(0, len(data) - 3)

    def _cut(self, data: bytes, frames: list[Frame]) -> None:
        """Append the frames in ``data``, which starts between messages, and hold its rest."""
        at = 0
        end = len(data)
        while at < end:
            if data[at] == _CR:
                start = self._skip_crlfs(data, at, frames)
                if end - start == 1 and data[start] == _CR:
                    self._hold(data[start:], 2)
                    return
                if start != at:
                    at = start
                    continue
            self._half_ping = False
            head_end = data.find(_HEAD_END, at, at + self._max_head) + len(_HEAD_END)
            if head_end < len(_HEAD_END):
                if end - at < self._max_head:
                    self._hold(data[at:], 0)
                else:
                    self._break(data[at : at + self._max_head], 513, "Head too large", frames)
                return
            head = data[at:head_end]
            try:
                length = content_length(head)
            except Malformed as error:
                self._break(head, 400, str(error), frames)
                return
            if length is None:
                self._break(head, 400, "Content-Length: missing", frames)
                return
            message_end = head_end + length
            if message_end - at > self._max_message:
                frames.append(Broken(head, 513, "Message Too Large", close=False))
                if message_end > end:
                    self._skip = message_end - end
                    self._skipped = end - at
                    return
            elif message_end > end:
                self._hold(data[at:], message_end - at)
                return
            else:
                frames.append(Whole(data[at:message_end]))
            at = message_end

    def _skip_crlfs(self, data: bytes, at: int, frames: list[Frame]) -> int:
        """Append the keep-alives from ``at`` on and return where they end."""
        start = at
        while data.startswith(_CRLF, at):
            at += 2
        pings, single = divmod((at - start) // 2 + self._half_ping, 2)
        frames.extend(Ping() for _ in range(pings))
        self._half_ping = bool(single)
        if single and self._pong_due:
            self._pong_due = self._half_ping = False
            frames.append(Pong())
        return at

    def _break(self, head: bytes, status: int, reason: str, frames: list[Frame]) -> None:
        self._dead = True
        frames.append(Broken(head, status, reason, close=True))

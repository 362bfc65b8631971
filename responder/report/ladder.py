"""A record drawn as a ladder of text: two ends, an arrow for each message, remarks between them."""

import textwrap
from typing import Final, Literal, NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size

from responder.journal.record import Entry, Record
from responder.sip.message import Message, parse

Kind: TypeAlias = Literal[
    "heading", "request", "provisional", "success", "redirect", "failure", "note"
]

NARROWEST: Final = 40
"""Columns that a ladder takes at least."""

_TIME: Final = 9
_LEFT_MARGIN: Final = _TIME + 1
# Their Request-URI says no more than the ladder does already.
_BARE: Final = frozenset({b"ACK", b"BYE", b"CANCEL", b"PRACK"})
_CLASSES: Final[tuple[Kind, ...]] = ("provisional", "success", "redirect")


class Line(NamedTuple):
    """One line of a ladder.

    Attributes:
        kind: what it shows, for its colour: a request, a response by class (``failure`` is
            400-699), a ``note`` or the ``heading``.
        text: the line without a line end.
        again: True for a retransmission.
    """

    kind: Kind
    text: str
    again: bool = False


class _Strokes(NamedTuple):
    """The characters that a ladder is drawn with."""

    bar: str
    dash: str
    right: str
    left: str
    dot: str
    cut: str


_BOX: Final = _Strokes("│", "─", "▶", "◀", "·", "…")
_ASCII: Final = _Strokes("|", "-", ">", "<", "*", "~")


class Ladder:
    """Draws the entries of one record, one after another, as they come.

    A message takes one line, whatever its length. Text from the wire is made harmless: what cannot
    be printed, a terminal's control sequences among it, becomes a dot.
    """

    __slots__ = ("_ascii", "_body", "_left", "_method", "_ours_left", "_right", "_started", "_with")

    def __init__(
        self,
        left: str,
        right: str,
        *,
        started: float,
        ours: Literal["left", "right"] = "left",
        method: str = "INVITE",
        width: int = 80,
        ascii_only: bool = False,
    ) -> None:
        """Take what all lines share.

        Args:
            left: the name of the left end.
            right: the name of the right end.
            started: the time that offsets count from, in seconds.
            ours: which end the record was made at, so that ``sent`` starts there.
            method: the method that the ladder is about; responses to another one name it.
            width: columns of the terminal; fewer than `NARROWEST` are taken for that many.
            ascii_only: draw with ASCII characters only, for terminals that know no others.
        """
        self._left = left
        self._right = right
        self._started = started
        self._ours_left = ours == "left"
        self._method = method.encode()
        self._body = max(width, NARROWEST) - _LEFT_MARGIN - 2
        self._ascii = ascii_only
        self._with = _ASCII if ascii_only else _BOX

    def heading(self) -> Line:
        """Return the line that names the two ends."""
        left, right = self._clean(self._left), self._clean(self._right)
        room = self._body + 2
        left = set_cell_size(left, min(cell_len(left), room // 3))
        right = set_cell_size(right, min(cell_len(right), room - cell_len(left) - 1))
        gap = room - cell_len(left) - cell_len(right)
        return Line("heading", f"{'':{_LEFT_MARGIN}}{left}{'':{gap}}{right}")

    def lines(self, entry: Entry) -> list[Line]:
        """Return the lines of one entry; only a note can need several."""
        if entry.kind == "note":
            return self._note(entry)
        message = parse(entry.data)
        again = entry.kind.endswith("again")
        to_right = entry.kind.startswith("sent") is self._ours_left
        arrow = self._arrow(self._label(message, again), to_right)
        return [Line(_kind(message), self._frame(self._offset(entry.at), arrow), again)]

    def _note(self, entry: Entry) -> list[Line]:
        text = self._clean(entry.data.decode("utf-8", "replace"))
        wrapped = textwrap.wrap(text, self._body - 4) or [""]
        found = []
        for index, part in enumerate(wrapped):
            mark = self._with.dot if index == 0 else " "
            offset = self._offset(entry.at) if index == 0 else ""
            found.append(Line("note", self._frame(offset, f" {mark} {part}")))
        return found

    def _offset(self, at: float) -> str:
        return f"{at - self._started:.3f}"

    def _frame(self, offset: str, body: str) -> str:
        bar = self._with.bar
        return f"{offset:>{_TIME}} {bar}{set_cell_size(body, self._body)}{bar}"

    def _arrow(self, label: str, to_right: bool) -> str:
        strokes = self._with
        dashes = strokes.dash * (self._body - cell_len(label) - 3)
        if to_right:
            return f" {label} {dashes}{strokes.right}"
        return f"{strokes.left}{dashes} {label} "

    def _label(self, message: Message, again: bool) -> str:
        details = []
        if message.status > 0:
            text = f"{message.status} {message.reason.decode('utf-8', 'replace')}".rstrip()
            method = message.fields.get(b"cseq", b"").rpartition(b" ")[2]
            if method != self._method:
                details.append(method.decode("utf-8", "replace"))
        elif message.status < 0 or message.fault is not None:
            text = message.data.partition(b"\r\n")[0].decode("utf-8", "replace")
        else:
            uri = b"" if message.method in _BARE else b" " + message.uri
            text = (message.method + uri).decode("utf-8", "replace")
        if message.fields.get(b"content-type", b"").lower().startswith(b"application/sdp"):
            details.append("SDP")
        if again:
            details.append("again")
        note = self._clean(f" ({', '.join(details)})") if details else ""
        # Two dashes and the point of the arrow are always seen.
        room = self._body - 5 - cell_len(note)
        text = self._clean(text)
        if cell_len(text) > room:
            text = set_cell_size(text, max(0, room - 1)) + self._with.cut
        return text + note

    def _clean(self, text: str) -> str:
        text = "".join(c if c.isprintable() else self._with.dot for c in text)
        return text.encode("ascii", "replace").decode() if self._ascii else text


def draw(
    record: Record,
    left: str,
    right: str,
    *,
    ours: Literal["left", "right"] = "left",
    width: int = 80,
    ascii_only: bool = False,
) -> list[Line]:
    """Return a whole record as a ladder; the arguments are those of `Ladder`."""
    ladder = Ladder(
        left,
        right,
        started=record.entries[0].at if record.entries else record.started,
        ours=ours,
        method=record.method,
        width=width,
        ascii_only=ascii_only,
    )
    found = [ladder.heading()]
    for entry in record.entries:
        found += ladder.lines(entry)
    if record.left_out:
        at = record.entries[-1].at if record.entries else record.started
        text = f"{record.left_out} more were not kept"
        found += ladder.lines(Entry(at, "note", text.encode()))
    return found


def _kind(message: Message) -> Kind:
    if message.status == 0:
        return "request"
    if message.status < 0 or message.status >= 400:
        return "failure"
    return _CLASSES[message.status // 100 - 1]

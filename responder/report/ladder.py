"""A record drawn as a ladder of text: two ends, an arrow for each message, remarks between them."""

import textwrap
from typing import Final, Literal, NamedTuple

from rich.cells import cell_len, set_cell_size

from responder.journal.record import Entry, Record
from responder.report.characters import harmless
from responder.report.rungs import Climb, Kind, Rung, rungs

NARROWEST: Final = 40
"""Columns that a ladder takes at least."""

_TIME: Final = 9
_LEFT_MARGIN: Final = _TIME + 1


class Line(NamedTuple):
    """One line of a ladder.

    Attributes:
        kind: what it shows, for its colour.
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
    cross: str
    cut: str


_BOX: Final = _Strokes("│", "─", "▶", "◀", "·", "✗", "…")
_ASCII: Final = _Strokes("|", "-", ">", "<", "*", "x", "~")


class Ladder:
    """Draws the entries of one record, one after another, as they come.

    A message takes one line, whatever its length. Text from the wire is made harmless: what cannot
    be printed, a terminal's control sequences among it, becomes a dot.
    """

    __slots__ = ("_ascii", "_body", "_climb", "_left", "_ours_left", "_right", "_with")

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
        self._climb = Climb(started, method)
        self._ours_left = ours == "left"
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
        """Return the lines of one entry; only a remark can need several."""
        return self.lines_of(self._climb.rung(entry))

    def lines_of(self, rung: Rung) -> list[Line]:
        """Return the lines of one rung, as `lines` does."""
        if rung.remark:
            return self._remark(rung)
        arrow = self._arrow(self._label(rung), rung.sent is self._ours_left)
        return [Line(rung.kind, self._frame(f"{rung.offset:.3f}", arrow), rung.again)]

    def _remark(self, rung: Rung) -> list[Line]:
        wrapped = textwrap.wrap(self._clean(rung.text), self._body - 4) or [""]
        found = []
        for index, part in enumerate(wrapped):
            mark = " "
            offset = ""
            if index == 0:
                mark = self._with.cross if rung.kind == "fault" else self._with.dot
                offset = f"{rung.offset:.3f}"
            found.append(Line(rung.kind, self._frame(offset, f" {mark} {part}")))
        return found

    def _frame(self, offset: str, body: str) -> str:
        bar = self._with.bar
        return f"{offset:>{_TIME}} {bar}{set_cell_size(body, self._body)}{bar}"

    def _arrow(self, label: str, to_right: bool) -> str:
        strokes = self._with
        dashes = strokes.dash * (self._body - cell_len(label) - 3)
        if to_right:
            return f" {label} {dashes}{strokes.right}"
        return f"{strokes.left}{dashes} {label} "

    def _label(self, rung: Rung) -> str:
        note = self._clean(f" ({', '.join(rung.details)})") if rung.details else ""
        # Two dashes and the point of the arrow are always seen.
        room = self._body - 5 - cell_len(note)
        text = self._clean(rung.text)
        if cell_len(text) > room:
            text = set_cell_size(text, max(0, room - 1)) + self._with.cut
        return text + note

    def _clean(self, text: str) -> str:
        text = harmless(text, self._with.dot)
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
        started=record.started,
        ours=ours,
        method=record.method,
        width=width,
        ascii_only=ascii_only,
    )
    found = [ladder.heading()]
    for rung in rungs(record):
        found += ladder.lines_of(rung)
    return found

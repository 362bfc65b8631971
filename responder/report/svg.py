"""A record drawn as a ladder in SVG: self-contained, for light and dark, for eyes and ears."""

import textwrap
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final, Literal, NamedTuple

from rich.cells import cell_len, set_cell_size

from responder.journal.record import Record
from responder.report.characters import for_xml, harmless
from responder.report.rungs import Rung, rungs

WIDTH: Final = 760
"""The usual width of a ladder in pixels of CSS."""

NARROWEST: Final = 320
"""The smallest width that a ladder is drawn in."""

STYLE: Final = """
.ladder { --paper: #ffffff; --ink: #1f2328; --faint: #59636e; --line: #8c959f;
  --request: #0b5cad; --provisional: #8a5a00; --success: #1a7f37; --redirect: #8250df;
  --failure: #c11f2b; --fault: #bf3989; color-scheme: light dark; background: var(--paper);
  font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
@media (prefers-color-scheme: dark) { .ladder { --paper: #0d1117; --ink: #e6edf3;
  --faint: #9198a1; --line: #656c76; --request: #6cb6ff; --provisional: #e3b341;
  --success: #56d364; --redirect: #c297ff; --failure: #ff8a82; --fault: #ff80c8; } }
@media print { .ladder { --paper: #ffffff; --ink: #000000; --faint: #444444; --line: #666666;
  --request: #0b5cad; --provisional: #6e4800; --success: #116329; --redirect: #6639ba;
  --failure: #a40e26; --fault: #99286e; } }
.ladder text { fill: var(--ink); white-space: pre; }
.ladder .end { font-weight: bold; }
.ladder .life { stroke: var(--line); }
.ladder .offset, .ladder .gap, .ladder .note text { fill: var(--faint); }
.ladder .arrow { stroke: var(--kind); stroke-width: 1.5; }
.ladder .head { fill: var(--kind); }
.ladder .again .arrow { stroke-dasharray: 6 4; }
.ladder .label { fill: var(--kind); }
.ladder .area { fill: none; pointer-events: all; }
.ladder .rung:hover .area, .ladder a:focus .area { fill: var(--line); fill-opacity: .18; }
.ladder .note, .ladder .fault { --kind: var(--fault); font-style: italic; }
.ladder .fault text { fill: var(--fault); font-weight: bold; }
.ladder .request { --kind: var(--request); } .ladder .provisional { --kind: var(--provisional); }
.ladder .success { --kind: var(--success); } .ladder .redirect { --kind: var(--redirect); }
.ladder .failure { --kind: var(--failure); }
"""
"""The style sheet of every ladder, for a page that holds several."""

_LEFT: Final = 144
_TOP: Final = 36
_MESSAGE: Final = 34
_LINE: Final = 17
# Of the widest of the fonts, so that no label is wider than it is taken for.
_CELL: Final = 7.25
_SMALLEST_GAP: Final = 0.0005


class _Frame(NamedTuple):
    """What a ladder is drawn in.

    Attributes:
        width: its width in pixels.
        ours: which end the record was made at.
    """

    width: int
    ours: Literal["left", "right"]

    @property
    def right(self) -> int:
        """Where the line of the right end stands."""
        return self.width - 16

    @property
    def room(self) -> int:
        """How many characters fit between the two lines."""
        return int((self.right - _LEFT - 24) / _CELL)


def svg(
    record: Record,
    left: str,
    right: str,
    *,
    ours: Literal["left", "right"] = "left",
    name: str = "ladder",
    style: bool = True,
    links: str = "",
    width: int = WIDTH,
) -> str:
    """Return a whole record as an SVG element.

    Each rung has its time since the beginning and since the rung before. A retransmission is
    dashed. Pointing at a message shows it whole.

    Args:
        record: the record.
        left: the name of the left end.
        right: the name of the right end.
        ours: which end the record was made at, so that ``sent`` starts there.
        name: what the identifiers of the element begin with; another one for each on a page.
        style: whether `STYLE` is in it; else the page has to have it.
        links: for a page that shows the messages themselves: that of entry N, from 0, leads to
            ``#{links}N``, and is not in the element a second time.
        width: how wide it is, in pixels of CSS; at least `NARROWEST` are taken.
    """
    frame = _Frame(max(width, NARROWEST), ours)
    climbed = rungs(record)
    rows: list[str] = []
    y = _TOP
    for number, rung in enumerate(climbed):
        taken, drawn = _rung(rung, y, frame, "" if links or rung.remark else _whole(rung))
        if links and not rung.remark:
            drawn = [f'<a href="#{escape(links)}{number}">', *drawn, "</a>"]
        rows += drawn
        y += taken
    bottom = y + 8
    height = bottom + 8
    name = _text(name)
    title, description = _about(record, climbed, left, right)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ladder" role="group"'
        f' viewBox="0 0 {frame.width} {height}" width="{frame.width}" height="{height}"'
        f' aria-labelledby="{name}-title" aria-describedby="{name}-about">'
    )
    return "\n".join(
        [
            head,
            f'<title id="{name}-title">{_text(title)}</title>',
            f'<desc id="{name}-about">{_text(description)}</desc>',
            *([f"<style>{STYLE}</style>"] if style else []),
            f'<line class="life" x1="{_LEFT}" y1="26" x2="{_LEFT}" y2="{bottom}"/>',
            f'<line class="life" x1="{frame.right}" y1="26" x2="{frame.right}" y2="{bottom}"/>',
            *_ends(left, right, frame),
            '<g role="list">',
            *rows,
            "</g>",
            "</svg>",
            "",
        ]
    )


def _about(record: Record, climbed: Sequence[Rung], left: str, right: str) -> tuple[str, str]:
    messages = [rung for rung in climbed if not rung.remark]
    again = sum(rung.again for rung in messages)
    title = f"{record.method} {record.target} from {record.caller}".strip()
    lasted = climbed[-1].offset if climbed else 0.0
    retransmissions = f", {again} of them retransmissions" if again else ""
    return title, (
        f"{len(messages)} messages between {left} and {right} in {lasted:.3f} seconds"
        f"{retransmissions}."
    )


def _ends(left: str, right: str, frame: _Frame) -> Iterator[str]:
    half = frame.room // 2
    left, right = (_text(_cut(harmless(end, "·"), half)) for end in (left, right))
    yield f'<text class="end" x="{_LEFT}" y="18">{left}</text>'
    yield f'<text class="end" x="{frame.right}" y="18" text-anchor="end">{right}</text>'


def _rung(rung: Rung, y: int, frame: _Frame, whole: str) -> tuple[int, list[str]]:
    """Return the height of a rung, and its elements."""
    lines = textwrap.wrap(harmless(rung.text, "·"), frame.room - 2) or [""]
    height = _LINE * len(lines) + 6 if rung.remark else _MESSAGE
    baseline = y + 14
    again = " again" if rung.again else ""
    elements = [
        f'<g class="rung {rung.kind}{again}" role="listitem" aria-label="{_text(_spoken(rung))}">',
        *([f"<title>{_text(whole)}</title>"] if whole else []),
        f'<rect class="area" x="0" y="{y}" width="{frame.width}" height="{height}"/>',
        f'<text class="offset" x="64" y="{baseline}" text-anchor="end">{rung.offset:.3f}</text>',
    ]
    if rung.gap >= _SMALLEST_GAP:
        elements.append(
            f'<text class="gap" x="{_LEFT - 10}" y="{baseline}" text-anchor="end">'
            f"+{rung.gap:.3f}</text>"
        )
    if rung.remark:
        elements += _remark(rung, lines, baseline)
    else:
        elements += _arrow(rung, y, frame)
    return height, [*elements, "</g>"]


def _remark(rung: Rung, lines: Sequence[str], baseline: int) -> Iterator[str]:
    mark = "✗" if rung.kind == "fault" else "·"
    for number, line in enumerate(lines):
        text = f"{mark if number == 0 else ' '} {line}"
        yield f'<text x="{_LEFT + 12}" y="{baseline + _LINE * number}">{_text(text)}</text>'


def _arrow(rung: Rung, y: int, frame: _Frame) -> Iterator[str]:
    to_right = rung.sent is (frame.ours == "left")
    label = harmless(rung.text, "·")
    note = harmless(f" ({', '.join(rung.details)})", "·") if rung.details else ""
    label = _cut(label, frame.room - cell_len(note)) + note
    start, end = (_LEFT, frame.right) if to_right else (frame.right, _LEFT)
    back = -9 if to_right else 9
    level = y + 22
    # Below each other, so that a narrow screen shows all of them and the eye finds them.
    yield f'<text class="label" x="{_LEFT + 12}" y="{y + 14}">{_text(label)}</text>'
    yield f'<line class="arrow" x1="{start}" y1="{level}" x2="{end + back}" y2="{level}"/>'
    yield (f'<path class="head" d="M{end} {level}L{end + back} {level - 4.5}V{level + 4.5}Z"/>')


def _whole(rung: Rung) -> str:
    return rung.data.decode("utf-8", "replace")


def _spoken(rung: Rung) -> str:
    """Return a rung as a screen reader says it."""
    text = harmless(rung.text, " ")
    if rung.remark:
        return f"{rung.offset:.3f} seconds: {text}"
    direction = "not sent" if rung.suppressed else "sent" if rung.sent else "received"
    return ", ".join([f"{rung.offset:.3f} seconds: {direction} {text}", *rung.details])


def _cut(text: str, room: int) -> str:
    return text if cell_len(text) <= room else set_cell_size(text, max(0, room - 1)) + "…"


def _text(text: str) -> str:
    """Return text as it stands in XML, between tags or in an attribute."""
    return escape(for_xml(text))

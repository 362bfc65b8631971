"""The log for people: a line a call, or a line a second under load."""

import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import click

from responder import __version__
from responder.cli.log import BUSY, Meter, Result, Second, Start, Stop
from responder.cli.outcomes import MOST_LADDERS, call_words, outcome_lines, summary_of
from responder.cli.printable import printable, printable_lines
from responder.journal.journal import Stray
from responder.journal.record import Record
from responder.net.listen import write_address
from responder.report.ladder import Line, draw
from responder.scenario.explain import nearest_miss
from responder.scenario.rules import UNMATCHED, Rules
from responder.sip.events import Flow, Trace

NARROWEST_PARTY: Final = 20
WIDEST_PARTY: Final = 44
"""Columns of ``INVITE 1001 <- alice``: the widest seen so far, within these two."""

WIDEST_RULE: Final = 32

ANSWER_TO_BYE: Final = 0.5
"""Seconds that the ladder of a call which we hung up waits for the answer to be in it."""

_NAME: Final = 32
_SENTENCE: Final = 160
_FAULT: Final = 400

_CLASS_COLOURS: Final = {2: "green", 3: "cyan", 4: "yellow", 5: "red", 6: "red"}
_LINE_COLOURS: Final = {
    "heading": "bright_white",
    "provisional": "bright_black",
    "success": "green",
    "redirect": "cyan",
    "failure": "yellow",
    "note": "bright_black",
    "fault": "red",
}


class Console:
    """Writes what happens, as people read it.

    Args:
        write: takes whole lines, each with its line end.
        complain: takes the same, for what must be seen even when the output is piped away.
        epoch: what to add to the core's clock to get seconds since 1970.
        verbosity: -1 errors only, 0 a line a call, 1 ladders too, 2 raw messages too.
        colour: whether ANSI colours may be used.
        width: columns of the terminal.
        unicode: whether the output takes characters beyond ASCII.
        faults: says what the caller of a record did wrong by now, a line each; None to judge
            nobody. What it says follows the ladder.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        complain: Callable[[str], None],
        *,
        epoch: float,
        verbosity: int = 0,
        colour: bool = False,
        width: int = 80,
        unicode: bool = True,
        faults: Callable[[Record, float], list[str]] | None = None,
    ) -> None:
        self._write = write
        self._complain = complain
        self._epoch = epoch
        self._verbosity = verbosity
        self._colour = colour
        self._width = width
        self._unicode = unicode
        self._faults = faults
        self._meter = Meter()
        self._summing = False
        self._party = NARROWEST_PARTY
        self._rule = 0
        self._hung_up: list[Record] = []
        self._latest = 0.0

    # responder.cli.log.Log

    def started(self, start: Start) -> None:
        """Print where it listens, who may call, and what to dial first."""
        if self._verbosity < 0:
            return
        allow = " ".join(start.allow) or "loopback, private and link-local addresses"
        facts = [("listens on", " ".join(start.addresses)), ("answers to", allow)]
        if start.pages:
            facts.append(("page", " or ".join(start.pages)))
        if start.rules:
            facts.append(("answers by", _plural(start.rules, "rule")))
        if start.seed is not None:
            facts.append(("seed", str(start.seed)))
        facts.append(("dial", " or ".join(f"sip:{start.first}@{place}" for place in start.dial)))
        if start.dial:
            facts.append(("or run", f"responder probe sip:{start.first}@{start.dial[0]}"))
        lines = [self._style(f"SIP responder {__version__}", bold=True)]
        lines += [f"  {self._style(f'{name:<10}', dim=True)}  {value}" for name, value in facts]
        self._write("\n".join(lines) + "\n\n")

    def trace(self, trace: Trace, now: float) -> None:
        """Print a call, a stray message or a refused source, or count it under load."""
        record, stray = trace.facts.get("record"), trace.facts.get("stray")
        if self._verbosity < 0:
            return
        self._latest = now
        if isinstance(record, Record):
            if trace.kind == "ended":
                self._ended(record, now)
            else:
                self._call(record, trace.facts.get("rules"), now)
        elif isinstance(stray, Stray):
            if self._alone(self._meter.stray(), now):
                self._write(self._stray_line(stray) + "\n")
        elif trace.kind == "source-refused" and self._alone(self._meter.refused(), now):
            self._write(self._refused_line(trace, now) + "\n")

    def message(self, flow: Flow, data: bytes, came: bool, now: float) -> None:
        """Print the raw bytes of a datagram, or of a piece of a stream."""
        if self._meter.busy:
            return
        arrow = "<-" if came else "->"
        head = f"{self._at(now)} {arrow} {flow.transport} {write_address(*flow.remote)}"
        lines = [self._style(f"{head}  {len(data)} bytes", fg="cyan" if came else "magenta")]
        lines += [f"    {line}" for line in printable_lines(data)]
        self._write("\n".join(lines) + "\n")

    def tick(self, drops: int | None, now: float) -> None:
        """Print the line of a second under load, or datagrams that the kernel dropped.

        The ladders of calls that we hung up are drawn too, now that the answer to BYE is in them.
        """
        self._draw_hung_up(now, now - ANSWER_TO_BYE)
        second = self._meter.tick(drops)
        if second is None or self._verbosity < 0:
            return
        if not self._summing:
            text = f"the kernel dropped {second.drops:,} datagrams, its receive buffer was full"
            self._write(f"{self._at(now)} {self._style(text, fg='red')}\n")
            return
        if second.events:
            self._write(self._second_line(second, now) + "\n")
        if second.rejoined:
            self._summing = False
            self._remark("each call has its line again", now)

    def fault(self, fault: Exception) -> None:
        """Print the traceback of a fault of our own."""
        self._complain("responder: a fault of its own; it goes on answering\n")
        text = "".join(traceback.format_exception(fault))
        self._complain("".join(f"  {line}\n" for line in printable_lines(text)))

    def reloaded(self, rules: int) -> None:
        """Print that the scenarios were read again."""
        if self._verbosity >= 0:
            said = (
                f"the scenarios have changed: {rules} rule{'' if rules == 1 else 's'} from now on"
            )
            self._write(self._style(said, dim=True) + "\n")

    def warning(self, text: str) -> None:
        """Print the sentence."""
        self._complain(f"responder: {printable(text)}\n")

    def stopping(self, reason: str) -> None:
        """Print that the end has begun."""
        if self._verbosity >= 0:
            self._write(self._style(f"{reason}: ending the calls in progress", dim=True) + "\n")

    def stopped(self, stop: Stop) -> None:
        """Print what there was in all."""
        if self._verbosity < 0:
            return
        self._draw_hung_up(self._latest, self._latest)
        counts = {name: count for name, count in stop.counts.items() if count}
        if stop.drops:
            counts["datagrams dropped by the kernel"] = stop.drops
        parts = [f"{_plural(stop.calls, 'request')} in {_duration(stop.seconds)}"]
        parts += [f"{name} {count:,}" for name, count in counts.items()]
        self._write(self._style("stopped; " + ", ".join(parts), dim=True) + "\n")

    def judged(self, result: Result, now: float) -> None:
        """Print what became of each expectation; below what failed, the ladders of its calls.

        Where only errors are wanted, what failed is told without them.
        """
        quiet = self._verbosity < 0
        drawn: set[int] = set()
        for outcome in result.outcomes:
            lines = outcome_lines(outcome, self._unicode)
            if outcome.held:
                if not quiet:
                    self._write(self._style(lines[0], fg="green") + "\n")
                continue
            first = self._style(lines[0], fg="red", bold=True)
            told = "".join(f"{line}\n" for line in (first, *lines[1:]))
            if quiet:
                self._complain(told)
                continue
            self._write(told)
            for record in outcome.calls[:MOST_LADDERS]:
                if record.number not in drawn:
                    drawn.add(record.number)
                    self._write(f"    {call_words(record)}\n")
                    self._ladder(record, now)
        if not quiet:
            colour = "red" if result.status else "green"
            self._write(self._style(summary_of(result), fg=colour, bold=True) + "\n")

    # Lines

    def _alone(self, alone: bool, now: float) -> bool:
        """Return whether an event has its own line; say so where that ends."""
        if not alone and not self._summing:
            self._summing = True
            self._remark(f"more than {BUSY} events in a second: one line a second from here", now)
        return alone

    def _call(self, record: Record, rules: object, now: float) -> None:
        if self._alone(self._meter.call(record.status, record.retransmissions), now):
            self._write(self._call_line(record, rules) + "\n")
            if self._verbosity > 0 and record.ended is not None and not _answered(record):
                self._ladder(record, now)

    def _ended(self, record: Record, now: float) -> None:
        if self._meter.busy:
            return
        if record.failed:
            # The line of the call was printed when it stood.
            why = self._style(f"the call failed: {printable(record.failed, _SENTENCE)}", fg="red")
            self._write(f"{self._at(now)} {self._party_of(record)}  {why}\n")
        if self._verbosity <= 0:
            return
        if any(kind == "sent" and data.startswith(b"BYE ") for _, kind, data, _ in record.entries):
            self._hung_up.append(record)
        else:
            self._ladder(record, now)

    def _draw_hung_up(self, now: float, until: float) -> None:
        """Draw the ladders of calls that we hung up by a time."""
        waiting, self._hung_up = self._hung_up, []
        for record in waiting:
            if record.ended is None or record.ended > until:
                self._hung_up.append(record)
            else:
                self._ladder(record, now)

    def _call_line(self, record: Record, rules: object) -> str:
        parts = [
            f"{self._at(record.started)} {self._party_of(record)}",
            f"{record.transport:<3}",
            self._statuses(record),
        ]
        parts += self._unmatched(record, rules) if record.unmatched else self._answered(record)
        if record.retransmissions:
            parts.append(self._style(f"rtx {record.retransmissions}", fg="yellow"))
        notes = [note for note in record.notes() if note != UNMATCHED]
        parts += [self._style(printable(note, _SENTENCE), dim=True) for note in notes]
        return "  ".join(parts).rstrip()

    def _party_of(self, record: Record) -> str:
        """Return who called whom, as wide as those before."""
        record.identify()
        target, caller = printable(record.target, _NAME), printable(record.caller, _NAME)
        party = f"{printable(record.method, _NAME)} {target} <- {caller}"
        self._party = min(max(self._party, len(party)), WIDEST_PARTY)
        return f"{party:<{self._party}}"

    def _answered(self, record: Record) -> list[str]:
        """Return which rule answered, and how long it took."""
        rule = f"[{printable(record.rule)}]" if record.rule else ""
        self._rule = min(max(self._rule, len(rule)), WIDEST_RULE)
        parts = [f"{rule:<{self._rule}}"]
        if record.answered is not None:
            parts.append(f"{_duration(record.answered - record.started):>6}")
        return parts

    def _unmatched(self, record: Record, rules: object) -> list[str]:
        """Return that no rule matched, and which one came nearest, which only a reader wants."""
        parts = [self._style(UNMATCHED.upper(), fg="red")]
        if isinstance(rules, Rules) and record.request is not None and record.flow is not None:
            near = nearest_miss(rules, record.request, record.flow)
            if near:
                parts.append(f"nearest {printable(near, _SENTENCE)}")
        return parts

    def _statuses(self, record: Record) -> str:
        shown = [status for status in record.statuses if status != 100] or record.statuses
        text = " ".join(map(str, shown)) or "silent"
        gap = " " * (7 - len(text))
        return self._style(text, fg=_CLASS_COLOURS.get(record.status // 100)) + gap

    def _stray_line(self, stray: Stray) -> str:
        answer = f"  {stray.status}" if stray.status else ""
        what = f"stray from {stray.source}"
        why = printable(stray.why, _SENTENCE)
        return f"{self._at(stray.at)} {what:<{self._party}}  {stray.transport:<3}{answer}  {why}"

    def _refused_line(self, trace: Trace, now: float) -> str:
        source, transport = str(trace.facts["source"]), str(trace.facts["transport"])
        text = f"refused {printable(source)}"
        return (
            f"{self._at(now)} {self._style(f'{text:<{self._party}}', fg='yellow')}"
            f"  {transport:<3}  not an allowed source; let it in with --allow {printable(source)}"
        )

    def _second_line(self, second: Second, now: float) -> str:
        parts = [f"{self._at(now, '%H:%M:%S')}  {second.calls:,} calls/s"]
        for status, count in second.outcomes.most_common():
            name = str(status) if status else "unanswered"
            colour = _CLASS_COLOURS.get(status // 100)
            parts.append(f"{self._style(name, fg=colour)} x{count:,}")
        parts.append(f"rtx {second.retransmissions:,}")
        drops = f"drops {second.drops:,}"
        parts.append(self._style(drops, fg="red") if second.drops else drops)
        if second.strays:
            parts.append(f"strays {second.strays:,}")
        if second.refused:
            parts.append(f"refused sources {second.refused:,}")
        return "  ".join(parts)

    def _ladder(self, record: Record, now: float) -> None:
        width = self._width - 4
        source = record.identify().source
        ascii_only = not self._unicode
        lines = draw(record, source, "responder", ours="right", width=width, ascii_only=ascii_only)
        faults = self._faults(record, now) if self._faults is not None else []
        written = [self._drawn(line) for line in lines]
        for fault in faults:
            text = printable(fault, _FAULT)
            if ascii_only:
                text = text.encode("ascii", "replace").decode()
            written.append(self._style(text, fg="red"))
        self._write("".join(f"    {line}\n" for line in written) + "\n")

    def _drawn(self, line: Line) -> str:
        text = printable(line.text)
        return self._style(text.rstrip(), fg=_LINE_COLOURS.get(line.kind), dim=line.again)

    def _remark(self, text: str, now: float) -> None:
        self._write(f"{self._at(now)} {self._style(text, dim=True)}\n")

    def _at(self, now: float, form: str = "") -> str:
        moment = datetime.fromtimestamp(self._epoch + now, UTC).astimezone()
        return moment.strftime(form) if form else moment.isoformat(" ", "milliseconds")[11:23]

    def _style(
        self, text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False
    ) -> str:
        if not self._colour or not (fg or bold or dim):
            return text
        return click.style(text, fg=fg, bold=bold or None, dim=dim or None)


def _answered(record: Record) -> bool:
    """Whether a call is told of once more at its end, since it had a dialog."""
    return record.method == "INVITE" and 200 <= record.status < 300


def _duration(seconds: float) -> str:
    """Return a time as people read it: ``412 ms``, ``12.3 s``, ``2 h 05 min``."""
    if seconds < 0.0005:
        return "<1 ms"
    if seconds < 9.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 600:
        return f"{seconds:.1f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")

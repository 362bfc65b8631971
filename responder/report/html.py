"""A run as one HTML file that needs nothing else: expectations, and calls with their ladders."""

import hashlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from responder.journal.record import Record
from responder.journal.verdicts import Verdict
from responder.report.characters import for_xml
from responder.report.outcome import Outcome
from responder.report.run import Run, iso
from responder.report.rungs import rungs
from responder.report.svg import STYLE, svg
from responder.report.verdicts import fault_lines, verdicts_of

MOST_OPEN: Final = 3
"""Calls that are open from the start: those of a run that has no more, or of failed outcomes."""

MOST_LINKS: Final = 20
"""Calls that an expectation leads to."""

_COLOURS: Final = {1: "wait", 2: "good", 3: "far"}


@dataclass(frozen=True, slots=True)
class _Status:
    """A status, and the class of its colour."""

    text: str
    colour: str


def html(run: Run) -> str:
    """Return a run as the text of a file.

    The page loads nothing and sends nothing. Without scripts it lacks only the search. What came by
    the wire is escaped, and no script but the page's own is run.
    """
    script = _read("page.js")
    opened = _open(run)
    verdicts = verdicts_of(run, run.records)
    return _template().render(
        title=for_xml(run.name) or "Calls",
        program=for_xml(run.program),
        verdict=_verdict(run),
        facts=_facts(run),
        outcomes=[_outcome(outcome) for outcome in run.outcomes],
        evicted=f"{run.evicted:,}" if run.evicted else "",
        calls=[
            _call(record, run, record.number in opened, verdicts[record.number])
            for record in run.records
        ],
        strays=[
            {
                "at": _time(run.epoch + stray.at),
                "source": for_xml(stray.source),
                "transport": stray.transport,
                "status": stray.status,
                "why": for_xml(stray.why),
                "text": _shown(stray.data),
            }
            for stray in run.strays
        ],
        counts=[(for_xml(name), f"{count:,}") for name, count in run.counts.items()],
        ladder_style=Markup(STYLE),
        script=Markup(script),
        script_hash=b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_read("page.html"))


def _read(name: str) -> str:
    return files("responder.report").joinpath(name).read_text(encoding="utf-8")


# The summary


def _verdict(run: Run) -> Mapping[str, str]:
    held, count = sum(outcome.held for outcome in run.outcomes), len(run.outcomes)
    if not count:
        return {"colour": "faint", "text": "Nothing was expected of this run."}
    if held == count:
        every = "The expectation" if count == 1 else f"All {count} expectations"
        return {"colour": "good", "text": f"✓ {every} held."}
    return {"colour": "bad", "text": f"✗ {count - held} of {_plural(count, 'expectation')} failed."}


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    yield "began", iso(run.epoch + run.began)[:19].replace("T", " ")
    yield "lasted", _duration(run.ended - run.began)
    yield "calls and requests", f"{len(run.records) + run.evicted:,}"
    statuses = Counter(record.status for record in run.records)
    if statuses:
        told = [
            f"{status or 'unanswered'}\N{NO-BREAK SPACE}x{count:,}"
            for status, count in statuses.most_common(6)
        ]
        yield "final responses", ", ".join([*told, "…"] if len(statuses) > 6 else told)
    yield "retransmissions", f"{sum(record.retransmissions for record in run.records):,}"
    yield "strays", f"{len(run.strays):,}"


def _open(run: Run) -> set[int]:
    """Return the numbers of the calls that are open from the start."""
    if len(run.records) <= MOST_OPEN:
        return {record.number for record in run.records}
    failed = [
        record.number
        for outcome in run.outcomes
        if not outcome.held
        for record in outcome.calls[:MOST_OPEN]
    ]
    return set(failed[:MOST_OPEN])


def _outcome(outcome: Outcome) -> Mapping[str, object]:
    return {
        "held": outcome.held,
        "name": for_xml(outcome.name),
        "why": for_xml(outcome.why),
        "took": _duration(outcome.seconds),
        "place": for_xml(outcome.place),
        "calls": [record.number for record in outcome.calls[:MOST_LINKS]],
        "more": max(0, len(outcome.calls) - MOST_LINKS),
    }


# One call


def _call(
    record: Record, run: Run, opened: bool, verdicts: Sequence[Verdict]
) -> Mapping[str, object]:
    record.identify()
    name = f"ladder-{record.number}"
    links = f"m{record.number}-"
    ladder = svg(
        record, record.source, "responder", ours="right", name=name, style=False, links=links
    )
    answered = record.answered
    return {
        "number": record.number,
        "open": opened,
        "at": _time(run.epoch + record.started),
        "method": for_xml(record.method),
        "target": for_xml(record.target),
        "caller": for_xml(record.caller),
        "transport": record.transport,
        "source": for_xml(record.source),
        "call_id": for_xml(record.call_id),
        "statuses": list(_statuses(record.statuses)),
        "rule": for_xml(record.rule),
        "took": "" if answered is None else _duration(answered - record.started),
        "again": record.retransmissions,
        "why": _why(record),
        "failed": for_xml(record.failed),
        "wrong": [for_xml(line) for line in fault_lines(verdicts)],
        "right": ", ".join(each.name for each in verdicts if not each.faults),
        "ladder": Markup(ladder),
        "messages": [
            {
                "number": number,
                "offset": f"{rung.offset:.3f}",
                "direction": rung.direction,
                "summary": for_xml(rung.text),
                "text": _shown(rung.data),
            }
            for number, rung in enumerate(rungs(record))
            if not rung.remark
        ],
    }


def _why(record: Record) -> str:
    if record.rule:
        return f"rule {for_xml(record.rule)}"
    return "no rule matched it" if record.unmatched else "no rule answered it"


def _statuses(statuses: Sequence[int]) -> Iterator[_Status]:
    shown = [status for status in statuses if status != 100] or statuses
    for status in shown:
        yield _Status(str(status), _COLOURS.get(status // 100, "bad"))
    if not shown:
        yield _Status("silent", "faint")


def _shown(data: bytes) -> str:
    """Return bytes as a reader sees them, without the empty lines at their end."""
    return for_xml(data.decode("utf-8", "replace")).rstrip("\n")


# Times


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.time().isoformat("milliseconds")


def _duration(seconds: float) -> str:
    if seconds < 0.0005:
        return "<1 ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:,.1f} s"


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")

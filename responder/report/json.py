"""A call and a run as JSON, in the form that ``docs/run.schema.json`` describes.

The form is stable: within one `VERSION` fields are added, never removed or given another meaning.
"""

import base64
import json
from collections.abc import Iterable
from typing import Final, TypeAlias

from typing_extensions import TypedDict

from responder.journal.journal import Stray
from responder.journal.record import Record
from responder.journal.verdicts import Verdict
from responder.report.outcome import Outcome
from responder.report.run import Run, iso
from responder.report.rungs import Rung, rungs
from responder.report.verdicts import verdicts_of

VERSION: Final = 1

Document: TypeAlias = dict[str, object]


class Moment(TypedDict):
    """A point in time: as ISO 8601 has it, and in seconds since 1970."""

    iso: str
    epoch: float


def run_text(run: Run) -> str:
    """Return a run as the text of a file."""
    return json.dumps(run_document(run), indent=2, ensure_ascii=False) + "\n"


def run_document(run: Run) -> Document:
    """Return a run as what JSON can hold."""
    verdicts = verdicts_of(run, run.records)
    return {
        "version": VERSION,
        "name": run.name,
        "program": run.program,
        "began": moment(run.epoch + run.began),
        "ended": moment(run.epoch + run.ended),
        "held": run.held,
        "outcomes": [_outcome(outcome) for outcome in run.outcomes],
        "calls": [
            call_document(record, run.epoch, verdicts[record.number]) for record in run.records
        ],
        "strays": [_stray(stray, run.epoch) for stray in run.strays],
        "counts": dict(run.counts),
        "evicted": run.evicted,
    }


def call_document(
    record: Record, epoch: float, verdicts: Iterable[Verdict] | None = None
) -> Document:
    """Return one call as what JSON can hold.

    Args:
        record: the call.
        epoch: what to add to its times to get seconds since 1970.
        verdicts: what its caller did right and wrong; None where nobody judged it.
    """
    record.identify()
    judged = {} if verdicts is None else {"verdicts": [_verdict(each) for each in verdicts]}
    entries = zip(record.entries, rungs(record), strict=False)
    return {
        "number": record.number,
        "method": record.method,
        "target": record.target,
        "caller": record.caller,
        "call_id": record.call_id,
        "transport": record.transport,
        "source": record.source,
        "rule": record.rule or None,
        "status": record.status or None,
        "statuses": list(record.statuses),
        "began": moment(epoch + record.started),
        "answered": None if record.answered is None else moment(epoch + record.answered),
        "ended": None if record.ended is None else moment(epoch + record.ended),
        "retransmissions": record.retransmissions,
        "left_out": record.left_out,
        "media": None if record.media is None else record.media.facts(),
        "unmatched": record.unmatched,
        "failed": record.failed or None,
        **judged,
        "entries": [_entry(rung, epoch + entry.at) for entry, rung in entries],
    }


def _verdict(verdict: Verdict) -> Document:
    seconds = verdict.seconds
    return {
        "name": verdict.name,
        "outcome": verdict.outcome,
        "said": verdict.sentence(),
        "seconds": None if seconds is None else round(seconds, 6),
    }


def _entry(rung: Rung, at: float) -> Document:
    entry = {"at": moment(at), "offset": round(rung.offset, 6)}
    if rung.remark:
        return entry | {"kind": rung.kind, "text": rung.text}
    kind = "suppressed" if rung.suppressed else "sent" if rung.sent else "received"
    message = {"kind": kind, "again": rung.again, "summary": rung.text}
    return entry | message | _bytes(rung.data)


def _stray(stray: Stray, epoch: float) -> Document:
    return {
        "at": moment(epoch + stray.at),
        "transport": stray.transport,
        "source": stray.source,
        "why": stray.why,
        "status": stray.status or None,
        **_bytes(stray.data),
    }


def _outcome(outcome: Outcome) -> Document:
    return {
        "name": outcome.name,
        "held": outcome.held,
        "why": outcome.why,
        "seconds": round(outcome.seconds, 6),
        "calls": [record.number for record in outcome.calls],
        "file": outcome.file or None,
        "line": outcome.line or None,
    }


def moment(seconds: float) -> Moment:
    """Return seconds since 1970 as JSON has them."""
    return {"iso": iso(seconds), "epoch": round(seconds, 6)}


def _bytes(data: bytes) -> Document:
    """Return bytes as text where they are UTF-8, else in base64."""
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}

"""The log for programs: one JSON object a line.

Every object has ``timestamp`` (when the line was written, ISO 8601, UTC), ``level`` (``info``,
``warning`` or ``error``) and ``event``. The rest depends on the event; times in ``_ms`` are
milliseconds.

===================  ==============================================================================
``event``            further fields
===================  ==============================================================================
``start``            ``version``, ``listen`` (such as ``udp:127.0.0.1:5060``), ``allow`` (empty for
                     the default), ``seed`` (null if none), ``rules`` (how many)
``call``             ``number``, ``at`` (when its first message came), ``method``, ``caller``,
                     ``target``, ``transport``, ``source``, ``call_id``, ``rule`` (empty for none),
                     ``unmatched`` (true where a rule was wanted), ``status`` (0 for none),
                     ``statuses``, ``answered_ms`` (null for not at all), ``retransmissions``,
                     ``notes``
``call-ended``       ``number`` and ``call_id`` as in its ``call``, ``lasted_ms``,
                     ``retransmissions``, ``notes``, ``media`` (the figures of its audio by name,
                     see `responder.media.figures`; null if none): an answered call is over
``stray``            ``at``, ``transport``, ``source``, ``why``, ``status`` (0 for no answer)
``source-refused``   ``transport``, ``source``: once a source
``summary``          ``calls``, ``outcomes`` (how many by status), ``retransmissions``, ``strays``,
                     ``refused``, ``drops``: of one second; under load it takes the place of
                     ``call``, ``call-ended``, ``stray`` and ``source-refused``
``fault``            ``error``, ``traceback``: an error of our own; answering goes on
``reloaded``         ``rules`` (how many): scenarios that changed answer from now on
``warning``          ``text``: what was asked for and cannot be had any more
``stopping``         ``reason``
``stop``             ``seconds``, ``requests``, ``counts``, ``drops`` (null if unknown): in all
``outcome``          ``name``, ``held``, ``why``, ``file`` and ``line`` (null for nowhere),
                     ``calls`` (numbers): what became of one expectation of a run
``result``           ``exit_status``, ``outcomes`` and ``failed`` (how many): the end of a run
===================  ==============================================================================

``drops`` are datagrams that the kernel dropped. No line holds a message or a header field that was
received, other than those named here: no credentials get into a log.
"""

import json
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import structlog

from responder import __version__
from responder.cli.log import Meter, Result, Start, Stop
from responder.journal.journal import Stray
from responder.journal.record import Record
from responder.sip.events import Flow, Trace

_LONGEST: Final = 256
"""Characters of one value that comes from the wire; what is longer is cut off."""


class JsonLog:
    """Writes what happens, as programs read it.

    Args:
        write: takes whole lines, each with its line end.
        epoch: what to add to the core's clock to get seconds since 1970.
        quiet: whether only errors are written.
    """

    def __init__(self, write: Callable[[str], None], *, epoch: float, quiet: bool = False) -> None:
        self._epoch = epoch
        self._meter = Meter()
        level = logging.ERROR if quiet else logging.INFO
        self._log: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
            _Lines(write),
            wrapper_class=structlog.make_filtering_bound_logger(level),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _in_order,
                # ASCII only: no character of a peer's can act on a terminal or end a line.
                structlog.processors.JSONRenderer(json.dumps, ensure_ascii=True),
            ],
        )

    # responder.cli.log.Log

    def started(self, start: Start) -> None:
        """Write ``start``."""
        self._log.info(
            "start",
            version=__version__,
            listen=list(start.addresses),
            allow=list(start.allow),
            seed=start.seed,
            rules=start.rules,
            pages=list(start.pages),
        )

    def trace(self, trace: Trace, now: float) -> None:
        """Write ``call``, ``call-ended``, ``stray`` or ``source-refused``; count it under load."""
        del now
        record, stray = trace.facts.get("record"), trace.facts.get("stray")
        if isinstance(record, Record):
            if trace.kind == "ended":
                self._ended(record)
            elif self._meter.call(record.status, record.retransmissions):
                self._call(record)
        elif isinstance(stray, Stray):
            if self._meter.stray():
                self._stray(stray)
        elif trace.kind == "source-refused" and self._meter.refused():
            self._log.warning("source-refused", **trace.facts)

    def message(self, flow: Flow, data: bytes, came: bool, now: float) -> None:
        """Write nothing: a raw message may hold credentials."""

    def tick(self, drops: int | None, now: float) -> None:
        """Write ``summary`` under load, or when the kernel dropped datagrams."""
        del now
        second = self._meter.tick(drops)
        if second is not None:
            write = self._log.warning if second.drops else self._log.info
            write(
                "summary",
                calls=second.calls,
                outcomes={str(status): count for status, count in second.outcomes.items()},
                retransmissions=second.retransmissions,
                strays=second.strays,
                refused=second.refused,
                drops=second.drops,
            )

    def fault(self, fault: Exception) -> None:
        """Write ``fault``."""
        told = "".join(traceback.format_exception(fault))
        self._log.error("fault", error=repr(fault), traceback=told)

    def reloaded(self, rules: int) -> None:
        """Write ``reloaded``."""
        self._log.info("reloaded", rules=rules)

    def warning(self, text: str) -> None:
        """Write ``warning``."""
        self._log.error("warning", text=text)

    def stopping(self, reason: str) -> None:
        """Write ``stopping``."""
        self._log.info("stopping", reason=reason)

    def stopped(self, stop: Stop) -> None:
        """Write ``stop``."""
        self._log.info(
            "stop",
            seconds=round(stop.seconds, 3),
            requests=stop.calls,
            counts=stop.counts,
            drops=stop.drops,
        )

    def judged(self, result: Result, now: float) -> None:
        """Write ``outcome`` for each, and ``result``."""
        del now
        for outcome in result.outcomes:
            write = self._log.info if outcome.held else self._log.error
            write(
                "outcome",
                name=outcome.name,
                held=outcome.held,
                why=outcome.why,
                file=outcome.file or None,
                line=outcome.line or None,
                calls=[record.number for record in outcome.calls],
            )
        write = self._log.error if result.status else self._log.info
        count = len(result.outcomes)
        write("result", exit_status=result.status, outcomes=count, failed=len(result.failed))

    # Events

    def _call(self, record: Record) -> None:
        record.identify()
        answered = None if record.answered is None else _ms(record.answered - record.started)
        self._log.info(
            "call",
            number=record.number,
            at=self._at(record.started),
            method=_cut(record.method),
            caller=_cut(record.caller),
            target=_cut(record.target),
            transport=record.transport,
            source=record.source,
            call_id=_cut(record.call_id),
            rule=record.rule,
            unmatched=record.unmatched,
            status=record.status,
            statuses=list(record.statuses),
            answered_ms=answered,
            retransmissions=record.retransmissions,
            notes=[_cut(note) for note in record.notes()],
        )

    def _ended(self, record: Record) -> None:
        if self._meter.busy:
            return
        record.identify()
        began = record.started if record.answered is None else record.answered
        lasted = None if record.ended is None else _ms(record.ended - began)
        self._log.info(
            "call-ended",
            number=record.number,
            call_id=_cut(record.call_id),
            lasted_ms=lasted,
            retransmissions=record.retransmissions,
            notes=[_cut(note) for note in record.notes()],
            media=None if record.media is None else record.media.facts(),
        )

    def _stray(self, stray: Stray) -> None:
        self._log.info(
            "stray",
            at=self._at(stray.at),
            transport=stray.transport,
            source=stray.source,
            why=_cut(stray.why),
            status=stray.status,
        )

    def _at(self, now: float) -> str:
        moment = datetime.fromtimestamp(self._epoch + now, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Lines:
    """Where structlog's last processor leaves its line."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def line(self, text: str) -> None:
        self._write(text + "\n")

    # structlog calls the method of the level; what differs by level is in the line already.
    info = warning = error = line


def _in_order(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Put first what every line has: people read these lines too."""
    return {name: event[name] for name in ("timestamp", "level", "event")} | dict(event)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST]

"""One call as a test looks at it, and the messages in it."""

from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, TypeVar

from responder.journal.record import Record
from responder.sip.message import Message as Parsed
from responder.sip.message import canonical, parse

if TYPE_CHECKING:
    from responder.journal.verdicts import Verdict

T = TypeVar("T")


class Source(Protocol):
    """Where a call comes from: the responder that answered it."""

    def ask(self, action: Callable[[], T]) -> T:
        """Return what ``action`` returns, called where nothing changes meanwhile."""

    def judge(self, record: Record) -> "Mapping[str, Verdict]":
        """Return the verdicts on the caller of a record, as of now."""

    def wait_until(self, record: Record, until: str, timeout: float) -> None:
        """Wait until a call has come so far."""

    async def wait_until_async(self, record: Record, until: str, within: float) -> None:
        """Do the same without blocking the event loop of the caller."""


class Message:
    """One message of a call, as it was on the wire.

    Attributes:
        at: seconds since the first message of the call.
        sent: whether the responder sent it; else the caller did.
        again: whether it is a retransmission.
        suppressed: whether it was to leave and did not, on purpose.
        data: its bytes.
    """

    def __init__(self, at: float, kind: str, data: bytes) -> None:
        self.at = at
        self.suppressed = kind == "suppressed"
        self.sent = kind.startswith("sent") or self.suppressed
        self.again = kind.endswith("again")
        self.data = data
        self._parsed: Parsed | None = None

    def __repr__(self) -> str:
        line = self.text.partition("\r\n")[0]
        return f"<Message {'->' if self.sent else '<-'} {line}{' again' if self.again else ''}>"

    @property
    def text(self) -> str:
        """The message as text; bytes that are not UTF-8 are escaped with a backslash."""
        return self.data.decode("utf-8", "backslashreplace")

    @property
    def method(self) -> str:
        """The method of a request; for a response that of its CSeq."""
        parsed = self._message
        if parsed.status:
            return _text(parsed.fields.get(b"cseq", b"").split()[-1:])
        return _text([parsed.method])

    @property
    def uri(self) -> str:
        """The Request-URI; empty for a response."""
        return _text([self._message.uri])

    @property
    def status(self) -> int | None:
        """The status of a response; None for a request."""
        return self._message.status or None

    @property
    def reason(self) -> str:
        """The reason phrase of a response; empty for a request."""
        return _text([self._message.reason])

    @property
    def body(self) -> bytes:
        """The body; empty where there is none."""
        return self._message.body

    def header(self, name: str) -> str | None:
        """Return the first value of a header field; None where it is missing.

        Args:
            name: in any case, long or compact.
        """
        return next(iter(self.headers(name)), None)

    def headers(self, name: str) -> list[str]:
        """Return every line of a header field, in order."""
        values = self._message.values(canonical(name.encode()))
        return [value.decode("utf-8", "backslashreplace") for value in values]

    @property
    def _message(self) -> Parsed:
        if self._parsed is None:
            self._parsed = parse(self.data)
        return self._parsed


class Call:
    """A call, or a request outside any call, as far as it has come.

    What it says is always of now: a call that goes on has more to say later.
    """

    def __init__(self, record: Record, source: Source) -> None:
        self._record = record
        self._source = source

    def __repr__(self) -> str:
        statuses = " ".join(map(str, self.statuses)) or "no answer"
        return f"<Call {self.number}: {self.method} {self.target} <- {self.caller}: {statuses}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Call) and other._record is self._record

    def __hash__(self) -> int:
        return hash(self._record)

    @property
    def number(self) -> int:
        """Which call of its responder it is, from 1."""
        return self._record.number

    @property
    def method(self) -> str:
        """The method that began it."""
        return self._record.method

    @property
    def caller(self) -> str:
        """The user part of From; its host where it has none."""
        return self._identified.caller

    @property
    def target(self) -> str:
        """What was dialled: the user part of the Request-URI, for REGISTER that of To."""
        return self._identified.target

    @property
    def call_id(self) -> str:
        """The Call-ID."""
        return self._identified.call_id

    @property
    def source(self) -> str:
        """The caller's address and port, such as ``127.0.0.1:5071``."""
        return self._identified.source

    @property
    def transport(self) -> str:
        """``udp``, ``tcp`` ..."""
        return self._record.transport

    @property
    def rule(self) -> str:
        """What answered it, such as ``trunk/first 1/2`` or ``dial``; empty when no rule did."""
        return self._record.rule

    @property
    def statuses(self) -> list[int]:
        """Every different status sent for its first request, in order."""
        return list(self._record.statuses)

    @property
    def final_status(self) -> int | None:
        """The final status of its first request; None while there is none."""
        return self._record.status or None

    @property
    def duration(self) -> float | None:
        """Seconds from its first message to its end; None while it goes on."""
        ended = self._record.ended
        return None if ended is None else ended - self._record.started

    @property
    def failed(self) -> str:
        """Why the steps of its scenario call it failed; empty if they do not."""
        return self._record.failed

    @property
    def retransmissions(self) -> int:
        """How many of its messages came or left again."""
        return self._record.retransmissions

    @property
    def messages(self) -> list[Message]:
        """All its messages, in order, retransmissions too."""
        entries = self._source.ask(lambda: self._record.entries)
        started = self._record.started
        return [
            Message(each.at - started, each.kind, each.data)
            for each in entries
            if each.kind not in {"note", "fault"}
        ]

    @property
    def request(self) -> Message:
        """Its first message.

        Raises:
            LookupError: the record of the call was dropped, as there were too many others.
        """
        for message in self.messages:
            return message
        raise LookupError(f"the messages of call {self.number} are no longer kept")

    @property
    def notes(self) -> list[str]:
        """What was done or not done besides, a sentence each."""
        return self._source.ask(self._record.notes)

    @property
    def faults(self) -> list[str]:
        """What was done wrong on purpose, a sentence each."""
        return self._source.ask(self._record.faults)

    @property
    def media(self) -> dict[str, object] | None:
        """The figures of its audio by name; None where there was none."""
        figures = self._record.media
        return None if figures is None else self._source.ask(figures.facts)

    @property
    def verdicts(self) -> "Mapping[str, Verdict]":
        """What the caller did right and wrong, by the names of ``docs/verdicts.md``.

        ``call.verdicts["ack"].outcome`` is ``correct``, ``wrong`` or ``not seen``.
        """
        return self._source.judge(self._record)

    @property
    def ladder(self) -> str:
        """The call drawn as text, a line for each message."""
        # Not at the top: rich is needed for this alone.
        draw = import_module("responder.report.ladder").draw
        source = self._identified.source
        lines = self._source.ask(lambda: draw(self._record, source, "responder", ours="right"))
        return "\n".join(line.text.rstrip() for line in lines)

    def wait_until(self, until: str = "ended", timeout: float = 5.0) -> "Call":
        """Wait until the call has come so far; return it.

        Args:
            until: one of `responder.waiting.STAGES`.
            timeout: seconds.

        Raises:
            AssertionError: it did not come so far in time.
        """
        __tracebackhide__ = True
        self._source.wait_until(self._record, until, timeout)
        return self

    def wait_until_async(self, until: str = "ended", timeout: float = 5.0) -> "Awaitable[Call]":
        """Do what `wait_until` does without blocking the event loop of the caller."""
        return self._wait_until(until, timeout)

    async def _wait_until(self, until: str, within: float) -> "Call":
        __tracebackhide__ = True
        await self._source.wait_until_async(self._record, until, within)
        return self

    @property
    def _identified(self) -> Record:
        return self._record if self._record.source else self._source.ask(self._record.identify)


def _text(parts: list[bytes]) -> str:
    return b"".join(parts).decode("utf-8", "backslashreplace")

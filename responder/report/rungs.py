"""What a ladder shows, apart from how it is drawn: one rung for each message and remark."""

from typing import Final, Literal, NamedTuple, TypeAlias

from responder.journal.record import Entry, Record
from responder.sip.message import Message, parse

Kind: TypeAlias = Literal[
    "heading", "request", "provisional", "success", "redirect", "failure", "note", "fault"
]
"""What a line shows, for its colour: a request, a response by its class (``failure`` is 400 to
699), a ``note``, a ``fault`` that was brought about on purpose, or the ``heading``."""

# Their Request-URI says no more than the ladder does already.
_BARE: Final = frozenset({b"ACK", b"BYE", b"CANCEL", b"PRACK"})
_CLASSES: Final[tuple[Kind, ...]] = ("provisional", "success", "redirect")


class Rung(NamedTuple):
    """One message, or one remark.

    Attributes:
        kind: what it shows.
        offset: seconds since the ladder's beginning.
        gap: seconds since the rung before.
        text: the start line in short, or the remark; it may hold anything that came by the wire.
        details: what else to say of a message, such as ``SDP`` or ``again``.
        sent: whether it left, or was to leave, from where the record was made; False for remarks.
        again: whether it is a retransmission.
        data: the message, or the remark.
        suppressed: whether it was to leave and did not, on purpose.
    """

    kind: Kind
    offset: float
    gap: float
    text: str
    details: tuple[str, ...]
    sent: bool
    again: bool
    data: bytes
    suppressed: bool = False

    @property
    def direction(self) -> str:
        """What became of a message, in two words at most."""
        if self.suppressed:
            return "never left"
        return f"{'sent' if self.sent else 'received'}{' again' if self.again else ''}"

    @property
    def remark(self) -> bool:
        """Whether it is a remark rather than a message."""
        return self.kind in {"note", "fault"}


class Climb:
    """Makes rungs of the entries of one record, one after another, as they come.

    Args:
        started: the time that offsets count from, in seconds.
        method: the method that the ladder is about; responses to another one name it.
    """

    __slots__ = ("_latest", "_method", "_started")

    def __init__(self, started: float, method: str) -> None:
        self._started = started
        self._latest = started
        self._method = method.encode()

    def rung(self, entry: Entry) -> Rung:
        """Return the next rung."""
        offset, gap = entry.at - self._started, entry.at - self._latest
        self._latest = entry.at
        if entry.kind in {"note", "fault"}:
            text = entry.data.decode("utf-8", "replace")
            kind: Kind = "fault" if entry.kind == "fault" else "note"
            return Rung(kind, offset, gap, text, (), False, False, entry.data)
        message = parse(entry.data)
        again = entry.kind.endswith("again")
        text, details = self._label(message)
        if again:
            details.append("again")
        suppressed = entry.kind == "suppressed"
        if suppressed:
            details.append("never left")
        sent = not entry.kind.startswith("received")
        kind = _kind(message)
        told = tuple(details)
        return Rung(kind, offset, gap, text, told, sent, again, entry.data, suppressed)

    def _label(self, message: Message) -> tuple[str, list[str]]:
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
        return text, details


def rungs(record: Record) -> list[Rung]:
    """Return a whole record; last remarks say how much was not kept, and what audio there was."""
    entries = record.entries
    climb = Climb(entries[0].at if entries else record.started, record.method)
    found = [climb.rung(entry) for entry in entries]
    remarks = [f"{record.left_out} more were not kept"] if record.left_out else []
    if record.media is not None:
        remarks.append(record.media.line())
    at = entries[-1].at if entries else record.started
    return found + [climb.rung(Entry(at, "note", text.encode())) for text in remarks]


def _kind(message: Message) -> Kind:
    if message.status == 0:
        return "request"
    if message.status < 0 or message.status >= 400:
        return "failure"
    return _CLASSES[message.status // 100 - 1]

"""The record of an attempt, which also tells a shell of every entry as it is made."""

from responder.journal.record import Entry, Record
from responder.sip.events import Flow, Output, Trace
from responder.sip.server_transaction import Log


class Transcript(Log):
    """Writes into a record.

    Every entry is told as ``Trace("entry", entry=...)`` too, so that a shell can draw it at once. A
    message whose very bytes came before is a copy, whatever a transaction takes it for: that of a
    2xx is passed on like the first (RFC 6026 section 7.2).
    """

    __slots__ = ("_outputs", "_seen", "record")

    def __init__(self, record: Record, outputs: list[Output]) -> None:
        self.record = record
        self._outputs = outputs
        self._seen: set[bytes] = set()

    def received(self, now: float, data: bytes, again: bool, flow: Flow | None = None) -> None:
        """Note a message that came."""
        again = again or data in self._seen
        self._seen.add(data)
        self.record.received(now, data, again, flow)
        self._tell(Entry(now, "received again" if again else "received", data, flow))

    def sent(self, now: float, data: bytes, again: bool, flow: Flow | None = None) -> None:
        """Note a message that left."""
        self.record.sent(now, data, again, flow)
        self._tell(Entry(now, "sent again" if again else "sent", data, flow))

    def note(self, now: float, text: str) -> None:
        """Note a remark."""
        self.record.note(now, text)
        self._tell(Entry(now, "note", text.encode()))

    def _tell(self, entry: Entry) -> None:
        if not self.record.left_out:
            self._outputs.append(Trace("entry", entry=entry))

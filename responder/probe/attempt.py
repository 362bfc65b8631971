"""What a probe is asked to do, and what came of it."""

from dataclasses import dataclass, field
from typing import Final

from responder.journal.record import Record
from responder.sip.errors import Misuse
from responder.sip.headers.uri import Uri
from responder.sip.message import canonical

ANSWERED: Final = "answered"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
TIMEOUT: Final = "timeout"
TRANSPORT: Final = "transport"

OURS: Final = frozenset({b"via", b"cseq"})
"""Header fields that only the transaction can write: it recognises its responses by them."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request to place.

    Attributes:
        uri: what is dialled, a ``sip`` URI. A REGISTER puts its user part into To only.
        method: the method, exactly as sent.
        transport: ``udp`` or ``tcp``.
        pinned: True when the transport was asked for, so that size does not change it.
        headers: header fields to add; each name replaces what would be sent under it.
        body: the body; None for the method's usual one (an SDP offer, a short text, or nothing).
        kind: the body's Content-Type; empty for the method's usual one.
        user: the name to authenticate as, which is the user part of From too; may be empty.
        password: its password; None when challenges are not to be answered.
        timeout: seconds from the start in which a final response has to come.
        grace: seconds that an INVITE out of time is still waited on for the provisional response
            without which it cannot be cancelled (RFC 3261 section 9.1).
        hold: seconds between the answer and our BYE.
        follow: whether a 3xx is followed to its Contacts.
        agent: the User-Agent.
        proxy: the outbound proxy, a ``sip`` URI: what every request outside a dialog is sent to and
            names in its first Route (RFC 3261 section 8.1.2). None to send to what is dialled.

    Raises:
        Misuse: a header field of `OURS` is among the headers, or a URI is no SIP URI.
    """

    uri: Uri
    method: bytes = b"INVITE"
    transport: str = "udp"
    pinned: bool = False
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes | None = None
    kind: bytes = b""
    user: bytes = b""
    password: bytes | None = None
    timeout: float = 32.0
    grace: float = 32.0
    hold: float = 0.0
    follow: bool = False
    agent: bytes = b"sip-responder"
    proxy: Uri | None = None

    def __post_init__(self) -> None:
        if not self.uri.is_sip or not self.hop.is_sip:
            raise Misuse("a probe dials SIP URIs only")
        for name, _ in self.headers:
            if canonical(name) in OURS:
                raise Misuse(f"{name.decode('latin-1')} is the transaction's own")

    @property
    def hop(self) -> Uri:
        """The URI whose address the request is sent to."""
        return self.proxy or self.uri


@dataclass(slots=True)
class Result:
    """What came of an attempt.

    Attributes:
        end: ``answered`` (2xx), ``failed`` (300-699), ``cancelled`` (our time was over, and a final
            response came to the cancelled INVITE), ``timeout`` (none came), ``transport`` (the
            request could not be delivered); empty while it goes on.
        why: the same as a sentence without its full stop; empty after a final response.
        status: the final status, 0 when there was none.
        reason: its reason phrase as it came.
        understood: what an unknown status is treated as (RFC 3261 section 8.1.3.2).
        statuses: every status that came in answer to the request, in order, repetitions left out.
        first_at: seconds from the start to the first response; None when there was none.
        final_at: seconds from the start to the final response; None when there was none.
        remote_hangup: True when the far end sent BYE.
        record: every message and every remark.
    """

    record: Record
    end: str = ""
    why: str = ""
    status: int = 0
    reason: str = ""
    understood: int = 0
    statuses: list[int] = field(default_factory=list)
    first_at: float | None = None
    final_at: float | None = None
    remote_hangup: bool = False

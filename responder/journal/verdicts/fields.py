"""Header fields that every request has to have, or that its body and its transport ask for."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import Seen, addresses, elements
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.verdict import Fault, Finding, checked, right, shown, wrong

_MAKES_DIALOG: Final = frozenset({b"INVITE", b"SUBSCRIBE", b"REFER", b"UPDATE"})
_NOWHERE: Final = frozenset({b"0.0.0.0", b"::"})
LARGEST_DATAGRAM: Final = 1_300
"""Bytes of a request that may go over UDP where the path is not known to take more (18.1.1)."""


def _judge_max_forwards(evidence: Evidence) -> Iterator[Finding]:
    for seen in evidence.reading.made:
        yield from checked(seen.at, _max_forwards(seen))


def _max_forwards(seen: Seen) -> Iterator[Fault]:
    values = seen.message.values(b"max-forwards")
    if len(values) != 1:
        count = "no" if not values else "more than one"
        yield f"{count} Max-Forwards in the {seen.name}", "one, of 70", "RFC 3261 8.1.1.6"
    elif not values[0].isdigit() or len(values[0].lstrip(b"0")) > 3 or int(values[0]) > 255:
        seen_value = f"the Max-Forwards of the {seen.name} is {shown(values[0])}"
        yield seen_value, "a number from 0 to 255", "RFC 3261 20.22"
    elif int(values[0]) == 0 and len(seen.vias) == 1:
        yield f"the {seen.name} began with Max-Forwards 0", "70", "RFC 3261 8.1.1.6"


def _judge_contact(evidence: Evidence) -> Iterator[Finding]:
    for exchange in evidence.reading.exchanges:
        if exchange.method in _MAKES_DIALOG:
            yield from checked(exchange.request.at, _contact(exchange.request))


def _contact(seen: Seen) -> Iterator[Fault]:
    section = "RFC 3261 8.1.1.8"
    lines = elements(seen.message, b"contact")
    contacts = addresses(seen.message, b"contact")
    if len(lines) != 1:
        count = str(len(lines)) if lines else "no"
        yield f"{count} Contact in the {seen.name}", "exactly one", section
    elif not contacts or not contacts[0].uri.is_sip:
        yield f"the Contact of the {seen.name} is {shown(lines[0])}", "a SIP or SIPS URI", section
    elif contacts[0].uri.host in _NOWHERE:
        where = shown(contacts[0].uri.host)
        yield (
            f"the Contact of the {seen.name} is at {where}",
            "an address to be reached at",
            section,
        )
    elif seen.uri is not None and seen.uri.scheme == b"sips" != contacts[0].uri.scheme:
        yield f"the Contact of the {seen.name} is no SIPS URI", "one, as the request has", section


def _judge_content_length(evidence: Evidence) -> Iterator[Finding]:
    for seen in evidence.reading.made:
        yield from checked(seen.at, _content_length(seen))


def _content_length(seen: Seen) -> Iterator[Fault]:
    # A request without it on a stream ends in no record: nothing says where it stops.
    message, section = seen.message, "RFC 3261 20.14"
    values = message.values(b"content-length")
    if len(set(values)) > 1:
        yield f"more than one Content-Length in the {seen.name}", "one", section
    elif values and message.fault is not None and "Content-Length" in message.fault[1]:
        yield (
            f"the Content-Length of the {seen.name} is {shown(values[0])}",
            "the number of bytes of the body",
            section,
        )


def _judge_via(evidence: Evidence) -> Iterator[Finding]:
    for seen in evidence.reading.made:
        yield from checked(seen.at, _via(seen))


def _via(seen: Seen) -> Iterator[Fault]:
    via = seen.via
    if via is None:
        value = shown(seen.vias[0]) if seen.vias else "missing"
        yield (
            f"the top Via of the {seen.name} is {value}",
            "SIP/2.0, transport, host",
            "RFC 3261 20.42",
        )
    elif seen.flow is not None and via.transport.lower() != seen.flow.transport.encode():
        yield (
            f"the Via of the {seen.name} says {shown(via.transport)}",
            f"{seen.flow.transport.upper()}, by which it came",
            "RFC 3261 18.1.1",
        )


def _judge_size(evidence: Evidence) -> Iterator[Finding]:
    for exchange in evidence.reading.exchanges:
        seen = exchange.request
        size = len(seen.message.data)
        if size <= LARGEST_DATAGRAM or seen.flow is None or _local(seen.flow.remote[0]):
            continue
        if seen.reliable:
            yield right(seen.at)
        else:
            yield wrong(
                seen.at,
                f"the {seen.name} came in a datagram of {size:,} bytes",
                f"a stream for more than {LARGEST_DATAGRAM:,} bytes",
                "RFC 3261 18.1.1",
            )


def _local(host: str) -> bool:
    """Whether the path to an address is this machine's, which is known to take any size."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


MAX_FORWARDS: Final = Rule(
    "max-forwards",
    "Each request has one Max-Forwards with a number from 0 to 255, and does not begin with 0",
    ("RFC 3261 8.1.1.6", "RFC 3261 20.22"),
    _judge_max_forwards,
)
CONTACT: Final = Rule(
    "contact",
    "A request that makes or refreshes a dialog has one Contact, a SIP or SIPS URI that is an "
    "address",
    ("RFC 3261 8.1.1.8",),
    _judge_contact,
)
CONTENT_LENGTH: Final = Rule(
    "content-length",
    "Content-Length, where there is one, is the number of bytes of the body",
    ("RFC 3261 20.14",),
    _judge_content_length,
)
VIA: Final = Rule(
    "via",
    "The top Via can be read and names the transport by which the request came",
    ("RFC 3261 18.1.1", "RFC 3261 20.42"),
    _judge_via,
)
SIZE: Final = Rule(
    "size",
    "A request of more than 1,300 bytes does not come in a datagram, unless from this machine",
    ("RFC 3261 18.1.1",),
    _judge_size,
)

"""Where a response goes and what its top Via says (RFC 3261 section 18.2, RFC 3581, RFC 6223).

This file is on the hot path: the usual forms of a Via take one regular expression.
"""

import re
from typing import Final, TypeAlias

from responder.sip.errors import Malformed
from responder.sip.events import Address, Flow
from responder.sip.grammar import split_commas
from responder.sip.headers.via import COOKIE, Via, parse_via_list

DEFAULT_PORTS: Final = {"udp": 5060, "tcp": 5060, "tls": 5061, "ws": 80, "wss": 443}
"""The port that a sent-by or a URI without one means (RFC 3261 18.1.1, RFC 7118)."""

KEEP_SECONDS: Final = 30
"""What a ``keep`` parameter is answered with: how often we would like to hear (RFC 6223 4.4)."""


VIA_TEXT: Final = rb"[^;, \t\r\n\f\v\"<>]+"
"""What a sent-by or branch is of in the usual form of a Via.

White space is spelled out: with a category in it, a set is no bit map but a list that is walked for
each byte, which takes four times as long.
"""
_USUAL: Final = re.compile(
    rb"SIP/2\.0/[A-Z]+ (" + VIA_TEXT + rb")(;rport|);branch=(z9hG4bK" + VIA_TEXT + rb")(;rport|)\Z"
)
# In a quoted parameter value these would be text; but no Via parameter is quoted in practice, and
# a changed one would only be echoed to its sender.
# Each begins with its semicolon: to take the white space before it as well would mean to look at
# every space of a run once more.
_RPORT: Final = re.compile(rb";[ \t]*rport(?:[ \t]*=[ \t]*\d*)?[ \t]*(?=;|\Z)", re.IGNORECASE)
_RECEIVED: Final = re.compile(rb";[ \t]*received[ \t]*=[^;]*", re.IGNORECASE)
_KEEP: Final = re.compile(rb";[ \t]*keep[ \t]*(?=;|\Z)", re.IGNORECASE)


TopVia: TypeAlias = tuple[bytes, bytes, bytes, Address | None]
"""What the top Via of a request decides, as a plain tuple for speed.

Its branch (empty when it has none or one without the magic cookie); its sent-by in lower case; the
Via value for the response, with ``received`` and ``rport`` filled in; where a datagram response
goes when not to the packet's source, or None.
"""


def top_via(value: bytes, flow: Flow) -> TopVia:
    """Judge the first Via line of a request.

    Args:
        value: the line's value, possibly a comma list.
        flow: where the request came from.

    Raises:
        Malformed: the line is no Via, or its branch is the bare magic cookie (RFC 4475 3.2.1).
    """
    usual = _USUAL.match(value)
    if usual is not None:
        sent_by, before, branch, after = usual.groups()
        if not (before or after):
            if sent_by == flow.sent_by:
                return branch, sent_by, value, None
        elif not (before and after):
            # RFC 3581 section 4: received is added even if it equals the sent-by.
            filled = b"%b;received=%b" % (
                value.replace(b";rport", b";rport=" + flow.rport, 1),
                flow.received,
            )
            # Host names have no case (17.2.3), and the ACK may come with a Via in another form.
            return branch, sent_by.lower(), filled, None
    return _any_via(value, flow)


def is_plain(value: bytes) -> bool:
    """Whether a Via line has the usual form and asks for nothing to be filled in."""
    usual = _USUAL.match(value)
    return usual is not None and not (usual[2] or usual[4])


def _any_via(value: bytes, flow: Flow) -> TopVia:
    elements = split_commas(value)
    via = parse_via_list(elements[0])[0]
    branch = via.branch or b""
    if branch == COOKIE:
        msg = "Via: branch is only the magic cookie"
        raise Malformed(msg)
    if not branch.startswith(COOKIE):
        branch = b""
    first = _fill_in(elements[0], via, flow)
    answer = b", ".join([first, *elements[1:]])
    return branch, via.sent_by.lower(), answer, response_address(via, flow)


def _fill_in(element: bytes, via: Via, flow: Flow) -> bytes:
    """Write received, rport and keep into a Via; everything else stays as the bytes that came."""
    rport_asked = via.rport is not None
    differs = via.host.lower() != flow.received
    keep_asked = via.keep == b""
    if via.received is not None:
        # What the previous hop says of itself does not stand beside what we see.
        element = _RECEIVED.sub(b"", element)
    if keep_asked:
        element = _KEEP.sub(b";keep=%d" % KEEP_SECONDS, element)
    if rport_asked:
        element = _RPORT.sub(b";rport=" + flow.rport, element)
    if rport_asked or differs:
        element += b";received=" + flow.received
    return element


def response_address(via: Via, flow: Flow) -> Address | None:
    """Return where a datagram response goes, or None for the source of the request.

    RFC 3261 section 18.2.2 and RFC 3581 section 4: maddr first, then rport, then the source address
    at the sent-by port.
    """
    if flow.reliable:
        return None
    port = via.port or DEFAULT_PORTS[flow.transport]
    maddr = via.maddr
    if maddr:
        return (maddr.decode("ascii", "replace"), port)
    if via.rport is not None or port == flow.remote[1]:
        return None
    return (flow.remote[0], port)


def reconnect_addresses(value: bytes, flow: Flow) -> list[Address]:
    """Return where to connect for a response whose connection is gone, in order.

    First the received address with the sent-by port (RFC 3261 section 18.2.2), as the port that the
    closed connection came from is nobody's any more. Then the host of sent-by itself, with port 0
    where it is a name without a port, so that SRV records count (RFC 3263 section 5).

    Args:
        value: the first Via of the request, as the response repeats it.
        flow: the closed flow.
    """
    default = DEFAULT_PORTS[flow.transport]
    source = flow.remote[0]
    try:
        via = parse_via_list(split_commas(value)[0])[0]
    except Malformed:
        # A Via of the usual form is not looked at in detail when it comes.
        return [(source, default)]
    first = (source, via.port or default)
    host = via.host.decode("ascii", "replace")
    numeric = ":" in host or host.replace(".", "").isdigit()
    second = (host, via.port or (default if numeric else 0))
    return [first] if second == first else [first, second]

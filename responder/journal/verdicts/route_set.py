"""Where a request inside a dialog goes: the remote target and the route set (RFC 3261 12.2.1.1).

The caller's route set is the Record-Route of our response in reverse order (12.1.2), its remote
target our Contact. Each proxy on the way takes its own Route away, so what arrives is the end of
the route set, shorter by no more than one value for each Via below the top one.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import (
    Exchange,
    Reading,
    Seen,
    addresses,
    elements,
)
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.verdict import Fault, Finding, checked, shown
from responder.sip.headers.uri import Uri, equal

_TARGET_REFRESH: Final = frozenset({b"INVITE", b"UPDATE"})


class Way(NamedTuple):
    """Where a request inside a dialog has to go.

    Attributes:
        uri: the Request-URI.
        routes: the URIs of Route, in order.
    """

    uri: Uri
    routes: list[Uri]


def way_of(reading: Reading, seen: Seen) -> Way | None:
    """Return where a request inside a dialog has to go; None where our responses do not say."""
    invite = reading.answered_invite(seen)
    first = _first_invite(reading, seen)
    if invite is None or first is None:
        return None
    target = _target(reading, seen)
    formed = _forming(first, seen)
    if target is None or formed is None:
        return None
    routes = [each.uri for each in reversed(addresses(formed.message, b"record-route"))]
    if routes and not any(name == b"lr" for name, _ in routes[0].params):
        # The first hop is a strict router (RFC 3261 12.2.1.1).
        return Way(routes[0], [*routes[1:], target])
    return Way(target, routes)


def misrouted(reading: Reading, seen: Seen) -> Iterator[Fault]:
    """Yield what is wrong with the Request-URI and the Route of a request inside a dialog."""
    way = way_of(reading, seen)
    if way is None:
        return
    uri = seen.uri
    if uri is None or not _same(uri, way.uri):
        yield (
            f"the Request-URI of the {seen.name} is {shown(seen.message.uri)}",
            f"the remote target, {shown(way.uri.to_bytes())}",
            "RFC 3261 12.2.1.1",
        )
    lines = elements(seen.message, b"route")
    came = [each.uri for each in addresses(seen.message, b"route")]
    taken_off = len(way.routes) - len(came)
    rest = way.routes[taken_off:] if taken_off >= 0 else []
    most = max(len(seen.vias) - 1, 0)
    matches = len(lines) == len(came) == len(rest) and all(map(_same, came, rest))
    if not 0 <= taken_off <= most or not matches:
        route = b", ".join(lines)
        whole = b", ".join(b"<%b>" % each.to_bytes() for each in way.routes)
        yield (
            f"the Route of the {seen.name} is {shown(route)}"
            if lines
            else f"no Route in the {seen.name}",
            f"the route set, {shown(whole)}" if whole else "none, as the route set is empty",
            "RFC 3261 12.2.1.1",
        )


def _first_invite(reading: Reading, seen: Seen) -> Exchange | None:
    """Return the INVITE that began the dialog of a request."""
    for exchange in reading.invites:
        if not exchange.in_dialog and any(
            each.to_tag == seen.to_tag for each in exchange.responses
        ):
            return exchange
    return None


def _forming(first: Exchange, seen: Seen) -> Seen | None:
    """Return the response that gave the route set: the 2xx, or a provisional before it (12.1.2)."""
    mine = [
        each
        for each in first.responses
        if each.to_tag == seen.to_tag and 100 < each.message.status < 300 and each.at <= seen.at
    ]
    return next((each for each in mine if each.message.status >= 200), mine[-1] if mine else None)


def _target(reading: Reading, seen: Seen) -> Uri | None:
    """Return our latest Contact in the dialog before a request (12.2.1.2)."""
    latest: tuple[float, Uri] | None = None
    for exchange in reading.exchanges:
        if exchange.method not in _TARGET_REFRESH:
            continue
        for each in exchange.responses:
            if each.to_tag != seen.to_tag or not 100 < each.message.status < 300:
                continue
            contacts = addresses(each.message, b"contact")
            if contacts and each.at <= seen.at and (latest is None or each.at >= latest[0]):
                latest = (each.at, contacts[0].uri)
    return latest[1] if latest is not None else None


def _same(a: Uri, b: Uri) -> bool:
    return a == b or equal(a, b)


def _judge(evidence: Evidence) -> Iterator[Finding]:
    reading = evidence.reading
    for seen in reading.requests:
        acknowledges_failure = seen.method == b"ACK" and _failed(reading, seen)
        if not seen.to_tag or seen.method == b"CANCEL" or acknowledges_failure:
            continue
        if way_of(reading, seen) is not None:
            yield from checked(seen.at, misrouted(reading, seen))


def _failed(reading: Reading, ack: Seen) -> bool:
    """Whether an ACK is for a final response other than 2xx, and so goes where its INVITE did."""
    return any(ack in each.acks and each.status >= 300 for each in reading.invites)


ROUTE_SET: Final = Rule(
    "route-set",
    "A request inside the dialog goes to our Contact by way of our Record-Route in reverse order",
    ("RFC 3261 12.1.2", "RFC 3261 12.2.1.1"),
    _judge,
)

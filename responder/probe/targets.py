"""The target set of a redirected request: RFC 3261 section 8.1.3.4."""

from dataclasses import replace
from typing import Final, NamedTuple

from responder.sip.errors import Malformed
from responder.sip.headers.address import NameAddr, Wildcard, parse_contacts
from responder.sip.headers.uri import Uri, equal
from responder.sip.message import Message

MOST: Final = 5
"""Targets tried at most after the first."""


class Target(NamedTuple):
    """Where a request goes.

    Attributes:
        uri: the Request-URI.
        contact: the URI that named the target, whole.
        routes: the proxies to go through, first one first, each a loose router.
    """

    uri: Uri
    contact: Uri
    routes: tuple[Uri, ...] = ()

    @property
    def hop(self) -> Uri:
        """The URI whose address it is sent to (RFC 3261 section 8.1.2)."""
        return self.routes[0] if self.routes else self.contact


class TargetSet:
    """The URIs still to be tried, best first, each of them once.

    It belongs to one request: nothing outlives that, so no redirection is remembered longer than
    its Contact's expiry allows (RFC 3261 section 21.3.3).

    Attributes:
        first: what was dialled.
    """

    __slots__ = ("_met", "_routes", "_taken", "_waiting", "first")

    def __init__(self, uri: Uri, proxy: Uri | None = None) -> None:
        """Take what is dialled, and the outbound proxy that every target is reached through."""
        self._routes = () if proxy is None else (loose(proxy),)
        self.first = Target(dialled(uri), uri, self._routes)
        self._met = [uri]
        self._waiting: list[tuple[float, Target]] = []
        self._taken = 0

    def add(self, response: Message, present: Uri) -> list[str]:
        """Add the Contacts of a 3xx, ordered by q; return a remark for each one left out.

        Args:
            response: a 3xx. A 305 names a proxy to go through (21.3.4), the others new targets.
            present: the Request-URI that was answered.
        """
        remarks: list[str] = []
        for contact in _contacts(response, remarks):
            uri = contact.uri
            text = uri.to_bytes().decode("utf-8", "replace")
            if uri.scheme != b"sip":
                remarks.append(f"{text} is not tried: only sip URIs are dialled")
            elif any(equal(uri, met) for met in self._met):
                remarks.append(f"{text} is not tried again")
            else:
                self._met.append(uri)
                if response.status == 305:
                    target = Target(present, uri, (*self._routes, loose(uri)))
                else:
                    target = Target(dialled(uri), uri, self._routes)
                self._waiting.append((_quality(contact), target))
        self._waiting.sort(key=lambda item: -item[0])
        return remarks

    def take(self) -> Target | None:
        """Return the next target and forget it; None when there is none, or `MOST` were tried."""
        if not self._waiting or self._taken == MOST:
            return None
        self._taken += 1
        return self._waiting.pop(0)[1]


def dialled(uri: Uri) -> Uri:
    """Return a URI as a Request-URI may have it: no headers, no method (RFC 3261 19.1.5)."""
    params = tuple(param for param in uri.params if param[0] not in {b"method", b"lr"})
    return replace(uri, params=params, headers=())


def loose(uri: Uri) -> Uri:
    """Return a proxy's URI as a Route has it, which says that it routes loosely (16.12)."""
    kept = dialled(uri)
    return replace(kept, params=(*kept.params, (b"lr", None)))


def _contacts(response: Message, remarks: list[str]) -> list[NameAddr]:
    found: list[NameAddr] = []
    for value in response.values(b"contact"):
        try:
            contacts = parse_contacts(value)
        except Malformed as fault:
            remarks.append(str(fault))
            continue
        if not isinstance(contacts, Wildcard):
            found += contacts
    return found


def _quality(contact: NameAddr) -> float:
    try:
        return min(1.0, max(0.0, float(contact.param(b"q") or b"1")))
    except ValueError:
        return 1.0

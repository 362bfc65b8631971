"""A record read: the caller's requests, their copies, and what each of them was answered with.

Any bytes may stand in a record. What cannot be read counts as absent here; nothing raises.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Final

from responder.journal.record import Entry
from responder.sip.errors import Malformed
from responder.sip.events import Flow
from responder.sip.grammar import split_commas
from responder.sip.headers.address import NameAddr, parse_address
from responder.sip.headers.uri import Uri, parse_uri
from responder.sip.headers.via import COOKIE, Via, parse_via
from responder.sip.message import Message, parse

_TAG: Final = re.compile(rb";[ \t]*tag[ \t]*=[ \t]*([^;,\s]+)", re.IGNORECASE)
_BRANCH: Final = re.compile(rb";[ \t]*branch[ \t]*=[ \t]*([^;,\s]+)", re.IGNORECASE)
_SENT_BY: Final = re.compile(rb"[^/]*/[^/]*/[^/\s]*[ \t]+([^;,\s]+)")
_CSEQ: Final = re.compile(rb"([0-9]{1,10})[ \t]+([^\s]+)\Z")


class Seen:
    """One message, with when it passed and which way.

    Attributes:
        at: when, in seconds on the core's clock.
        message: the message.
        flow: the flow that it took; None where the record does not say.
        ours: True for what left, False for what came from the caller.
        method: the method of a request; of a response, the method that it answers.
        number: the CSeq number; None when there is none to be read.
        branch: the branch of the top Via; empty when it has none.
        sent_by: host and port of the top Via in lower case; empty when it has none.
        from_tag: the tag of From; empty when it has none.
        to_tag: the tag of To; empty when it has none.
    """

    def __init__(self, at: float, message: Message, flow: Flow | None, ours: bool) -> None:
        fields = message.fields
        self.at = at
        self.message = message
        self.flow = flow
        self.ours = ours
        cseq = _CSEQ.match(fields.get(b"cseq", b""))
        self.number = int(cseq[1]) if cseq is not None else None
        self.method = message.method
        if message.status and cseq is not None:
            self.method = cseq[2]
        via = fields.get(b"via", b"").partition(b",")[0]
        branch, sent_by = _BRANCH.search(via), _SENT_BY.match(via)
        self.branch = branch[1] if branch is not None else b""
        self.sent_by = sent_by[1].lower() if sent_by is not None else b""
        self.from_tag = tag_of(fields.get(b"from", b""))
        self.to_tag = tag_of(fields.get(b"to", b""))

    @property
    def call_id(self) -> bytes:
        """The Call-ID; empty when there is none."""
        return self.message.fields.get(b"call-id", b"")

    @property
    def reliable(self) -> bool:
        """Whether it took another transport than UDP."""
        return self.flow is not None and self.flow.reliable

    @property
    def name(self) -> str:
        """The method as text, for a sentence."""
        return self.method[:20].decode("utf-8", "replace")

    @cached_property
    def vias(self) -> list[bytes]:
        """Every Via value as sent, topmost first."""
        return elements(self.message, b"via")

    @cached_property
    def via(self) -> Via | None:
        """The top Via; None when there is none that can be read."""
        try:
            return parse_via(self.vias[0]) if self.vias else None
        except Malformed:
            return None

    @cached_property
    def uri(self) -> Uri | None:
        """The Request-URI; None for a response, and when it cannot be read."""
        return uri_of(self.message.uri)

    @property
    def key(self) -> tuple[bytes, ...]:
        """What a copy has in common with its request (RFC 3261 section 17.2.3)."""
        if self.branch.startswith(COOKIE) and self.branch != COOKIE:
            return (self.branch, self.sent_by, self.method)
        fields = self.message.fields
        names = (b"from", b"call-id", b"cseq", b"via")
        return (self.message.uri, *(fields.get(name, b"") for name in names))


def tag_of(value: bytes) -> bytes:
    """Return the tag of a From or To value; empty when it has none."""
    found = _TAG.search(value.rpartition(b">")[2])
    return found[1] if found is not None else b""


def elements(message: Message, name: bytes) -> list[bytes]:
    """Return each element of a comma list over all its lines; what cannot be split stays whole."""
    found: list[bytes] = []
    for line in message.values(name):
        try:
            found += split_commas(line)
        except Malformed:
            found.append(line)
    return found


def addresses(message: Message, name: bytes) -> list[NameAddr]:
    """Return the addresses of a header field that can be read, in order."""
    found = []
    for element in elements(message, name):
        try:
            found.append(parse_address(element, "address"))
        except Malformed:
            continue
    return found


def uri_of(value: bytes) -> Uri | None:
    """Return a URI, or None when it cannot be read."""
    try:
        return parse_uri(value)
    except Malformed:
        return None


class Exchange:
    """One request of the caller, with its copies and what it was answered with.

    Attributes:
        request: the request as it came first.
        copies: what came again, in order.
        responses: all that answered it, copies included, in order.
        spoilt: responses that were made wrong on purpose, so that a caller may pass over them or
            not: they cannot be read, or do not belong to the request by branch, tag, Call-ID or
            CSeq (RFC 3261 17.1.3).
        acks: the ACKs of an INVITE, in order.
    """

    def __init__(self, request: Seen) -> None:
        self.request = request
        self.copies: list[Seen] = []
        self.responses: list[Seen] = []
        self.spoilt: list[Seen] = []
        self.acks: list[Seen] = []

    @property
    def method(self) -> bytes:
        """The method."""
        return self.request.method

    @property
    def invite(self) -> bool:
        """Whether it is an INVITE."""
        return self.request.method == b"INVITE"

    @property
    def in_dialog(self) -> bool:
        """Whether the request has a To tag, so that it belongs to a dialog (RFC 3261 12.2)."""
        return bool(self.request.to_tag)

    @property
    def final(self) -> Seen | None:
        """The first final response; None before."""
        return next((each for each in self.responses if each.message.status >= 200), None)

    @property
    def status(self) -> int:
        """The status of the final response; 0 before."""
        final = self.final
        return final.message.status if final is not None else 0

    @property
    def knew(self) -> float | None:
        """When the caller had the final response for certain; None when it never did.

        The ACK of an INVITE shows it. Another request has nothing that would, so its response
        counts from when it left.
        """
        final = self.final
        if final is None:
            return None
        if not self.invite:
            return final.at
        return next((ack.at for ack in self.acks if ack.at >= final.at), None)


class Reading:
    """What a record says about its caller.

    Args:
        entries: the entries of the record, in order.
        apart: what else came in the same call but could not be matched, such as an ACK with a wrong
            branch, in any order.

    Attributes:
        exchanges: the caller's requests but ACK, in the order in which they came.
        acks: every ACK, in order.
        requests: every request that came, copies and ACKs included, in order.
        ours: every request of ours, in order, copies included.
        answers: the caller's responses to them, in order.
    """

    def __init__(self, entries: Iterable[Entry], apart: Iterable[Entry] = ()) -> None:
        self.exchanges: list[Exchange] = []
        self.acks: list[Seen] = []
        self.requests: list[Seen] = []
        self.ours: list[Seen] = []
        self.answers: list[Seen] = []
        self._by_key: dict[tuple[bytes, ...], Exchange] = {}
        self._parsed: dict[bytes, Message] = {}
        apart = list(apart)
        together = sorted([*entries, *apart], key=_when) if apart else entries
        for entry in together:
            if entry.kind in _KINDS:
                self._take(self._see(entry))

    @property
    def first(self) -> Exchange | None:
        """The request that began the record; None when it holds none."""
        return self.exchanges[0] if self.exchanges else None

    @property
    def invites(self) -> list[Exchange]:
        """The INVITEs, in order."""
        return [each for each in self.exchanges if each.invite]

    @property
    def made(self) -> list[Seen]:
        """Every request that the caller made, ACKs included but no copies, in order."""
        made = [*(each.request for each in self.exchanges), *self.acks]
        return sorted(made, key=_at)

    @cached_property
    def our_tags(self) -> set[bytes]:
        """Every To tag that our responses gave."""
        return {
            each.to_tag
            for exchange in self.exchanges
            for each in exchange.responses
            if each.to_tag and not exchange.in_dialog
        }

    @cached_property
    def latest(self) -> float:
        """When the last message passed, in seconds; 0 when there is none."""
        passed = [*self.requests, *self.ours, *self.answers]
        passed += [each for exchange in self.exchanges for each in exchange.responses]
        return max((each.at for each in passed), default=0.0)

    def answered_invite(self, seen: Seen) -> Exchange | None:
        """Return the latest INVITE that came before a request and was answered with its To tag."""
        for exchange in reversed(self.invites):
            if exchange.request.at <= seen.at and any(
                each.to_tag == seen.to_tag for each in exchange.responses
            ):
                return exchange
        return None

    def _see(self, entry: Entry) -> Seen:
        message = self._parsed.get(entry.data)
        if message is None:
            message = self._parsed[entry.data] = parse(entry.data)
        return Seen(entry.at, message, entry.flow, entry.kind.startswith("sent"))

    def _take(self, seen: Seen) -> None:
        status = seen.message.status
        if seen.ours:
            if status == 0:
                self.ours.append(seen)
            else:
                self._respond(seen)
        elif status:
            self.answers.append(seen)
        else:
            self.requests.append(seen)
            if seen.method == b"ACK":
                self._acknowledge(seen)
            else:
                self._request(seen)

    def _request(self, seen: Seen) -> None:
        known = self._by_key.get(seen.key)
        if known is not None:
            known.copies.append(seen)
            return
        exchange = self._by_key[seen.key] = Exchange(seen)
        self.exchanges.append(exchange)

    def _respond(self, seen: Seen) -> None:
        """Give a response to its request: by branch, or by CSeq where the branch was spoilt."""
        fallback = None
        for exchange in reversed(self.exchanges):
            if exchange.method != seen.method:
                continue
            if exchange.request.branch == seen.branch:
                fitting = exchange.responses if _fits(exchange.request, seen) else exchange.spoilt
                fitting.append(seen)
                return
            if fallback is None and exchange.request.number == seen.number:
                fallback = exchange
        if fallback is not None:
            fallback.spoilt.append(seen)

    def _acknowledge(self, seen: Seen) -> None:
        """Give an ACK to its INVITE (RFC 3261 17.1.1.3, 13.2.2.4).

        By CSeq number; where no INVITE has it, by branch, and at last by the dialog's tag.
        """
        self.acks.append(seen)
        invites = self.invites
        by_number = [each for each in invites if each.request.number == seen.number]
        by_branch = [each for each in invites if each.request.branch == seen.branch]
        # The branch of an INVITE decides between attempts that share a number.
        both = [each for each in by_number if each in by_branch]
        by_tag = [each for each in invites if any(r.to_tag == seen.to_tag for r in each.responses)]
        for candidates in (both, by_number, by_branch, by_tag):
            if candidates:
                candidates[-1].acks.append(seen)
                return


_KINDS: Final = frozenset({"received", "received again", "sent", "sent again"})


def _fits(request: Seen, response: Seen) -> bool:
    """Whether a caller has to take a response for an answer to its request."""
    return (
        response.message.fault is None
        and len(response.vias) == len(request.vias)
        and (response.number, response.call_id, response.from_tag)
        == (request.number, request.call_id, request.from_tag)
    )


def _when(entry: Entry) -> float:
    return entry.at


def _at(seen: Seen) -> float:
    return seen.at

"""Responses made whole: what is copied, what the status brings, what a rule adds.

RFC 3261 sections 8.2.6 and 8.2.7. This file is on the hot path.
"""

import hashlib
from typing import Final

from responder.sip.authenticator import USUAL, Authenticator, Terms
from responder.sip.build import assemble, partial_echo, retag, status_line
from responder.sip.defaults import Answer, Defaults, contact
from responder.sip.errors import Malformed
from responder.sip.events import Address, Flow
from responder.sip.message import Message
from responder.sip.routing import top_via
from responder.sip.server_transaction import ServerTransaction
from responder.sip.settings import Settings, Tokens
from responder.sip.validation import Refusal

_MOST_USUAL: Final = 64


class Responses:
    """Builds every response of one endpoint.

    Args:
        settings: what the endpoint calls itself and advertises.
        tokens: a source of fresh tokens.

    Attributes:
        authenticator: makes the challenges.
    """

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        self._settings = settings
        self.authenticator = Authenticator(settings.authentication, tokens)
        self._defaults = Defaults(settings, tokens, self.authenticator)
        self._hosts: dict[tuple[str, int], bytes] = {}
        self._secret = tokens()
        self._product = settings.server.encode()
        self._servers: dict[bytes, bytes] = {b"": b"Server: %b\r\n" % self._product}

    def host(self, flow: Flow) -> bytes:
        """Return our own host and port as a URI writes them, as the peer of a flow reaches us."""
        host = self._hosts.get(flow.local)
        if host is None:
            name, port = flow.local
            if self._settings.advertise is not None:
                name, advertised = self._settings.advertise
                port = advertised or port
            text = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
            if len(self._hosts) > 1_000:
                self._hosts.clear()
            host = self._hosts[flow.local] = text.encode()
        return host

    def build(
        self,
        transaction: ServerTransaction,
        request: Message,
        status: int,
        now: float,
        *,
        reason: bytes | None = None,
        fields: tuple[tuple[bytes, bytes], ...] = (),
        beside: tuple[tuple[bytes, bytes], ...] = (),
        omit: frozenset[bytes] = frozenset(),
        kind: bytes = b"",
        body: bytes = b"",
        rule: bytes = b"",
        user: bytes = b"",
        refusal: Refusal | None = None,
        bindings: bytes | None = None,
        terms: Terms = USUAL,
        stale: bool = False,
    ) -> bytes:
        """Return a response with all that its status brings.

        Args:
            transaction: what is answered.
            request: its request.
            status: 100 to 699.
            now: seconds.
            reason: the phrase; None takes the registry's.
            fields: header fields to add; each replaces those of its name that the status brings.
            beside: header fields to add beside all others.
            omit: lower-case names of fields that the status brings and that are to be left out.
            kind: the body's Content-Type.
            body: the body, possibly empty.
            rule: which rule answers, for the Server field; empty for none.
            user: the user part for Contact.
            refusal: where the status comes from the endpoint's own judgement.
            bindings: the Contact value of a 2xx to REGISTER; None for no binding.
            terms: how a challenge differs from the settings.
            stale: whether a challenge calls the nonce stale that the request used.
        """
        like = request.like
        if (
            (status == 100 or reason is not None or terms is not USUAL)
            or (fields or beside or omit or bindings or stale)
            or (refusal is not None and (refusal.unsupported or refusal.cause))
        ):
            like = None
        if like is not None:
            same = like.responses.get((status, rule, user, transaction.flow.transport))
            if same is not None and same[0] == transaction.flow.local:
                return assemble(same[1], transaction.echo, same[2], kind, body)
        plan = self._defaults.plan(status, request.method)
        server = self._servers.get(rule) or self._server(rule)
        lines = plan.fixed
        known: bytes | None = lines
        replaced = omit
        if plan.entries or fields or omit:
            host = self.host(transaction.flow)
            known = None
            if fields or omit:
                replaced = omit | {name.lower() for name, _ in fields}
            else:
                known = self._defaults.known_lines(plan, request, transaction.flow, host, user)
            if known is not None:
                lines = known
            elif plan.listing and not replaced and plan.asked_by.isdisjoint(request.fields):
                lines = self._defaults.listing(bindings, now)
            else:
                answer = Answer(request, transaction.flow, status, host, user, now)
                answer.bindings = bindings
                answer.terms = terms
                answer.stale = stale
                _complete(answer, transaction, refusal)
                made = self._defaults.fields(plan, answer)
                if replaced:
                    made = [field for field in made if field[0].lower() not in replaced]
                    if b"server" in replaced:
                        server = b""
                lines = b"".join([b"%b: %b\r\n" % field for field in (*made, *fields)])
        if status > 100:
            echoed = transaction.echo
            wanted = b"history-info" in request.fields or b"supported" in request.fields
            if wanted and b"history-info" not in replaced:
                lines += _history(request)
        else:
            echoed = retag(transaction.echo, transaction.tag, b"")
        if beside:
            lines += b"".join([b"%b: %b\r\n" % field for field in beside])
        start = status_line(status, reason)
        lines += server
        if like is not None and known is not None and len(like.responses) < _MOST_USUAL:
            key = (status, rule, user, transaction.flow.transport)
            like.responses[key] = (transaction.flow.local, start, lines)
        return assemble(start, echoed, lines, kind, body)

    def contact(self, request: Message, flow: Flow, user: bytes, now: float) -> bytes:
        """Return our own Contact for a request inside the dialog that another request began.

        Args:
            request: the request that began the dialog.
            flow: what the dialog uses.
            user: the user part.
            now: seconds.
        """
        return contact(Answer(request, flow, 200, self.host(flow), user, now))

    def stateless(
        self, flow: Flow, request: Message, refusal: Refusal
    ) -> tuple[bytes, Address | None]:
        """Return a response for which no transaction is kept, and where it goes (8.2.7).

        Its To tag is made of the request, so that a copy of the request gets the same.
        """
        via = request.fields.get(b"via", b"")
        address = None
        try:
            top = top_via(via, flow)
            _, _, via, address = top
        except Malformed:
            # The response then goes to where the request came from, its Via echoed as it is.
            address = None
        parts = [request.fields.get(name, b"") for name in (b"via", b"from", b"call-id", b"cseq")]
        tag = hashlib.sha256(b"\0".join([self._secret, *parts])).hexdigest()[:16].encode()
        lines = b"".join([b"%b: %b\r\n" % field for field in refusal.headers])
        start = status_line(refusal.status, refusal.reason)
        echoed = partial_echo(request, via, tag)
        return assemble(start, echoed, lines + self._servers[b""], b"", b""), address

    def _server(self, rule: bytes) -> bytes:
        if len(self._servers) > 10_000:
            self._servers = {b"": self._servers[b""]}
        line = self._servers[rule] = b"Server: %b (%b)\r\n" % (self._product, rule)
        return line


def _complete(answer: Answer, transaction: ServerTransaction, refusal: Refusal | None) -> None:
    answer.born = transaction.born
    if refusal is not None:
        answer.unsupported = refusal.unsupported
        answer.cause = refusal.cause


def _history(request: Message) -> bytes:
    """Return History-Info for a response, if the request shows that it is wanted (RFC 7044 9.4)."""
    entries = request.values(b"history-info")
    if entries:
        return b"".join([b"History-Info: %b\r\n" % entry for entry in entries])
    if b"histinfo" in request.tokens(b"supported"):
        return b"History-Info: <%b>;index=1\r\n" % request.uri
    return b""

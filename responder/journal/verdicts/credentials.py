"""Challenges of ours and the credentials that answer them, as a record holds them (RFC 7616)."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import Exchange, Seen
from responder.sip.errors import Malformed
from responder.sip.headers.auth import (
    Authentication,
    Challenge,
    Credentials,
    parse_challenge,
    parse_credentials,
)
from responder.sip.message import Message

_Value = TypeVar("_Value", bound=Authentication)


def challenges(response: Message) -> list[Challenge]:
    """Return the digest challenges of a 401 or 407 that can be read, in order."""
    name = b"www-authenticate" if response.status == 401 else b"proxy-authenticate"
    return _read(response, name, parse_challenge)


def credentials(request: Message, status: int) -> list[Credentials]:
    """Return the digest credentials of a request that answer a 401 or a 407, in order."""
    name = b"authorization" if status == 401 else b"proxy-authorization"
    return _read(request, name, parse_credentials)


def _read(message: Message, name: bytes, parse: Callable[[bytes], _Value]) -> list[_Value]:
    found = []
    for line in message.values(name):
        try:
            value = parse(line)
        except Malformed:
            continue
        if value.is_digest:
            found.append(value)
    return found


def retried(evidence: Evidence, exchange: Exchange) -> Seen | None:
    """Return the request that answers a challenge, or comes again without an answer; or None.

    It continues the call, or else it is the first with the nonce of the challenge.
    """
    following = evidence.next_request(exchange)
    return following if following is not None else next(uses(evidence, exchange), None)


def uses(evidence: Evidence, exchange: Exchange) -> Iterator[Seen]:
    """Yield each later request of the caller that has the nonce of a challenge, in order."""
    final = exchange.final
    nonces = {each.param(b"nonce") for each in challenges(final.message)} if final else set()
    later = [each.request for each in evidence.reading.exchanges]
    later += [each.request for each in evidence.later]
    for request in sorted(later, key=_at):
        given = credentials(request.message, exchange.status)
        # A nonce is ours alone: no request can have had it before we gave it.
        if any(each.param(b"nonce") in nonces for each in given):
            yield request


def _at(seen: Seen) -> float:
    return seen.at

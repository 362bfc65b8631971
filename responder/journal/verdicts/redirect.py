"""Whether a caller follows a redirection: to a Contact of the 3xx, to each once (RFC 3261 8.1.3.4).

The order is the caller's choice; where it is not that of the ``q`` values, the verdict says so. A
Contact elsewhere is not seen, so a call that never comes is no fault. A call with another Call-ID
to another place is another call.
"""

from collections.abc import Iterator
from typing import Final

from responder.journal.verdicts.attempts import Attempt
from responder.journal.verdicts.evidence import Evidence
from responder.journal.verdicts.reading import Exchange, Reading, Seen, addresses
from responder.journal.verdicts.rule import Rule
from responder.journal.verdicts.verdict import Finding, right, shown, wrong
from responder.sip.headers.address import NameAddr
from responder.sip.headers.uri import Uri, equal

_SECTION: Final = "RFC 3261 8.1.3.4"
# These ask for the same request again, with something changed.
_TRY_AGAIN: Final = frozenset({401, 407, 413, 415, 416, 420, 421, 422, 423, 494})


def _judge(evidence: Evidence) -> Iterator[Finding]:
    exchange, first = evidence.reading.first, evidence.attempt
    final = exchange.final if exchange is not None else None
    if exchange is None or first is None or final is None:
        return
    if 300 <= exchange.status < 400:
        yield from _followed(evidence, first, exchange, final)


def _followed(
    evidence: Evidence, first: Attempt, exchange: Exchange, final: Seen
) -> Iterator[Finding]:
    contacts = addresses(final.message, b"contact")
    tried = [first.request.uri] if first.request.uri is not None else []
    again = False
    for later in evidence.later:
        request, uri = later.request, later.request.uri
        if request.at < final.at or request.method != exchange.method or uri is None:
            continue
        goes_on = request.call_id == first.request.call_id
        contact = next((each for each in contacts if _same(each.uri, uri)), None)
        if not goes_on and (contact is None or any(_same(each, uri) for each in tried)):
            continue
        where = shown(request.message.uri)
        if any(_same(each, uri) for each in tried):
            if not again:
                yield wrong(request.at, f"{where} was tried again", "each URI once", _SECTION)
        elif contact is None:
            seen = f"the next {request.name} went to {where}"
            yield wrong(request.at, seen, "a Contact of the response", _SECTION)
        else:
            q = _q(contact)
            order = " before one with a higher q" if q < _highest(contacts, tried) else ""
            yield right(request.at, f"{where} was tried{order}")
        tried.append(uri)
        again = later.record.status in _TRY_AGAIN
        contacts += _further(later)


def _further(later: Attempt) -> list[NameAddr]:
    """Return the Contacts of a further redirection."""
    if not 300 <= later.record.status < 400:
        return []
    exchange = Reading(later.record.entries).first
    final = exchange.final if exchange is not None else None
    return addresses(final.message, b"contact") if final is not None else []


def _highest(contacts: list[NameAddr], tried: list[Uri]) -> float:
    """Return the highest q that has not been tried, among those at a host that has been called."""
    hosts = {each.host.lower() for each in tried}
    return max(
        (
            _q(each)
            for each in contacts
            if each.uri.host.lower() in hosts and not any(_same(each.uri, uri) for uri in tried)
        ),
        default=0.0,
    )


def _q(contact: NameAddr) -> float:
    try:
        return float(contact.param(b"q") or b"1")
    except ValueError:
        return 1.0


def _same(contact: Uri, uri: Uri) -> bool:
    """Whether a Request-URI is that of a Contact, less what may not stand in one (19.1.1)."""
    params = tuple(param for param in contact.params if param[0] != b"method")
    bare = Uri(
        contact.scheme,
        contact.host,
        contact.user,
        contact.password,
        contact.port,
        params,
        rest=contact.rest,
    )
    return equal(bare, uri)


REDIRECT: Final = Rule(
    "redirect",
    "After a 3xx the caller goes on to a Contact of it, to each one once, and nowhere else",
    (_SECTION,),
    _judge,
    word="followed",
    across=True,
)

"""What a redirection may not say, though a test may want to hear it said."""

from typing import Final

from responder.sip.errors import Malformed
from responder.sip.headers.address import Wildcard, parse_contacts
from responder.sip.headers.uri import Uri, equal
from responder.sip.message import Message, canonical
from responder.sip.validation import request_uri

LOOP: Final = "the Contact is the Request-URI itself (forbidden by RFC 3261 8.3): sent as asked for"


def leads_back(request: Message, headers: tuple[tuple[bytes, bytes], ...]) -> bool:
    """Whether a Contact of a 3xx is the URI that was called, so that who follows it loops.

    Args:
        request: what is redirected.
        headers: the header fields that were asked for, as (name, value) pairs.
    """
    called = request_uri(request.uri)
    if not isinstance(called, Uri):
        return False
    for name, value in headers:
        if canonical(name) != b"contact":
            continue
        try:
            contacts = parse_contacts(value)
        except Malformed:
            continue
        if isinstance(contacts, Wildcard):
            continue
        if any(equal(contact.uri, called) for contact in contacts):
            return True
    return False

"""The core alone with registrations: each of another phone, with or without credentials."""

import itertools

from benchmarks.core import BATCH, SOURCE, TARGET, Feed
from responder.sip.digest import answer
from responder.sip.headers.auth import parse_challenge
from responder.sip.message import parse
from responder.sip.settings import Authentication, Settings
from responder.sip.users import Users
from responder.stack import Stack

PHONES = 1_000
"""How many phones there are; each registers again once all have."""

_USERS = Users([("alice", "secret")])
_URI = b"sip:127.0.0.1:%d" % TARGET
_REQUEST = (
    b"REGISTER %(uri)b SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.1:%(source)d;branch=z9hG4bK-%(number)d-%(sequence)d\r\n"
    b"Max-Forwards: 70\r\n"
    b"From: <sip:phone-%(phone)d@127.0.0.1:%(target)d>;tag=load-%(number)d\r\n"
    b"To: <sip:phone-%(phone)d@127.0.0.1:%(target)d>\r\n"
    b"Call-ID: %(number)d@load\r\n"
    b"CSeq: %(sequence)d REGISTER\r\n"
    b"Contact: <sip:phone-%(phone)d@127.0.0.1:%(source)d>\r\n"
    b"Expires: 600\r\n"
    b"User-Agent: load\r\n"
    b"%(credentials)bContent-Length: 0\r\n\r\n"
)


def measure(count: int, guarded: bool) -> float:
    """Return the microseconds of CPU for each registration, from its first request to its 200.

    Args:
        count: how many registrations.
        guarded: whether each is challenged first, and its credentials checked.

    Raises:
        RuntimeError: a registration did not succeed.
    """
    authentication = Authentication(users=_USERS) if guarded else Authentication()
    counter = itertools.count(1)
    stack = Stack(Settings(authentication=authentication), lambda: b"%016x" % next(counter))
    stack.uas.records.traces = False
    feed = Feed(stack)
    for first in range(0, count, BATCH):
        numbers = range(first, min(first + BATCH, count))
        responses = feed.give([_request(number, 1) for number in numbers])
        if guarded:
            _expect(responses, b"SIP/2.0 401 ", len(numbers))
            again = [_answered(*each) for each in zip(numbers, responses, strict=True)]
            responses = feed.give(again)
        _expect(responses, b"SIP/2.0 200 ", len(numbers))
    return feed.spent / count / 1e3


def _request(number: int, sequence: int, credentials: bytes = b"") -> bytes:
    return _REQUEST % {
        b"uri": _URI,
        b"number": number,
        b"phone": number % PHONES,
        b"sequence": sequence,
        b"source": SOURCE,
        b"target": TARGET,
        b"credentials": credentials,
    }


def _answered(number: int, response: bytes) -> bytes:
    """Return the second request of a registration, which has the credentials that are asked for."""
    challenge = parse_challenge(parse(response).fields[b"www-authenticate"])
    given = answer(challenge, b"REGISTER", _URI, b"alice", b"secret", b"", b"0a4f113b", 1)
    return _request(number, 2, b"Authorization: %b\r\n" % given.to_bytes())


def _expect(responses: list[bytes], start: bytes, count: int) -> None:
    odd = [response for response in responses if not response.startswith(start)]
    if odd or len(responses) != count:
        raise RuntimeError(f"{len(responses)} responses to {count} REGISTERs: {odd[:1]!r}")

"""The requests of one attempt: one caller, callee and body, and a number that goes up.

RFC 3261 sections 8.1.1, 8.1.3.4 and 22.2: a request that is placed again differs from the one
before it in its branch and its CSeq number, and in what the answer asked for.
"""

from responder.probe.attempt import Attempt
from responder.probe.request import (
    Identity,
    body_of,
    compose,
    contact,
    host_of,
    identify,
    request_uri,
    via,
)
from responder.probe.targets import Target
from responder.sip.events import Flow
from responder.sip.login import Login
from responder.sip.settings import Tokens


class Series:
    """Writes them, one after another.

    Args:
        attempt: what is asked for.
        login: the credentials.
        tokens: where tags, the Call-ID and what SDP needs come from.

    Attributes:
        identity: From, To and Call-ID; None until `begin`.
    """

    __slots__ = ("_attempt", "_content", "_login", "_number", "_tokens", "identity")

    def __init__(self, attempt: Attempt, login: Login, tokens: Tokens) -> None:
        self.identity: Identity | None = None
        self._attempt = attempt
        self._login = login
        self._tokens = tokens
        self._content = (b"", b"")
        self._number = 0

    def begin(self, flow: Flow) -> Identity:
        """Settle what stays the same, now that our own address is known, and return it."""
        self._content = body_of(self._attempt, flow, self._tokens)
        self.identity = identify(self._attempt, host_of(flow.local), self._tokens)
        return self.identity

    def written(self, flow: Flow, own: bytes, target: Target, branch: bytes) -> bytes:
        """Return the request as it goes by a flow, with the next CSeq number.

        Args:
            flow: what it is sent on.
            own: the sent-by of our Via.
            target: where it goes.
            branch: the branch of our Via.
        """
        assert self.identity is not None
        attempt = self._attempt
        uri = request_uri(attempt, target.uri)
        kind, body = self._content
        fields = [
            (b"Via", via(flow, own, branch)),
            *[(b"Route", b"<%b>" % route.to_bytes()) for route in target.routes],
            (b"Contact", contact(flow, own)),
            *self._login.headers(attempt.method, uri, body),
        ]
        self._number += 1
        return compose(attempt, self.identity, uri, fields, self._number, kind, body)

    def unsent(self) -> None:
        """Give back the number of what was written last and not sent."""
        self._number -= 1

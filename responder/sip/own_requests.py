"""Requests of our own inside a dialog, through all the transactions they take (RFC 3261 12.2.1)."""

from typing import Final, Protocol

from responder.sip.client_transaction import ClientTransaction
from responder.sip.dialog import ENDED, Dialog
from responder.sip.events import Flow, OpenFlow, Send
from responder.sip.headers.uri import Uri
from responder.sip.headers.via import COOKIE
from responder.sip.layer import Layer
from responder.sip.login import Login
from responder.sip.message import Message
from responder.sip.responses import Responses
from responder.sip.settings import Tokens
from responder.sip.timers import Timed
from responder.sip.traffic import Traffic
from responder.sip.validation import request_uri

_SDP: Final = b"application/sdp"
_MOST_TRIES: Final = 8
"""How often one request is sent anew at the most: a far end may refuse it without end."""

_LONGEST_WAIT: Final = 32.0
"""The longest Retry-After that is waited for, in seconds; a longer one ends the attempt."""


class Requesting(Layer):
    """What requests of our own need of the endpoint.

    Attributes:
        clients: its live client transactions by branch and method.
        responses: knows our own host and port.
        tokens: a source of fresh tokens.
        traffic: counts what is sent and what comes back.
    """

    clients: dict[tuple[bytes, bytes], ClientTransaction]
    responses: Responses
    tokens: Tokens
    traffic: Traffic


class Listener(Protocol):
    """Who asked for a request, and hears what becomes of it."""

    def answered(self, request: "OwnRequest", response: Message, now: float) -> None:
        """Take a response; a final one is the last word unless the request goes out again."""

    def unanswered(self, request: "OwnRequest", reason: str, now: float) -> None:
        """Take note that no final response will come."""

    def wants(self, response: Message) -> bool:
        """Whether a 401, 407, 491 or 500 is to be the last word instead of another attempt."""

    def answer(self, request: "OwnRequest", response: Message, now: float) -> bytes:
        """Return the description for the ACK of a 2xx that came with an offer (13.2.2.4)."""


class OwnRequest(Timed):
    """One request of ours, sent as often as challenges, glare and Retry-After ask for.

    Args:
        requests: sends it.
        dialog: where it belongs.
        method: its method, not ACK.
        headers: further header lines, each with its line end.
        kind: the body's Content-Type.
        body: the body, possibly empty.
        listener: hears what becomes of it; None if nobody wants to know.
        login: answers challenges; None leaves them alone.

    Attributes:
        over: True once its last response came, or none will.
    """

    __slots__ = (
        "_login",
        "_requests",
        "_tries",
        "body",
        "dialog",
        "headers",
        "kind",
        "listener",
        "method",
        "over",
        "transaction",
    )

    def __init__(
        self,
        requests: "OwnRequests",
        dialog: Dialog,
        method: bytes,
        headers: bytes,
        kind: bytes,
        body: bytes,
        listener: Listener | None = None,
        login: Login | None = None,
    ) -> None:
        super().__init__()
        self._requests = requests
        self.dialog = dialog
        self.method = method
        self.headers = headers
        self.kind = kind
        self.body = body
        self.listener = listener
        self._login = login
        self._tries = 0
        self.over = False
        self.transaction: ClientTransaction | None = None

    @property
    def offers(self) -> bool:
        """Whether it carries an offer that only its response answers."""
        return bool(self.body) and self.kind == _SDP and self.method in {b"INVITE", b"UPDATE"}

    def send(self, now: float) -> ClientTransaction:
        """Send it, in a transaction of its own with the next CSeq number (8.1.3.5, 22.2)."""
        dialog = self.dialog
        headers = self.headers
        if self._login is not None:
            for name, value in self._login.headers(self.method, dialog.request_uri, self.body):
                headers += b"%b: %b\r\n" % (name, value)
        self._tries += 1
        transaction = self._requests.send(self, headers, now)
        self.transaction = transaction
        if self.method == b"INVITE":
            dialog.own_invite = transaction
        elif self.offers:
            dialog.own_offer = transaction
        return transaction

    def answered(
        self, transaction: ClientTransaction, response: Message, _flow: Flow, now: float
    ) -> None:
        """Take a response: acknowledge a 2xx, try again, or tell the dialog and the listener."""
        status = response.status
        if transaction.invite and 200 <= status < 300:
            copy = transaction.ack is not None
            self._acknowledge(transaction, response, now)
            if copy:
                return
        self._requests.layer.traffic.answered(self.method, status)
        if status < 200:
            if self.listener is not None:
                self.listener.answered(self, response, now)
            return
        wait = self._pause(response, now)
        self.over = wait is None
        self.dialog.settle(transaction, response)
        if wait is None:
            # Whoever asked may have something to say before the dialog ends of it.
            if self.listener is not None:
                self.listener.answered(self, response, now)
            self.dialog.request_answered(transaction, response, now)
        elif wait > 0:
            self._requests.layer.timers.arm(self, now + wait)
        else:
            self.send(now)

    def unanswered(self, transaction: ClientTransaction, reason: str, now: float) -> None:
        """Take note that no final response will come."""
        self.over = True
        self.dialog.settle(transaction, None)
        if self.listener is not None:
            self.listener.unanswered(self, reason, now)
        self.dialog.request_unanswered(transaction, reason, now)

    def fire(self, now: float) -> None:
        """Try again, as soon as no INVITE is in the way (14.1)."""
        dialog = self.dialog
        if dialog.state == ENDED:
            self.over = True
            if self.listener is not None:
                self.listener.unanswered(self, "the dialog is over", now)
        elif self.method == b"INVITE" and not dialog.takes_invite():
            self._requests.layer.timers.arm(self, now + self._requests.glare())
        else:
            self.send(now)

    def _pause(self, response: Message, now: float) -> float | None:
        """Return after how many seconds a refused request goes out again; None for never."""
        status = response.status
        if self._tries >= _MOST_TRIES:
            return None
        if self.listener is not None and self.listener.wants(response):
            return None
        if status in {401, 407} and self._login is not None:
            refused = self._login.challenged(response)
            if refused and self.dialog.log is not None:
                self.dialog.log.note(now, f"our {self.method.decode()} is refused: {refused}")
            return None if refused else 0.0
        if self.dialog.state == ENDED:
            return None
        if status == 491 and self.method in {b"INVITE", b"UPDATE"}:
            return self._requests.glare()  # 14.1, RFC 3311 5.1
        if status == 500 and self.method in {b"INVITE", b"UPDATE"}:
            return _retry_after(response)  # 14.2: the other side's offer was not answered yet
        return None

    def _acknowledge(self, transaction: ClientTransaction, response: Message, now: float) -> None:
        """Send the ACK of a 2xx, the same for each copy (13.2.2.4)."""
        again = transaction.ack is not None
        if transaction.ack is None:
            # The route of the ACK is that of the dialog; its target the Contact of the 2xx.
            self.dialog.refresh_target(response)
            body = b""
            if not self.body and self.listener is not None:
                body = self.listener.answer(self, response, now)
            transaction.ack = self._requests.acknowledgement(self.dialog, transaction, body)
        self._requests.put(self.dialog, transaction.ack, again, now)


def _retry_after(response: Message) -> float | None:
    """Return the seconds of Retry-After; None without one, or when it is too long."""
    value = response.fields.get(b"retry-after", b"").split(b";")[0].split(b"(")[0].strip()
    if not value.isdigit() or len(value) > 9 or int(value) > _LONGEST_WAIT:
        return None
    return float(int(value))


class OwnRequests:
    """Sends what the answering side asks of its callers.

    Args:
        layer: the endpoint.

    Attributes:
        layer: as given.
    """

    def __init__(self, layer: Requesting) -> None:
        self.layer = layer

    def glare(self) -> float:
        """Return how long to wait after a 491, in seconds: the Call-ID is the caller's (14.1)."""
        return glare_wait(owner=False, draw=int(self.layer.tokens(), 16))

    def send(self, request: OwnRequest, headers: bytes, now: float) -> ClientTransaction:
        """Send a request in a transaction of its own, and return that.

        Args:
            request: the request, which hears of its responses.
            headers: all its further header lines.
            now: seconds.
        """
        layer = self.layer
        dialog = request.dialog
        if dialog.flow.closed:
            self._reconnect(dialog)
        branch = COOKIE + layer.tokens()
        dialog.own_number += 1
        via = self._via(dialog, branch)
        data = dialog.request(
            request.method, dialog.own_number, via, headers, request.kind, request.body
        )
        key = (branch, request.method)
        client = ClientTransaction(
            layer, request, key, data, dialog.flow, dialog.log, timing=dialog.timing
        )
        layer.clients[key] = client
        layer.traffic.asked(request.method)
        client.start(now)
        return client

    def acknowledgement(self, dialog: Dialog, transaction: ClientTransaction, body: bytes) -> bytes:
        """Return the ACK for the 2xx of our own re-INVITE, in a transaction of its own (13.2.2.4).

        Args:
            dialog: the dialog.
            transaction: the transaction of the re-INVITE, whose CSeq number it has.
            body: the answer to an offer in the 2xx, else empty.
        """
        via = self._via(dialog, COOKIE + self.layer.tokens())
        head = transaction.data.partition(b"\r\n\r\n")[0]
        number = int(head.partition(b"\r\nCSeq: ")[2].split()[0])
        return dialog.request(b"ACK", number, via, b"", _SDP, body)

    def put(self, dialog: Dialog, data: bytes, again: bool, now: float) -> None:
        """Send bytes on the flow of a dialog."""
        if dialog.flow.closed:
            self._reconnect(dialog)
        self.layer.outputs.append(Send(dialog.flow, data))
        if dialog.log is not None:
            dialog.log.sent(now, data, again, dialog.flow)

    def _via(self, dialog: Dialog, branch: bytes) -> bytes:
        transport = dialog.flow.transport.upper().encode()
        host = self.layer.responses.host(dialog.flow)
        return b"SIP/2.0/%b %b;branch=%b;rport" % (transport, host, branch)

    def _reconnect(self, dialog: Dialog) -> None:
        old = dialog.flow
        remote = old.remote
        uri = request_uri(dialog.target)
        if isinstance(uri, Uri):
            remote = (uri.host.decode("ascii", "replace"), uri.port or 0)
        dialog.flow = Flow(old.transport, old.local, remote, old.listener)
        self.layer.outputs.append(OpenFlow(dialog.flow))


def glare_wait(*, owner: bool, draw: int) -> float:
    """Return how long to wait after a 491 before the re-INVITE goes out again (RFC 3261 14.1).

    Args:
        owner: whether the Call-ID of the dialog was made at this side.
        draw: a random number.

    Returns:
        Seconds, in steps of 10 ms: 2.1 to 4 for the owner, 0 to 2 for the other.
    """
    return 2.1 + draw % 191 / 100 if owner else draw % 201 / 100

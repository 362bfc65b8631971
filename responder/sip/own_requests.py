"""Requests of our own inside a dialog, and the ACK of a re-INVITE's 2xx (RFC 3261 12.2.1)."""

from typing import Protocol

from responder.sip.client_transaction import ClientTransaction
from responder.sip.client_transaction import Layer as ClientLayer
from responder.sip.dialog import Dialog
from responder.sip.events import Flow, OpenFlow, Send
from responder.sip.headers.uri import Uri
from responder.sip.headers.via import COOKIE
from responder.sip.message import Message
from responder.sip.responses import Responses
from responder.sip.settings import Tokens
from responder.sip.validation import request_uri


class Layer(ClientLayer, Protocol):
    """What is needed of the endpoint.

    Attributes:
        clients: its live client transactions by branch and method.
        responses: knows our own host and port.
        tokens: a source of fresh tokens.
    """

    clients: dict[tuple[bytes, bytes], ClientTransaction]
    responses: Responses
    tokens: Tokens


class OwnRequests:
    """Sends what the answering side asks of its callers.

    Args:
        layer: the endpoint.
    """

    def __init__(self, layer: Layer) -> None:
        self._layer = layer

    def open(
        self, dialog: Dialog, method: bytes, headers: bytes, kind: bytes, body: bytes, now: float
    ) -> ClientTransaction:
        """Send a request inside a dialog and return its transaction.

        Args:
            dialog: the dialog.
            method: the method, not ACK.
            headers: further header lines, each with its line end.
            kind: the body's Content-Type.
            body: the body, possibly empty.
            now: seconds.
        """
        layer = self._layer
        if dialog.flow.closed:
            self._reconnect(dialog)
        branch = COOKIE + layer.tokens()
        dialog.own_number += 1
        via = self._via(dialog, branch)
        data = dialog.request(method, dialog.own_number, via, headers, kind, body)
        key = (branch, method)
        client = ClientTransaction(layer, _InDialog(dialog), key, data, dialog.flow, dialog.log)
        layer.clients[key] = client
        client.start(now)
        return client

    def acknowledge(self, dialog: Dialog, number: int, now: float) -> None:
        """Send the ACK for the 2xx of our own re-INVITE, in a transaction of its own (13.2.2.4)."""
        via = self._via(dialog, COOKIE + self._layer.tokens())
        data = dialog.request(b"ACK", number, via, b"", b"", b"")
        self._layer.outputs.append(Send(dialog.flow, data))
        if dialog.log is not None:
            dialog.log.sent(now, data, False, dialog.flow)

    def _via(self, dialog: Dialog, branch: bytes) -> bytes:
        transport = dialog.flow.transport.upper().encode()
        host = self._layer.responses.host(dialog.flow)
        return b"SIP/2.0/%b %b;branch=%b;rport" % (transport, host, branch)

    def _reconnect(self, dialog: Dialog) -> None:
        old = dialog.flow
        remote = old.remote
        uri = request_uri(dialog.target)
        if isinstance(uri, Uri):
            remote = (uri.host.decode("ascii", "replace"), uri.port or 0)
        dialog.flow = Flow(old.transport, old.local, remote, old.listener)
        self._layer.outputs.append(OpenFlow(dialog.flow))


class _InDialog:
    """Passes what a client transaction tells on to its dialog."""

    __slots__ = ("_dialog",)

    def __init__(self, dialog: Dialog) -> None:
        self._dialog = dialog

    def answered(
        self, transaction: ClientTransaction, response: Message, _flow: Flow, now: float
    ) -> None:
        self._dialog.request_answered(transaction, response, now)

    def unanswered(self, transaction: ClientTransaction, reason: str, now: float) -> None:
        self._dialog.request_unanswered(transaction, reason, now)


def glare_wait(*, owner: bool, draw: int) -> float:
    """Return how long to wait after a 491 before the re-INVITE goes out again (RFC 3261 14.1).

    Args:
        owner: whether the Call-ID of the dialog was made at this side.
        draw: a random number.

    Returns:
        Seconds, in steps of 10 ms: 2.1 to 4 for the owner, 0 to 2 for the other.
    """
    return 2.1 + draw % 191 / 100 if owner else draw % 201 / 100

"""Responses whose connection is gone: a new one to their sender, and then one to its name.

RFC 3261 section 18.2.2 has a response follow the source address to the port of sent-by; where
nobody takes it there, RFC 3263 section 5 locates the host of sent-by itself.
"""

from responder.sip.events import Address, Flow, OpenFlow, Send
from responder.sip.layer import Layer
from responder.sip.routing import reconnect_addresses
from responder.sip.server_transaction import ServerTransaction


class _Attempt:
    """A connection that is being made.

    Attributes:
        key: the flow that it replaces, and where it leads.
        rest: where to connect if nobody takes it.
        lost: what would not have been delivered then, by transaction.
    """

    __slots__ = ("key", "lost", "rest")

    def __init__(self, key: tuple[Flow, Address], rest: list[Address]) -> None:
        self.key = key
        self.rest = rest
        self.lost: dict[ServerTransaction, bytes] = {}


class Reconnections:
    """The connections that this endpoint opens to deliver responses.

    All responses of one lost connection that lead to one address share one new connection.

    Args:
        layer: the endpoint.
    """

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._attempts: dict[Flow, _Attempt] = {}
        self._successors: dict[tuple[Flow, Address], Flow] = {}
        self._keys: dict[Flow, tuple[Flow, Address]] = {}

    def reopen(self, transaction: ServerTransaction) -> Flow:
        """Return a flow to the sender of a request whose own flow is closed (18.2.2)."""
        old = transaction.flow
        echoed = transaction.echo
        via = echoed[len(b"Via: ") : echoed.index(b"\r\n")]
        first, *rest = reconnect_addresses(via, old)
        flow = self._successors.get((old, first))
        if flow is None or flow.closed:
            flow = self._open(old, first, rest)
        attempt = self._attempts.get(flow)
        if attempt is not None:
            attempt.lost[transaction] = transaction.last or b""
        return flow

    def ended(self, transaction: ServerTransaction) -> None:
        """Keep the last response of a transaction that forgets it, while it may have to go on."""
        attempt = self._attempts.get(transaction.flow)
        if attempt is not None and transaction in attempt.lost:
            attempt.lost[transaction] = transaction.last or b""

    def opened(self, flow: Flow) -> None:
        """Take note that a connection stands: what was sent on it is on its way."""
        self._attempts.pop(flow, None)

    def closed(self, flow: Flow) -> None:
        """Forget a connection."""
        self._attempts.pop(flow, None)
        key = self._keys.pop(flow, None)
        if key is not None:
            self._successors.pop(key, None)

    def failed(self, flow: Flow) -> bool:
        """Try the host of sent-by after the source address (RFC 3263 section 5).

        Returns:
            True when there is another address, to which all that was sent is sent again.
        """
        attempt = self._attempts.get(flow)
        self.closed(flow)
        if attempt is None or not attempt.rest:
            return False
        new = self._open(flow, attempt.rest[0], attempt.rest[1:])
        for transaction, data in attempt.lost.items():
            if transaction.flow is flow:
                transaction.flow = new
            latest = transaction.last or data
            if latest:
                self._attempts[new].lost[transaction] = latest
                self._layer.outputs.append(Send(new, latest))
        return True

    def _open(self, old: Flow, address: Address, rest: list[Address]) -> Flow:
        flow = Flow(old.transport, old.local, address, old.listener)
        key = (old, address)
        self._attempts[flow] = _Attempt(key, rest)
        self._successors[key] = flow
        self._keys[flow] = key
        self._layer.outputs.append(OpenFlow(flow))
        return flow

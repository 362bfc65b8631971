"""What the endpoint tells the layer above it: the transaction user of RFC 3261 section 17."""

from responder.sip.compiled import mypyc_attr
from responder.sip.dialog import Dialog
from responder.sip.events import Flow
from responder.sip.message import Message
from responder.sip.server_transaction import ServerTransaction
from responder.sip.validation import Refusal


@mypyc_attr(allow_interpreted_subclasses=True)
class TransactionUser:
    """What the endpoint tells the layer above. None of it may raise."""

    def requested(
        self,
        transaction: ServerTransaction,
        request: Message,
        dialog: Dialog | None,
        refusal: Refusal | None,
        now: float,
    ) -> None:
        """Take a new request, in a dialog or outside one, and answer it now or later.

        A request with a ``refusal`` is to be answered with it; the user may do otherwise only where
        its own rules go before extensions and methods (RFC 3261 8.3: a redirection).
        """

    def cancelled(self, transaction: ServerTransaction, cancel: Message, now: float) -> None:
        """Take note that the caller cancelled an INVITE that has no final response (9.2)."""

    def acknowledged(self, dialog: Dialog, ack: Message, now: float) -> None:
        """Take note that the ACK of a 2xx came; it carries the answer to an offer of ours."""

    def failure_acknowledged(self, transaction: ServerTransaction, ack: bytes, now: float) -> None:
        """Take note that the ACK of a 300-699 came; ``ack`` is the whole message."""

    def unacknowledged(self, dialog: Dialog, now: float) -> None:
        """Take note that no ACK for a 2xx came in 64*T1."""

    def transaction_ended(
        self, transaction: ServerTransaction, acknowledged: bool, now: float
    ) -> None:
        """Take note that a transaction is over without an ACK for its 300-699, or unanswered."""

    def dialog_ended(self, dialog: Dialog, now: float) -> None:
        """Take note that a dialog is over."""

    def stray(self, flow: Flow, data: bytes, why: str, status: int, now: float) -> None:
        """Take note of bytes that belong to nothing; ``status`` is what they got, or 0."""

    def over_limit(self, what: str) -> None:
        """Count a request that was refused because of a limit."""

"""What transactions and dialogs need of the endpoint that they belong to.

It is a class and no protocol: compiled code gets at what a class has without looking it up by name.
"""

from typing import TYPE_CHECKING

from responder.sip.compiled import mypyc_attr
from responder.sip.events import Flow, Output
from responder.sip.settings import Timing
from responder.sip.timers import Timers

if TYPE_CHECKING:
    from responder.sip.client_transaction import ClientTransaction
    from responder.sip.dialog import Dialog
    from responder.sip.server_transaction import ServerTransaction


@mypyc_attr(allow_interpreted_subclasses=True)
class Layer:
    """The endpoint of server transactions, client transactions and dialogs, or of some of these.

    Attributes:
        timers: every deadline.
        timing: the timer values of transactions for which no others are set.
        outputs: what the shell is to do, in order.
    """

    timers: Timers
    timing: Timing
    outputs: list[Output]

    def send_trying(self, transaction: "ServerTransaction", now: float) -> None:
        """Send the 100 that the transaction owes (RFC 3261 17.2.1, RFC 4320 4.1)."""

    def transaction_ended(
        self, transaction: "ServerTransaction", acknowledged: bool, now: float
    ) -> None:
        """Forget a terminated transaction; not ``acknowledged`` if timer H or silence ended it."""

    def reopen(self, transaction: "ServerTransaction") -> Flow:
        """Return a flow to the sender of a request whose connection is gone (18.2.2).

        Here it is the flow as it is: nothing is opened.
        """
        return transaction.flow

    def client_transaction_ended(self, transaction: "ClientTransaction") -> None:
        """Forget a terminated client transaction."""

    def open_request(self, dialog: "Dialog", method: bytes, now: float) -> None:
        """Send a request of our own accord inside a dialog (RFC 3261 12.2.1)."""

    def dialog_unacknowledged(self, dialog: "Dialog", now: float) -> None:
        """Take note that a 2xx was never acknowledged; the dialog sends BYE."""

    def dialog_ended(self, dialog: "Dialog", now: float) -> None:
        """Forget a dialog."""

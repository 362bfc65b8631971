"""Whose message this is: the record of the call that bytes belong to, as far as it can be known."""

from collections.abc import Mapping
from typing import Protocol

from responder.faults.tags import parameter_of
from responder.sip.client_transaction import ClientTransaction
from responder.sip.dialog import Dialog
from responder.sip.errors import Malformed
from responder.sip.events import Flow
from responder.sip.message import parse
from responder.sip.routing import top_via
from responder.sip.server_transaction import Log, ServerTransaction


class Layer(Protocol):
    """What is looked through."""

    @property
    def transactions(self) -> Mapping[tuple[bytes, ...], ServerTransaction]:
        """The live server transactions by branch, sent-by and method."""

    @property
    def clients(self) -> Mapping[tuple[bytes, bytes], ClientTransaction]:
        """The live client transactions by branch and method."""

    @property
    def dialogs(self) -> Mapping[tuple[bytes, bytes, bytes], Dialog]:
        """The live dialogs by Call-ID, our tag, the other's tag."""


def log_of(layer: Layer, flow: Flow, data: bytes) -> Log | None:
    """Return the record that a message belongs to; None where no live call knows it.

    Args:
        layer: the endpoint.
        flow: the flow that it came or goes on.
        data: the message, or what there is of it.
    """
    message = parse(data)
    fields = message.fields
    try:
        branch, sent_by, _, _ = top_via(fields.get(b"via", b""), flow)
    except Malformed:
        return None
    method = message.method or fields.get(b"cseq", b"").rpartition(b" ")[2]
    key = b"INVITE" if method == b"ACK" else method
    known = layer.transactions.get((branch, sent_by, key)) or layer.clients.get((branch, key))
    if known is not None and known.log is not None:
        return known.log
    call_id = fields.get(b"call-id", b"")
    ours = parameter_of(fields.get(b"to", b""), b"tag") or b""
    theirs = parameter_of(fields.get(b"from", b""), b"tag") or b""
    dialog = layer.dialogs.get((call_id, ours, theirs)) or layer.dialogs.get(
        (call_id, theirs, ours)
    )
    return dialog.log if dialog is not None else None

"""What a request inside a dialog gets that comes when it may not: each row of the table."""

import pytest

from responder.sip.client_transaction import ClientTransaction
from responder.sip.dialog import Dialog
from responder.sip.dialog_order import (
    HOLDS,
    INVITE,
    OTHER,
    OWN_INVITE,
    OWN_OFFER,
    TABLE,
    THEIR_INVITE,
    THEIR_OFFER,
    UPDATE,
    out_of_turn,
)
from responder.sip.message import Message, parse
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.reinvites import reinvite
from tests.scenario.scenarios import stack_behind, stack_of

KINDS = {INVITE: ("INVITE", b""), UPDATE: ("UPDATE", OFFER), OTHER: ("INFO", OFFER)}


def established() -> tuple[Caller, Dialog]:
    rules = "rules: [{match: {uri.user: x}, respond: 200}]"
    caller = Caller(Network(stack_of(rules)))
    caller.call("x", body=OFFER)
    caller.ack()
    (dialog,) = stack_behind(caller).endpoint.dialogs.values()
    return caller, dialog


def ours(caller: Caller, dialog: Dialog) -> ClientTransaction:
    made = reinvite(stack_behind(caller), dialog, caller.network.now, OFFER).transaction
    assert made is not None
    return made


def request(caller: Caller, kind: str) -> Message:
    method, body = KINDS[kind]
    return parse(caller.request(method, "sip:x@192.0.2.1", body=body))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("situation", HOLDS)
def test_each_row(situation: str, kind: str) -> None:
    caller, dialog = established()
    if situation == OWN_INVITE:
        ours(caller, dialog)
    elif situation == OWN_OFFER:
        dialog.own_offer = ours(caller, dialog)
        dialog.own_invite = None
    else:
        caller.ring(body=OFFER)
        (dialog,) = [each for each in stack_behind(caller).endpoint.dialogs.values() if each.invite]
    found = out_of_turn(dialog, request(caller, kind), 9, counted_tokens())
    expected = TABLE.get((situation, kind))
    if kind == UPDATE and situation == THEIR_INVITE:
        expected = TABLE[THEIR_OFFER, UPDATE]  # its offer has no answer either
    if kind == INVITE and situation == THEIR_OFFER:
        expected = TABLE[THEIR_INVITE, INVITE]
    assert (found.status if found else None) == expected
    if found is not None and expected == 500:
        assert 0 <= int(dict(found.headers)[b"Retry-After"]) <= 10


def test_a_request_may_come_while_nothing_is_in_its_way() -> None:
    caller, dialog = established()
    for kind in KINDS:
        assert out_of_turn(dialog, request(caller, kind), 9, counted_tokens()) is None


def test_a_number_that_was_passed_already() -> None:
    caller, dialog = established()
    found = out_of_turn(dialog, request(caller, OTHER), dialog.number - 1, counted_tokens())
    assert found is not None
    assert found.status == 500


def test_an_update_may_come_once_the_early_offer_was_answered_for_good() -> None:
    caller, _ = established()
    caller.ring(body=OFFER)
    (dialog,) = [each for each in stack_behind(caller).endpoint.dialogs.values() if each.invite]
    dialog.negotiated = True
    assert out_of_turn(dialog, request(caller, UPDATE), 9, counted_tokens()) is None

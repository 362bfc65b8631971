import pytest

from responder.faults.whose import log_of
from responder.scenario.steps import Respond
from tests.faults.calls import called


def test_responses_and_requests_of_a_transaction() -> None:
    call = called(Respond(180), Respond(486))
    alice, endpoint = call.alice, call.stack.endpoint
    for data in (alice.invite, alice.network.sent[0].data, alice.network.sent[1].data):
        assert log_of(endpoint, alice.flow, data) is call.record
    alice.ack()
    assert log_of(endpoint, alice.flow, alice.invite.replace(b"INVITE", b"ACK")) is call.record


def test_requests_of_both_sides_in_a_dialog() -> None:
    call = called(Respond(200))
    alice, endpoint = call.alice, call.stack.endpoint
    ack = alice.request("ACK", alice.target)
    assert log_of(endpoint, alice.flow, ack) is call.record
    call.stack.shut_down(alice.network.now)
    alice.ack()
    bye = alice.last()
    assert bye.method == b"BYE"
    assert log_of(endpoint, alice.flow, bye.data) is call.record
    assert log_of(endpoint, alice.flow, alice.reply(200)) is call.record


@pytest.mark.parametrize("data", [b"", b"\r\n", b"nonsense", b"SIP/2.0 200 OK\r\nVia: x\r\n\r\n"])
def test_bytes_of_nobody(data: bytes) -> None:
    call = called(Respond(486))
    assert log_of(call.stack.endpoint, call.alice.flow, data) is None


def test_another_call() -> None:
    call = called(Respond(486))
    other = call.alice.request("OPTIONS", "sip:192.0.2.1")
    assert log_of(call.stack.endpoint, call.alice.flow, other) is None

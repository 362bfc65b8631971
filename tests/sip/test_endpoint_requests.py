"""Conversations about other requests than INVITE: copies, CANCEL and BYE."""

import pytest

from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.sip.endpoint_callers import plain_caller, stack_of, tag


@pytest.fixture
def caller() -> Caller:
    return plain_caller()


# Other requests.


@pytest.mark.row("TXN-06")
def test_a_copy_of_a_register_is_dropped_before_the_answer_and_answered_alike_after(
    caller: Caller,
) -> None:
    to = {"To": "<sip:1-200@192.0.2.1>"}
    caller.start("REGISTER", headers=to)
    caller.advance(0.5)
    caller.again()
    caller.advance(0.5)
    caller.again()
    assert caller.ladder() == [
        "-> REGISTER",
        "+0.5 -> REGISTER again",
        "+0.5 <- 200 to REGISTER",
        "-> REGISTER again",
        "<- 200 to REGISTER again",
    ]


@pytest.mark.row("TXN-10")
def test_a_bye_is_answered_alike_for_64_t1_and_is_unknown_afterwards(caller: Caller) -> None:
    caller.call("200")
    caller.ack()
    caller.bye()
    caller.advance(31)
    caller.again()
    caller.advance(2)
    caller.again()
    assert caller.ladder()[4:] == [
        "-> BYE",
        "<- 200 to BYE",
        "+31 -> BYE again",
        "<- 200 to BYE again",
        "+2 -> BYE again",
        "<- 481 to BYE",
    ]


@pytest.mark.row("RSP-07", "RSP-08")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_slow_answer_to_another_request_is_preceded_by_100_alone_at_3_5_s(
    transport: str,
) -> None:
    caller = Caller(Network(Stack(Settings(), counted_tokens())), transport)
    caller.start("SUBSCRIBE", "180-183-6-200", {"Event": "presence", "Timestamp": ""})
    caller.advance(3.4)
    caller.again() if transport == "udp" else None
    caller.advance(10)
    assert caller.statuses() == [100, 200]
    assert [line for line in caller.ladder() if "->" not in line][-1] == "+2.5 <- 200 to SUBSCRIBE"


@pytest.mark.row("RSP-09")
@pytest.mark.parametrize("method", ["OPTIONS", "MESSAGE", "SUBSCRIBE"])
def test_another_request_never_gets_408(caller: Caller, method: str) -> None:
    caller.start(method, "408", {"Event": "presence"})
    caller.advance(100)
    assert caller.statuses() == []
    assert not stack_of(caller).endpoint.transactions


# CANCEL.


@pytest.mark.row("CAN-01", "CAN-08")
@pytest.mark.parametrize("reason", [None, 'SIP;cause=200;text="Call completed elsewhere"'])
def test_cancel_ends_a_call_that_rings_with_one_tag(caller: Caller, reason: str | None) -> None:
    caller.ring()
    caller.cancel({"Reason": reason})
    caller.ack()
    caller.advance(40)
    assert caller.ladder() == [
        "-> INVITE",
        "<- 100",
        "<- 180",
        "-> CANCEL",
        "<- 200 to CANCEL",
        "<- 487",
        "-> ACK",
    ]
    tags = {tag(message.data) for message in caller.received[1:]}
    assert len(tags) == 1
    assert b"" not in tags
    assert not stack_of(caller).endpoint.dialogs


@pytest.mark.row("CAN-02")
def test_cancel_after_a_200_changes_nothing(caller: Caller) -> None:
    caller.call("200")
    caller.cancel()
    caller.ack()
    caller.advance(40)
    caller.bye()
    assert caller.ladder() == [
        "-> INVITE",
        "<- 100",
        "<- 200",
        "-> CANCEL",
        "<- 200 to CANCEL",
        "-> ACK",
        "+40 -> BYE",
        "<- 200 to BYE",
    ]


@pytest.mark.row("CAN-02")
def test_cancel_after_a_failure_changes_nothing(caller: Caller) -> None:
    caller.call("486")
    caller.cancel()
    caller.advance(0.5)
    caller.ack()
    caller.cancel()
    assert caller.ladder()[3:] == [
        "-> CANCEL",
        "<- 200 to CANCEL",
        "+0.5 <- 486 again",
        "-> ACK",
        "-> CANCEL again",
        "<- 200 to CANCEL again",
    ]


@pytest.mark.row("CAN-03")
@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_cancel_of_nothing_gets_481(caller: Caller, method: str) -> None:
    caller.start(method, "180-5-200")
    caller.send(caller.request("CANCEL", caller.uri("180-5-200")))
    assert caller.ladder()[-1] == "<- 481 to CANCEL"


@pytest.mark.row("CAN-04")
def test_cancel_is_not_challenged_and_its_extensions_do_not_matter(caller: Caller) -> None:
    caller.call("180-5-401")
    caller.cancel({"Require": "foo", "Proxy-Require": "bar"})
    assert caller.ladder()[3:] == ["-> CANCEL", "<- 200 to CANCEL", "<- 487"]


@pytest.mark.row("CAN-05")
@pytest.mark.parametrize("method", ["SUBSCRIBE", "OPTIONS"])
def test_cancel_of_another_request_is_answered_and_has_no_effect(
    caller: Caller, method: str
) -> None:
    caller.start(method, "2-200", {"Event": "presence"})
    caller.invite = caller.sent
    caller.cancel()
    caller.advance(2)
    assert caller.ladder() == [
        f"-> {method}",
        "-> CANCEL",
        "<- 200 to CANCEL",
        f"+2 <- 200 to {method}",
    ]


@pytest.mark.row("CAN-06")
def test_a_copy_of_a_cancel_gets_the_same_200(caller: Caller) -> None:
    caller.ring()
    caller.cancel()
    caller.again()
    assert caller.ladder()[3:] == [
        "-> CANCEL",
        "<- 200 to CANCEL",
        "<- 487",
        "-> CANCEL again",
        "<- 200 to CANCEL again",
    ]


def test_cancel_without_a_branch_of_rfc_3261_finds_its_invite(caller: Caller) -> None:
    caller.ring({"Via": "SIP/2.0/UDP 192.0.2.9:5070"})
    caller.cancel()
    assert caller.ladder()[3:] == ["-> CANCEL", "<- 200 to CANCEL", "<- 487"]


def test_cancel_of_a_silent_call_is_answered_with_silence_too(caller: Caller) -> None:
    caller.call("180-000")
    caller.advance(60)
    caller.cancel()
    caller.again()
    caller.advance(300)
    assert caller.ladder() == ["-> INVITE", "<- 100", "<- 180", "+60 -> CANCEL", "-> CANCEL again"]
    assert not stack_of(caller).endpoint.transactions
    assert not stack_of(caller).endpoint.dialogs


# BYE.


@pytest.mark.row("BYE-01")
def test_bye_ends_a_call(caller: Caller) -> None:
    caller.call("200", body=OFFER)
    caller.ack()
    caller.bye()
    caller.advance(40)
    assert caller.ladder()[3:] == ["-> ACK", "-> BYE", "<- 200 to BYE"]
    assert not stack_of(caller).endpoint.dialogs


@pytest.mark.row("BYE-01")
def test_bye_in_an_early_dialog_ends_the_invite_with_487(caller: Caller) -> None:
    caller.ring()
    caller.bye()
    caller.ack()
    caller.advance(40)
    assert caller.ladder()[3:] == ["-> BYE", "<- 200 to BYE", "<- 487", "-> ACK"]


def test_bye_in_a_silent_early_dialog_leaves_the_invite_silent(caller: Caller) -> None:
    caller.call("180-000")
    caller.bye()
    caller.advance(300)
    assert caller.ladder()[3:] == ["-> BYE", "<- 200 to BYE"]
    assert not stack_of(caller).endpoint.transactions


def test_bye_before_the_ack_stops_the_200(caller: Caller) -> None:
    caller.call("200")
    caller.bye()
    caller.ack()
    caller.advance(40)
    assert caller.ladder()[3:] == ["-> BYE", "<- 200 to BYE", "-> ACK"]
    shown = [trace.kind for trace in caller.network.traces]
    assert shown == ["call", "ended", "stray"]


@pytest.mark.row("BYE-02")
@pytest.mark.parametrize(
    "change",
    [
        {"To": "<sip:200@192.0.2.1>;tag=unknown"},
        {"From": "<sip:alice@192.0.2.9>;tag=unknown"},
        {"Call-ID": "unknown"},
        {"To": "<sip:200@192.0.2.1>"},
    ],
    ids=["our-tag", "caller-tag", "call-id", "no-tag"],
)
def test_bye_that_matches_nothing_gets_481(caller: Caller, change: dict[str, str]) -> None:
    caller.call("200")
    caller.ack()
    caller.bye(change)
    assert caller.ladder()[4:] == ["-> BYE", "<- 481 to BYE"]
    assert len(stack_of(caller).endpoint.dialogs) == 1


@pytest.mark.row("BYE-03")
def test_a_call_that_we_hang_up_before_its_ack_is_ended_after_it(caller: Caller) -> None:
    caller.call("200")
    stack = stack_of(caller)
    stack.shut_down(caller.network.now)
    caller.advance(0.5)
    caller.ack()
    caller.answer(200)
    caller.advance(40)
    assert caller.ladder()[3:] == ["+0.5 <- 200 again", "-> ACK", "<- BYE", "-> 200 to BYE"]


@pytest.mark.row("BYE-04")
@pytest.mark.parametrize("status", [None, 408, 481])
def test_however_our_bye_is_answered_the_dialog_is_over(caller: Caller, status: int | None) -> None:
    caller.call("200")
    caller.ack()
    stack = stack_of(caller)
    stack.shut_down(caller.network.now)
    caller.network.collect()
    if status is not None:
        caller.answer(status)
    caller.advance(40)
    byes = [line for line in caller.ladder() if "<- BYE" in line]
    assert len(byes) == (1 if status else 11)
    assert not stack.endpoint.dialogs
    assert not stack.endpoint.clients
    caller.inside("INFO")
    assert caller.ladder()[-1] == "<- 481 to INFO"

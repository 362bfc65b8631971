"""Conversations about an INVITE: its copies, its responses until their ACK, and its ACKs."""

import pytest

from responder.scenario.steps import Respond, Wait
from responder.sip.message import parse
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.sip.endpoint_callers import BACKOFF, answered_by, plain_caller, stack_of, tag


@pytest.fixture
def caller() -> Caller:
    return plain_caller()


# INVITE.


@pytest.mark.row("TXN-04")
def test_a_copy_of_an_invite_that_rings_gets_the_180_again_and_no_second_call(
    caller: Caller,
) -> None:
    caller.ring()
    caller.advance(0.5)
    caller.again()
    assert caller.ladder() == [
        "-> INVITE",
        "<- 100",
        "<- 180",
        "+0.5 -> INVITE again",
        "<- 180 again",
    ]
    assert len(stack_of(caller).journal.records) == 1


@pytest.mark.row("TXN-05", "RSP-04")
def test_a_user_that_takes_its_time_has_100_sent_after_200_ms_without_a_tag() -> None:
    caller = answered_by(Wait(1), Respond(486))
    caller.call("someone")
    caller.advance(1)
    assert caller.ladder() == ["-> INVITE", "+0.2 <- 100", "+0.8 <- 486"]
    assert tag(caller.received[0].data) == b""


def test_a_program_can_do_without_any_100() -> None:
    caller = answered_by(Wait(1), Respond(486), trying=False)
    caller.call("someone")
    caller.again()
    caller.advance(1)
    assert caller.ladder() == ["-> INVITE", "-> INVITE again", "+1 <- 486"]


@pytest.mark.row("TXN-07")
def test_a_failure_is_repeated_until_its_ack(caller: Caller) -> None:
    caller.call("486")
    caller.advance(2)
    caller.ack()
    caller.advance(40)
    assert caller.ladder() == [
        "-> INVITE",
        "<- 100",
        "<- 486",
        "+0.5 <- 486 again",
        "+1 <- 486 again",
        "+0.5 -> ACK",
    ]


@pytest.mark.row("TXN-08")
def test_a_failure_without_ack_is_given_up_and_the_record_says_so(caller: Caller) -> None:
    caller.call("486")
    caller.lose()
    caller.ack()
    caller.advance(100)
    assert caller.ladder() == [
        "-> INVITE",
        "<- 100",
        "<- 486",
        "-x ACK",
        *[line.format(486) for line in BACKOFF],
        *["+4 <- 486 again"] * 6,
    ]
    stack = stack_of(caller)
    assert stack.journal.records[0].notes() == [
        "no ACK for the final response within 64*T1 (RFC 3261 17.2.1)"
    ]
    assert not stack.endpoint.transactions


@pytest.mark.row("TXN-09")
def test_further_acks_are_swallowed(caller: Caller) -> None:
    caller.call("486")
    caller.ack()
    caller.ack()
    caller.advance(2)
    caller.again()
    assert caller.ladder() == [
        "-> INVITE",
        "<- 100",
        "<- 486",
        "-> ACK",
        "-> ACK again",
        "+2 -> INVITE again",
    ]
    kinds = [entry.kind for entry in stack_of(caller).journal.records[0].entries]
    assert kinds == ["received", "sent", "sent", "received", "received again", "received again"]


def test_the_ack_of_a_failure_after_ringing_is_in_the_record(caller: Caller) -> None:
    caller.call("180-486")
    caller.ack({"X-Slow": "1", "Via": "SIP/2.0/UDP 192.0.2.9:5070 ;branch=z9hG4bK-1-alice"})
    (record,) = stack_of(caller).journal.records
    assert [entry.data.split()[0] for entry in record.entries] == [
        b"INVITE",
        b"SIP/2.0",
        b"SIP/2.0",
        b"SIP/2.0",
        b"ACK",
    ]
    assert record.shown


@pytest.mark.row("TXN-11", "TXN-14")
def test_a_copy_of_an_invite_after_its_200_is_absorbed(caller: Caller) -> None:
    caller.call("200")
    caller.advance(0.4)
    caller.again()
    caller.advance(0.1)
    assert caller.ladder() == [
        "-> INVITE",
        "<- 100",
        "<- 200",
        "+0.4 -> INVITE again",
        "+0.1 <- 200 again",
    ]
    assert len(stack_of(caller).endpoint.dialogs) == 1


@pytest.mark.row("TXN-12", "TXN-16")
def test_the_ack_of_a_200_has_its_own_branch_and_stops_the_repetitions(caller: Caller) -> None:
    caller.call("200")
    caller.advance(0.5)
    caller.ack()
    assert caller.branch != parse(caller.invite).fields[b"via"].decode().partition("branch=")[2]
    caller.advance(40)
    caller.ack()
    assert caller.ladder() == [
        "-> INVITE",
        "<- 100",
        "<- 200",
        "+0.5 <- 200 again",
        "-> ACK",
        "+40 -> ACK",
    ]


@pytest.mark.row("TXN-16")
def test_the_ack_of_a_failure_has_the_branch_of_its_invite(caller: Caller) -> None:
    caller.call("486")
    caller.ack({"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-of-its-own"})
    caller.advance(0.5)
    assert caller.ladder()[-1] == "+0.5 <- 486 again"


def test_an_ack_of_a_200_may_have_the_branch_of_its_invite(caller: Caller) -> None:
    caller.call("200")
    caller.ack({"Via": parse(caller.invite).fields[b"via"].decode()})
    caller.advance(40)
    assert caller.ladder() == ["-> INVITE", "<- 100", "<- 200", "-> ACK"]


@pytest.mark.parametrize(
    "change",
    [{"CSeq": "9 ACK"}, {"Call-ID": "another"}, {"From": "<sip:a@h>;tag=z"}, {"From": "<<"}],
    ids=["number", "call-id", "tag", "malformed"],
)
@pytest.mark.parametrize("branch", ["own", "invite"])
def test_an_ack_of_something_else_does_not_stop_a_200(
    caller: Caller, change: dict[str, str], branch: str
) -> None:
    caller.call("200")
    if branch == "invite":
        change = {**change, "Via": parse(caller.invite).fields[b"via"].decode()}
    caller.ack(change)
    caller.advance(0.5)
    assert caller.ladder()[-1] == "+0.5 <- 200 again"


@pytest.mark.row("TXN-13")
def test_after_an_icmp_error_a_copy_of_the_invite_is_still_absorbed(caller: Caller) -> None:
    caller.call("486")
    network = caller.network
    network.core.flow_failed(caller.flow, caller.remote, "port unreachable", network.now)
    caller.again()
    caller.ack()
    caller.advance(10)
    assert caller.ladder() == [
        "-> INVITE",
        "<- 100",
        "<- 486",
        "-> INVITE again",
        "<- 486 again",
        "-> ACK",
    ]
    assert stack_of(caller).journal.records[0].notes() == [
        "the response could not be delivered: port unreachable"
    ]


@pytest.mark.row("TXN-14")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_200_is_repeated_on_every_transport_and_bye_follows_without_an_ack(
    transport: str,
) -> None:
    caller = Caller(Network(Stack(Settings(), counted_tokens())), transport)
    caller.call("200")
    caller.advance(32)
    caller.answer(200)
    caller.advance(40)
    assert caller.ladder() == [
        "-> INVITE",
        "<- 100",
        "<- 200",
        *[line.format(200) for line in BACKOFF],
        *["+4 <- 200 again"] * 6,
        "+0.5 <- BYE",
        "-> 200 to BYE",
    ]
    stack = stack_of(caller)
    assert stack.journal.records[0].notes() == [
        "no ACK for the 2xx within 64*T1: BYE (RFC 3261 13.3.1.4)"
    ]
    assert not stack.endpoint.dialogs
    assert not stack.endpoint.clients


@pytest.mark.row("TXN-15")
@pytest.mark.parametrize(
    "change",
    [{}, {"Via": None}, {"To": "<<"}, {"CSeq": "1 INVITE"}, {"Require": "foo"}, {"Call-ID": None}],
    ids=["stray", "no-via", "malformed", "another-cseq", "require", "no-call-id"],
)
def test_an_ack_never_gets_a_response(caller: Caller, change: dict[str, str | None]) -> None:
    caller.start("ACK", "401", change)
    caller.advance(40)
    assert caller.ladder() == ["-> ACK"]
    stack = stack_of(caller)
    assert len(stack.journal.strays) == 1
    assert not stack.endpoint.transactions


# 199 (RFC 6228).


@pytest.mark.row("RSP-23")
def test_199_goes_only_to_who_knows_it(caller: Caller) -> None:
    caller.call("180-199-486")
    caller.advance(1)
    assert 199 not in caller.statuses()
    assert "199" in stack_of(caller).journal.records[0].notes()[0]


@pytest.mark.row("RSP-23")
def test_199_names_the_dialog_that_it_ends_and_says_why(caller: Caller) -> None:
    caller.call("180-199-486", {"Supported": "199"})
    assert caller.statuses() == [100, 180, 199, 486]
    ringing, gone, busy = caller.received[1:]
    assert tag(gone.data) == tag(ringing.data) == tag(busy.data) != b""
    assert gone.fields[b"reason"].startswith(b"SIP;cause=")
    for name in (b"supported", b"require", b"proxy-require"):
        assert b"199" not in gone.fields.get(name, b"")
    assert gone.body == b""
    assert not stack_of(caller).endpoint.dialogs


@pytest.mark.row("RSP-23")
def test_what_follows_199_belongs_to_another_early_dialog(caller: Caller) -> None:
    caller.call("180-199-183-2-200", {"Supported": "199"})
    caller.advance(2)
    caller.ack()
    caller.advance(40)
    first, gone, second, ok = [tag(message.data) for message in caller.received[1:]]
    assert first == gone != second == ok
    caller.bye()
    assert caller.statuses() == [100, 180, 199, 183, 200, 200]
    assert not stack_of(caller).endpoint.dialogs


def test_199_is_not_what_is_repeated_while_it_rings(caller: Caller) -> None:
    caller.call("180-199-183", {"Supported": "199"})
    caller.advance(121)
    assert caller.statuses() == [100, 180, 199, 183, 183, 183]
    caller.call("180-199-100", {"Supported": "199"})

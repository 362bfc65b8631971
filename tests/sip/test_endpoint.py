"""Conversations: which transaction or dialog a message belongs to, and what that means for it."""

import pytest

from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Hold, Program, Respond, Step, Wait
from responder.sip.errors import Misuse
from responder.sip.message import parse
from responder.sip.settings import Limits, Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import LOCAL, Network
from responder.testing.tokens import counted_tokens

BACKOFF = ["+0.5 <- {} again", "+1 <- {} again", "+2 <- {} again", "+4 <- {} again"]


def stack_of(caller: Caller) -> Stack:
    core = caller.network.core
    assert isinstance(core, Stack)
    return core


@pytest.fixture
def caller() -> Caller:
    return Caller(Network(Stack(Settings(), counted_tokens())))


@pytest.fixture
def tcp_caller() -> Caller:
    return Caller(Network(Stack(Settings(), counted_tokens())), "tcp")


def answered_by(*steps: Step, transport: str = "udp", trying: bool = True) -> Caller:
    """Return a caller of a stack that answers everything with these steps."""
    rules = Rules((Rule(Program("rule", (steps,), trying)),))
    return Caller(Network(Stack(Settings(), counted_tokens(), rules)), transport)


def tag(data: bytes) -> bytes:
    return parse(data).fields[b"to"].partition(b";tag=")[2]


# Which transaction.


@pytest.mark.row("TXN-01")
@pytest.mark.parametrize(
    ("via", "answers"),
    [
        ("SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-same", 1),
        ("SIP/2.0/UDP 192.0.2.9:5071;branch=z9hG4bK-same", 2),
        ("SIP/2.0/UDP other.example;branch=z9hG4bK-same", 2),
        ("SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-other", 2),
    ],
    ids=["same", "another-port", "another-host", "another-branch"],
)
def test_branch_and_sent_by_tell_transactions_apart(caller: Caller, via: str, answers: int) -> None:
    caller.start("OPTIONS", headers={"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-same"})
    caller.start("OPTIONS", headers={"Via": via})
    assert len({message.data for message in caller.received}) == answers


@pytest.mark.row("TXN-01")
def test_another_method_is_another_transaction_but_ack_belongs_to_its_invite(
    caller: Caller,
) -> None:
    caller.call("486")
    via = parse(caller.invite).fields[b"via"].decode()
    caller.send(caller.request("OPTIONS", caller.uri("404"), {"Via": via}))
    caller.ack()
    caller.advance(40)
    assert caller.ladder() == [
        "-> INVITE",
        "<- 100",
        "<- 486",
        "-> OPTIONS",
        "<- 404 to OPTIONS",
        "-> ACK",
    ]


@pytest.mark.row("TXN-02")
def test_without_a_branch_of_rfc_3261_the_whole_of_it_is_compared(caller: Caller) -> None:
    old = {"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=1"}
    caller.call("486", old)
    caller.again()
    caller.ack()
    caller.advance(5)
    caller.start("OPTIONS", headers={"Via": "SIP/2.0/UDP 192.0.2.9:5070"})
    caller.again()
    assert caller.ladder() == [
        "-> INVITE",
        "<- 100",
        "<- 486",
        "-> INVITE again",
        "<- 486 again",
        "-> ACK",
        "+5 -> OPTIONS",
        "<- 200 to OPTIONS",
        "-> OPTIONS again",
        "<- 200 to OPTIONS again",
    ]


@pytest.mark.row("TXN-02")
@pytest.mark.parametrize("change", [{"CSeq": "2 OPTIONS"}, {"From": "<sip:eve@h>;tag=9"}])
def test_without_a_branch_another_number_or_caller_is_another_transaction(
    caller: Caller, change: dict[str, str]
) -> None:
    old = {"Via": "SIP/2.0/UDP 192.0.2.9:5070", "Call-ID": "same", "From": "<sip:a@h>;tag=1"}
    caller.start("OPTIONS", headers=old)
    caller.start("OPTIONS", headers={**old, **change})
    assert len({message.data for message in caller.received}) == 2


@pytest.mark.row("TXN-03")
def test_a_branch_that_is_only_the_cookie_is_refused_and_nothing_kept(caller: Caller) -> None:
    caller.start("OPTIONS", headers={"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK"})
    caller.again()
    assert caller.ladder() == [
        "-> OPTIONS",
        "<- 400 to OPTIONS",
        "-> OPTIONS again",
        "<- 400 to OPTIONS again",
    ]
    assert not stack_of(caller).endpoint.transactions


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


# Merged requests, order of judgement, limits.


@pytest.mark.parametrize(
    ("method", "uri", "status"),
    [
        ("OPTIONS", "sip:5-200@h", 482),
        ("INVITE", "sip:180@h", 482),
        ("FOO", "sip:5-200@h", 501),
        ("OPTIONS", "tel:1", 416),
    ],
)
@pytest.mark.row("RSP-16")
def test_a_request_that_came_by_two_paths_is_served_once(
    caller: Caller, method: str, uri: str, status: int
) -> None:
    """The second is 482, unless its method or Request-URI, which are judged first, refuse it."""
    same = {"Call-ID": "same", "From": "<sip:alice@h>;tag=same"}
    caller.start(method, uri, same)
    caller.start(method, uri, same)
    assert caller.statuses()[-1] == status


def test_a_merged_request_may_follow_one_that_asked_for_another_identity(caller: Caller) -> None:
    same = {"Call-ID": "same", "From": "<sip:alice@h>;tag=same"}
    caller.call("428", same)
    caller.call("486", same)
    assert caller.statuses() == [100, 428, 100, 486]


@pytest.mark.row("RSP-16")
@pytest.mark.parametrize(
    ("method", "uri", "headers", "status"),
    [
        ("FOO", "tel:1", {"Require": "foo"}, 501),
        ("INVITE", "tel:1", {"Require": "foo", "Content-Type": "x/y"}, 416),
        ("INVITE", "sip:200@h", {"Require": "foo", "Content-Type": "x/y"}, 420),
        ("INVITE", "sip:200@h", {"Content-Type": "x/y", "Accept": "x/y"}, 415),
        ("INVITE", "sip:200@h", {"Accept": "x/y"}, 406),
        ("INVITE", "sip:486@h", {}, 486),
    ],
    ids=["method", "uri", "require", "body", "accept", "none"],
)
def test_of_several_faults_the_first_in_the_order_of_rfc_3261_counts(
    caller: Caller, method: str, uri: str, headers: dict[str, str], status: int
) -> None:
    caller.start(method, uri, headers, OFFER)
    assert caller.statuses()[-1] == status
    assert not stack_of(caller).endpoint.dialogs


def test_over_the_limit_of_transactions_a_request_gets_503_and_nothing_is_kept() -> None:
    settings = Settings(limits=Limits(transactions=1, retry_after=7))
    caller = Caller(Network(Stack(settings, counted_tokens())))
    caller.start("OPTIONS")
    caller.start("OPTIONS")
    assert caller.statuses() == [200, 503]
    assert caller.last().fields[b"retry-after"] == b"7"
    stack = stack_of(caller)
    assert len(stack.endpoint.transactions) == 1
    assert stack.journal.counts["over the limit: transactions"] == 1


@pytest.mark.row("RSP-17")
def test_a_stateless_refusal_is_the_same_each_time_and_never_repeated_by_itself() -> None:
    settings = Settings(limits=Limits(transactions=0))
    caller = Caller(Network(Stack(settings, counted_tokens())))
    caller.call("180-1-401")
    caller.advance(10)
    caller.again()
    caller.ack()
    caller.cancel()
    assert caller.ladder() == [
        "-> INVITE",
        "<- 503",
        "+10 -> INVITE again",
        "<- 503 again",
        "-> ACK",
        "-> CANCEL",
        "<- 503 to CANCEL",
    ]
    assert len(tag(caller.received[0].data)) == 16


# Dialogs.


@pytest.mark.row("RSP-03")
def test_a_request_inside_a_dialog_keeps_its_one_tag(caller: Caller) -> None:
    caller.call("200")
    caller.ack()
    caller.inside("OPTIONS")
    to = caller.last().fields[b"to"]
    assert to == parse(caller.sent).fields[b"to"]
    assert to.count(b"tag=") == 1


@pytest.mark.row("RSP-13")
def test_our_bye_follows_the_recorded_route(caller: Caller) -> None:
    routes = ["<sip:p1.example;lr>", "<sip:p2.example;lr>, <sip:p3.example;lr;x=1>"]
    caller.call("200", {"Record-Route": routes})
    assert caller.last().values(b"record-route") == [route.encode() for route in routes]
    caller.ack()
    stack_of(caller).shut_down(caller.network.now)
    caller.network.collect()
    bye = caller.last()
    assert bye.values(b"route") == [
        b"<sip:p1.example;lr>",
        b"<sip:p2.example;lr>",
        b"<sip:p3.example;lr;x=1>",
    ]


def test_a_request_that_is_older_than_the_latest_is_refused(caller: Caller) -> None:
    caller.call("200")
    caller.ack()
    caller.inside("INFO", {"CSeq": "100 INFO"})
    caller.inside("INFO", {"CSeq": "99 INFO"})
    assert caller.statuses()[2:] == [200, 500]


def test_an_unknown_method_inside_a_dialog_that_is_not_there_is_still_unknown(
    caller: Caller,
) -> None:
    caller.start("FOO", headers={"To": "<sip:x@h>;tag=1"})
    caller.start("INFO", headers={"To": "<sip:x@h>;tag=1"})
    assert caller.statuses() == [501, 481]


def test_an_invite_while_another_one_waits_is_put_off(caller: Caller) -> None:
    caller.ring()
    caller.inside("INVITE")
    assert caller.ladder()[3:] == ["-> INVITE", "<- 500"]
    assert 0 <= int(caller.last().fields[b"retry-after"]) <= 10


def test_an_update_before_the_offer_is_answered_is_put_off(caller: Caller) -> None:
    caller.ring(body=OFFER)
    caller.inside("UPDATE", body=OFFER)
    assert caller.statuses()[-1] == 500
    assert b"retry-after" in caller.last().fields
    caller.inside("UPDATE")
    assert caller.statuses()[-1] == 200


def test_invites_of_both_sides_do_not_cross(caller: Caller) -> None:
    caller.call("200", body=OFFER)
    caller.ack()
    (dialog,) = stack_of(caller).endpoint.dialogs.values()
    dialog.send_reinvite(b"application/sdp", OFFER, b"Contact: <sip:us@h>\r\n", caller.network.now)
    caller.network.collect()
    caller.inside("INVITE", body=OFFER)
    caller.ack()
    ours = next(message for message in reversed(caller.received) if not message.status)
    caller.advance(0.1)
    assert ours.method == b"INVITE"
    ok = caller.reply(200)
    caller.send(ok)
    caller.again(ok)
    assert caller.ladder()[4:] == [
        "<- INVITE",
        "-> INVITE",
        "<- 491",
        "-> ACK",
        "+0.1 -> 200",
        "<- ACK",
        "-> 200 again",
        "<- ACK",
    ]


# Responses to requests of ours.


@pytest.mark.parametrize(
    "change",
    [
        {"Via": ["SIP/2.0/UDP a;branch=z9hG4bKx", "SIP/2.0/UDP b"]},
        {"Via": "SIP/2.0/UDP a;branch=z9hG4bKx, SIP/2.0/UDP b"},
        {"Via": "SIP/2.0/UDP a;branch=z9hG4bKx"},
        {"Via": None},
        {"CSeq": None},
        {"CSeq": ""},
        {"Content-Length": "x"},
    ],
    ids=["two", "two-in-one", "unknown", "no-via", "no-cseq", "empty-cseq", "malformed"],
)
def test_a_response_that_belongs_to_nothing_is_kept_aside(
    caller: Caller, change: dict[str, str | list[str] | None]
) -> None:
    caller.call("200")
    caller.ack()
    stack_of(caller).shut_down(caller.network.now)
    caller.network.collect()
    ok = caller.reply(200, change)
    caller.network.receive(caller.flow, ok)
    assert len(stack_of(caller).journal.strays) == 1
    assert len(stack_of(caller).endpoint.clients) == 1


def test_a_response_may_space_its_via_and_cseq_as_it_likes(caller: Caller) -> None:
    caller.call("200")
    caller.ack()
    stack_of(caller).shut_down(caller.network.now)
    caller.network.collect()
    bye = caller.last()
    via = bye.fields[b"via"].decode().replace(";rport", " ; rport=5070")
    caller.answer(200, {"Via": via, "CSeq": "1\tBYE"})
    caller.advance(10)
    assert not stack_of(caller).endpoint.clients


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


# Redirection.


@pytest.mark.row("RDR-03")
@pytest.mark.parametrize(
    ("method", "headers"),
    [("FOO", {}), ("INVITE", {"Require": "foo"}), ("OPTIONS", {"Require": "foo"})],
)
def test_a_redirection_looks_at_neither_method_nor_extensions(
    caller: Caller, method: str, headers: dict[str, str]
) -> None:
    caller.start(method, "302", headers)
    assert caller.statuses()[-1] == 302


# OPTIONS.


@pytest.mark.row("OPT-01")
@pytest.mark.parametrize("status", [200, 302, 404, 486, 603])
def test_options_gets_what_an_invite_would_and_begins_no_dialog(
    caller: Caller, status: int
) -> None:
    caller.start("OPTIONS", str(status))
    assert caller.statuses() == [status]
    assert not stack_of(caller).endpoint.dialogs
    caller.call(str(status))
    assert caller.statuses()[-1] == status


@pytest.mark.row("OPT-02", "OPT-03")
@pytest.mark.parametrize(
    ("accept", "described"),
    [
        ("application/sdp", True),
        ("text/plain, application/SDP;q=0.5", True),
        ("application/sdp;q=0", False),
        ("text/plain", False),
        ("*/*", False),
        (None, False),
        ("<<", False),
    ],
)
def test_options_is_told_our_capabilities_and_our_media_if_it_asks_for_them(
    caller: Caller, accept: str | None, described: bool
) -> None:
    caller.start("OPTIONS", headers={"Accept": accept})
    message = caller.last()
    assert message.status == 200
    for name in ("Allow", "Accept", "Accept-Encoding", "Accept-Language", "Supported"):
        assert message.header(name)
    assert message.header("Allow-Events")
    assert (message.fields.get(b"content-type") == b"application/sdp") is described
    if described:
        assert message.body.startswith(b"v=0\r\n")
        assert b"\r\nm=audio 0 RTP/AVP " in message.body


# Misuse.


def test_a_second_final_response_is_our_own_mistake(caller: Caller) -> None:
    caller.call("486")
    (transaction,) = stack_of(caller).endpoint.transactions.values()
    request = parse(caller.invite)
    endpoint = stack_of(caller).endpoint
    with pytest.raises(Misuse):
        endpoint.respond(transaction, request, 200, b"200", caller.network.now)


def test_a_program_may_hold_without_a_word() -> None:
    caller = answered_by(Hold())
    caller.call("x")
    caller.advance(1)
    caller.cancel()
    assert caller.ladder() == [
        "-> INVITE",
        "+0.2 <- 100",
        "+0.8 -> CANCEL",
        "<- 200 to CANCEL",
        "<- 487",
    ]
    assert LOCAL[0] == "192.0.2.1"


def test_a_flood_of_errors_from_one_address_is_noted_once_a_second() -> None:
    network = Network(Stack(Settings(), counted_tokens()))
    caller = Caller(network)
    caller.call("486")
    core = network.core
    assert isinstance(core, Stack)
    flow = network.sent[-1].flow
    for at in (0.0, 0.1, 0.9, 1.0, 1.5):
        core.flow_failed(flow, flow.remote, "port unreachable", network.now + at)
    (record,) = core.journal.records
    assert record.notes() == ["the response could not be delivered: port unreachable"] * 2

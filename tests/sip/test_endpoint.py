"""Conversations: which transaction a message belongs to, and what is judged before the rest."""

import pytest

from responder.scenario.steps import Hold
from responder.sip.errors import Misuse
from responder.sip.message import parse
from responder.sip.settings import Limits, Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import LOCAL, Network
from responder.testing.tokens import counted_tokens
from tests.sip.endpoint_callers import answered_by, plain_caller, stack_of, tag


@pytest.fixture
def caller() -> Caller:
    return plain_caller()


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

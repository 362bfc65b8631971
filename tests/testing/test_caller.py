"""The scripted caller: what its verbs send, and how the ladder reads."""

import pytest

from responder.sip.message import Message, parse
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network, Sent
from responder.testing.tokens import counted_tokens


@pytest.fixture
def network() -> Network:
    return Network(Stack(Settings(), counted_tokens()))


@pytest.fixture
def caller(network: Network) -> Caller:
    return Caller(network)


def sent(caller: Caller) -> Message:
    return parse(caller.sent)


def test_a_call_reads_as_a_ladder(caller: Caller) -> None:
    caller.call("180-2-200", body=OFFER)
    caller.advance(2.5)
    caller.ack()
    caller.bye()
    caller.again()
    assert caller.ladder() == [
        "-> INVITE",
        "<- 100",
        "<- 180",
        "+2 <- 200",
        "+0.5 <- 200 again",
        "-> ACK",
        "-> BYE",
        "<- 200 to BYE",
        "-> BYE again",
        "<- 200 to BYE again",
    ]
    assert caller.statuses() == [100, 180, 200, 200, 200, 200]


def test_what_is_lost_shows_and_does_not_arrive(caller: Caller) -> None:
    caller.lose(2)
    caller.call("486")
    caller.advance(0.5)
    caller.again()
    caller.advance(1)
    caller.again()
    assert caller.ladder() == [
        "-x INVITE",
        "+0.5 -x INVITE again",
        "+1 -> INVITE again",
        "<- 100",
        "<- 486",
    ]


def test_an_invite_has_what_it_needs(caller: Caller) -> None:
    caller.ring()
    invite = sent(caller)
    assert invite.data.decode().splitlines() == [
        "INVITE sip:180@192.0.2.1 SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-1-alice",
        "Max-Forwards: 70",
        "From: <sip:alice@192.0.2.9>;tag=caller-1",
        "To: <sip:180@192.0.2.1>",
        "Call-ID: call-1@192.0.2.9",
        "CSeq: 1 INVITE",
        "Contact: <sip:alice@192.0.2.9:5070>",
        "Content-Length: 0",
        "",
    ]


def test_header_fields_are_replaced_added_repeated_and_left_out(caller: Caller) -> None:
    caller.start(
        "MESSAGE",
        "sip:bob@example.com",
        {
            "max-forwards": None,
            "to": "<sip:x@h>",
            "X-One": "\u00fc",
            "Route": ["<sip:a>", "<sip:b>"],
            "Content-Type": "text/plain",
        },
        b"hi",
    )
    message = sent(caller)
    assert message.uri == b"sip:bob@example.com"
    assert b"max-forwards" not in message.fields
    assert message.values(b"to") == [b"<sip:x@h>"]
    assert message.header("x-one") == "\u00fc"
    assert message.values(b"route") == [b"<sip:a>", b"<sip:b>"]
    assert message.fields[b"content-type"] == b"text/plain"
    assert message.body == b"hi"


def test_the_ack_of_a_failure_is_of_its_transaction(caller: Caller) -> None:
    caller.call("486", {"Route": ["<sip:a;lr>"]})
    invite = sent(caller)
    before = len(caller.network.sent)
    caller.ack()
    caller.advance(10)
    assert len(caller.network.sent) == before
    assert caller.branch == invite.fields[b"via"].decode().partition("branch=")[2]


def test_a_dialog_is_kept_with_target_routes_and_numbers(caller: Caller) -> None:
    routes = ["<sip:p1;lr>", "<sip:p2;lr>"]
    caller.call("200", {"Record-Route": routes})
    caller.ack()
    caller.inside("INFO")
    info = sent(caller)
    assert info.uri == b"sip:200@192.0.2.1:5060"
    assert info.values(b"route") == [b"<sip:p2;lr>", b"<sip:p1;lr>"]
    assert info.fields[b"cseq"] == b"2 INFO"
    assert info.fields[b"to"] == f"<sip:200@192.0.2.1>;tag={caller.to_tag}".encode()
    caller.inside("UPDATE")
    caller.bye()
    assert sent(caller).values(b"route") == [b"<sip:p2;lr>", b"<sip:p1;lr>"]
    assert caller.ladder()[-1] == "<- 200 to BYE"


def test_callers_on_one_network_see_only_their_own(network: Network) -> None:
    alice = Caller(network)
    bob = Caller(network, remote=("192.0.2.8", 5070), user="bob")
    alice.call("1-486")
    bob.call("404")
    alice.advance(1)
    assert alice.ladder() == ["-> INVITE", "<- 100", "+1 <- 486"]
    assert bob.ladder()[:3] == ["-> INVITE", "<- 100", "<- 404"]


def test_a_caller_answers_requests_of_the_other_side(network: Network, caller: Caller) -> None:
    caller.call("200")
    caller.ack()
    stack = network.core
    assert isinstance(stack, Stack)
    stack.shut_down(network.now)
    network.collect()
    caller.answer(200, {"X-Own": "1"})
    assert caller.ladder()[-2:] == ["<- BYE", "-> 200 to BYE"]
    caller.advance(6)
    assert not stack.endpoint.clients


def test_a_reply_needs_a_request_and_an_ack_a_final_response(caller: Caller) -> None:
    with pytest.raises(LookupError):
        caller.reply(200)
    with pytest.raises(LookupError):
        caller.last()
    caller.ring()
    with pytest.raises(LookupError):
        caller.ack()


def test_a_caller_by_tcp_loses_its_connection_and_makes_another(network: Network) -> None:
    caller = Caller(network, "tcp")
    caller.ring()
    assert b";transport=tcp>" in sent(caller).fields[b"contact"]
    caller.disconnect()
    caller.connect()
    caller.cancel()
    assert caller.ladder()[3:] == [
        "-> (closed)",
        "-> (connected)",
        "-> CANCEL",
        "<- 200 to CANCEL",
        "<- 487",
    ]


def test_keep_alives_show(network: Network) -> None:
    caller = Caller(network, "tcp")
    network.receive(caller.flow, b"\r\n\r\n")
    assert caller.ladder() == ["<- (keep-alive)"]


def test_an_ipv6_caller_writes_brackets(network: Network) -> None:
    caller = Caller(network, remote=("2001:db8::9", 5070))
    caller.ring()
    caller.cancel()
    assert sent(caller).fields[b"via"].startswith(b"SIP/2.0/UDP [2001:db8::9]:5070;")
    assert caller.ladder()[-1] == "<- 487"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"nonsense", "<- (garbled)"),
        (b"SIP/2.0 999 Far\r\n\r\n", "<- (garbled)"),
        (b"SIP/2.0 180 Ringing\r\n\r\n", "<- 180"),
        (b"SIP/2.0 180 Ringing\r\nTo: <\r\nCSeq:\r\n\r\n", "<- 180"),
    ],
)
def test_messages_that_cannot_be_read_show(network: Network, data: bytes, line: str) -> None:
    alice = Caller(network)
    network.sent.append(Sent(network.now, alice.flow, data, None))
    assert alice.ladder() == [line]
    assert alice.to_tag == ""

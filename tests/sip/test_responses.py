"""Whole responses: what the status brings, what a rule changes, and those without a transaction."""

import secrets

import pytest

from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond, Wait
from responder.sip.events import Flow
from responder.sip.message import Message, parse
from responder.sip.responses import Responses
from responder.sip.settings import Settings
from responder.sip.validation import Refusal, refuse
from responder.stack import Stack
from responder.testing.caller import Caller, Headers
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens


def caller_of(*steps: Respond | Wait, settings: Settings | None = None) -> Caller:
    """Return a caller of a stack that answers everything with these steps."""
    program = Program("trunk", (steps,))
    rules = Rules((Rule(program),))
    return Caller(Network(Stack(settings or Settings(), counted_tokens(), rules)))


def answer_to(step: Respond, headers: Headers | None = None, method: str = "INVITE") -> Message:
    caller = caller_of(step)
    caller.start(method, "someone", headers)
    return caller.last()


# What a rule adds, replaces and leaves out.


@pytest.mark.row("RSP-20")
def test_a_reason_may_go_with_any_response() -> None:
    step = Respond(486, headers=((b"Reason", b'Q.850;cause=17;text="User busy"'),))
    assert answer_to(step).fields[b"reason"] == b'Q.850;cause=17;text="User busy"'


@pytest.mark.row("RSP-22")
@pytest.mark.parametrize("status", [300, 404, 500, 603])
def test_error_info_may_go_with_a_refusal(status: int) -> None:
    step = Respond(status, headers=((b"Error-Info", b"<sip:announcement@example.com>"),))
    message = answer_to(step)
    assert message.status == status
    assert message.fields[b"error-info"] == b"<sip:announcement@example.com>"


@pytest.mark.row("RSP-10")
@pytest.mark.parametrize("phrase", [b"", "J\u00e4mmerlich".encode(), b"Not what you think"])
def test_the_phrase_is_free(phrase: bytes) -> None:
    message = answer_to(Respond(486, phrase))
    assert (message.status, message.reason) == (486, phrase)
    assert message.data.startswith(b"SIP/2.0 486 " + phrase + b"\r\n")


def test_a_field_replaces_what_the_status_brings_in_any_case() -> None:
    message = answer_to(Respond(302, headers=((b"CONTACT", b"<sip:x@y>"), (b"X-Own", b"1"))))
    assert message.values(b"contact") == [b"<sip:x@y>"]
    assert message.fields[b"x-own"] == b"1"


def test_several_fields_of_one_name_all_stay() -> None:
    step = Respond(302, headers=((b"Contact", b"<sip:x@y>"), (b"Contact", b"<sip:z@y>")))
    assert answer_to(step).values(b"contact") == [b"<sip:x@y>", b"<sip:z@y>"]


@pytest.mark.parametrize(
    ("status", "method", "name"),
    [
        (401, "INVITE", b"www-authenticate"),
        (405, "INVITE", b"allow"),
        (200, "OPTIONS", b"accept"),
        (486, "INVITE", b"server"),
    ],
)
def test_a_field_that_the_status_brings_can_be_left_out(
    status: int, method: str, name: bytes
) -> None:
    assert name in answer_to(Respond(status), method=method).fields
    assert name not in answer_to(Respond(status, omit=frozenset({name})), method=method).fields


def test_the_server_field_names_the_rule_and_can_be_replaced() -> None:
    assert answer_to(Respond(486)).fields[b"server"] == b"sip-responder (trunk)"
    own = answer_to(Respond(486, headers=((b"Server", b"Acme"),)))
    assert own.values(b"server") == [b"Acme"]


def test_the_server_field_of_a_refusal_names_no_rule() -> None:
    caller = caller_of(Respond(486), settings=Settings(server="sip-responder/1.0"))
    caller.start("OPTIONS", headers={"Require": "nothing-known"})
    assert caller.last().fields[b"server"] == b"sip-responder/1.0"


def test_rules_without_end_do_not_grow_the_memory() -> None:
    responses = Responses(Settings(), counted_tokens())
    for number in range(10_002):
        responses._server(b"rule %d" % number)
    assert len(responses._servers) < 10_002
    assert responses._server(b"x") == b"Server: sip-responder (x)\r\n"


# History-Info (RFC 7044 9.4).


@pytest.mark.row("RSP-21")
@pytest.mark.parametrize(
    ("headers", "entries"),
    [
        ({}, []),
        ({"Supported": "timer"}, []),
        ({"Supported": "timer, histinfo"}, [b"<sip:someone@192.0.2.1>;index=1"]),
        (
            {"History-Info": ["<sip:a>;index=1", "<sip:b>;index=1.1"]},
            [b"<sip:a>;index=1", b"<sip:b>;index=1.1"],
        ),
    ],
    ids=["none", "another-tag", "supported", "entries"],
)
@pytest.mark.parametrize("status", [180, 302, 486])
def test_history_comes_back_only_to_who_shows_interest(
    headers: Headers, entries: list[bytes], status: int
) -> None:
    assert answer_to(Respond(status), headers).values(b"history-info") == entries


@pytest.mark.row("RSP-21")
def test_a_100_has_no_history() -> None:
    message = answer_to(Respond(100), {"History-Info": "<sip:a>;index=1"})
    assert message.status == 100
    assert b"history-info" not in message.fields


def test_a_rules_own_history_replaces_what_would_be_sent() -> None:
    wanted = {"Supported": "histinfo"}
    own = Respond(486, headers=((b"History-Info", b"<sip:own>;index=1"),))
    assert answer_to(own, wanted).values(b"history-info") == [b"<sip:own>;index=1"]
    none = Respond(486, omit=frozenset({b"history-info"}))
    assert answer_to(none, wanted).values(b"history-info") == []


# Tags.


@pytest.mark.row("RSP-02")
def test_all_responses_to_one_request_but_100_have_one_tag() -> None:
    caller = caller_of(Respond(100), Respond(180), Respond(183), Respond(200))
    caller.call("someone")
    tags = [message.fields[b"to"].partition(b";tag=")[2] for message in caller.received]
    assert tags[0] == b""
    assert len(set(tags[1:])) == 1
    assert len(tags[1]) >= 8


@pytest.mark.row("RSP-06")
def test_each_request_gets_another_tag_with_64_random_bits() -> None:
    stack = Stack(Settings(), lambda: secrets.token_hex(8).encode())
    caller = Caller(Network(stack))
    for _ in range(1000):
        caller.start("OPTIONS")
    tags = {message.fields[b"to"].partition(b";tag=")[2] for message in caller.received}
    assert len(tags) == 1000
    assert {len(tag) for tag in tags} == {16}


# Without a transaction (RFC 3261 8.2.7).


def refused(data: bytes, refusal: Refusal) -> Message:
    responses = Responses(Settings(), counted_tokens())
    flow = Flow("udp", ("192.0.2.1", 5060), ("192.0.2.9", 5070))
    sent, _ = responses.stateless(flow, parse(data), refusal)
    return parse(sent)


PLAIN = (
    b"OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKa\r\n"
    b"From: <sip:a>;tag=1\r\nTo: <sip:b;tag=x>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n"
)


@pytest.mark.row("RSP-17")
def test_the_tag_of_a_stateless_response_is_made_of_the_request() -> None:
    tag = refused(PLAIN, Refusal(503)).fields[b"to"]
    assert tag.startswith(b"<sip:b;tag=x>;tag=")
    assert refused(PLAIN, Refusal(503)).fields[b"to"] == tag
    assert refused(PLAIN.replace(b"Call-ID: c", b"Call-ID: d"), Refusal(503)).fields[b"to"] != tag


@pytest.mark.row("RSP-17")
def test_who_does_not_know_our_secret_cannot_tell_the_tag() -> None:
    flow = Flow("udp", ("192.0.2.1", 5060), ("192.0.2.9", 5070))
    tags = {
        Responses(Settings(), counted_tokens(start)).stateless(flow, parse(PLAIN), Refusal(503))[0]
        for start in range(1, 4)
    }
    assert len(tags) == 3


def test_a_refusal_brings_its_phrase_and_fields() -> None:
    message = refused(PLAIN, Refusal(503, b"Busy", ((b"Retry-After", b"5"),)))
    assert (message.status, message.reason) == (503, b"Busy")
    assert message.fields[b"retry-after"] == b"5"


def test_a_via_that_cannot_be_read_comes_back_as_it_is() -> None:
    message = refused(PLAIN.replace(b"SIP/2.0/UDP 192", b"junk; 192"), refuse(400, "x"))
    assert message.fields[b"via"] == b"junk; 192.0.2.9:5070;branch=z9hG4bKa"


# Our own address.


@pytest.mark.parametrize(
    ("advertise", "local", "host"),
    [
        (None, ("192.0.2.1", 5060), b"192.0.2.1:5060"),
        (None, ("2001:db8::1", 5061), b"[2001:db8::1]:5061"),
        (("sip.example.com", None), ("192.0.2.1", 5062), b"sip.example.com:5062"),
        (("sip.example.com", 5999), ("192.0.2.1", 5062), b"sip.example.com:5999"),
        (("2001:db8::7", 5999), ("192.0.2.1", 5062), b"[2001:db8::7]:5999"),
    ],
    ids=["local", "ipv6", "advertised", "port", "advertised-ipv6"],
)
def test_we_name_the_address_that_was_reached_or_is_advertised(
    advertise: tuple[str, int | None] | None, local: tuple[str, int], host: bytes
) -> None:
    responses = Responses(Settings(advertise=advertise), counted_tokens())
    flow = Flow("udp", local, ("192.0.2.9", 5070))
    assert responses.host(flow) == responses.host(flow) == host


def test_local_addresses_without_end_do_not_grow_the_memory() -> None:
    responses = Responses(Settings(), counted_tokens())
    for port in range(1, 1_500):
        responses.host(Flow("udp", ("192.0.2.1", port), ("192.0.2.9", 5070)))
    assert len(responses._hosts) < 1_100

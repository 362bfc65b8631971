"""What goes into an answer: what its step says, what its method owes, how it is recorded."""

import pytest

from responder.fault_files import FaultFiles
from responder.scenario.compiler import Files
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.scenario.scenarios import caller_of, no_path, stack_behind


def rule(respond: str) -> str:
    """Return a scenario with one rule."""
    return f"scenario: s\nrules: [{{name: it, respond: {respond}}}]"


@pytest.mark.parametrize("method", ["INVITE", "REGISTER", "OPTIONS", "MESSAGE", "BYE", "INFO"])
def test_a_rule_says_all_of_a_response_whatever_the_method(method: str) -> None:
    respond = (
        "{status: 480, reason: Away, after: 1s, body: {type: text/x, text: hello}, headers:"
        " {Retry-After: 7, X-A: [a, b], Allow: null, Server: {add: other}}}"
    )
    alice = caller_of(rule(respond))
    alice.start(method, "x")
    alice.advance(1)
    final = alice.final(method)
    assert (final.status, final.reason, final.body) == (480, b"Away", b"hello")
    assert final.headers("X-A") == ["a", "b"]
    assert final.headers("Retry-After") == ["7"]
    assert final.headers("Server") == ["other", "sip-responder (s/it)"]
    assert final.header("Content-Type") == "text/x"
    assert final.header("Allow") is None


def test_a_header_replaces_what_the_status_brings_and_add_stands_beside_it() -> None:
    alice = caller_of(rule("{status: 405, headers: {Allow: INVITE}}"))
    alice.call("x")
    assert alice.final("INVITE").headers("Allow") == ["INVITE"]
    alice = caller_of(rule("{status: 405, headers: {Allow: {add: FOO}}}"))
    alice.call("x")
    assert len(alice.final("INVITE").headers("Allow")) == 2


def test_the_server_field_can_be_left_out() -> None:
    alice = caller_of(rule("{status: 486, headers: {Server: null}}"))
    alice.call("x")
    assert alice.final("INVITE").header("Server") is None


def test_a_body_of_an_answer_takes_the_place_of_the_description() -> None:
    files = Files(lambda *_: b"from a file", no_path, FaultFiles())
    alice = caller_of(rule("{status: 200, body: {type: text/x, file: f}}"), files=files)
    alice.call("x", body=OFFER)
    final = alice.final("INVITE")
    assert (final.header("Content-Type"), final.body) == ("text/x", b"from a file")
    alice.ack()
    assert stack_behind(alice).journal.records[-1].notes() == []


def test_what_is_advertised_stands_in_contact_and_description() -> None:
    settings = Settings(advertise=("203.0.113.5", 5999))
    alice = Caller(Network(Stack(settings, counted_tokens())))
    alice.call("200", body=OFFER)
    final = alice.final("INVITE")
    assert final.header("Contact") == "<sip:200@203.0.113.5:5999>"
    assert b"c=IN IP4 203.0.113.5\r\n" in final.body

"""CANCEL and what it cancels."""

import pytest

from responder.testing.caller import Headers
from tests.judging import caller, judged, outcome


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_cancel_of_a_call_that_rings_is_correct(transport: str) -> None:
    alice = caller(transport)
    alice.ring()
    assert outcome(alice, "cancel") == "not seen"
    alice.cancel()
    alice.ack()
    assert outcome(alice, "cancel") == outcome(alice, "ack") == "correct"


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ({"To": "<sip:180@192.0.2.1>;tag=x"}, "the To of the CANCEL is <sip:180@192.0.2.1>;tag=x"),
        ({"From": "<sip:alice@192.0.2.9>;tag=x"}, "the From of the CANCEL is"),
        ({"CSeq": "2 CANCEL"}, "the CSeq number of the CANCEL is 2"),
        ({"Require": "100rel"}, "the CANCEL has Require"),
        ({"Proxy-Require": "x"}, "the CANCEL has Proxy-Require"),
        ({"Route": "<sip:p.example;lr>"}, "the Route of the CANCEL is <sip:p.example;lr>"),
        (
            {"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-new"},
            "the Via of the CANCEL is SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-new",
        ),
    ],
)
def test_a_cancel_that_differs_is_wrong(headers: Headers, seen: str) -> None:
    alice = caller()
    alice.ring()
    alice.cancel(headers)
    verdict = judged(alice, "cancel")
    assert verdict.sentence().startswith(seen)
    assert verdict.faults[0].section == "RFC 3261 9.1"


def test_a_cancel_goes_where_the_request_went() -> None:
    alice = caller()
    alice.ring()
    alice.send(
        alice.invite.replace(b"INVITE sip:180@", b"CANCEL sip:181@").replace(
            b"1 INVITE", b"1 CANCEL"
        )
    )
    assert (
        "the Request-URI of the CANCEL is sip:181@192.0.2.1" in judged(alice, "cancel").sentence()
    )


def test_a_cancel_before_any_response_is_wrong() -> None:
    alice = caller()
    alice.call("000")
    alice.cancel()
    assert "the CANCEL came before any response" in judged(alice, "cancel").sentence()


def test_a_cancel_may_cross_with_a_final_response_but_not_follow_its_ack() -> None:
    alice = caller()
    alice.call("486")
    alice.cancel()
    assert outcome(alice, "cancel") == "correct"
    bob = caller()
    bob.call("486")
    bob.ack()
    bob.advance(0.1)
    bob.cancel()
    assert "the CANCEL came after the 486" in judged(bob, "cancel").sentence()


def test_a_cancel_of_another_request_is_wrong() -> None:
    alice = caller()
    alice.start("OPTIONS", "sip:200@192.0.2.1;after=20s")
    alice.advance(5.0)
    alice.send(alice.sent.replace(b"OPTIONS", b"CANCEL"))
    assert "a CANCEL came for a request OPTIONS" in judged(alice, "cancel").sentence()


def test_a_cancel_for_nothing_is_wrong_in_a_record_of_its_own() -> None:
    alice = caller()
    alice.ring()
    alice.cancel({"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-new"})
    assert "a CANCEL came for no request of this call" in judged(alice, "cancel", 2).sentence()

"""BYE, and what comes after it."""

import pytest

from responder.faults.registry import compile_faults
from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond
from responder.testing.caller import Caller, Headers
from tests.judging import caller, judged, outcome, stack_of


def talking() -> Caller:
    alice = caller()
    alice.call("200")
    alice.ack()
    return alice


def test_a_bye_in_its_dialog_is_correct() -> None:
    alice = talking()
    assert outcome(alice, "bye") == outcome(alice, "after-bye") == "not seen"
    alice.bye()
    alice.advance(1.0)
    assert outcome(alice, "bye") == outcome(alice, "after-bye") == "correct"


def test_a_bye_in_an_early_dialog_is_correct() -> None:
    alice = caller()
    alice.ring()
    alice.bye()
    assert alice.statuses()[-2:] == [200, 487]
    assert outcome(alice, "bye") == "correct"


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ({"To": "<sip:200@192.0.2.1>;tag=other"}, "a BYE came with To tag other"),
        ({"To": "<sip:200@192.0.2.1>"}, "a BYE came with no To tag"),
        ({"From": "<sip:alice@192.0.2.9>;tag=other"}, "the From tag of the BYE is other"),
        ({"CSeq": "1 BYE"}, "the CSeq number of the BYE is 1"),
        ({"Route": "<sip:p.example;lr>"}, "the Route of the BYE is <sip:p.example;lr>"),
    ],
)
def test_a_bye_outside_its_dialog_is_wrong(headers: Headers, seen: str) -> None:
    alice = talking()
    alice.advance(1.0)
    alice.bye(headers)
    assert seen in judged(alice, "bye", _record_with_bye(alice)).sentence()


def _record_with_bye(alice: Caller) -> int:
    """A BYE without To tag opens an attempt of its own; all others belong to the call."""
    return 2 if b"tag" not in alice.sent.partition(b"To: ")[2].partition(b"\r\n")[0] else 1


def test_a_bye_goes_to_our_contact() -> None:
    alice = talking()
    alice.target = "sip:200@elsewhere.example"
    alice.bye()
    assert "the Request-URI of the BYE is sip:200@elsewhere.example" in (
        judged(alice, "bye").sentence()
    )


def test_a_bye_before_the_ack_is_wrong() -> None:
    alice = caller()
    alice.call("200")
    alice.advance(0.2)
    alice.bye()
    assert "the BYE came before the ACK of the 200" in judged(alice, "bye").sentence()


def test_a_bye_after_a_failure_is_wrong_but_may_cross_with_it() -> None:
    alice, bob = caller(), caller()
    for who, pause in ((alice, 0.02), (bob, 1.0)):
        who.call("180-1s-486")
        who.advance(1.0 + pause)
        who.bye()
    assert outcome(alice, "bye") == "correct"
    assert "a BYE came after the 486" in judged(bob, "bye").sentence()


@pytest.mark.parametrize("method", ["INVITE", "BYE", "INFO"])
def test_a_request_after_the_bye_is_wrong(method: str) -> None:
    alice = talking()
    alice.bye()
    alice.advance(1.0)
    alice.inside(method)
    assert judged(alice, "after-bye").sentence() == (
        f"a request {method} came after the BYE; "
        "expected none in a dialog that is over (RFC 3261 15.1.1)"
    )


def test_each_dialog_of_a_call_that_was_answered_twice_has_numbers_and_an_end_of_its_own() -> None:
    again = compile_faults({"other-tag": {"count": 1}})
    rules = Rules((Rule(Program("forked", ((Respond(200, fault=again),),))),))
    alice = caller(rules=rules)
    alice.call("family")
    first = alice.last().header("To")
    alice.advance(0.5)
    alice.ack()
    alice.ack({"To": first})
    alice.bye()
    alice.advance(0.5)
    alice.bye({"To": first, "CSeq": "2 BYE"})
    assert [outcome(alice, verdict) for verdict in ("bye", "after-bye", "cseq")] == ["correct"] * 3
    alice.advance(0.5)
    alice.inside("INFO", {"To": first, "CSeq": "2 INFO"})
    assert [outcome(alice, verdict) for verdict in ("after-bye", "cseq")] == ["correct", "wrong"]


def test_a_copy_of_the_bye_is_no_new_request() -> None:
    alice = talking()
    alice.bye()
    alice.advance(0.5)
    alice.again()
    assert outcome(alice, "after-bye") == "correct"


def test_our_own_bye_ends_the_dialog_once_the_caller_has_answered_it() -> None:
    alice = talking()
    stack_of(alice).shut_down(alice.network.now)
    alice.network.collect()
    alice.inside("INFO")
    assert outcome(alice, "after-bye") == "not seen"
    alice.answer(200)
    alice.advance(0.1)
    alice.inside("INFO")
    assert "a request INFO came after the BYE" in judged(alice, "after-bye").sentence()

"""The next try after a failure or silence."""

import pytest

from responder.testing.caller import Caller
from tests.judging import caller, judged, outcome


def elsewhere(alice: Caller) -> None:
    alice.flow = alice.network.datagrams(alice.remote, ("192.0.2.1", 5062))


@pytest.mark.parametrize("dialled", ["503", "500", "408"])
def test_the_delay_after_a_failure_is_measured(dialled: str) -> None:
    alice = caller()
    alice.call(dialled)
    alice.ack()
    assert outcome(alice, "failover") == "not seen"
    alice.advance(0.25)
    elsewhere(alice)
    alice.call(dialled)
    verdict = judged(alice, "failover")
    assert verdict.outcome == "correct"
    assert verdict.seconds == pytest.approx(0.25)
    assert verdict.sentence() == "the next INVITE came after 0.25 s at another listener"


def test_the_delay_after_silence_counts_from_the_invite() -> None:
    alice = caller()
    alice.call("000")
    alice.advance(4.0)
    alice.call("000")
    verdict = judged(alice, "failover")
    assert verdict.seconds == pytest.approx(4.0)
    assert verdict.sentence().endswith("at the same listener")


def test_what_began_before_the_failure_is_no_consequence_of_it() -> None:
    alice = caller()
    alice.call("180-2s-503")
    alice.advance(1.0)
    alice.call("180-2s-503")
    alice.advance(1.5)
    assert outcome(alice, "failover") == "not seen"
    alice.call("180-2s-503")
    assert judged(alice, "failover").seconds == pytest.approx(0.5)


@pytest.mark.parametrize("dialled", ["486", "200", "603"])
def test_other_responses_ask_for_no_further_try(dialled: str) -> None:
    alice = caller()
    alice.call(dialled)
    alice.ack()
    alice.call(dialled)
    assert outcome(alice, "failover") == "not seen"


def test_another_target_is_another_call() -> None:
    alice = caller()
    alice.call("503")
    alice.ack()
    alice.call("200")
    assert outcome(alice, "failover") == "not seen"


def test_the_same_branch_is_wrong() -> None:
    alice = caller()
    alice.call("503")
    alice.ack()
    alice.advance(40.0)
    alice.call("503", {"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-1-alice"})
    assert judged(alice, "failover").sentence() == (
        "the next INVITE has the branch of the one that failed; "
        "expected a branch of its own (RFC 3263 4.3)"
    )

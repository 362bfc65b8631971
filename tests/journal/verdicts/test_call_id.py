"""Keeping the Call-ID."""

import pytest

from tests.answering import login
from tests.judging import caller, judged, outcome


@pytest.mark.parametrize("status", [401, 407, 415, 420])
def test_a_retry_with_the_same_call_id_is_correct(status: int) -> None:
    alice = caller()
    alice.call(f"{status}-200")
    alice.ack()
    assert outcome(alice, "call-id") == "not seen"
    alice.send(alice.request("INVITE", alice.uri("200")))
    assert outcome(alice, "call-id") == "correct"


def test_an_answer_to_a_challenge_in_another_call_is_wrong() -> None:
    alice = caller()
    alice.call("401-200")
    alice.ack()
    alice.call("401-200", login(alice, alice.uri("401-200")))
    assert judged(alice, "call-id").sentence() == (
        "the INVITE after the 401 has another Call-ID; expected the same one (RFC 3261 8.1.3.5)"
    )


def test_a_new_call_to_the_same_target_is_just_that() -> None:
    alice = caller()
    alice.call("420-200")
    alice.ack()
    alice.call("420-200")
    assert outcome(alice, "call-id") == "not seen"


@pytest.mark.parametrize(("same", "verdict"), [(True, "correct"), (False, "wrong")])
def test_registrations_of_an_address_share_a_call_id(same: bool, verdict: str) -> None:
    alice = caller()
    to = {"To": "<sip:alice@192.0.2.1>"}
    alice.start("REGISTER", "", to)
    assert outcome(alice, "call-id") == "not seen"
    if same:
        alice.send(alice.request("REGISTER", alice.uri(""), to))
    else:
        alice.start("REGISTER", "", to)
    assert outcome(alice, "call-id") == verdict


def test_registrations_of_another_address_do_not_count() -> None:
    alice = caller()
    for user in ("alice", "bob"):
        alice.start("REGISTER", "", {"To": f"<sip:{user}@192.0.2.1>"})
    assert outcome(alice, "call-id") == "not seen"

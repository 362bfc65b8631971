"""Tags, CSeq and branches."""

import pytest

from responder.testing.caller import Caller, Headers
from tests.judging import caller, judged, outcome


def talking() -> Caller:
    alice = caller()
    alice.call("200")
    alice.ack()
    return alice


def test_a_sound_call_is_correct_in_all_of_them() -> None:
    alice = talking()
    alice.inside("INFO")
    alice.bye()
    assert [outcome(alice, rule) for rule in ("tags", "cseq", "branch")] == ["correct"] * 3


def test_a_from_without_a_tag_is_wrong() -> None:
    alice = caller()
    alice.call("486", {"From": "<sip:alice@192.0.2.9>"})
    assert "no tag in the From of the INVITE" in judged(alice, "tags").sentence()


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ({"From": "<sip:alice@192.0.2.9>;tag=other"}, "the From tag of the INFO is other"),
        ({"To": "<sip:200@192.0.2.1>;tag=other"}, "the To tag of the INFO is other"),
    ],
)
def test_the_tags_of_a_dialog_stay(headers: Headers, seen: str) -> None:
    alice = talking()
    alice.inside("INFO", headers)
    assert seen in judged(alice, "tags").sentence()
    assert outcome(alice, "tags", 2) == "not seen"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1 OPTIONS", "the method of the request"),
        ("2147483648 INVITE", "a number below 2**31"),
        ("one INVITE", "a number and the method"),
    ],
)
def test_a_cseq_is_a_number_and_the_method(value: str, expected: str) -> None:
    alice = caller()
    alice.call("486", {"CSeq": value})
    assert (
        judged(alice, "cseq")
        .sentence()
        .startswith(f"the CSeq of the INVITE is {value}; expected {expected}")
    )


@pytest.mark.parametrize(("number", "verdict"), [(1, "wrong"), (2, "correct"), (9, "correct")])
def test_cseq_grows_in_a_dialog(number: int, verdict: str) -> None:
    alice = talking()
    alice.inside("INFO", {"CSeq": f"{number} INFO"})
    assert outcome(alice, "cseq") == verdict


def test_cseq_grows_from_attempt_to_attempt_of_a_call() -> None:
    alice, bob = caller(), caller()
    for who, headers in ((alice, {}), (bob, {"CSeq": "1 INVITE"})):
        who.call("486")
        who.ack()
        who.send(who.request("INVITE", "sip:486@192.0.2.1", headers))
    assert outcome(alice, "cseq") == "correct"
    assert "the CSeq number of the next INVITE is 1" in judged(bob, "cseq").sentence()


def test_an_attempt_whose_number_cannot_be_read_is_passed_over() -> None:
    alice = caller()
    alice.call("486")
    alice.ack()
    alice.send(alice.request("INVITE", "sip:486@192.0.2.1", {"CSeq": "x INVITE"}))
    assert alice.statuses()[-1] == 400
    alice.send(alice.request("INVITE", "sip:486@192.0.2.1", {"CSeq": "1 INVITE"}))
    assert "the CSeq number of the next INVITE is 1" in judged(alice, "cseq").sentence()


@pytest.mark.parametrize("branch", ["z9hG4bK", "other", ""])
def test_a_branch_begins_with_the_cookie(branch: str) -> None:
    alice = caller()
    alice.start("OPTIONS", "200", {"Via": f"SIP/2.0/UDP 192.0.2.9:5070;branch={branch}x"})
    assert outcome(alice, "branch") == ("correct" if branch == "z9hG4bK" else "wrong")


@pytest.mark.parametrize("method", ["INVITE", "INFO"])
def test_a_branch_that_was_used_before_is_wrong(method: str) -> None:
    alice = talking()
    alice.inside(method, {"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-1-alice"})
    assert (
        judged(alice, "branch")
        .sentence()
        .startswith(f"the {method} with CSeq 2 has the branch of the INVITE before it")
    )


def test_a_branch_of_an_earlier_call_is_wrong_too() -> None:
    alice = caller()
    alice.start("OPTIONS", "200")
    alice.advance(40.0)
    alice.again()
    assert outcome(alice, "branch") == "correct"  # a late copy
    alice.start("OPTIONS", "404", {"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-1-alice"})
    assert "has the branch of the OPTIONS before it" in judged(alice, "branch").sentence()


def test_a_branch_of_another_attempt_is_wrong_too() -> None:
    alice = caller()
    alice.start("OPTIONS", "200")
    alice.advance(40.0)
    alice.start("OPTIONS", "404", {"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-1-alice"})
    assert "has the branch of the OPTIONS before it" in judged(alice, "branch").sentence()


def test_cancel_and_the_ack_of_a_failure_share_the_branch_of_their_invite() -> None:
    alice = caller()
    alice.ring()
    alice.cancel()
    alice.ack()
    assert outcome(alice, "branch") == "correct"

"""Timers A and E, and the sameness of copies."""

import pytest

from responder.journal.verdicts import RULES
from tests.judging import again_at, caller, judged, outcome, spoilt

SILENT = "000"


def test_an_invite_sent_again_at_t1_and_doubling_is_correct() -> None:
    alice = caller()
    alice.call(SILENT)
    again_at(alice, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5)
    assert outcome(alice, "timer-a") == "correct"
    assert outcome(alice, "timer-e") == "not seen"


def test_clocks_need_not_be_exact_and_copies_may_be_lost() -> None:
    alice = caller()
    alice.call(SILENT)
    again_at(alice, 0.54, 3.6, 7.7)
    assert outcome(alice, "timer-a") == "correct"


def test_a_larger_t1_is_correct_and_said() -> None:
    alice = caller()
    alice.call(SILENT)
    again_at(alice, 2.0, 6.0)
    verdict = judged(alice, "timer-a")
    assert (verdict.outcome, verdict.sentence(), verdict.seconds) == ("correct", "T1 is 2 s", 2.0)


@pytest.mark.parametrize("offsets", [(0.1, 0.3, 0.7), (0.5, 1.0, 1.5), (0.5, 1.5, 3.5, 4.0)])
def test_other_intervals_are_wrong(offsets: tuple[float, ...]) -> None:
    alice = caller()
    alice.call(SILENT)
    again_at(alice, *offsets)
    verdict = judged(alice, "timer-a")
    assert verdict.outcome == "wrong"
    assert verdict.sentence().startswith(f"copies of the INVITE came after {offsets[0]:g}, ")
    assert "RFC 3261 17.1.1.2" in verdict.sentence()


def test_no_copy_at_all_is_wrong_once_three_are_overdue() -> None:
    alice = caller()
    alice.call(SILENT)
    alice.advance(3.0)
    assert outcome(alice, "timer-a") == "not seen"
    alice.advance(1.0)
    assert "no copy of the INVITE came in 4.0 s" in judged(alice, "timer-a").sentence()


@pytest.mark.parametrize("dialled", ["180", "486"])
def test_a_response_ends_the_copies_of_an_invite(dialled: str) -> None:
    alice = caller()
    alice.call(dialled)
    assert outcome(alice, "timer-a") == "not seen"
    again_at(alice, 0.5)
    alice.advance(2.0)
    # The response to what came first may have been lost.
    assert outcome(alice, "timer-a") == "correct"


def test_copies_that_go_on_after_a_provisional_are_wrong() -> None:
    alice = caller()
    alice.call("180")
    again_at(alice, 0.5, 1.5, 3.5)
    assert judged(alice, "timer-a").sentence() == (
        "3 copies of the INVITE came after the 100; "
        "expected no copy after a response (RFC 3261 17.1.1.2)"
    )


@pytest.mark.parametrize(
    ("offsets", "verdict"),
    [
        ((0.5, 1.5, 3.5, 7.5, 11.5, 15.5), "correct"),
        ((0.5, 1.5, 3.5, 7.5, 15.5, 31.5), "correct"),
        ((0.5, 1.0, 1.5), "wrong"),
    ],
)
def test_another_request_doubles_up_to_t2(offsets: tuple[float, ...], verdict: str) -> None:
    alice = caller()
    alice.start("OPTIONS", SILENT)
    again_at(alice, *offsets)
    assert outcome(alice, "timer-e") == verdict
    assert outcome(alice, "timer-a") == "not seen"


def test_a_provisional_does_not_end_the_copies_of_another_request() -> None:
    alice = caller()
    alice.start("OPTIONS", "sip:200@192.0.2.1;after=20s")
    again_at(alice, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5)
    assert 100 in alice.statuses()
    assert outcome(alice, "timer-e") == "correct"


def test_copies_that_go_on_after_a_final_response_are_wrong() -> None:
    alice = caller()
    alice.start("OPTIONS", "200")
    again_at(alice, 0.5, 1.5)
    assert "2 copies of the OPTIONS came after the 200" in judged(alice, "timer-e").sentence()


@pytest.mark.parametrize(("method", "rule"), [("INVITE", "timer-a"), ("OPTIONS", "timer-e")])
def test_any_copy_over_a_reliable_transport_is_wrong(method: str, rule: str) -> None:
    alice = caller("tcp")
    alice.start(method, SILENT)
    alice.advance(0.5)
    assert outcome(alice, rule) == "not seen"
    alice.advance(4.0)
    assert outcome(alice, rule) == "correct"
    alice.again()
    assert f"the {method} came again over tcp" in judged(alice, rule).sentence()


def test_copies_are_the_same_bytes() -> None:
    alice = caller()
    alice.call(SILENT)
    assert outcome(alice, "copies") == "not seen"
    again_at(alice, 0.5)
    assert outcome(alice, "copies") == "correct"
    alice.again(alice.invite.replace(b"Max-Forwards: 70", b"Max-Forwards: 69"))
    assert "a copy of the INVITE differs" in judged(alice, "copies").sentence()


def test_a_response_that_was_spoilt_may_end_the_copies_or_not() -> None:
    alice, bob = caller(), caller()
    for who in (alice, bob):
        who.start("OPTIONS", "200")
    again_at(alice, 0.5, 1.5, 3.5)
    bob.advance(10.0)
    assert [RULES["timer-e"].verdict(spoilt(who, 200)).outcome for who in (alice, bob)] == [
        "correct",
        "not seen",
    ]

"""Timers B and F: how long a caller waits where nothing comes."""

import pytest

from responder.journal.verdicts import RULES
from tests.judging import again_at, caller, judged, outcome, spoilt

INVITES = (0.5, 1.5, 3.5, 7.5, 15.5, 31.5)
OTHERS = (0.5, 1.5, *(3.5 + 4 * n for n in range(8)))


@pytest.mark.parametrize(
    ("method", "rule", "offsets"),
    [("INVITE", "timer-b", INVITES), ("OPTIONS", "timer-f", OTHERS)],
)
def test_copies_up_to_64_t1_are_correct(method: str, rule: str, offsets: tuple[float, ...]) -> None:
    alice = caller()
    alice.start(method, "000")
    again_at(alice, *offsets)
    assert outcome(alice, rule) == "not seen"
    alice.advance(1.0)
    assert outcome(alice, rule) == "correct"
    assert judged(alice, rule).seconds == pytest.approx(31.5)


@pytest.mark.parametrize(
    ("method", "rule", "offsets"),
    [("INVITE", "timer-b", INVITES[:-1]), ("OPTIONS", "timer-f", OTHERS[:-1])],
)
def test_the_last_copy_may_be_lost(method: str, rule: str, offsets: tuple[float, ...]) -> None:
    alice = caller()
    alice.start(method, "000")
    again_at(alice, *offsets)
    alice.advance(40.0)
    assert outcome(alice, rule) == "correct"


@pytest.mark.parametrize(
    ("method", "rule", "section"),
    [("INVITE", "timer-b", "17.1.1.2"), ("OPTIONS", "timer-f", "17.1.2.2")],
)
def test_giving_up_early_is_wrong(method: str, rule: str, section: str) -> None:
    alice = caller()
    alice.start(method, "000")
    again_at(alice, 0.5, 1.5, 3.5)
    alice.advance(40.0)
    assert judged(alice, rule).sentence() == (
        f"the last copy of the {method} came after 3.5 s; expected copies until 64*T1 (32 s) "
        f"while no answer comes (RFC 3261 {section})"
    )


def test_going_on_is_wrong_though_the_transaction_is_over() -> None:
    alice = caller()
    alice.call("000")
    again_at(alice, *INVITES, 63.5)
    verdict = judged(alice, "timer-b")
    assert "a copy of the INVITE came 63.5 s after the first" in verdict.sentence()
    assert verdict.seconds == 63.5


def test_a_larger_t1_means_a_longer_wait() -> None:
    alice = caller()
    alice.call("000")
    again_at(alice, *(2 * offset for offset in INVITES))
    alice.advance(2.0)
    assert outcome(alice, "timer-b") == "correct"


def test_an_answer_or_a_stream_shows_nothing() -> None:
    alice, bob = caller(), caller("tcp")
    alice.call("180")
    alice.advance(100.0)
    assert outcome(alice, "timer-b") == "not seen"
    bob.call("000")
    bob.advance(100.0)
    assert outcome(bob, "timer-b") == "not seen"


def test_a_response_that_was_spoilt_may_end_the_waiting_or_not() -> None:
    alice = caller()
    alice.start("OPTIONS", "200")
    alice.advance(40.0)
    assert RULES["timer-f"].verdict(spoilt(alice, 200)).outcome == "not seen"

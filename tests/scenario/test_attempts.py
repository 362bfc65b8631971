"""Whose request is the how-manieth."""

import pytest

from responder.scenario.attempts import PER, Attempts
from responder.scenario.steps import Program, Respond
from responder.scenario.view import View
from tests.scenario.requests import flow, request, seen

THREE = ((Respond(503),), (Respond(486),), (Respond(200),))


def program(per: str = "rule", then: str = "cycle", name: str = "r") -> Program:
    return Program(name, THREE, per=per, then=then)


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("cycle", [0, 1, 2, 0, 1, 2, 0]),
        ("repeat-last", [0, 1, 2, 2, 2, 2, 2]),
    ],
)
def test_what_follows_the_last_attempt(then: str, expected: list[int]) -> None:
    attempts = Attempts()
    assert [attempts.next(program(then=then), seen(), b"x") for _ in expected] == expected


def test_a_program_can_be_spent() -> None:
    attempts, once = Attempts(), program(then="unmatched", per="from.user")
    for _ in range(3):
        assert not attempts.spent(once, seen())
        attempts.next(once, seen(), b"x")
    assert attempts.spent(once, seen())
    assert not attempts.spent(once, seen("From: <sip:carol@h>;tag=1"))
    assert not attempts.spent(program(), seen())


def test_a_program_is_over_once_nobody_gets_anything_of_it() -> None:
    attempts = Attempts()
    once, theirs = program(then="unmatched"), program(then="unmatched", per="from.user")
    for _ in range(3):
        assert not attempts.over(once)
        attempts.next(once, seen(), b"x")
        attempts.next(theirs, seen(), b"x")
    assert attempts.over(once)
    assert not attempts.over(theirs)
    assert not attempts.over(program())


def test_counts_are_forgotten_by_the_name_of_a_program() -> None:
    attempts, other = Attempts(), program(name="other")
    for each in (program(), program(per="from.user"), other):
        attempts.next(each, seen(), b"x")
    attempts.forget("r")
    assert attempts.next(program(), seen(), b"x") == 0
    assert attempts.next(program(per="from.user"), seen(), b"x") == 0
    assert attempts.next(other, seen(), b"x") == 1


@pytest.mark.parametrize(
    ("per", "lines", "start"),
    [
        ("from.user", ("From: <sip:carol@h>;tag=1",), "INVITE sip:bob@example.com SIP/2.0"),
        ("to.user", ("To: <sip:carol@h>",), "INVITE sip:bob@example.com SIP/2.0"),
        ("uri.user", (), "INVITE sip:carol@example.com SIP/2.0"),
        ("call-id", ("Call-ID: two",), "INVITE sip:bob@example.com SIP/2.0"),
        ("caller", ("From: <sip:carol@h>;tag=1",), "INVITE sip:bob@example.com SIP/2.0"),
    ],
)
def test_counts_are_kept_apart_and_no_others(per: str, lines: tuple[str, ...], start: str) -> None:
    attempts = Attempts()
    other = seen(*lines, start=start)
    assert attempts.next(program(per), seen(), b"x") == 0
    assert attempts.next(program(per), other, b"x") == 0
    assert attempts.next(program(per), seen("Subject: other"), b"x") == 1
    assert Attempts().next(program("rule"), other, b"x") == 0
    together = Attempts()
    assert [together.next(program("rule"), each, b"x") for each in (seen(), other)] == [0, 1]


def test_sources_are_counted_apart() -> None:
    attempts = Attempts()
    near, far = View(request(), flow()), View(request(), flow("192.0.2.10"))
    assert [attempts.next(program("source"), each, b"") for each in (near, far, near)] == [0, 0, 1]


@pytest.mark.parametrize("per", PER)
def test_a_request_without_what_is_counted_by_is_counted_all_the_same(per: str) -> None:
    attempts = Attempts()
    odd = seen("From: <<", "To: <<", start="INVITE tel:1 SIP/2.0")
    assert [attempts.next(program(per), odd, b"") for _ in range(2)] == [0, 1]


def test_programs_are_counted_apart() -> None:
    attempts = Attempts()
    assert attempts.next(program(name="a"), seen(), b"") == 0
    assert attempts.next(program(name="b"), seen(), b"") == 0


def test_counts_without_end_do_not_grow_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("responder.scenario.attempts._MOST_COUNTS", 10)
    attempts = Attempts()
    for number in range(25):
        attempts.next(program("call-id"), seen(f"Call-ID: {number}"), b"")
        assert len(attempts) <= 10


def test_counts_that_are_cleared_begin_anew() -> None:
    attempts = Attempts()
    attempts.next(program(), seen(), b"")
    attempts.clear()
    assert attempts.next(program(), seen(), b"") == 0

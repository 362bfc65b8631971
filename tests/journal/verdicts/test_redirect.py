"""Following a redirection."""

import pytest

from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond
from responder.testing.caller import Caller
from tests.judging import caller, judged, outcome

CONTACTS = (
    b"<sip:486@192.0.2.1>;q=0.9, <sip:480@192.0.2.1;method=INVITE>;q=0.5, <sip:x@far.example>;q=bad"
)
MOVED = Rules(
    (Rule(Program("moved", ((Respond(302, headers=((b"Contact", CONTACTS),)),),)), user=b"moved"),)
)


def moved() -> Caller:
    alice = caller(rules=MOVED)
    alice.call("moved")
    alice.ack()
    return alice


def go_on(alice: Caller, user: str) -> None:
    alice.send(alice.request("INVITE", alice.uri(user)))
    alice.ack()


def test_not_following_is_not_seen() -> None:
    assert outcome(moved(), "redirect") == "not seen"


def test_contacts_in_order_are_followed() -> None:
    alice = moved()
    go_on(alice, "486")
    go_on(alice, "480")
    assert outcome(alice, "redirect") == "correct"
    assert judged(alice, "redirect").sentence() == "sip:486@192.0.2.1 was tried"


def test_a_new_call_id_is_allowed() -> None:
    alice = moved()
    alice.call("486")
    assert outcome(alice, "redirect") == "correct"


def test_another_order_is_said() -> None:
    alice = moved()
    go_on(alice, "480")
    verdict = judged(alice, "redirect")
    assert (verdict.outcome, verdict.sentence()) == (
        "correct",
        "sip:480@192.0.2.1 was tried before one with a higher q",
    )


def test_a_q_that_cannot_be_read_counts_as_1() -> None:
    contacts = b"<sip:486@192.0.2.1>;q=0.9, <sip:480@192.0.2.1>;q=high"
    step = Respond(302, headers=((b"Contact", contacts),))
    alice = caller(rules=Rules((Rule(Program("moved", ((step,),)), user=b"moved"),)))
    alice.call("moved")
    alice.ack()
    go_on(alice, "486")
    assert "before one with a higher q" in judged(alice, "redirect").sentence()


def test_going_elsewhere_is_wrong_in_the_same_call_only() -> None:
    alice, bob = moved(), moved()
    go_on(alice, "third")
    bob.call("third")
    assert judged(alice, "redirect").sentence() == (
        "the next INVITE went to sip:third@192.0.2.1; "
        "expected a Contact of the response (RFC 3261 8.1.3.4)"
    )
    assert outcome(bob, "redirect") == "not seen"


@pytest.mark.parametrize("users", [["moved"], ["486", "486"]])
def test_the_same_uri_twice_is_wrong(users: list[str]) -> None:
    alice = moved()
    for user in users:
        go_on(alice, user)
    assert f"sip:{users[-1]}@192.0.2.1 was tried again" in judged(alice, "redirect").sentence()


def test_a_challenge_on_the_way_is_no_second_try() -> None:
    rules = Rules(
        (
            Rule(
                Program(
                    "moved", ((Respond(302, headers=((b"Contact", b"<sip:401-200@192.0.2.1>"),)),),)
                ),
                user=b"moved",
            ),
        )
    )
    alice = caller(rules=rules)
    alice.call("moved")
    alice.ack()
    for _ in range(2):
        go_on(alice, "401-200")
    assert alice.statuses()[-1] == 200
    assert outcome(alice, "redirect") == "correct"


def test_a_further_redirection_adds_its_contacts() -> None:
    rules = Rules(
        tuple(
            Rule(
                Program(
                    user, ((Respond(302, headers=((b"Contact", b"<sip:%b@192.0.2.1>" % to),)),),)
                ),
                user=user.encode(),
            )
            for user, to in (("moved", b"on"), ("on", b"there"))
        )
    )
    alice = caller(rules=rules)
    alice.call("moved")
    alice.ack()
    go_on(alice, "on")
    go_on(alice, "there")
    assert outcome(alice, "redirect") == outcome(alice, "redirect", 2) == "correct"


def test_another_method_is_another_matter() -> None:
    alice = moved()
    alice.start("OPTIONS", "third")
    assert outcome(alice, "redirect") == "not seen"

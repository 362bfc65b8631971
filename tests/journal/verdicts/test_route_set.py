"""Requests inside the dialog and the way that they take."""

import pytest

from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond
from responder.testing.caller import Caller, Headers
from tests.judging import caller, judged, outcome

A, B = "<sip:a.example;lr>", "<sip:b.example;lr>"
VIA = "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-x"
BELOW = "SIP/2.0/UDP below.example;branch=z9hG4bK-below"


def talking(*record_route: str) -> Caller:
    alice = caller()
    alice.call("200", {"Record-Route": list(record_route) or None})
    alice.ack()
    return alice


def test_without_record_route_there_is_no_route() -> None:
    alice = talking()
    alice.inside("INFO")
    assert outcome(alice, "route-set") == "correct"
    alice.inside("INFO", {"Route": A})
    assert judged(alice, "route-set").sentence() == (
        f"the Route of the INFO is {A}; "
        "expected none, as the route set is empty (RFC 3261 12.2.1.1)"
    )


def test_record_route_in_reverse_order_is_correct() -> None:
    alice = talking(A, B)
    alice.inside("INFO")
    assert outcome(alice, "route-set") == "correct"


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({"Route": [A, B]}, "wrong"),
        ({"Route": f"{B}, {A}"}, "correct"),
        ({"Route": [B, A, A]}, "wrong"),
        ({"Route": [B, "<nonsense"]}, "wrong"),
        ({"Route": A}, "wrong"),
        ({"Route": A, "Via": [VIA, BELOW]}, "correct"),  # one proxy took its own away
        ({"Route": B, "Via": [VIA, BELOW]}, "wrong"),
        ({"Route": None, "Via": [VIA, BELOW]}, "wrong"),
        ({"Route": None, "Via": f"{VIA}, {BELOW}, {BELOW}"}, "correct"),
    ],
)
def test_each_proxy_takes_its_own_route_away(headers: Headers, verdict: str) -> None:
    alice = talking(A, B)
    alice.inside("INFO", headers)
    assert outcome(alice, "route-set") == verdict


def test_a_strict_router_gets_the_request_uri() -> None:
    alice = talking(A, "<sip:strict.example>")
    alice.send(alice.request("INFO", "sip:strict.example", {"Route": [A, f"<{alice.target}>"]}))
    assert outcome(alice, "route-set") == "wrong"  # the ACK went as if it were a loose one
    assert [fault.seen.partition(" is")[0] for fault in judged(alice, "route-set").faults] == [
        "the Request-URI of the ACK",
        "the Route of the ACK",
    ]


def test_the_remote_target_is_our_contact_and_follows_a_re_invite() -> None:
    alice = talking()
    first = alice.target
    alice.inside("INVITE")
    alice.ack()
    assert outcome(alice, "route-set") == "correct"
    alice.target = first.replace("200@", "201@")
    alice.inside("INFO")
    assert "the Request-URI of the INFO is sip:201@" in judged(alice, "route-set").sentence()


@pytest.mark.parametrize("dialled", ["486", "180-486"])
def test_the_ack_of_a_failure_is_not_inside_the_dialog(dialled: str) -> None:
    alice = caller()
    alice.call(dialled, {"Record-Route": A})
    alice.ack()
    assert outcome(alice, "route-set") == "not seen"


def test_a_response_without_contact_gives_no_target() -> None:
    bare = Program("bare", ((Respond(200, omit=frozenset({b"contact"})),),))
    alice = caller(rules=Rules((Rule(bare, user=b"bare"),)))
    alice.call("bare")
    alice.ack()
    assert outcome(alice, "route-set") == "not seen"
    assert outcome(alice, "ack") == "correct"


def test_a_dialog_that_we_never_gave_shows_nothing() -> None:
    alice = caller()
    alice.call("486")
    alice.ack()
    alice.inside("INFO", {"To": "<sip:x@h>;tag=never"})
    assert outcome(alice, "route-set") == "not seen"

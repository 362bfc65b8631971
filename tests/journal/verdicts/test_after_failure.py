"""What the next try changes, or does not do."""

import pytest

from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond
from responder.testing.caller import Caller, Headers
from tests.judging import caller, judged, outcome, stack_of
from tests.reinvites import reinvite


def again(alice: Caller, method: str, dialled: str, headers: Headers | None = None) -> None:
    alice.send(alice.request(method, alice.uri(dialled), headers))


def failed(dialled: str, headers: Headers, method: str = "INVITE") -> Caller:
    alice = caller()
    alice.start(method, dialled, headers)
    if method == "INVITE":
        alice.ack()
    return alice


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, "correct"),
        ({"Require": "timer"}, "correct"),
        ({"Require": "timer, foo"}, "wrong"),
        ({"Proxy-Require": "foo"}, "wrong"),
    ],
)
def test_after_a_420_the_extension_is_dropped(headers: Headers, verdict: str) -> None:
    alice = failed("200", {"Require": "foo"})
    assert alice.statuses()[-1] == 420
    assert outcome(alice, "bad-extension") == "not seen"
    again(alice, "INVITE", "200", headers)
    assert outcome(alice, "bad-extension") == verdict
    if verdict == "wrong":
        assert "the next INVITE requires foo again" in judged(alice, "bad-extension").sentence()


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({"Expires": "90"}, "correct"),
        ({"Expires": "0"}, "correct"),
        ({"Expires": "60"}, "wrong"),
        ({"Contact": "<sip:alice@192.0.2.9>;expires=60", "Expires": "90"}, "wrong"),
        ({"Contact": "<sip:alice@192.0.2.9>;expires=90"}, "correct"),
        ({"Expires": "soon"}, "correct"),
    ],
)
def test_after_a_423_more_time_is_asked_for(headers: Headers, verdict: str) -> None:
    alice = failed("sip:423@192.0.2.1;min-expires=90", {}, "SUBSCRIBE")
    assert alice.last().header("Min-Expires") == "90"
    again(alice, "SUBSCRIBE", "200", headers)
    assert outcome(alice, "min-expires") == verdict


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({"Min-SE": "300", "Session-Expires": "300"}, "correct"),
        ({"Min-SE": "300"}, "correct"),
        ({"Session-Expires": "300;refresher=uac"}, "wrong"),
        ({"Min-SE": "200", "Session-Expires": "300"}, "wrong"),
        ({"Min-SE": "300", "Session-Expires": "200"}, "wrong"),
    ],
)
def test_after_a_422_the_session_interval_is_raised(headers: Headers, verdict: str) -> None:
    alice = failed("sip:422@192.0.2.1;min-se=300", {})
    assert alice.last().header("Min-SE") == "300"
    again(alice, "INVITE", "200", headers)
    assert outcome(alice, "min-se") == verdict


@pytest.mark.parametrize(
    ("status", "name", "rule"), [(423, b"Min-Expires", "min-expires"), (422, b"Min-SE", "min-se")]
)
def test_a_minimum_that_cannot_be_read_asks_for_nothing(
    status: int, name: bytes, rule: str
) -> None:
    odd = Program("odd", ((Respond(status, headers=((name, b"soon"),)),), (Respond(200),)))
    alice = caller(rules=Rules((Rule(odd, user=b"odd"),)))
    alice.start("SUBSCRIBE", "odd")
    again(alice, "SUBSCRIBE", "odd")
    assert outcome(alice, rule) == "not seen"


@pytest.mark.parametrize(
    ("wait", "verdict"),
    [(0.5, "wrong"), (1.8, "wrong"), (2.1, "correct"), (4.0, "correct"), (60.0, "not seen")],
)
def test_after_glare_the_owner_of_the_call_id_waits(wait: float, verdict: str) -> None:
    alice = caller()
    alice.call("200")
    alice.ack()
    ours = next(iter(stack_of(alice).endpoint.dialogs.values()))
    reinvite(stack_of(alice), ours, alice.network.now)
    alice.network.collect()
    alice.answer(491)
    alice.inside("INVITE")
    assert alice.statuses()[-1] == 200
    alice.ack()
    reinvite(stack_of(alice), ours, alice.network.now)
    alice.network.collect()
    alice.inside("INVITE")
    assert alice.statuses()[-1] == 491
    alice.answer(488)
    alice.ack()
    alice.advance(wait)
    alice.inside("INVITE")
    assert outcome(alice, "request-pending") == verdict


def test_a_491_to_a_first_invite_shows_nothing() -> None:
    alice = failed("491", {})
    again(alice, "INVITE", "200")
    assert outcome(alice, "request-pending") == "not seen"


@pytest.mark.parametrize("dialled", ["600", "603"])
def test_after_a_6xx_nothing_is_tried_elsewhere(dialled: str) -> None:
    alice, bob, carol = (failed(dialled, {}) for _ in range(3))
    again(alice, "INVITE", dialled)
    bob.flow = bob.network.datagrams(bob.remote, ("192.0.2.1", 5062))
    bob.advance(1.0)
    bob.call(dialled)
    assert "the INVITE came again 0 s after the" in judged(alice, "global-failure").sentence()
    assert "the INVITE came again 1 s after the" in judged(bob, "global-failure").sentence()
    carol.call(dialled)
    assert outcome(carol, "global-failure") == "not seen"
    carol.advance(32.0)
    assert outcome(carol, "global-failure") == "correct"

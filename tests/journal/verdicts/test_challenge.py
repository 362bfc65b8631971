"""Answering a challenge."""

from collections.abc import Mapping

import pytest

from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond
from responder.testing.caller import Caller, Headers
from tests.answering import ALICE, login, quoted
from tests.judging import caller, judged, outcome

TWICE = "401-401-200"


def challenged(dialled: str = "401-200", rules: Rules | None = None) -> Caller:
    alice = caller(rules=rules)
    alice.call(dialled)
    alice.ack()
    return alice


def again(alice: Caller, headers: Headers, dialled: str = "401-200") -> None:
    alice.send(alice.request("INVITE", alice.uri(dialled), headers))
    alice.ack(headers)


@pytest.mark.parametrize("dialled", ["401-200", "407-200"])
def test_a_challenge_that_is_answered_is_correct(dialled: str) -> None:
    alice = challenged(dialled)
    assert outcome(alice, "challenge") == "not seen"
    again(alice, login(alice, alice.uri(dialled)), dialled)
    assert alice.statuses()[-1] == 200
    assert outcome(alice, "challenge", users=ALICE) == "correct"


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({"nonce": quoted("other")}, "nonce is other"),
        ({"nonce": None}, "nonce is missing"),
        ({"algorithm": "SHA-256"}, "algorithm is SHA-256"),
        ({"opaque": quoted("other")}, "opaque is other"),
        ({"uri": quoted("sip:x")}, "uri is sip:x; expected the Request-URI, sip:401-200@192.0.2.1"),
        ({"uri": None}, "uri is missing"),
        ({"qop": None}, "qop is missing; expected one of auth"),
        ({"qop": "other"}, "qop is other"),
        ({"cnonce": None}, "cnonce is missing"),
        ({"nc": "00000002"}, "nc is 00000002"),
        ({"nc": "1"}, "nc is 1"),
        ({"nc": None}, "nc is missing"),
        ({"username": None}, "username or realm is missing"),
        ({"response": quoted("0" * 32)}, "the response of user alice is not the digest"),
        ({"realm": quoted("other")}, "the INVITE came again without Authorization for the realm"),
    ],
)
def test_a_parameter_that_is_not_right(changes: Mapping[str, str | None], seen: str) -> None:
    alice = challenged()
    again(alice, login(alice, alice.uri("401-200"), changes=changes))
    verdict = judged(alice, "challenge", users=ALICE)
    assert verdict.sentence().startswith(seen)


def test_no_credentials_at_all_are_wrong() -> None:
    alice = challenged()
    again(alice, {})
    assert "the INVITE came again without Authorization" in judged(alice, "challenge").sentence()


@pytest.mark.parametrize("password", [b"secret", b"guess"])
def test_the_digest_is_judged_where_the_password_is_known(password: bytes) -> None:
    alice = challenged()
    again(alice, login(alice, alice.uri("401-200"), password=password))
    assert outcome(alice, "challenge") == "correct"
    right = outcome(alice, "challenge", users=ALICE) == "correct"
    assert right is (password == b"secret")


def test_behind_a_proxy_the_uri_may_have_been_another() -> None:
    alice = challenged()
    vias = ["SIP/2.0/UDP p;branch=z9hG4bK-a", "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-b"]
    again(alice, {**login(alice, "sip:before.example"), "Via": vias})
    assert outcome(alice, "challenge", users=ALICE) == "correct"


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ({"CSeq": "1 INVITE"}, "the CSeq number is 1"),
        ({"From": "<sip:alice@192.0.2.9>;tag=other"}, "the From tag is other"),
    ],
)
def test_it_is_a_new_request_of_the_same_call(headers: Headers, seen: str) -> None:
    alice = challenged()
    again(alice, {**login(alice, alice.uri("401-200")), **headers})
    assert seen in judged(alice, "challenge").sentence()


def test_another_call_id_is_a_matter_of_its_own() -> None:
    alice = challenged()
    alice.call("401-200", login(alice, alice.uri("401-200")))
    assert outcome(alice, "challenge", users=ALICE) == "correct"
    assert outcome(alice, "call-id") == "wrong"


def test_an_old_challenge_without_qop_is_answered_without_it() -> None:
    step = Respond(401, headers=((b"WWW-Authenticate", b'Digest realm="r", nonce="a"'),))
    program = Program("old", ((step,), (Respond(200),)))
    alice = challenged("old", Rules((Rule(program, user=b"old"),)))
    again(alice, login(alice, alice.uri("old")), "old")
    assert b"qop" not in alice.invite
    assert outcome(alice, "challenge", users=ALICE) == "correct"


def test_the_branch_is_a_new_one() -> None:
    alice = challenged()
    headers = login(alice, alice.uri("401-200"))
    alice.advance(40.0)
    again(alice, {**headers, "Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-1-alice"})
    assert "the branch is that of the challenged" in judged(alice, "challenge").sentence()


def test_a_second_refusal_ends_it() -> None:
    alice = challenged(TWICE)
    again(alice, login(alice, alice.uri(TWICE)), TWICE)
    assert alice.statuses()[-1] == 401
    assert outcome(alice, "challenge", 1) == "correct"
    assert outcome(alice, "challenge", 2) == "not seen"
    again(alice, login(alice, alice.uri(TWICE)), TWICE)
    assert judged(alice, "challenge", 2).sentence() == (
        "user alice came again after a refusal; "
        "expected no further try with credentials that were just refused (RFC 3261 22.1)"
    )


def test_a_stale_nonce_is_no_refusal() -> None:
    def challenge(nonce: bytes, more: bytes = b"") -> tuple[Respond]:
        value = b'Digest realm="r", nonce="%b", qop="auth"%b' % (nonce, more)
        return (Respond(401, headers=((b"WWW-Authenticate", value),)),)

    program = Program("stale", (challenge(b"1"), challenge(b"2", b", stale=TRUE"), (Respond(200),)))
    alice = challenged("stale", Rules((Rule(program, user=b"stale"),)))
    for _ in range(2):
        again(alice, login(alice, alice.uri("stale")), "stale")
    assert alice.statuses()[-1] == 200
    assert outcome(alice, "challenge", 2, users=ALICE) == "correct"


@pytest.mark.parametrize(("counts", "verdict"), [((1, 2, 3), "correct"), ((1, 2, 2), "wrong")])
def test_nc_grows_with_each_use_of_a_nonce(counts: tuple[int, ...], verdict: str) -> None:
    alice = caller()
    alice.start("REGISTER", "", {"To": "<sip:401-200-200-200@192.0.2.1>"})
    answers = [login(alice, alice.uri(""), "REGISTER", nc) for nc in counts]
    for headers in answers:
        to = {"To": "<sip:401-200-200-200@192.0.2.1>"}
        alice.send(alice.request("REGISTER", alice.uri(""), {**headers, **to}))
    found = judged(alice, "challenge", users=ALICE)
    assert found.outcome == verdict
    if verdict == "wrong":
        assert "nc is 00000002 in the next REGISTER with the nonce" in found.sentence()


def test_one_of_several_algorithms_is_enough() -> None:
    values = [
        b'Digest realm="r", nonce="a", algorithm=%b, qop="auth"' % name
        for name in (b"SHA-512-256", b"SHA-256", b"MD5")
    ]
    step = Respond(401, headers=tuple((b"WWW-Authenticate", value) for value in values))
    program = Program("many", ((step,), (Respond(200),)))
    alice = challenged("many", Rules((Rule(program, user=b"many"),)))
    again(alice, login(alice, alice.uri("many")), "many")
    assert outcome(alice, "challenge", users=ALICE) == "correct"


def test_a_challenge_that_is_no_digest_shows_nothing() -> None:
    step = Respond(401, headers=((b"WWW-Authenticate", b"Bearer abc"),))
    alice = challenged("bearer", Rules((Rule(Program("b", ((step,),)), user=b"bearer"),)))
    again(alice, {}, "bearer")
    assert outcome(alice, "challenge") == "not seen"

"""The ACK of each class of final responses."""

import pytest

from responder.journal.verdicts import RULES
from responder.testing.caller import Headers
from tests.judging import caller, judged, outcome, spoilt

ROUTES = {"Record-Route": ["<sip:a.example;lr>", "<sip:b.example;lr>"]}


@pytest.mark.parametrize("dialled", ["486", "302", "200"])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_ack_as_it_has_to_be_is_correct(dialled: str, transport: str) -> None:
    alice = caller(transport)
    alice.call(dialled)
    assert outcome(alice, "ack") == "not seen"
    alice.ack()
    assert outcome(alice, "ack") == "correct"


@pytest.mark.parametrize(("dialled", "section"), [("486", "17.1.1.3"), ("200", "13.2.2.4")])
def test_no_ack_is_wrong_once_64_t1_have_passed(dialled: str, section: str) -> None:
    alice = caller()
    alice.call(dialled)
    alice.advance(31.0)
    assert outcome(alice, "ack") == "not seen"
    alice.advance(1.0)
    assert judged(alice, "ack").sentence() == (
        f"no ACK came for the {dialled} within 32 s; expected one at once (RFC 3261 {section})"
    )


@pytest.mark.parametrize("dialled", ["486", "200"])
def test_copies_that_left_before_the_ack_are_said(dialled: str) -> None:
    alice = caller()
    alice.call(dialled)
    alice.advance(1.6)
    alice.ack()
    verdict = judged(alice, "ack")
    assert verdict.outcome == "correct"
    assert verdict.seconds == pytest.approx(1.6)
    assert verdict.sentence() == f"the {dialled} left 3 times before its ACK came"


def test_each_copy_of_the_ack_is_looked_at() -> None:
    alice = caller()
    alice.call("200")
    alice.ack()
    alice.ack({"Call-ID": "another"})
    assert outcome(alice, "ack") == "correct"  # an ACK with another Call-ID is of another call
    alice.ack({"From": f"<sip:bob@192.0.2.9>;tag={alice.tag}"})
    assert judged(alice, "ack").sentence().startswith("the From of the ACK is <sip:bob@")


@pytest.mark.parametrize(
    ("headers", "seen", "expected"),
    [
        ({"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-new"}, "the Via of", "the top one"),
        (
            {"To": "<sip:486@192.0.2.1>;tag=other"},
            "the To tag of the ACK is other",
            "that of the r",
        ),
        ({"To": "<sip:486@192.0.2.1>"}, "the To tag of the ACK is missing", "that of the response"),
        ({"From": "<sip:bob@192.0.2.9>;tag=caller-1"}, "the From of the ACK is", "that of the INV"),
        ({"CSeq": "2 ACK"}, "the CSeq of the ACK is 2 ACK", "1 ACK"),
        ({"Route": "<sip:p.example;lr>"}, "the Route of the ACK is <sip:p.", "none"),
    ],
)
def test_an_ack_of_a_failure_that_differs_from_its_invite(
    headers: Headers, seen: str, expected: str
) -> None:
    alice = caller()
    alice.call("486")
    alice.ack(headers)
    verdict = judged(alice, "ack")
    assert verdict.outcome == "wrong"
    fault = verdict.faults[0]
    assert fault.seen.startswith(seen)
    assert fault.expected.startswith(expected)
    assert fault.section == "RFC 3261 17.1.1.3"


def test_an_ack_of_a_failure_goes_where_the_invite_went() -> None:
    alice = caller()
    alice.call("302", {"Route": "<sip:p.example;lr>"})
    ack = alice.request(
        "ACK",
        "sip:elsewhere@192.0.2.1",
        {
            "CSeq": "1 ACK",
            "Via": [alice.received[-1].fields[b"via"].decode(), "SIP/2.0/UDP q;branch=z9hG4bKq"],
            "To": alice.received[-1].fields[b"to"].decode(),
        },
    )
    alice.send(ack)
    faults = [fault.seen for fault in judged(alice, "ack").faults]
    assert faults == [
        "the Request-URI of the ACK is sip:elsewhere@192.0.2.1",
        "the ACK has 2 Via values",
        "the Route of the ACK is missing",
    ]


def test_the_ack_of_a_failure_that_matches_nothing_is_found_all_the_same() -> None:
    alice = caller()
    alice.call("486")
    alice.ack({"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-new"})
    alice.advance(40.0)
    sentence = judged(alice, "ack").sentence()
    assert sentence.startswith("the Via of the ACK is SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-n")


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        (
            {"Via": "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK-1-alice"},
            "the ACK of a 2xx has the b",
        ),
        ({"Route": None}, "no Route in the ACK"),
        ({"Route": ["<sip:a.example;lr>", "<sip:b.example;lr>"]}, "the Route of the ACK is <sip:a"),
        ({"Route": "<sip:b.example;lr>"}, "the Route of the ACK is <sip:b.example;lr>"),
        ({"CSeq": "2 ACK"}, "the CSeq of the ACK is 2 ACK"),
        ({"To": "<sip:200@192.0.2.1>;tag=other"}, "the To tag of the ACK is other"),
    ],
)
def test_an_ack_of_a_2xx_that_is_no_request_of_the_dialog(headers: Headers, seen: str) -> None:
    alice = caller()
    alice.call("200", ROUTES)
    alice.ack(headers)
    assert judged(alice, "ack").sentence().startswith(seen)


def test_an_ack_of_a_2xx_goes_to_our_contact() -> None:
    alice = caller()
    alice.call("200")
    alice.target = "sip:200@192.0.2.77"
    alice.ack()
    assert (
        judged(alice, "ack")
        .sentence()
        .startswith(
            "the Request-URI of the ACK is sip:200@192.0.2.77; expected the remote target, sip:"
        )
    )


@pytest.mark.parametrize("dialled", ["486", "200"])
def test_the_ack_has_the_credentials_of_its_invite(dialled: str) -> None:
    login = {"Authorization": 'Digest username="alice", realm="x", nonce="y"'}
    good, bad = caller(), caller()
    for alice, headers in ((good, login), (bad, {})):
        alice.call(dialled, login)
        alice.ack(headers)
    assert outcome(good, "ack") == "correct"
    assert judged(bad, "ack").sentence() == (
        "the Authorization of the ACK is missing; expected that of the INVITE (RFC 3261 22.1)"
    )


def test_an_ack_before_any_final_response_is_wrong() -> None:
    alice = caller()
    alice.ring()
    via = alice.received[-1].fields[b"via"].decode()
    alice.send(alice.request("ACK", "sip:180@192.0.2.1", {"CSeq": "1 ACK", "Via": via}))
    assert "an ACK came before a final response" in judged(alice, "ack").sentence()


def test_a_response_that_was_spoilt_may_be_acknowledged_or_not() -> None:
    alice, bob = caller(), caller()
    for who in (alice, bob):
        who.call("486")
    alice.ack()
    for who in (alice, bob):
        who.advance(20.0)
        assert RULES["ack"].verdict(spoilt(who, 486)).outcome == "not seen"

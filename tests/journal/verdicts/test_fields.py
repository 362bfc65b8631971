"""Header fields that every request has to have."""

import pytest

from responder.testing.caller import Headers
from tests.judging import caller, judged, outcome

CLEAN = ("max-forwards", "contact", "content-length", "via")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_sound_call_is_correct_in_all_of_them(transport: str) -> None:
    alice = caller(transport)
    alice.call("200")
    alice.ack()
    alice.bye()
    assert [outcome(alice, rule) for rule in CLEAN] == ["correct"] * 4


@pytest.mark.parametrize(
    ("rule", "headers", "seen"),
    [
        ("max-forwards", {"Max-Forwards": None}, "no Max-Forwards in the INVITE"),
        ("max-forwards", {"Max-Forwards": ["1", "2"]}, "more than one Max-Forwards"),
        ("max-forwards", {"Max-Forwards": "many"}, "the Max-Forwards of the INVITE is many"),
        ("max-forwards", {"Max-Forwards": "256"}, "the Max-Forwards of the INVITE is 256"),
        ("max-forwards", {"Max-Forwards": "9" * 5000}, "the Max-Forwards of the INVITE is 999"),
        ("max-forwards", {"Max-Forwards": "0"}, "the INVITE began with Max-Forwards 0"),
        ("contact", {"Contact": None}, "no Contact in the INVITE"),
        ("contact", {"Contact": ["<sip:a@h>", "<sip:b@h>"]}, "2 Contact in the INVITE"),
        ("contact", {"Contact": "<sip:a@h>, <sip:b@h>"}, "2 Contact in the INVITE"),
        ("contact", {"Contact": "*"}, "the Contact of the INVITE is *"),
        ("contact", {"Contact": "<mailto:a@h>"}, "the Contact of the INVITE is <mailto:a@h>"),
        ("contact", {"Contact": "<sip:a@0.0.0.0>"}, "the Contact of the INVITE is at 0.0.0.0"),
        ("content-length", {"Content-Length": "7"}, "the Content-Length of the INVITE is 7"),
        ("content-length", {"Content-Length": "x"}, "the Content-Length of the INVITE is x"),
        ("content-length", {"Content-Length": ["0", "1"]}, "more than one Content-Length"),
        ("via", {"Via": "SIP/2.0/TCP h;branch=z9hG4bK1"}, "the Via of the INVITE says TCP"),
    ],
)
def test_what_is_wrong_is_said(rule: str, headers: Headers, seen: str) -> None:
    alice = caller()
    alice.call("486", headers)
    assert judged(alice, rule).sentence().startswith(seen)


def test_max_forwards_0_is_right_where_proxies_have_counted_it_down() -> None:
    alice = caller()
    vias = ["SIP/2.0/UDP p;branch=z9hG4bK1", "SIP/2.0/UDP h;branch=z9hG4bK2"]
    alice.call("486", {"Max-Forwards": "0", "Via": vias})
    assert outcome(alice, "max-forwards") == "correct"


def test_a_via_that_cannot_be_read_is_wrong() -> None:
    alice = caller()
    alice.call("200")
    assert outcome(alice, "via") == "correct"
    alice.ack({"Via": "nonsense;branch=z9hG4bK-x"})
    assert (
        judged(alice, "via")
        .sentence()
        .startswith(
            "the top Via of the ACK is nonsense;branch=z9hG4bK-x; expected SIP/2.0, transport, host"
        )
    )


def test_a_sips_request_has_a_sips_contact() -> None:
    alice = caller()
    alice.call("sips:486@192.0.2.1", {"Contact": "<sip:alice@192.0.2.9>"})
    assert "the Contact of the INVITE is no SIPS URI" in judged(alice, "contact").sentence()


def test_only_requests_of_a_dialog_need_a_contact() -> None:
    alice = caller()
    alice.start("OPTIONS", "200")
    assert outcome(alice, "contact") == "not seen"


def test_a_datagram_needs_no_content_length() -> None:
    bob = caller()
    bob.call("486", {"Content-Length": None})
    assert outcome(bob, "content-length") == "correct"


def test_a_large_request_takes_a_stream() -> None:
    subject = {"Subject": "x" * 1300}
    alice, bob, carol, dave = caller(), caller("tcp"), caller(), caller()
    carol.flow = carol.network.datagrams(("127.0.0.1", 5070), ("127.0.0.1", 5060))
    dave.flow = dave.network.datagrams(("peer.example", 5070))
    for who in (alice, bob, carol, dave):
        who.call("486", subject)
    assert "the INVITE came in a datagram of 1," in judged(alice, "size").sentence()
    assert outcome(dave, "size") == "wrong"
    assert outcome(bob, "size") == "correct"
    assert outcome(carol, "size") == "not seen"

"""A record read: what belongs to which request."""

import pytest

from responder.journal.record import Entry
from responder.journal.verdicts.reading import (
    Exchange,
    Reading,
    Seen,
    addresses,
    elements,
    tag_of,
    uri_of,
)
from responder.sip.message import parse
from tests.judging import caller, evidence


def seen(text: str) -> Seen:
    return Seen(0.0, parse(text.replace("\n", "\r\n").encode() + b"\r\n\r\n"), None, ours=False)


def test_what_a_message_says() -> None:
    found = seen(
        "INVITE sip:h SIP/2.0\n"
        "v: SIP / 2.0 / UDP H.example:5070 ; branch=z9hG4bKx;rport, SIP/2.0/UDP b\n"
        "f: <sip:a@h;tag=no>;tag=1\nt: sip:b@h;tag=2\ni: c\nCSeq: 7 INVITE"
    )
    assert (found.method, found.number, found.branch) == (b"INVITE", 7, b"z9hG4bKx")
    assert (found.from_tag, found.to_tag, found.call_id) == (b"1", b"2", b"c")
    assert (found.name, len(found.vias), found.reliable) == ("INVITE", 2, False)
    assert found.uri is not None
    assert found.via is not None
    assert found.via.host == b"H.example"


@pytest.mark.parametrize(
    "text",
    ["", "INVITE", "INVITE sip:h SIP/2.0\nVia: ,\nCSeq: x\nFrom: ;;\nTo: \xff", "SIP/2.0 999 x"],
)
def test_what_cannot_be_read_is_absent(text: str) -> None:
    found = seen(text)
    assert (found.number, found.branch, found.from_tag, found.via) == (None, b"", b"", None)
    assert found.key


def test_the_method_of_a_response_is_that_of_its_request() -> None:
    assert seen("SIP/2.0 200 OK\nCSeq: 1 BYE").method == b"BYE"


def test_a_number_of_thousands_of_digits_is_none() -> None:
    assert seen(f"INVITE sip:h SIP/2.0\nCSeq: {'9' * 5000} INVITE").number is None


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        (b"<sip:a@h>;tag=x", b"x"),
        (b'"a;tag=no" <sip:a@h>; TAG = y;z=1', b"y"),
        (b"sip:a@h;tag=z", b"z"),
        (b"<sip:a@h;tag=no>", b""),
    ],
)
def test_tags(value: bytes, tag: bytes) -> None:
    assert tag_of(value) == tag


def test_lists_are_read_as_far_as_they_can_be() -> None:
    lines = (b"X sip:h SIP/2.0", b"Route: <sip:a>, <sip:b>", b'Route: "x', b"Route: <b>", b"", b"")
    message = parse(b"\r\n".join(lines))
    assert elements(message, b"route") == [b"<sip:a>", b"<sip:b>", b'"x', b"<b>"]
    assert [each.uri.host for each in addresses(message, b"route")] == [b"a", b"b"]
    assert uri_of(b"nonsense") is None


def test_a_call_is_read_as_its_exchanges() -> None:
    alice = caller()
    alice.call("180-1s-486")
    alice.again()
    alice.advance(2.0)
    alice.ack()
    reading = evidence(alice).reading
    (exchange,) = reading.exchanges
    assert reading.first is exchange
    assert exchange.invite
    assert not exchange.in_dialog
    assert (exchange.status, len(exchange.copies), len(exchange.acks)) == (486, 1, 1)
    assert exchange.knew == pytest.approx(alice.network.now)
    assert [each.message.status for each in exchange.responses] == [100, 180, 180, 486, 486]
    assert len(reading.made) == 2
    assert len(reading.requests) == 3
    assert reading.latest == alice.network.now


def test_a_final_response_counts_for_known_by_its_ack_or_at_once() -> None:
    alice, bob = caller(), caller()
    alice.call("486")
    bob.start("OPTIONS", "200")
    (one,), (other,) = evidence(alice).reading.exchanges, evidence(bob).reading.exchanges
    assert one.final is not None
    assert one.knew is None
    assert other.knew == bob.network.now
    alice.ring()
    (ringing,) = evidence(alice, 2).reading.exchanges
    assert (ringing.final, ringing.status, ringing.knew) == (None, 0, None)


REQUEST = (
    b"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
    b"From: <sip:a@h>;tag=1\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n"
)
RESPONSE = REQUEST.replace(b"OPTIONS sip:h SIP/2.0", b"SIP/2.0 200 OK")


def answered_by(*responses: bytes) -> Exchange:
    entries = [Entry(1.0, "received", REQUEST), Entry(1.0, "note", b"a remark")]
    entries += [Entry(2.0, "sent", response) for response in responses]
    entries += [Entry(3.0, "suppressed", RESPONSE), Entry(3.0, "fault", b"dropped")]
    reading = Reading(entries)
    (exchange,) = reading.exchanges
    assert reading.invites == []
    return exchange


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"z9hG4bK1", b"z9hG4bK2"),
        (b"tag=1", b"tag=2"),
        (b"Call-ID: c", b"Call-ID: d"),
        (b"1 OPTIONS", b"2 OPTIONS"),
        (b"Via: ", b"Via: SIP/2.0/UDP x, "),
        (b"\r\n\r\n", b"\r\nbroken\r\n\r\n"),
    ],
)
def test_a_response_that_was_spoilt_binds_no_caller(old: bytes, new: bytes) -> None:
    exchange = answered_by(RESPONSE.replace(old, new))
    assert (exchange.responses, len(exchange.spoilt)) == ([], 1)


def test_what_answers_no_request_is_passed_over() -> None:
    foreign = RESPONSE.replace(b"z9hG4bK1", b"z9hG4bK2")
    exchange = answered_by(
        RESPONSE,
        foreign.replace(b"1 OPTIONS", b"2 OPTIONS"),
        foreign.replace(b"1 OPTIONS", b"1 BYE"),
    )
    assert (len(exchange.responses), exchange.spoilt) == (1, [])


def test_our_own_requests_and_their_answers_are_apart() -> None:
    alice = caller()
    alice.call("200")
    alice.advance(32.0)
    alice.answer(200)
    reading = evidence(alice).reading
    assert [each.method for each in reading.ours] == [b"BYE"]
    assert [each.message.status for each in reading.answers] == [200]
    assert len(reading.our_tags) == 1
    assert reading.latest == alice.network.now

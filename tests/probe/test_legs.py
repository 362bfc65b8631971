"""An answered INVITE: ACK, BYE, forks, routes."""

import pytest

from responder.sip.headers.via import parse_via
from tests.probe.far_end import FarEnd

CONTACT = b"Contact: <sip:far@192.0.2.9>"


def test_a_2xx_is_acknowledged_and_the_call_hung_up_at_once() -> None:
    far = FarEnd()
    invite = far.last().message
    ack, bye = far.answer(200, CONTACT)
    assert ack.message.method == b"ACK"
    assert ack.message.uri == b"sip:far@192.0.2.9"
    assert ack.message.fields[b"cseq"] == b"1 ACK"
    assert ack.message.fields[b"to"] == b"<sip:486@192.0.2.9>;tag=far"
    assert parse_via(ack.message.fields[b"via"]).branch != parse_via(invite.fields[b"via"]).branch
    assert bye.message.method == b"BYE"
    assert bye.message.fields[b"cseq"] == b"2 BYE"
    assert far.result.end == "answered"
    assert not far.settled()
    far.answer(200)
    assert far.settled()


def test_a_call_is_held_for_its_time() -> None:
    far = FarEnd(hold=5.0)
    assert len(far.answer(200, CONTACT)) == 1
    assert far.network.advance(4.9) == []
    [bye] = far.network.advance(0.2)
    assert bye.at == 5.0
    far.answer(200)
    assert far.settled()


def test_a_far_end_that_hangs_up_first_is_answered_and_gets_no_bye() -> None:
    far = FarEnd(hold=5.0)
    far.answer(200, CONTACT)
    [ok] = far.send(b"BYE")
    assert ok.message.status == 200
    assert far.result.remote_hangup
    assert far.settled()
    assert far.network.advance(60) == []


def test_a_bye_without_answer_ends_after_64_t1() -> None:
    far = FarEnd()
    far.answer(200, CONTACT)
    far.network.advance(33)
    assert far.settled()
    assert "BYE was not answered: timeout" in far.notes
    assert far.result.end == "answered"


def test_a_provisional_to_bye_decides_nothing() -> None:
    far = FarEnd()
    far.answer(200, CONTACT)
    far.answer(100)
    assert not far.settled()


@pytest.mark.row("INV-10")
def test_every_copy_of_a_2xx_gets_the_same_ack() -> None:
    far = FarEnd(hold=30.0)
    invite = far.last()
    [ack] = far.respond(invite, 200, CONTACT)
    [again] = far.respond(invite, 200, CONTACT)
    assert again.data == ack.data
    kinds = [entry.kind for entry in far.result.record.entries]
    assert kinds == ["sent", "received", "sent", "received again", "sent again"]


@pytest.mark.row("INV-10")
def test_a_second_far_end_that_answers_is_acknowledged_and_hung_up() -> None:
    far = FarEnd(hold=30.0)
    invite = far.last()
    far.respond(invite, 200, CONTACT, tag=b"one")
    ack, bye = far.respond(invite, 200, b"Contact: <sip:two@192.0.2.10>", tag=b"two")
    assert [ack.message.method, bye.message.method] == [b"ACK", b"BYE"]
    for sent in (ack, bye):
        assert sent.message.uri == b"sip:two@192.0.2.10"
        assert sent.message.fields[b"to"].endswith(b";tag=two")
        assert sent.address == ("192.0.2.10", 0)
    bye, *_ = [sent for sent in far.network.advance(31) if b"tag=one" in sent.message.fields[b"to"]]
    assert bye.at == 30.0


def test_route_set_and_target_of_the_call_are_those_of_its_2xx() -> None:
    far = FarEnd()
    ack, bye = far.answer(
        200,
        b"Contact: <sip:far@198.51.100.1:5070>",
        b"Record-Route: <sip:192.0.2.20;lr>, <sip:192.0.2.21;lr>",
        b"Record-Route: <sip:192.0.2.9;lr>",
    )
    for sent in (ack, bye):
        assert sent.message.uri == b"sip:far@198.51.100.1:5070"
        assert sent.message.values(b"route") == [
            b"<sip:192.0.2.9;lr>",
            b"<sip:192.0.2.21;lr>",
            b"<sip:192.0.2.20;lr>",
        ]
        assert sent.address is None


def test_a_strict_router_gets_the_request_uri_for_itself() -> None:
    far = FarEnd()
    ack, _ = far.answer(200, CONTACT, b"Record-Route: <sip:192.0.2.21;lr>, <sip:192.0.2.20:5080>")
    assert ack.message.uri == b"sip:192.0.2.20:5080"
    assert ack.message.values(b"route") == [b"<sip:192.0.2.21;lr>", b"<sip:far@192.0.2.9>"]
    assert ack.address == ("192.0.2.20", 5080)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param((b"Contact: <tel:+123>",), id="no-sip-target"),
        pytest.param((b"Contact: <sip:@>",), id="bad-target"),
        pytest.param((CONTACT, b"Record-Route: <tel:+123;lr>"), id="no-sip-route"),
    ],
)
def test_what_cannot_be_routed_goes_the_way_of_the_invite(headers: tuple[bytes, ...]) -> None:
    ack, _ = FarEnd().answer(200, *headers)
    assert ack.address is None


def test_a_2xx_without_contact_is_acknowledged_at_what_was_dialled() -> None:
    far = FarEnd()
    ack, _ = far.answer(200)
    assert ack.message.uri == b"sip:486@192.0.2.9"
    assert "the 2xx has no Contact; the ACK goes to what was dialled" in far.notes


def test_an_offer_in_the_2xx_is_answered_in_the_ack() -> None:
    offer = FarEnd().last().message.body
    far = FarEnd(body=b"")
    assert b"content-type" not in far.last().message.fields
    ack, _ = far.answer(200, CONTACT, b"Content-Type: application/sdp", body=offer)
    assert ack.message.fields[b"content-type"] == b"application/sdp"
    assert b"m=audio 9 RTP/AVP 0 8 9 96 101 102" in ack.message.body


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"nonsense", id="no-description"),
        pytest.param(
            b"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
            b"m=video 9 RTP/AVP 99\r\n",
            id="no-audio",
        ),
    ],
)
def test_an_offer_that_cannot_be_answered_leaves_the_ack_empty(body: bytes) -> None:
    ack, _ = FarEnd(body=b"").answer(200, CONTACT, body=body)
    assert ack.message.body == b""

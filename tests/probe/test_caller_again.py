"""What a caller tries again: with credentials, at other targets."""

from typing import TypedDict

import pytest

from responder.sip.headers.via import parse_via
from tests.probe.far_end import ELSEWHERE, FarEnd

CONTACT = b"Contact: <sip:far@192.0.2.9>"
CHALLENGE = b'WWW-Authenticate: Digest realm="r", nonce="%b", qop="auth", algorithm=MD5'


class Login(TypedDict):
    user: bytes
    password: bytes


LOGIN: Login = {"user": b"alice", "password": b"secret"}

# Authentication


@pytest.mark.row("AUT-09")
def test_a_challenge_is_answered_with_same_identity_and_next_number() -> None:
    far = FarEnd(**LOGIN)
    first = far.last().message
    ack, second = far.answer(401, CHALLENGE % b"1")
    assert ack.message.method == b"ACK"
    fields = second.message.fields
    for name in (b"from", b"to", b"call-id"):
        assert fields[name] == first.fields[name]
    assert fields[b"cseq"] == b"2 INVITE"
    assert parse_via(fields[b"via"]).branch != parse_via(first.fields[b"via"]).branch
    assert b'username="alice"' in fields[b"authorization"]
    assert b'nonce="1"' in fields[b"authorization"]
    ack, bye = far.answer(200, CONTACT)
    assert ack.message.fields[b"cseq"] == b"2 ACK"
    assert ack.message.fields[b"authorization"] == fields[b"authorization"]
    assert b"nc=00000002" in bye.message.fields[b"authorization"]
    assert far.result.statuses == [401, 200]


def test_credentials_that_were_refused_are_not_offered_again() -> None:
    far = FarEnd(method=b"REGISTER", **LOGIN)
    far.answer(401, CHALLENGE % b"1")
    assert far.answer(401, CHALLENGE % b"2") == []
    assert far.result.status == 401
    assert "not tried again: it refuses the user or the password" in far.notes


def test_a_stale_nonce_is_replaced() -> None:
    far = FarEnd(method=b"REGISTER", **LOGIN)
    far.answer(401, CHALLENGE % b"1")
    [third] = far.answer(401, CHALLENGE % b"2" + b", stale=TRUE")
    assert b'nonce="2"' in third.message.fields[b"authorization"]
    assert third.message.fields[b"cseq"] == b"3 REGISTER"


def test_a_proxy_and_the_far_end_can_both_ask() -> None:
    far = FarEnd(method=b"OPTIONS", **LOGIN)
    far.answer(407, CHALLENGE.replace(b"WWW", b"Proxy") % b"1")
    [third] = far.answer(401, CHALLENGE % b"2")
    assert b'nonce="1"' in third.message.fields[b"proxy-authorization"]
    assert b'nonce="2"' in third.message.fields[b"authorization"]


def test_without_a_password_a_challenge_is_final() -> None:
    far = FarEnd()
    far.answer(401, CHALLENGE % b"1")
    assert (far.result.end, far.result.status) == ("failed", 401)
    assert far.settled()


def test_a_challenged_bye_is_sent_again_with_credentials() -> None:
    far = FarEnd(**LOGIN)
    far.answer(200, CONTACT)
    [bye] = far.answer(401, CHALLENGE % b"1")
    assert bye.message.fields[b"cseq"] == b"3 BYE"
    assert b"authorization" in bye.message.fields
    assert far.answer(401, CHALLENGE % b"2") == []
    assert far.settled()


# Redirection


@pytest.mark.row("RDR-01")
def test_contacts_of_a_3xx_are_tried_by_q_each_once() -> None:
    far = FarEnd(follow=True)
    first = far.last().message
    contacts = (
        b"Contact: <sip:low@192.0.2.11>;q=0.2, <sip:high@192.0.2.12:5070>;q=0.9,"
        b" <sip:486@192.0.2.9>, <sip:high@192.0.2.12:5070>"
    )
    ack, second = far.answer(302, contacts)
    assert ack.message.method == b"ACK"
    assert second.message.uri == b"sip:high@192.0.2.12:5070"
    assert second.address == ("192.0.2.12", 5070)
    for name in (b"from", b"to", b"call-id"):
        assert second.message.fields[name] == first.fields[name]
    assert second.message.fields[b"cseq"] == b"2 INVITE"
    branches = {parse_via(each.fields[b"via"]).branch for each in (first, second.message)}
    assert len(branches) == 2
    ack, third = far.answer(404)
    assert ack.address == ("192.0.2.12", 5070)
    assert third.message.uri == b"sip:low@192.0.2.11"
    far.answer(302, b"Contact: <sip:high@192.0.2.12:5070>")
    assert (far.result.end, far.result.status) == ("failed", 302)
    assert "sip:high@192.0.2.12:5070 is not tried again" in far.notes


@pytest.mark.row("RDR-01")
def test_at_most_five_redirections_are_followed() -> None:
    far = FarEnd(follow=True)
    for number in range(9):
        if far.result.end:
            break
        far.answer(302, b"Contact: <sip:%d@192.0.2.9>" % number)
    assert len(far.requests(b"INVITE")) == 6
    assert far.result.status == 302


@pytest.mark.row("RDR-02")
def test_a_302_changes_where_one_attempt_goes_and_is_not_remembered() -> None:
    far = FarEnd(follow=True)
    far.answer(302, b"Contact: " + ELSEWHERE)
    far.answer(486)
    assert FarEnd(follow=True).last().message.uri == b"sip:486@192.0.2.9"


def test_a_3xx_is_final_unless_it_is_to_be_followed() -> None:
    far = FarEnd()
    far.answer(302, b"Contact: " + ELSEWHERE)
    assert (far.result.end, far.result.status) == ("failed", 302)
    assert far.settled()


def test_a_600_leaves_no_target_to_try() -> None:
    far = FarEnd(follow=True)
    far.answer(300, b"Contact: <sip:one@192.0.2.11>, <sip:two@192.0.2.12>")
    far.answer(603)
    assert far.result.status == 603


def test_a_305_is_followed_by_way_of_its_proxy() -> None:
    far = FarEnd(follow=True)
    _, second = far.answer(305, b"Contact: <sip:192.0.2.30>")
    assert second.message.uri == b"sip:486@192.0.2.9"
    assert second.message.fields[b"route"] == b"<sip:192.0.2.30;lr>"
    assert second.address == ("192.0.2.30", 0)


def test_a_target_that_cannot_be_reached_gives_way_to_the_next() -> None:
    far = FarEnd(follow=True)
    assert far.flow is not None
    far.answer(300, b"Contact: <sip:one@192.0.2.11>, <sip:two@192.0.2.12>")
    far.fail(far.flow, "host unreachable", ("192.0.2.11", 5060))
    assert far.last().message.uri == b"sip:two@192.0.2.12"
    far.fail(far.flow, "host unreachable", ("192.0.2.12", 5060))
    assert (far.result.end, far.result.why) == ("transport", "host unreachable")
    assert far.result.record.source == "192.0.2.12:5060"


def test_a_target_that_asks_for_tcp_is_called_by_tcp() -> None:
    far = FarEnd(follow=True)
    far.answer(302, b"Contact: <sip:one@192.0.2.11;transport=tcp>")
    flow = far.open()
    invite = far.last()
    assert invite.flow is flow
    assert flow.remote == ("192.0.2.11", 0)
    assert parse_via(invite.message.fields[b"via"]).sent_by == b"192.0.2.1:41001"
    far.answer(486)
    assert far.result.status == 486


def test_without_a_udp_socket_a_target_by_udp_cannot_be_tried() -> None:
    far = FarEnd("sip:486@192.0.2.9", datagrams=False, transport="tcp", follow=True)
    far.open()
    far.answer(302, b"Contact: <sip:one@192.0.2.11;transport=udp>")
    assert far.result.why == "there is no UDP socket to send from"

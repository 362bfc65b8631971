"""The flows of a caller: streams, their keep-alive, and requests too large for a datagram."""

from typing import TypedDict

import pytest

from responder.sip.events import Flow
from responder.sip.headers.via import parse_via
from responder.sip.settings import Limits
from tests.probe.far_end import THERE, FarEnd, response

CHALLENGE = b'WWW-Authenticate: Digest realm="r", nonce="%b", qop="auth", algorithm=MD5'


class Login(TypedDict):
    user: bytes
    password: bytes


LOGIN: Login = {"user": b"alice", "password": b"secret"}

# TCP


def test_over_tcp_the_request_waits_for_the_connection() -> None:
    far = FarEnd(transport="tcp", pinned=True)
    assert far.network.sent == []
    flow = far.open()
    sent = far.last()
    assert sent.flow is flow
    assert flow.remote == THERE
    via = parse_via(sent.message.fields[b"via"])
    assert (via.transport, via.sent_by) == (b"TCP", b"192.0.2.1:41001")
    assert sent.message.fields[b"contact"] == b"<sip:probe@192.0.2.1:41001;transport=tcp>"
    ack, bye = far.answer(200, b"Contact: <sip:far@192.0.2.9:5060;transport=tcp>")
    assert ack.flow is bye.flow is flow
    assert len(far.network.opened) == 1
    far.answer(200)
    assert far.settled()


def test_over_tcp_a_call_can_continue_on_another_connection() -> None:
    far = FarEnd(transport="tcp")
    flow = far.open()
    ack, bye = far.answer(200, b"Contact: <sip:far@192.0.2.66:5070>")
    assert ack.flow is bye.flow
    assert ack.flow is far.network.opened[-1]
    assert ack.flow is not flow
    assert ack.flow.remote == ("192.0.2.66", 5070)
    far.open()
    far.respond(bye, 200)
    assert far.settled()


def test_a_contact_by_name_finds_the_connection_that_was_opened_for_the_name() -> None:
    far = FarEnd("sip:486@pbx.example", transport="tcp")
    far.open()
    ack, _ = far.answer(200, b"Contact: <sip:far@PBX.example>")
    assert len(far.network.opened) == 1
    assert ack.flow is far.network.opened[0]


def test_a_connection_that_cannot_be_made_ends_the_attempt() -> None:
    far = FarEnd(transport="tcp")
    flow = far.network.opened[0]
    far.fail(flow, "connection refused")
    assert (far.result.end, far.result.why) == ("transport", "connection refused")
    assert (far.result.record.source, far.result.record.transport) == ("192.0.2.9:5060", "tcp")
    assert far.settled()


def test_a_connection_that_never_stands_ends_with_the_time() -> None:
    far = FarEnd(transport="tcp", timeout=3)
    far.network.advance(3)
    assert far.network.closed == far.network.opened
    assert far.result.why == "no connection stood within 3 s"
    assert far.settled()


def test_a_connection_that_is_closed_ends_what_waits_on_it() -> None:
    far = FarEnd(transport="tcp")
    flow = far.open()
    far.answer(180)
    far.network.disconnect(flow)
    assert far.result.why == "the far end closed the connection"
    assert far.settled()


def test_what_was_answered_is_not_troubled_by_a_closed_connection() -> None:
    far = FarEnd(transport="tcp")
    flow = far.open()
    far.answer(486)
    far.network.disconnect(flow)
    assert far.result.status == 486


def test_after_a_challenge_on_a_closed_connection_another_is_opened() -> None:
    far = FarEnd(transport="tcp", method=b"OPTIONS", **LOGIN)
    flow = far.open()
    flow.closed = True
    assert far.answer(401, CHALLENGE % b"1") == []
    second = far.open()
    assert second is not flow
    assert far.last().flow is second
    assert b"authorization" in far.last().message.fields


def test_messages_on_a_stream_are_cut_by_content_length() -> None:
    far = FarEnd(transport="tcp", method=b"OPTIONS")
    flow = far.open()
    request = far.last().message
    data = response(request, 100) + response(request, 200, body=b"abc")
    for octet in data[:-1]:
        far.network.receive(flow, bytes((octet,)))
    assert far.result.statuses == [100]
    far.network.receive(flow, data[-1:])
    assert far.result.statuses == [100, 200]


def test_a_stream_that_cannot_be_read_on_is_closed() -> None:
    far = FarEnd(transport="tcp")
    flow = far.open()
    far.network.receive(flow, b"SIP/2.0 200 OK\r\nContent-Length: x\r\n\r\n")
    assert far.network.closed == [flow]
    assert far.result.end == "transport"
    assert far.result.why == "the stream cannot be read on: Content-Length: not a number"


def test_a_message_too_large_is_dropped_and_the_stream_goes_on() -> None:
    far = FarEnd(transport="tcp")
    flow = far.open()
    data = response(far.last().message, 180, body=bytes(Limits().message))
    far.network.receive(flow, data)
    assert far.notes == ["dropped this message: Message Too Large"]
    far.answer(486)
    assert far.result.status == 486


def test_a_flow_that_is_not_ours_is_not_read() -> None:
    far = FarEnd()
    stranger = Flow("tcp", ("192.0.2.1", 1), ("192.0.2.2", 2))
    assert far.network.receive(stranger, b"SIP/2.0 200 OK\r\n\r\n") == []


@pytest.mark.row("FRM-10")
def test_a_stream_whose_pong_is_missing_for_10_s_has_failed() -> None:
    far = FarEnd(transport="tcp", timeout=300)
    flow = far.open()
    via = far.last().message.fields[b"via"]
    assert b";keep" in via
    far.answer(180, via=via.replace(b";keep", b";keep=30"))
    [ping] = far.network.advance(30)
    assert ping.data == b"\r\n\r\n"
    assert 24 <= ping.at <= 30
    far.network.receive(flow, b"\r\n")
    [again] = far.network.advance(30)
    assert far.network.closed == []
    far.network.advance(again.at + 10 - far.network.now)
    assert far.network.closed == [flow]
    assert far.result.why == "no pong answered a ping within 10 s"
    assert far.settled()


def test_a_far_end_that_does_not_ask_for_pings_gets_none() -> None:
    far = FarEnd(transport="tcp", timeout=300)
    flow = far.open()
    far.answer(180)
    far.network.receive(flow, b"\r\n")
    assert far.network.advance(290) == []


def test_pings_end_with_the_attempt() -> None:
    far = FarEnd(transport="tcp")
    flow = far.open()
    far.answer(180, via=far.last().message.fields[b"via"].replace(b";keep", b";keep=0"))
    far.answer(183, via=far.last().message.fields[b"via"].replace(b";keep", b";keep=0"))
    far.answer(486)
    assert far.network.advance(600) == []
    assert not flow.closed


def test_a_ping_is_answered_with_a_pong() -> None:
    far = FarEnd(transport="tcp")
    flow = far.open()
    [pong] = far.network.receive(flow, b"\r\n\r\n")
    assert pong.data == b"\r\n"


# Size


@pytest.mark.row("TRN-08")
def test_a_request_over_1300_bytes_goes_by_tcp() -> None:
    far = FarEnd(method=b"MESSAGE", body=b"x" * 1300)
    assert far.network.sent == []
    flow = far.open()
    assert flow.remote == THERE
    sent = far.last()
    assert sent.flow is flow
    assert sent.message.fields[b"via"].startswith(b"SIP/2.0/TCP ")
    assert sent.message.fields[b"cseq"] == b"1 MESSAGE"
    far.answer(200)
    assert (far.result.end, far.result.record.transport) == ("answered", "tcp")


@pytest.mark.row("TRN-08")
def test_a_request_of_1300_bytes_goes_by_udp() -> None:
    room = 1300 - len(FarEnd(method=b"MESSAGE", body=b"x" * 100).last().data) + 100
    # Content-Length has one digit more by then.
    far = FarEnd(method=b"MESSAGE", body=b"x" * room)
    assert len(far.last().data) == 1300
    assert far.last().flow is far.flow


def test_a_transport_that_was_asked_for_is_kept_whatever_the_size() -> None:
    far = FarEnd(method=b"MESSAGE", body=b"x" * 1300, pinned=True)
    assert far.last().flow is far.flow


def test_where_tcp_is_refused_a_large_request_goes_by_udp_after_all() -> None:
    far = FarEnd(method=b"MESSAGE", body=b"x" * 1300)
    far.fail(far.network.opened[0], "connection refused")
    sent = far.last()
    assert sent.flow is far.flow
    assert sent.message.fields[b"via"].startswith(b"SIP/2.0/UDP ")
    assert sent.message.fields[b"cseq"] == b"1 MESSAGE"
    assert far.result.record.transport == "udp"
    assert far.flow is not None
    far.fail(far.flow, "port unreachable")
    assert far.result.end == "transport"

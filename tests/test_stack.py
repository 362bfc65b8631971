"""The stack at the end of a stream or a socket: framing, keep-alives, STUN, stalled streams."""

import struct

import pytest

from responder.sip.events import Flow
from responder.sip.settings import Limits
from responder.testing.network import LOCAL, REMOTE, Network
from tests.asking import answers, counts, network_with, only, request, strays

OTHER = ("192.0.2.10", 5080)
STALLED = Limits().stalled


@pytest.fixture
def network() -> Network:
    return network_with()


# Framing.


@pytest.mark.row("FRM-04")
def test_a_stream_may_be_cut_anywhere(network: Network) -> None:
    """A request byte by byte, and then three in one piece, are four requests."""
    flow = network.connect()
    data = request(branch=b"first")
    for at in range(len(data) - 1):
        assert network.receive(flow, data[at : at + 1]) == []
    assert answers(network.receive(flow, data[-1:])) == [(200, b"first")]
    three = b"".join(request(branch=name) for name in (b"a", b"b", b"c"))
    assert answers(network.receive(flow, three)) == [(200, b"a"), (200, b"b"), (200, b"c")]
    half = len(data) + 40
    both = request(branch=b"other") + request(branch=b"fifth")
    assert answers(network.receive(flow, both[:half])) == [(200, b"other")]
    assert answers(network.receive(flow, both[half:])) == [(200, b"fifth")]
    assert network.closed == []


@pytest.mark.row("FRM-05", "FRM-08")
def test_line_ends_before_a_request_are_skipped(network: Network) -> None:
    """Three of them hold one keep-alive, which is answered before the request behind it."""
    flow = network.connect()
    sent = network.receive(flow, b"\r\n\r\n\r\n" + request())
    assert sent[0].data == b"\r\n"
    assert answers(sent) == [(200, b"1")]


@pytest.mark.row("FRM-08", "FRM-09")
def test_a_ping_gets_its_pong_at_once(network: Network) -> None:
    """A double CRLF between messages is answered with one CRLF, on the same flow."""
    flow = network.connect()
    assert [(each.flow, each.data) for each in network.receive(flow, b"\r\n\r\n")] == [
        (flow, b"\r\n")
    ]
    assert network.receive(flow, b"\r\n") == []
    assert [each.data for each in network.receive(flow, b"\r\n")] == [b"\r\n"]
    assert network.advance(2 * STALLED) == []
    assert network.closed == []


@pytest.mark.row("FRM-09")
def test_line_ends_within_a_message_are_part_of_it(network: Network) -> None:
    """What looks like a keep-alive in a body is body."""
    flow = network.connect()
    body = b"\r\n\r\n\r\n\r\n"
    sent = network.receive(flow, request(b"MESSAGE", b"Content-Type: text/plain", body=body))
    assert answers(sent) == [(200, b"1")]
    assert len(sent) == 1


@pytest.mark.row("FRM-09")
@pytest.mark.parametrize("data", [b"\r\n\r\n", b"\r\n", b"\0", b"\0\0\0\0", b" ", b"", b"\t\r\n"])
def test_a_datagram_that_keeps_a_binding_open_is_not_answered(
    network: Network, data: bytes
) -> None:
    """Keep-alives have no answer over UDP, where STUN is what gets one."""
    assert network.receive(network.datagrams(), data) == []
    assert counts(network) == {"keep-alive datagrams": 1}


@pytest.mark.parametrize("lead", [b"\r\n", b"\r\n\r\n", b"\0\0", b" \r\n"])
def test_a_request_behind_such_bytes_is_found(network: Network, lead: bytes) -> None:
    assert answers(network.receive(network.datagrams(), lead + request())) == [(200, b"1")]


@pytest.mark.row("FRM-01")
def test_what_follows_the_body_in_a_datagram_is_dropped(network: Network) -> None:
    """Only the first of two requests in one datagram is one."""
    sent = network.receive(network.datagrams(), request(branch=b"a") + request(branch=b"b"))
    assert answers(sent) == [(200, b"a")]


@pytest.mark.row("FRM-02")
def test_a_datagram_that_is_too_short_is_400_or_dropped(network: Network) -> None:
    """A request whose body is cut off is refused, a response is passed over."""
    flow = network.datagrams()
    message = only(network.receive(flow, request(length=b"5", body=b"abc")))
    assert (message.status, message.reason) == (
        400,
        b"Bad Request (body shorter than Content-Length)",
    )
    response = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nl: 5\r\n\r\nabc"
    assert network.receive(flow, response) == []
    assert strays(network) == [("Bad Request (body shorter than Content-Length)", 0)]


@pytest.mark.row("FRM-03")
def test_a_datagram_without_content_length_has_its_body_to_its_end(network: Network) -> None:
    """The session description of such an INVITE is answered like any other."""
    sdp = (
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
        b"m=audio 4000 RTP/AVP 8\r\n"
    )
    data = request(b"INVITE", b"Content-Type: application/sdp", body=sdp, length=None)
    answer = network.receive(network.datagrams(), data)[-1].message
    assert answer.status == 200
    assert b"m=audio 9 RTP/AVP 8\r\n" in answer.body


@pytest.mark.row("FRM-06", "FRM-12")
@pytest.mark.parametrize(
    ("length", "reason"),
    [
        (b"-5", b"Content-Length: not a number"),
        (b"many", b"Content-Length: not a number"),
        (b"0\r\nContent-Length: 5", b"Content-Length: conflicting values"),
        (b"99999999999", b"Content-Length: number too large"),
        (None, b"Content-Length: missing"),
    ],
    ids=["negative", "word", "conflicting", "large", "missing"],
)
def test_a_stream_whose_framing_is_lost_is_answered_and_closed(
    network: Network, length: bytes | None, reason: bytes
) -> None:
    """400 names the fault, then the connection ends, as the next message cannot be found."""
    flow, healthy = network.connect(), network.connect(OTHER)
    chunked = b"Transfer-Encoding: chunked"
    sent = network.receive(flow, request(b"OPTIONS", chunked, length=length) + request(branch=b"2"))
    message = only(sent)
    assert (message.status, message.reason) == (400, b"Bad Request (%b)" % reason)
    assert network.closed == [flow]
    assert network.receive(flow, request(branch=b"3")) == []
    assert answers(network.receive(healthy, request(branch=b"4"))) == [(200, b"4")]


@pytest.mark.row("FRM-06")
@pytest.mark.parametrize("length", [b"-5", b"many", b"0\r\nContent-Length: 5", b"99999999999"])
def test_a_datagram_whose_length_is_wrong_is_400(network: Network, length: bytes) -> None:
    """A datagram is refused by the same faults; nothing is closed."""
    assert only(network.receive(network.datagrams(), request(length=length))).status == 400
    assert network.closed == []


@pytest.mark.row("FRM-12")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_chunked_body_does_not_exist(network: Network, transport: str) -> None:
    """Transfer-Encoding changes nothing about where a message ends."""
    flow = network.datagrams() if transport == "udp" else network.connect()
    chunks = b"3\r\nabc\r\n0\r\n\r\n"
    data = request(b"INFO", b"Transfer-Encoding: chunked", b"Content-Type: x/y", body=chunks)
    assert answers(network.receive(flow, data)) == [(200, b"1")]
    assert answers(network.receive(flow, request(branch=b"2"))) == [(200, b"2")]


@pytest.mark.parametrize("method", [b"ACK", b"SIP/2.0"])
def test_a_broken_message_that_nobody_may_answer_is_only_closed(
    network: Network, method: bytes
) -> None:
    flow = network.connect()
    data = request(method, length=b"x")
    if method == b"SIP/2.0":
        data = data.replace(b"SIP/2.0 sip:200@h SIP/2.0", b"SIP/2.0 200 OK")
    assert network.receive(flow, data) == []
    assert network.closed == [flow]
    assert len(strays(network)) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n",
        b"HELO h\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["http", "tls", "smtp"],
)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_another_protocol_is_recorded_and_not_answered(
    network: Network, transport: str, data: bytes
) -> None:
    flow = network.datagrams() if transport == "udp" else network.connect()
    assert network.receive(flow, data) == []
    assert len(strays(network)) == 1
    assert [trace.kind for trace in network.traces] == ["stray"]


def test_a_via_that_is_missing_or_wrong_is_answered_where_it_came_from(network: Network) -> None:
    flow = network.datagrams()
    via = b"Via: SIP/2.0/TCP 192.0.2.9:5070;branch=z9hG4bK1"
    for line in (b"X: y", b"Via: nonsense", b"Via: SIP/2.0/UDP h;branch=z9hG4bK"):
        (sent,) = network.receive(flow, request().replace(via, line))
        assert sent.message.status == 400
        assert (sent.flow, sent.address) == (flow, None)
        assert network.receive(flow, request(b"ACK").replace(via, line)) == []


@pytest.mark.row("RSP-17")
def test_what_is_refused_without_a_transaction_is_refused_alike_each_time(
    network: Network,
) -> None:
    """The To tag of a stateless response is made of the request."""
    flow = network.datagrams()
    broken = request().replace(b"z9hG4bK1", b"z9hG4bK")
    first, again = (only(network.receive(flow, broken)) for _ in range(2))
    assert first.data == again.data
    assert b";tag=" in first.fields[b"to"]


# Stalled streams.


@pytest.mark.row("FRM-07")
def test_a_message_that_does_not_end_closes_its_stream(network: Network) -> None:
    """It is waited for, however slowly it comes, no longer than the limit from its beginning."""
    flow = network.connect()
    network.receive(flow, request(length=b"100"))
    for _ in range(4):
        network.advance(STALLED / 4 - 0.01)
        network.receive(flow, b"x")
    assert network.closed == []
    network.advance(0.05)
    assert network.closed == [flow]
    assert counts(network)["stalled streams"] == 1
    assert strays(network) == [("unfinished message on a stream", 0)]


@pytest.mark.row("FRM-07")
def test_the_wait_begins_with_each_message(network: Network) -> None:
    """A stream on which messages go on ending is not closed, however they are cut."""
    flow = network.connect()
    data = request(branch=b"1") + request(branch=b"2") + request(branch=b"3")
    at = 0
    for _ in range(6):
        network.receive(flow, data[at : at + len(data) // 6])
        at += len(data) // 6
        network.advance(STALLED / 3)
    network.receive(flow, data[at:])
    assert answers(network.sent) == [(200, b"1"), (200, b"2"), (200, b"3")]
    network.advance(10 * STALLED)
    assert network.closed == []


@pytest.mark.row("FRM-07")
def test_a_stream_that_its_peer_closed_stalls_no_more(network: Network) -> None:
    """Nothing is waited for on a flow that is gone."""
    flow = network.connect()
    network.receive(flow, b"OPT")
    network.disconnect(flow)
    network.advance(2 * STALLED)
    assert network.closed == []
    assert "stalled streams" not in counts(network)


def test_bytes_on_a_stream_that_was_never_announced_open_it(network: Network) -> None:
    flow = Flow("tcp", LOCAL, REMOTE)
    assert answers(network.receive(flow, request())) == [(200, b"1")]


# STUN.


def stun(kind: int = 1, body: bytes = b"", transaction: bytes = b"abcdefghijkl") -> bytes:
    return struct.pack("!HHI12s", kind, len(body), 0x2112A442, transaction) + body


@pytest.mark.row("FRM-11")
def test_a_binding_request_on_the_sip_port_is_answered(network: Network) -> None:
    """STUN and SIP share a port, told apart by the first octet; the answer tells the address."""
    flow = network.datagrams()
    (sent,) = network.receive(flow, stun())
    assert sent.flow is flow
    kind, length, cookie, transaction = struct.unpack_from("!HHI12s", sent.data)
    assert (kind, cookie, transaction) == (0x0101, 0x2112A442, b"abcdefghijkl")
    attribute, size, family, port, address = struct.unpack_from("!HHxBHI", sent.data, 20)
    assert (attribute, size, family, length) == (0x0020, 8, 1, 12)
    assert port ^ 0x2112 == 5070
    assert (address ^ 0x2112A442).to_bytes(4, "big") == bytes([192, 0, 2, 9])
    assert answers(network.receive(flow, request())) == [(200, b"1")]
    assert counts(network)["STUN requests"] == 1


@pytest.mark.row("FRM-11")
@pytest.mark.parametrize(
    "data",
    [stun(0x0011), stun(0x0101), stun()[:-1], b"\x00\x01\x00\x00", b"\x01" + b"x" * 30],
)
def test_what_asks_for_no_binding_gets_none(network: Network, data: bytes) -> None:
    """Indications, responses and what is no STUN at all have no answer."""
    assert network.receive(network.datagrams(), data) == []


# Where datagrams go.


@pytest.mark.row("TRN-04", "TRN-05")
@pytest.mark.parametrize(
    ("via", "address"),
    [
        (b"192.0.2.9:5070;branch=z9hG4bKa", None),
        (b"192.0.2.9:5099;branch=z9hG4bKa", ("192.0.2.9", 5099)),
        (b"phone.example;branch=z9hG4bKa;rport", None),
        (b"phone.example;branch=z9hG4bKa;maddr=127.0.0.2", ("127.0.0.2", 5060)),
    ],
)
def test_every_response_of_a_request_goes_the_same_way(
    network: Network, via: bytes, address: tuple[str, int] | None
) -> None:
    """Provisional, final and repeated responses follow the Via alike."""
    data = request(b"INVITE", uri=b"sip:180-486@h").replace(b"SIP/2.0/TCP", b"SIP/2.0/UDP")
    data = data.replace(b"192.0.2.9:5070;branch=z9hG4bK1", via)
    flow = network.datagrams()
    network.receive(flow, data)
    network.advance(40.0)
    assert len(network.sent) > 10
    assert {(sent.flow, sent.address) for sent in network.sent} == {(flow, address)}


@pytest.mark.row("TRN-07")
def test_a_datagram_of_any_size_is_taken(network: Network) -> None:
    """65,535 bytes is what a datagram may hold (RFC 3261 section 18.1.1)."""
    data = request(b"OPTIONS", b"Content-Type: x/y", body=b"x" * 40_000)
    assert answers(network.receive(network.datagrams(), data)) == [(200, b"1")]

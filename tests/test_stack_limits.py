"""What peers may use, and what they get who use more: each limit has its answer and its count."""

import pytest

from responder.sip.events import Trace
from responder.sip.message import Message
from responder.sip.settings import Limits
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from tests.asking import answers, counts, network_with, only, request, strays

OTHER = ("192.0.2.10", 5080)
STALLED = Limits().stalled


@pytest.fixture
def network() -> Network:
    return network_with()


# Limits, each with its answer and its count.


def refused(network: Network, data: bytes, transport: str = "udp") -> Message:
    flow = network.datagrams() if transport == "udp" else network.connect()
    return only(network.receive(flow, data))


@pytest.mark.row("VAL-12")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("limit", "value", "data", "status"),
    [
        ("message", 500, request(body=b"x" * 400), 513),
        ("head", 400, request(b"OPTIONS", b"X: " + b"y" * 400), 513),
        ("headers", 20, request(b"OPTIONS", *[b"X: y"] * 20), 513),
        ("uri", 100, request(uri=b"sip:" + b"a" * 100), 414),
        ("body", 30, request(body=b"x" * 31), 413),
    ],
    ids=["message", "head", "headers", "uri", "body"],
)
def test_a_request_over_a_limit_gets_the_status_for_it(
    transport: str, limit: str, value: int, data: bytes, status: int
) -> None:
    """513 for the whole or its head, 414 for the URI, 413 for the body; each is counted."""
    network = network_with(**{limit: value})
    assert refused(network, data, transport).status == status
    assert counts(network)[f"over the limit: {limit}"] == 1
    small = network.receive(network.datagrams(OTHER), request(branch=b"small"))
    assert answers(small) == [(200, b"small")]


@pytest.mark.row("VAL-12")
def test_a_stream_lives_on_behind_a_message_too_large(network: Network) -> None:
    """Its Content-Length says where the next one begins; the body is dropped as it comes."""
    flow = network.connect()
    data = request(length=b"1000000")
    assert only(network.receive(flow, data)).status == 513
    for _ in range(100):
        assert network.receive(flow, b"x" * 10_000) == []
    assert answers(network.receive(flow, request(branch=b"2"))) == [(200, b"2")]
    assert counts(network)["over the limit: message"] == 1
    network.advance(2 * STALLED)
    assert network.closed == []


@pytest.mark.row("VAL-12")
def test_a_stream_ends_with_a_head_too_large(network: Network) -> None:
    """Where such a head ends, and with it the next message, is not waited for."""
    flow = network.connect()
    endless = request(b"OPTIONS", b"X: " + b"y" * Limits().head)[: Limits().head]
    assert only(network.receive(flow, endless)).status == 513
    assert network.closed == [flow]
    assert counts(network)["over the limit: head"] == 1


def test_a_connection_over_the_limit_has_its_request_answered_and_is_closed() -> None:
    network = network_with(connections=1, retry_after=7)
    first, second = network.connect(), network.connect(OTHER)
    assert counts(network)["over the limit: connections"] == 1
    message = only(network.receive(second, request()))
    assert (message.status, message.header("Retry-After")) == (503, "7")
    assert network.closed == [second]
    assert answers(network.receive(first, request(branch=b"2"))) == [(200, b"2")]
    third = network.connect(OTHER)
    assert only(network.receive(third, request(branch=b"3"))).status == 503
    network.disconnect(first)
    fourth = network.connect(OTHER)
    assert answers(network.receive(fourth, request(branch=b"4"))) == [(200, b"4")]


def test_a_connection_over_the_limit_is_not_kept_for_nothing() -> None:
    network = network_with(connections=1)
    network.connect()
    silent = network.connect(OTHER)
    network.advance(STALLED / 2)
    network.receive(silent, b"\r\n\r\n")
    network.receive(silent, b"GARBAGE\r\nContent-Length: 0\r\n\r\n")
    network.advance(STALLED / 2)
    assert network.closed == [silent]
    assert strays(network)[-1] == ("connection over the limit", 0)


@pytest.mark.row("RSP-17")
def test_a_transaction_over_the_limit_is_answered_503() -> None:
    """Nothing is kept of it, so a copy gets the same answer again, and an ACK none."""
    network = network_with(transactions=2, retry_after=9)
    flow = network.datagrams()
    for branch in (b"1", b"2"):
        network.receive(flow, request(branch=branch))
    message = only(network.receive(flow, request(branch=b"3")))
    assert (message.status, message.header("Retry-After")) == (503, "9")
    assert only(network.receive(flow, request(branch=b"3"))).data == message.data
    assert network.receive(flow, request(b"ACK", branch=b"3")) == []
    assert answers(network.receive(flow, request(branch=b"2"))) == [(200, b"2")]
    assert counts(network)["over the limit: transactions"] == 2
    network.advance(40.0)
    assert answers(network.receive(flow, request(branch=b"4"))) == [(200, b"4")]


@pytest.mark.parametrize("dialled", ["180", "100", "200"], ids=["ringing", "trying", "answered"])
def test_a_call_over_the_limit_is_answered_503(dialled: str) -> None:
    """A call counts once, from its INVITE to its end; other requests are not calls."""
    network = network_with(calls=2, retry_after=3)
    alice = Caller(network)
    for _ in range(2):
        alice.call(dialled)
    assert 503 not in alice.statuses()
    alice.call("486")
    assert alice.statuses()[-1] == 503
    assert alice.last().header("Retry-After") == "3"
    alice.start("OPTIONS")
    assert alice.statuses()[-1] == 200
    assert counts(network)["over the limit: calls"] == 1


@pytest.mark.parametrize("end", ["486", "487", "cancelled", "hung up", "unacknowledged", "silent"])
def test_a_call_that_is_over_makes_room(end: str) -> None:
    network = network_with(calls=1)
    alice = Caller(network)
    match end:
        case "486":
            alice.call("180-1-486")
            alice.advance(1.0)
            alice.ack()
        case "487":
            alice.call("180", {"Expires": "1"})
            alice.advance(1.0)
            alice.ack()
        case "cancelled":
            alice.ring()
            alice.cancel()
            alice.ack()
        case "hung up":
            alice.call("180-1-200")
            alice.advance(1.0)
            alice.ack()
            alice.bye()
        case "unacknowledged":
            alice.call("200")
            alice.advance(32.0)
            alice.answer(200)
        case _:
            alice.call("000")
            alice.advance(40.0)
    alice.call("486")
    assert alice.statuses()[-1] == 486


def test_what_is_refused_at_the_end_counts_as_no_limit(network: Network) -> None:
    stack = network.core
    assert isinstance(stack, Stack)
    stack.shut_down(network.now)
    alice = Caller(network)
    alice.call("200")
    assert alice.statuses() == [503]
    assert "over the limit: calls" not in counts(network)


# Sources that are not allowed.


def test_sources_that_are_not_allowed_are_counted_and_told_once(network: Network) -> None:
    stack = network.core
    for port in (1, 2, 3):
        stack.source_refused("udp", ("203.0.113.1", port), network.now)
    stack.source_refused("tcp", ("203.0.113.2", 1), network.now)
    network.collect()
    assert counts(network) == {"refused sources": 4}
    told: list[Trace] = network.traces
    assert [(trace.kind, trace.facts["source"]) for trace in told] == [
        ("source-refused", "203.0.113.1"),
        ("source-refused", "203.0.113.2"),
    ]

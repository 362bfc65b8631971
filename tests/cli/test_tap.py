"""A tap shows what passes, and changes nothing."""

from responder.cli.tap import Tap
from responder.sip.events import Flow, SendFrom
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import REMOTE, Network
from responder.testing.tokens import counted_tokens


def test_every_message_is_shown_and_the_call_goes_as_without_it() -> None:
    shown: list[tuple[str, bytes, bool, float]] = []

    def show(flow: Flow, data: bytes, came: bool, now: float) -> None:
        shown.append((flow.transport, data.split(b" ")[came is False], came, now))

    bare = Caller(Network(Stack(Settings(), counted_tokens())))
    tap = Tap(Stack(Settings(), counted_tokens()), show, lambda: 7.0)
    tapped = Caller(Network(tap, start=5.0))
    for caller in (bare, tapped):
        caller.call("180-486")
        caller.advance(0.5)
        caller.ack()
    assert tapped.ladder() == bare.ladder()
    assert shown == [
        ("udp", b"INVITE", True, 5.0),
        ("udp", b"100", False, 7.0),
        ("udp", b"180", False, 7.0),
        ("udp", b"486", False, 7.0),
        ("udp", b"486", False, 7.0),
        ("udp", b"ACK", True, 5.5),
    ]


def test_what_leaves_from_another_port_is_shown_too() -> None:
    shown: list[bytes] = []
    stack = Stack(Settings(), counted_tokens())
    tap = Tap(stack, lambda _flow, data, *_: shown.append(data), lambda: 0.0)
    network = Network(tap)
    stack.endpoint.outputs.append(SendFrom(network.datagrams(), b"busy", 0))
    network.collect()
    assert shown == [b"busy"]


def test_the_core_hears_of_connections_failures_and_refused_sources() -> None:
    stack = Stack(Settings(), counted_tokens())
    network = Network(Tap(stack, lambda *_: None, lambda: 0.0))
    flow = network.connect()
    assert stack.flows == {flow}
    network.disconnect(flow)
    assert not stack.flows
    network.core.flow_failed(flow, REMOTE, "unreachable", 0.0)
    network.core.source_refused("udp", ("8.8.8.8", 5060), 0.0)
    network.collect()
    assert stack.journal.counts["undeliverable"] == 1
    assert [trace.facts["source"] for trace in network.traces] == ["8.8.8.8"]

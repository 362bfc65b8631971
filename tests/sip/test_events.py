import pytest

from responder.sip.events import Address, CloseFlow, Flow, OpenFlow, Send, Trace

LOCAL: Address = ("192.0.2.1", 5060)


@pytest.mark.parametrize(
    ("remote", "received", "rport", "sent_by"),
    [
        (("192.0.2.9", 5070), b"192.0.2.9", b"5070", b"192.0.2.9:5070"),
        (("2001:db8::9", 5060), b"2001:db8::9", b"5060", b"[2001:db8::9]:5060"),
    ],
    ids=["ipv4", "ipv6"],
)
def test_a_flow_knows_how_a_via_writes_its_peer(
    remote: Address, received: bytes, rport: bytes, sent_by: bytes
) -> None:
    flow = Flow("udp", LOCAL, remote)
    assert (flow.received, flow.rport, flow.sent_by) == (received, rport, sent_by)


@pytest.mark.parametrize(
    ("transport", "reliable"),
    [("udp", False), ("tcp", True), ("tls", True), ("ws", True), ("wss", True)],
)
def test_every_transport_but_udp_is_reliable(transport: str, reliable: bool) -> None:
    flow = Flow(transport, LOCAL, ("192.0.2.9", 5070))
    assert flow.reliable is reliable
    assert not flow.closed
    assert not flow.refusing
    assert flow.framer is None


def test_two_flows_are_the_same_only_when_they_are_one_object() -> None:
    one, other = (Flow("tcp", LOCAL, ("192.0.2.9", 5070), "socket") for _ in range(2))
    assert one.listener == other.listener
    assert len({one, other}) == 2


def test_outputs_show_what_they_are() -> None:
    flow = Flow("tcp", LOCAL, ("192.0.2.9", 5070))
    shown = "<Flow tcp ('192.0.2.1', 5060) - ('192.0.2.9', 5070)>"
    assert repr(flow) == shown
    assert repr(Send(flow, b"x" * 50)) == f"Send({shown}, {b'x' * 40!r}, None)"
    assert OpenFlow(flow).flow is CloseFlow(flow).flow is flow
    trace = Trace("call", status=486)
    assert trace.facts == {"status": 486}
    assert repr(trace) == "Trace('call', {'status': 486})"

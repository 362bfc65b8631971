"""The virtual network: what it carries, and how its clock goes from deadline to deadline."""

from collections.abc import Sequence

from responder.sip.events import (
    Address,
    CloseFlow,
    Flow,
    OpenFlow,
    Output,
    ResetFlow,
    Send,
    SendFrom,
    Trace,
)
from responder.testing.network import LOCAL, REMOTE, Network


class Echo:
    """A core that sends back what it receives, then once more after one and after three seconds."""

    def __init__(self) -> None:
        self.outputs: list[Output] = []
        self.due: list[tuple[float, Flow]] = []
        self.calls: list[str] = []

    def receive(self, flow: Flow, data: bytes, now: float) -> None:
        self.outputs.append(Send(flow, data))
        self.due += [(now + 1, flow), (now + 3, flow)]

    def flow_opened(self, flow: Flow, now: float) -> None:
        self.calls.append(f"opened {flow.transport}")

    def flow_closed(self, flow: Flow, now: float) -> None:
        self.calls.append("closed")

    def flow_failed(self, flow: Flow, address: Address, reason: str, now: float) -> None:
        self.calls.append(reason)

    def source_refused(self, transport: str, address: Address, now: float) -> None:
        self.calls.append("refused")

    def expire(self, now: float) -> None:
        while self.due and self.due[0][0] <= now:
            self.outputs.append(Send(self.due.pop(0)[1], b"later", ("192.0.2.7", 1)))

    def next_deadline(self) -> float | None:
        return self.due[0][0] if self.due else None

    def take_outputs(self) -> Sequence[Output]:
        outputs, self.outputs = self.outputs, []
        return outputs


def test_what_is_sent_at_once_is_returned_and_kept() -> None:
    network = Network(Echo(), start=5.0)
    flow = network.datagrams()
    (sent,) = network.receive(flow, b"SIP/2.0 486 Busy\r\n\r\n")
    assert (sent.at, sent.flow, sent.address) == (5.0, flow, None)
    assert sent.message.status == 486
    assert network.sent == [sent]
    assert (flow.local, flow.remote, flow.reliable) == (LOCAL, REMOTE, False)


def test_time_stops_at_each_deadline() -> None:
    network = Network(Echo(), start=5.0)
    network.receive(network.datagrams(), b"x")
    assert [(sent.at, sent.address) for sent in network.advance(2.5)] == [(6.0, ("192.0.2.7", 1))]
    assert network.now == 7.5
    assert [sent.at for sent in network.advance(0.5)] == [8.0]
    assert network.advance(100) == []
    assert network.now == 108.0


def test_a_deadline_that_was_missed_is_served_now() -> None:
    core = Echo()
    network = Network(core, start=5.0)
    core.due.append((1.0, network.datagrams()))
    assert [sent.at for sent in network.advance(0)] == [5.0]


def test_connections_are_told_of_and_closed_from_both_sides() -> None:
    core = Echo()
    network = Network(core)
    mine, yours = network.connect(), network.connect(("192.0.2.8", 1))
    network.disconnect(mine)
    core.outputs += [CloseFlow(yours), CloseFlow(mine)]
    network.collect()
    assert core.calls == ["opened tcp", "opened tcp", "closed", "closed"]
    assert mine.closed
    assert yours.closed
    assert network.closed == [yours, mine]


def test_flows_that_the_core_opens_and_its_traces_are_kept() -> None:
    core = Echo()
    network = Network(core)
    flow, trace = Flow("tcp", LOCAL, REMOTE), Trace("call", number=1)
    core.outputs += [OpenFlow(flow), trace]
    network.collect()
    assert network.opened == [flow]
    assert network.traces == [trace]


def test_resets_and_other_ports_are_told_apart() -> None:
    core = Echo()
    network = Network(core)
    closed, reset = network.connect(), network.connect(("192.0.2.8", 1))
    core.outputs += [CloseFlow(closed), ResetFlow(reset)]
    core.outputs.append(SendFrom(network.datagrams(), b"x", 5099, ("192.0.2.7", 1)))
    network.collect()
    assert (network.closed, network.resets) == ([closed, reset], [reset])
    [sent] = network.sent
    assert (sent.port, sent.address) == (5099, ("192.0.2.7", 1))

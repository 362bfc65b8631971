import pytest

from responder.sip.events import Address, Flow, OpenFlow, Send
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller, Headers
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

PHONE = "SIP/2.0/TCP phone.example;branch=z9hG4bKa"


@pytest.fixture
def stack() -> Stack:
    return Stack(Settings(), counted_tokens())


@pytest.fixture
def network(stack: Stack) -> Network:
    return Network(stack)


@pytest.fixture
def alice(network: Network) -> Caller:
    return Caller(network, "tcp")


def fail(network: Network, flow: Flow) -> None:
    """Tell the core that nobody takes a connection of its own."""
    flow.closed = True
    network.core.flow_failed(flow, flow.remote, "refused", network.now)
    network.collect()


def stand(network: Network, flow: Flow) -> None:
    """Tell the core that a connection of its own stands."""
    network.core.flow_opened(flow, network.now)
    network.collect()


def goals(network: Network) -> list[Address]:
    return [flow.remote for flow in network.opened]


def over(network: Network, flow: Flow) -> list[int]:
    """The statuses that were sent on a flow."""
    return [sent.message.status for sent in network.sent if sent.flow is flow]


def call(alice: Caller, dialled: str, via: str = PHONE, headers: Headers | None = None) -> None:
    alice.call(dialled, {"Via": via, **(headers or {})})


@pytest.mark.row("TRN-06")
@pytest.mark.parametrize(
    ("sent_by", "goal"),
    [("192.0.2.9:5099", ("192.0.2.9", 5099)), ("192.0.2.9", ("192.0.2.9", 5060))],
)
def test_a_response_goes_over_a_new_connection_when_its_own_is_gone(
    alice: Caller, network: Network, sent_by: str, goal: Address
) -> None:
    """It leads to the address that the request came from and to the port of sent-by."""
    call(alice, "180-5-486", f"SIP/2.0/TCP {sent_by};branch=z9hG4bKa")
    alice.disconnect()
    alice.advance(5.0)
    (flow,) = network.opened
    assert (flow.transport, flow.local, flow.remote) == ("tcp", ("192.0.2.1", 5060), goal)
    assert over(network, flow) == [486]
    stand(network, flow)
    assert network.advance(40.0) == []
    assert goals(network) == [goal]


@pytest.mark.row("TRN-06")
def test_a_connection_is_opened_before_anything_is_sent_on_it(
    alice: Caller, network: Network, stack: Stack
) -> None:
    """The shell is told to connect first, and keeps what follows until it has."""
    call(alice, "180-5-486")
    alice.disconnect()
    stack.expire(network.now + 5.0)
    first, second = list(stack.take_outputs())[:2]
    assert isinstance(first, OpenFlow)
    assert isinstance(second, Send)
    assert first.flow is second.flow


@pytest.mark.row("TRN-09")
@pytest.mark.parametrize(
    ("sent_by", "goal"),
    [
        ("phone.example", ("phone.example", 0)),
        ("phone.example:5099", ("phone.example", 5099)),
        ("192.0.2.77", ("192.0.2.77", 5060)),
    ],
)
def test_when_the_source_takes_nothing_the_host_of_sent_by_is_located(
    alice: Caller, network: Network, sent_by: str, goal: Address
) -> None:
    """One more connection goes to sent-by by name, where port 0 asks for SRV records."""
    call(alice, "180-5-486", f"SIP/2.0/TCP {sent_by};branch=z9hG4bKa")
    alice.disconnect()
    alice.advance(5.0)
    fail(network, network.opened[0])
    assert goals(network)[1] == goal
    assert over(network, network.opened[1]) == [486]
    stand(network, network.opened[1])
    network.receive(network.opened[1], alice.request("ACK", "sip:x@h", {"Via": alice_via(alice)}))
    assert network.advance(40.0) == []


def alice_via(alice: Caller) -> str:
    return next(
        line.partition(": ")[2]
        for line in alice.invite.decode().split("\r\n")
        if line.startswith("Via")
    )


@pytest.mark.row("TRN-09")
def test_when_nobody_takes_it_anywhere_that_is_noted_and_nothing_else_is_tried(
    alice: Caller, network: Network, stack: Stack
) -> None:
    """A response that cannot be delivered ends in the record of its call."""
    call(alice, "180-5-486")
    alice.disconnect()
    alice.advance(5.0)
    fail(network, network.opened[0])
    fail(network, network.opened[1])
    network.advance(100.0)
    assert len(network.opened) == 2
    notes = stack.journal.records[0].notes()
    assert "the response could not be delivered: refused" in notes
    assert not stack.endpoint.transactions


@pytest.mark.row("TRN-09")
def test_a_transaction_that_is_over_has_its_response_delivered_all_the_same(
    alice: Caller, network: Network, stack: Stack
) -> None:
    """Over TCP nothing is kept of an OPTIONS once it is answered; its answer still goes on."""
    alice.start("OPTIONS", "sip:200@192.0.2.1;after=5s", {"Via": PHONE})
    alice.disconnect()
    alice.advance(5.0)
    assert not stack.endpoint.transactions
    fail(network, network.opened[0])
    assert over(network, network.opened[1]) == [200]


@pytest.mark.row("TRN-06", "TRN-09")
def test_the_latest_response_is_the_one_that_goes_on(alice: Caller, network: Network) -> None:
    """What was superseded while nobody took the connection is not sent any more."""
    call(alice, "180-5-183-1-486")
    alice.disconnect()
    alice.advance(6.0)
    assert len(network.opened) == 1
    assert over(network, network.opened[0]) == [183, 486]
    fail(network, network.opened[0])
    assert over(network, network.opened[1]) == [486]


@pytest.mark.row("TRN-06")
def test_responses_of_one_lost_connection_share_a_new_one(alice: Caller, network: Network) -> None:
    """A peer that closes a busy connection is not flooded with as many new ones."""
    for number in range(3):
        call(alice, "180-5-486", f"SIP/2.0/TCP phone.example;branch=z9hG4bK{number}")
    call(alice, "180-5-486", "SIP/2.0/TCP phone.example:5099;branch=z9hG4bKother")
    alice.disconnect()
    alice.advance(5.0)
    assert goals(network) == [("192.0.2.9", 5060), ("192.0.2.9", 5099)]
    assert over(network, network.opened[0]) == [486] * 3
    fail(network, network.opened[0])
    assert goals(network)[2:] == [("phone.example", 0)]
    assert over(network, network.opened[2]) == [486] * 3


@pytest.mark.row("TRN-06")
def test_a_2xx_is_repeated_over_the_new_connection(alice: Caller, network: Network) -> None:
    """Copies of a 2xx follow the connection, too, until the ACK comes over it."""
    call(alice, "180-5-200")
    alice.disconnect()
    alice.advance(5.6)
    (flow,) = network.opened
    assert over(network, flow) == [200, 200]
    fail(network, flow)
    network.advance(1.0)
    assert goals(network)[1:] == [("phone.example", 0)]
    assert 200 in over(network, network.opened[1])


@pytest.mark.row("TRN-06")
def test_a_new_connection_that_is_lost_as_well_is_replaced(alice: Caller, network: Network) -> None:
    """Each response that finds its connection gone asks for another one."""
    call(alice, "180-5-183-5-486")
    alice.disconnect()
    alice.advance(5.0)
    first = network.opened[0]
    stand(network, first)
    network.disconnect(first)
    network.advance(5.0)
    assert goals(network) == [("192.0.2.9", 5060)] * 2
    assert over(network, network.opened[1]) == [486]


@pytest.mark.row("TRN-06")
def test_a_request_that_comes_again_by_another_connection_is_answered_there(
    alice: Caller, network: Network
) -> None:
    """A caller that reconnected itself is not called back."""
    call(alice, "180-5-486")
    alice.disconnect()
    alice.connect()
    alice.again()
    alice.advance(5.0)
    assert alice.statuses()[-2:] == [180, 486]
    assert network.opened == []


@pytest.mark.row("TRN-06")
@pytest.mark.parametrize("sent_by", ["!!!:99999", "h:5060:5060"])
def test_a_sent_by_that_leads_nowhere_leaves_the_source(
    alice: Caller, network: Network, sent_by: str
) -> None:
    """A Via of the usual form is not looked at in detail, and cannot end the process later."""
    call(alice, "180-5-486", f"SIP/2.0/TCP {sent_by};branch=z9hG4bKa;rport")
    alice.disconnect()
    alice.advance(5.0)
    assert goals(network) == [("192.0.2.9", 5060)]
    fail(network, network.opened[0])
    assert len(network.opened) == 1


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_failure_concerns_who_sent_there(network: Network, stack: Stack, transport: str) -> None:
    """An address that fails for one transport says nothing about the other (RFC 3261 18.4)."""
    callers = [Caller(network, each, user=each) for each in ("udp", "tcp")]
    for caller in callers:
        caller.call("180-5-486")
    failed = callers[0 if transport == "udp" else 1].flow
    stack.flow_failed(failed, failed.remote, "unreachable", network.now)
    noted = [
        record.transport
        for record in stack.journal.records
        if any("could not be delivered" in note for note in record.notes())
    ]
    assert noted == [transport]
    assert stack.journal.counts["undeliverable"] == 1

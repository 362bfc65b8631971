"""A flood of garbage: each message is counted somewhere, and nothing of it is left behind."""

import pytest

from responder.journal.journal import Journal
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.garbage import garbage

MANY = 4_000


def assert_nothing_is_left(network: Network, stack: Stack) -> None:
    network.advance(200.0)
    assert not stack.endpoint.transactions
    assert not stack.endpoint.dialogs
    assert not stack.endpoint.clients
    assert not stack.flows
    assert stack.uas.answers.pending == 0
    assert stack.next_deadline() is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_datagram_is_told_of_and_forgotten(seed: int) -> None:
    stack = Stack(Settings(), counted_tokens(), journal=Journal(MANY, 1 << 30))
    network = Network(stack)
    flow = network.datagrams()
    for data in garbage(seed, MANY):
        network.receive(flow, data)
        network.advance(0.001)
    counts = stack.journal.counts
    entries = (entry for record in stack.journal.records for entry in record.entries)
    in_calls = sum(entry.kind in {"received", "received again"} for entry in entries)
    elsewhere = counts["strays"] + counts["keep-alive datagrams"] + counts["STUN requests"]
    assert in_calls + elsewhere == MANY
    assert_nothing_is_left(network, stack)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_left_of_streams_of_it(seed: int) -> None:
    stack = Stack(Settings(), counted_tokens())
    network = Network(stack)
    for number, data in enumerate(garbage(seed, MANY)):
        if number % 10 == 0:
            flow = network.connect(("192.0.2.10", 10_000 + number))
        network.receive(flow, data)
        if number % 10 == 9:
            network.disconnect(flow)
    assert stack.journal.counts["strays"] > MANY / 40
    assert_nothing_is_left(network, stack)

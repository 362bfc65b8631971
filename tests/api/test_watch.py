"""A core that tells when something may have happened."""

from responder.api.watch import Watch
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import REMOTE, Network
from responder.testing.tokens import counted_tokens


def test_it_tells_and_changes_nothing() -> None:
    told: list[int] = []
    stack = Stack(Settings(), counted_tokens())
    watch = Watch(stack, lambda: told.append(len(stack.journal.records)))
    network = Network(watch)
    alice = Caller(network)
    alice.call("180-5-486")
    assert told[-1] == 1
    before = len(told)
    alice.advance(5)
    assert len(told) > before
    alice.ack()
    assert alice.ladder() == ["-> INVITE", "<- 100", "<- 180", "+5 <- 486", "-> ACK"]


def test_failures_and_refusals_reach_the_core() -> None:
    stack = Stack(Settings(), counted_tokens())
    watch = Watch(stack, lambda: None)
    network = Network(watch)
    flow = network.datagrams(REMOTE)
    watch.flow_failed(flow, REMOTE, "port unreachable", 1.0)
    watch.source_refused("udp", REMOTE, 1.0)
    assert dict(stack.journal.counts) == {"undeliverable": 1, "refused sources": 1}

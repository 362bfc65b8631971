"""Reports of what did not arrive, by the address that they tell of."""

import pytest

from responder.sip.events import Flow
from responder.sip.failures import Failures, goes_to
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

HERE = ("192.0.2.1", 5060)
NEAR, FAR = ("192.0.2.9", 5060), ("192.0.2.10", 5060)
NEAR_BY_UDP = Flow("udp", HERE, NEAR)
NEAR_BY_TCP = Flow("tcp", HERE, NEAR)


def test_a_flood_of_errors_from_one_address_is_noted_once_a_second() -> None:
    network = Network(Stack(Settings(), counted_tokens()))
    caller = Caller(network)
    caller.call("486")
    core = network.core
    assert isinstance(core, Stack)
    flow = network.sent[-1].flow
    for at in (0.0, 0.1, 0.9, 1.0, 1.5):
        core.flow_failed(flow, flow.remote, "port unreachable", network.now + at)
    (record,) = core.journal.records
    assert record.notes() == ["the response could not be delivered: port unreachable"] * 2


def test_each_address_has_its_own_second() -> None:
    failures = Failures()
    assert [failures.told(address, 10.0) for address in (NEAR, FAR, NEAR)] == [True, True, False]
    assert failures.told(NEAR, 11.0)


def test_addresses_without_end_do_not_grow_the_memory() -> None:
    failures = Failures()
    for number in range(3_000):
        assert failures.told(("192.0.2.9", number), 10.0)
        assert len(failures._latest) <= 1_000


@pytest.mark.parametrize(
    ("mine", "elsewhere", "failed", "address", "expected"),
    [
        (NEAR_BY_UDP, None, NEAR_BY_UDP, NEAR, True),
        (NEAR_BY_UDP, None, Flow("udp", HERE, FAR), NEAR, True),
        (NEAR_BY_UDP, FAR, NEAR_BY_UDP, NEAR, False),
        (NEAR_BY_UDP, FAR, NEAR_BY_UDP, FAR, True),
        (NEAR_BY_TCP, None, NEAR_BY_TCP, FAR, True),
        (Flow("tcp", HERE, NEAR), None, NEAR_BY_TCP, NEAR, False),
        (NEAR_BY_TCP, None, NEAR_BY_UDP, NEAR, False),
    ],
)
def test_a_connection_fails_as_a_whole_and_a_datagram_by_its_address(
    mine: Flow,
    elsewhere: tuple[str, int] | None,
    failed: Flow,
    address: tuple[str, int],
    expected: bool,
) -> None:
    assert goes_to(mine, elsewhere, failed, address) is expected

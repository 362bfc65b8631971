"""The guard around the core: what it raises is told, and goes no further."""

from collections.abc import Callable

import pytest

from responder.net.allow import Allow
from responder.net.boundary import Boundary
from responder.sip.events import Flow
from tests.net.conftest import RecordingCore

FLOW = Flow("tcp", ("127.0.0.1", 5060), ("127.0.0.2", 40000))
STRANGER = ("192.0.2.1", 5060)

CALLS: dict[str, Callable[[Boundary], object]] = {
    "receive": lambda boundary: boundary.receive(FLOW, b"x", 0.0),
    "opened": lambda boundary: boundary.opened(FLOW, 0.0),
    "closed": lambda boundary: boundary.closed(FLOW, 0.0),
    "failed": lambda boundary: boundary.failed(FLOW, FLOW.remote, "port unreachable", 0.0),
    "refused": lambda boundary: boundary.permits("tcp", STRANGER, 0.0),
    "expire": lambda boundary: boundary.expire(0.0),
}


@pytest.fixture
def faults() -> list[Exception]:
    return []


@pytest.fixture
def boundary(core: RecordingCore, faults: list[Exception]) -> Boundary:
    return Boundary(core, Allow(), lambda: 0.0, lambda _: None, faults.append)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_fault_of_the_core_is_told_with_its_traceback_and_goes_no_further(
    boundary: Boundary,
    core: RecordingCore,
    faults: list[Exception],
    call: Callable[[Boundary], object],
) -> None:
    call(boundary)
    assert faults == []
    core.fault = ZeroDivisionError("a fault of ours")
    call(boundary)
    assert faults == [core.fault]
    assert faults[0].__traceback__ is not None


async def test_an_allowed_source_comes_in_without_a_word(
    boundary: Boundary, core: RecordingCore
) -> None:
    assert boundary.permits("udp", ("127.0.0.1", 5060), 0.0)
    assert core.refused.empty()
    assert not boundary.permits("udp", STRANGER, 0.0)
    assert core.refused.get_nowait() == ("udp", STRANGER)

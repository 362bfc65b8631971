"""The driver: listeners, the timer, flushing, and going on whatever happens."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from responder.net import driver as driver_module
from responder.net.allow import Allow
from responder.net.bind import bind_tcp, bind_udp
from responder.net.driver import LOOKUPS, Driver
from responder.net.errors import BindFailed, NotLocated
from responder.net.locate import Locator
from responder.sip.events import Address, Flow, OpenFlow, Send, Trace
from tests.net.conftest import MakeDriver, Peer, RecordingCore, port_of, soon

MakePeer = Callable[..., Peer]


class KnownHosts(Locator):
    """Finds what a test says, or nothing; where ``held``, only once it is released."""

    def __init__(self, **found: list[Address]) -> None:
        super().__init__(hosts=Path("/nonexistent"))
        self.found = found
        self.asked: list[tuple[str, int, str]] = []
        self.released = asyncio.Event()
        self.released.set()

    async def locate(self, host: str, port: int, transport: str) -> list[Address]:
        self.asked.append((host, port, transport))
        await self.released.wait()
        if host not in self.found:
            raise NotLocated(f"{host} was not found")
        return self.found[host]


# Listening


@pytest.mark.ipv6
async def test_addresses_are_those_that_were_bound(make_driver: MakeDriver) -> None:
    driver = await make_driver("udp:127.0.0.1:0", "tcp:[::1]:0")
    udp, tcp_ = driver.addresses
    assert udp == f"udp:127.0.0.1:{port_of(udp)}"
    assert tcp_ == f"tcp:[::1]:{port_of(tcp_)}"
    assert 0 not in (port_of(udp), port_of(tcp_))


# The timer


async def test_deadlines_are_kept_in_order(core: RecordingCore, make_driver: MakeDriver) -> None:
    driver = await make_driver()
    clock = asyncio.get_running_loop().time
    start = clock()
    late, early = start + 0.03, start + 0.01
    driver.submit(lambda: core.deadlines.append(late))
    driver.submit(lambda: core.deadlines.append(early))
    assert await soon(core.expired.get()) == early
    assert clock() >= early
    assert await soon(core.expired.get()) == late
    assert clock() >= late


async def test_a_deadline_that_was_put_off_is_not_kept_early(
    core: RecordingCore, make_driver: MakeDriver
) -> None:
    driver = await make_driver()
    start = asyncio.get_running_loop().time()
    driver.submit(lambda: core.deadlines.append(start + 0.01))
    core.deadlines = [start + 0.03]
    assert await soon(core.expired.get()) == start + 0.03


async def test_one_timer_stands_for_all_deadlines(
    core: RecordingCore, make_driver: MakeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = await make_driver()
    loop = asyncio.get_running_loop()
    armed: list[float] = []
    call_later = loop.call_later

    def note(delay: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        armed.append(delay)
        return call_later(delay, callback)

    monkeypatch.setattr(loop, "call_later", note)
    start = loop.time()
    for seconds in (50, 60, 70, 40):
        core.deadlines.append(start + seconds)
        driver.flush()
        driver.flush()
    assert [round(delay) for delay in armed] == [50, 40]


async def test_a_deadline_that_the_core_does_not_meet_does_not_stop_the_rest(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer, faults: list[Exception]
) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    core.on_receive = lambda flow, data: [Send(flow, data)]
    core.fault = ZeroDivisionError("a fault of ours")
    driver.submit(lambda: core.deadlines.append(0.0))
    await soon(core.expired.get())
    core.fault = None
    peer = peers()
    peer.send(b"x", ("127.0.0.1", port_of(driver.addresses[0])))
    assert (await peer.receive())[0] == b"x"
    assert len(faults) == 1


# Outputs


async def test_submit_returns_what_the_core_says_and_sends_what_it_asked(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver()
    peer = peers()
    flow = driver.udp_flow(peer.address)

    def act() -> str:
        core.outputs.append(Send(flow, b"x"))
        return "done"

    assert driver.submit(act) == "done"
    assert await peer.receive() == (b"x", flow.local)


async def test_submit_raises_what_the_action_raised(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver()
    peer = peers()
    core.outputs.append(Send(driver.udp_flow(peer.address), b"x"))

    def misuse() -> None:
        raise ValueError("misuse")

    with pytest.raises(ValueError, match="misuse"):
        driver.submit(misuse)
    assert (await peer.receive())[0] == b"x"


async def test_traces_reach_their_taker(
    core: RecordingCore, make_driver: MakeDriver, traces: list[Trace]
) -> None:
    driver = await make_driver()
    trace = Trace("call", status=486)
    core.outputs.append(trace)
    driver.flush()
    assert traces == [trace]


async def test_what_a_trace_leads_to_is_carried_out_after_it(core: RecordingCore) -> None:
    seen: list[str] = []

    def take(trace: Trace, _: float) -> None:
        seen.append(trace.kind)
        if trace.kind == "first":
            driver.submit(lambda: core.outputs.append(Trace("third")))

    driver = Driver(core, Allow(), on_trace=take)
    await driver.start(())
    core.outputs += [Trace("first"), Trace("second")]
    driver.flush()
    assert seen == ["first", "second", "third"]
    await driver.stop()


async def test_a_trace_that_nobody_takes_is_dropped(core: RecordingCore) -> None:
    driver = Driver(core, Allow())
    core.outputs.append(Trace("call"))
    await driver.start(())
    assert core.outputs == []
    await driver.stop()


async def test_a_fault_in_one_output_leaves_the_others(
    core: RecordingCore, peers: MakePeer
) -> None:
    faults: list[Exception] = []

    def break_down(*_: object) -> None:
        raise ZeroDivisionError

    driver = Driver(core, Allow(), on_trace=break_down, on_fault=faults.append)
    await driver.start(())
    peer = peers()
    core.outputs += [Trace("call"), Send(driver.udp_flow(peer.address), b"x")]
    driver.flush()
    assert (await peer.receive())[0] == b"x"
    assert [type(fault) for fault in faults] == [ZeroDivisionError]
    await driver.stop()


async def test_a_fault_goes_to_the_loop_where_nobody_else_takes_it(
    core: RecordingCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    driver = Driver(core, Allow())
    await driver.start(())
    fault = ZeroDivisionError()

    def break_down() -> float:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(core, "next_deadline", break_down)
        driver.flush()
    assert told == [fault]
    await driver.stop()


async def test_an_endless_exchange_with_the_core_does_not_hold_the_loop(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver()
    flow = driver.udp_flow(peers().address)
    too_large = Send(flow, bytes(65508))
    core.on_failed = lambda _: [too_large]
    core.outputs.append(too_large)
    driver.flush()
    assert core.failed.qsize() == driver_module.ROUNDS
    for _ in range(driver_module.ROUNDS + 1):
        await soon(core.failed.get())
    core.on_failed = lambda _: []


# Where datagrams go


async def test_a_datagram_goes_where_its_output_says(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    peer, other = peers(), peers()
    core.on_receive = lambda flow, data: [Send(flow, data, other.address)]
    local = ("127.0.0.1", port_of(driver.addresses[0]))
    for data in (b"1", b"2"):
        peer.send(data, local)
        assert await other.receive() == (data, local)


@pytest.mark.row("TRN-04")
async def test_a_datagram_to_a_name_waits_for_its_address(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    peer, other = peers(), peers()
    locator = KnownHosts(**{"pbx.example": [("::1", 9), other.address]})
    driver = await make_driver("udp:127.0.0.1:0", locator=locator)
    core.on_receive = lambda flow, data: [Send(flow, data, ("pbx.example", 0))]
    local = ("127.0.0.1", port_of(driver.addresses[0]))
    peer.send(b"x", local)
    assert await other.receive() == (b"x", local)
    assert locator.asked == [("pbx.example", 0, "udp")]


async def test_a_name_that_is_not_found_is_a_failure(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver(locator=KnownHosts())
    flow = driver.udp_flow(peers().address)
    driver.submit(lambda: core.outputs.append(Send(flow, b"x", ("pbx.example", 0))))
    expected = (flow, ("pbx.example", 0), "pbx.example was not found")
    assert await soon(core.failed.get()) == expected


async def test_look_ups_are_bounded(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    peer = peers()
    locator = KnownHosts(a=[peer.address])
    locator.released.clear()
    driver = await make_driver(locator=locator)
    flow = driver.udp_flow(peer.address)
    core.outputs += [Send(flow, b"1", ("a", 0)) for _ in range(LOOKUPS + 1)]
    driver.flush()
    assert core.failed.get_nowait() == (flow, ("a", 0), "too many look-ups at one time")
    assert driver.counts.unsent == 1
    locator.released.set()
    assert (await peer.receive())[0] == b"1"


@pytest.mark.ipv6
async def test_a_datagram_to_the_other_family_leaves_from_a_socket_of_it(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:127.0.0.1:0", "udp:[::1]:0")
    peer = peers("::1")
    flow = driver.ports[0].flow_to(("127.0.0.1", 9))
    driver.submit(lambda: core.outputs.append(Send(flow, b"x", peer.address)))
    assert await peer.receive() == (b"x", ("::1", port_of(driver.addresses[1])))


async def test_without_such_a_socket_it_fails(core: RecordingCore, make_driver: MakeDriver) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    flow = driver.ports[0].flow_to(("127.0.0.1", 9))
    driver.submit(lambda: core.outputs.append(Send(flow, b"x", ("::1", 9))))
    assert core.failed.get_nowait() == (flow, ("::1", 9), "no socket of its address family")


# Calling out


@pytest.mark.parametrize("host", ["127.0.0.1", pytest.param("::1", marks=pytest.mark.ipv6)])
async def test_a_caller_has_a_udp_flow_of_its_own(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer, host: str
) -> None:
    """Answers of the peer are taken although its network is not allowed as a source."""
    driver = await make_driver(allow=Allow([]))
    peer = peers(host)
    flow = driver.udp_flow(peer.address)
    assert flow.local[0] == host
    driver.submit(lambda: core.outputs.append(Send(flow, b"INVITE")))
    data, source = await peer.receive()
    assert (data, source) == (b"INVITE", flow.local)
    peer.send(b"200", source)
    assert await soon(core.received.get()) == (flow, b"200")
    assert driver.addresses == []


async def test_a_caller_may_choose_its_local_address(
    make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    peer = peers()
    listening = ("127.0.0.1", port_of(driver.addresses[0]))
    assert driver.udp_flow(peer.address, listening).local == listening
    assert len(driver.ports) == 1
    assert driver.udp_flow(peer.address, ("127.0.0.3", 0)).local[0] == "127.0.0.3"
    with pytest.raises(BindFailed):
        driver.udp_flow(peer.address, peer.address)


async def test_a_connection_tries_each_address_in_turn(
    core: RecordingCore, make_driver: MakeDriver
) -> None:
    server = await make_driver("tcp:127.0.0.1:0")
    here = ("127.0.0.1", port_of(server.addresses[0]))
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        locator = KnownHosts(a=[nobody.getsockname(), here])
        driver = await make_driver(locator=locator)
        flow = Flow("tcp", ("0.0.0.0", 0), ("a", 0))
        driver.submit(lambda: core.outputs.append(OpenFlow(flow)))
        opened = {await soon(core.opened.get()), await soon(core.opened.get())}
    assert flow in opened
    assert flow.remote == here
    assert locator.asked == [("a", 0, "tcp")]
    assert await driver.locate("a", 0, "tcp") == locator.found["a"]


async def test_a_connection_to_an_unknown_host_fails(
    core: RecordingCore, make_driver: MakeDriver
) -> None:
    driver = await make_driver(locator=KnownHosts())
    flow = Flow("tcp", ("0.0.0.0", 0), ("a", 0))
    driver.submit(lambda: core.outputs.append(OpenFlow(flow)))
    assert await soon(core.failed.get()) == (flow, ("a", 0), "a was not found")


async def test_a_locator_that_breaks_is_a_fault_and_a_failure(
    core: RecordingCore, make_driver: MakeDriver, faults: list[Exception]
) -> None:
    locator = KnownHosts(a=[])
    driver = await make_driver(locator=locator)
    flow = driver.udp_flow(("127.0.0.1", 9))
    driver.submit(lambda: core.outputs.append(Send(flow, b"x", ("a", 0))))
    await soon(asyncio.gather(*driver._tasks, return_exceptions=True))
    assert [type(fault) for fault in faults] == [IndexError]


# Stopping


async def test_stopping_closes_everything(core: RecordingCore, make_driver: MakeDriver) -> None:
    driver = await make_driver("udp:127.0.0.1:0", "tcp:127.0.0.1:0")
    port = port_of(driver.addresses[0])
    reader, writer = await soon(asyncio.open_connection("127.0.0.1", port))
    flow = await soon(core.opened.get())
    core.deadlines.append(1e9)
    core.outputs.append(Send(flow, b"487"))
    stopping = asyncio.create_task(driver.stop())
    assert await soon(reader.read()) == b"487"
    writer.close()
    await soon(stopping)
    assert core.closed.get_nowait() is flow
    assert driver.addresses == []
    for bind in (bind_udp, bind_tcp):
        bind("127.0.0.1", port).close()


async def test_stopping_does_not_wait_for_a_peer_that_stays(
    core: RecordingCore, make_driver: MakeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver_module, "STOPPING_TIME", 0.01)
    driver = await make_driver("tcp:127.0.0.1:0")
    _, writer = await soon(asyncio.open_connection("127.0.0.1", port_of(driver.addresses[0])))
    flow = await soon(core.opened.get())
    await soon(driver.stop())
    assert core.closed.get_nowait() is flow
    writer.close()


async def test_stopping_ends_what_is_being_opened(
    core: RecordingCore, make_driver: MakeDriver
) -> None:
    locator = KnownHosts()
    locator.released.clear()
    driver = await make_driver(locator=locator)
    flow = Flow("tcp", ("0.0.0.0", 0), ("a", 0))
    driver.submit(lambda: core.outputs.append(OpenFlow(flow)))
    driver.submit(
        lambda: core.outputs.append(Send(driver.udp_flow(("127.0.0.1", 9)), b"x", ("a", 0)))
    )
    await soon(driver.stop())
    assert core.failed.get_nowait() == (flow, ("a", 0), "the driver stopped")

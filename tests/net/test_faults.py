"""What faults ask of the shell, over real loopback sockets."""

import asyncio
import socket
from collections.abc import Callable

import pytest

from responder.faults.registry import compile_faults
from responder.net.allow import Allow
from responder.net.driver import Driver
from responder.net.listen import parse_listen
from responder.net.udp import UdpFlow
from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond
from responder.sip.events import Flow, Output, ResetFlow, Send, SendFrom
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.net.conftest import MakeDriver, Peer, RecordingCore, port_of, soon

MakePeer = Callable[..., Peer]


def invite() -> bytes:
    """An INVITE as a caller of the virtual network writes it, over TCP."""
    alice = Caller(Network(Stack(Settings(), counted_tokens())), "tcp")
    alice.call("486")
    return alice.invite


# From another port.


async def test_a_datagram_leaves_from_another_port_the_same_each_time(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    own = port_of(driver.addresses[0])
    core.on_receive = lambda flow, data: [SendFrom(flow, data, 0), Send(flow, data)]
    peer = peers()
    ports = []
    for _ in range(2):
        peer.send(b"hello", ("127.0.0.1", own))
        ports += [(await peer.receive())[1][1] for _ in range(2)]
    other, first_own, again, second_own = ports
    assert first_own == second_own == own
    assert other == again != own


async def test_what_comes_to_the_other_port_is_taken(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    core.on_receive = lambda flow, data: [SendFrom(flow, data, 0)]
    peer = peers()
    peer.send(b"one", ("127.0.0.1", port_of(driver.addresses[0])))
    _, other = await peer.receive()
    await soon(core.received.get())
    peer.send(b"two", other)
    assert await peer.receive() == (b"two", other)
    flow, data = await soon(core.received.get())
    assert (data, flow.local) == (b"two", other)


async def test_it_can_go_elsewhere_than_to_the_peer(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    one, other = peers(), peers()
    core.outputs.append(SendFrom(driver.udp_flow(one.address), b"x", 0, other.address))
    driver.flush()
    data, source = await other.receive()
    assert data == b"x"
    assert source[1] != port_of(driver.addresses[0])


async def test_a_port_that_is_taken_is_told(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver("udp:127.0.0.1:0")
    peer, taken = peers(), peers()
    flow = driver.udp_flow(peer.address, ("127.0.0.1", port_of(driver.addresses[0])))
    core.outputs.append(SendFrom(flow, b"x", taken.address[1]))
    driver.flush()
    assert await soon(core.failed.get()) == (flow, peer.address, "address already in use")


async def test_a_connection_has_no_other_port(core: RecordingCore, make_driver: MakeDriver) -> None:
    driver = await make_driver()
    core.outputs.append(SendFrom(Flow("tcp", ("127.0.0.1", 1), ("127.0.0.1", 2)), b"x", 0))
    driver.flush()
    assert driver.ports == []


# A reset.


async def test_a_connection_is_reset_and_not_closed(
    core: RecordingCore, make_driver: MakeDriver
) -> None:
    driver = await make_driver("tcp:127.0.0.1:0")

    def answer(flow: Flow, _data: bytes) -> list[Output]:
        return [ResetFlow(flow)]

    core.on_receive = answer
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(driver.addresses[0]))
    writer.write(b"hello")
    with pytest.raises(ConnectionResetError):
        await soon(reader.read())
    flow = await soon(core.closed.get())
    assert flow.closed
    writer.transport.abort()


async def test_a_flow_without_a_connection_cannot_be_reset(
    core: RecordingCore, make_driver: MakeDriver, peers: MakePeer
) -> None:
    driver = await make_driver()
    peer = peers()
    flow = driver.udp_flow(peer.address)
    core.outputs += [ResetFlow(flow), Send(flow, b"x")]
    driver.flush()
    assert (await peer.receive())[0] == b"x"
    assert isinstance(flow, UdpFlow)


# Whole answers.


async def answered(fault: object) -> list[bytes]:
    """Call over TCP; return what each read of the answer got, with the error that ended it."""
    rules = Rules((Rule(Program("faulty", ((Respond(486, fault=compile_faults(fault)),),))),))
    stack = Stack(Settings(), counted_tokens(), rules)
    driver = Driver(stack, Allow())
    await driver.start([parse_listen("tcp:127.0.0.1:0")])
    loop = asyncio.get_running_loop()
    reads: list[bytes] = []
    with socket.socket() as sock:
        sock.setblocking(False)
        await soon(loop.sock_connect(sock, ("127.0.0.1", port_of(driver.addresses[0]))))
        await soon(loop.sock_sendall(sock, invite()))
        try:
            while not b"".join(reads).endswith(b"\r\n\r\n"):
                data = await soon(loop.sock_recv(sock, 65_535))
                if not data:
                    reads.append(b"(end)")
                    break
                reads.append(data)
        except ConnectionResetError:
            reads.append(b"(reset)")
    await driver.stop()
    return reads


async def test_a_message_comes_in_segments() -> None:
    reads = await answered({"split": {"segments": 6, "pause": 0.03}})
    assert b"".join(reads).startswith(b"SIP/2.0 486 Busy Here\r\n")
    assert len(reads) > 1


async def test_a_connection_is_closed_in_the_middle_of_a_message() -> None:
    assert await answered({"close": 7}) == [b"SIP/2.0", b"(end)"]


async def test_a_connection_is_reset_in_the_middle_of_a_message() -> None:
    reads = await answered({"reset": 7})
    # A reset may overtake the bytes that the peer has not read yet.
    assert reads in ([b"SIP/2.0", b"(reset)"], [b"(reset)"])


async def test_a_message_trickles_and_the_connection_is_reset_behind_it() -> None:
    reads = await answered({"slow": {"rate": 1000, "bytes": 3}, "reset": 12})
    assert reads[-1] == b"(reset)"
    assert b"".join(reads[:-1]) in b"SIP/2.0 486 "

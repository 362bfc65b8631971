"""Binding listening addresses."""

import errno
import socket

import pytest

from responder.net import bind
from responder.net.bind import bind_all, bind_tcp, bind_udp
from responder.net.errors import BindFailed
from responder.net.listen import parse_listen
from tests.net.conftest import MakeDriver, port_of


@pytest.mark.row("TRN-07")
@pytest.mark.parametrize("order", [("udp", "tcp"), ("tcp", "udp")], ids="-".join)
async def test_udp_and_tcp_get_the_same_free_port(
    make_driver: MakeDriver, order: tuple[str, str]
) -> None:
    driver = await make_driver(*(f"{transport}:127.0.0.1:0" for transport in order))
    first, second = (port_of(address) for address in driver.addresses)
    assert first == second


@pytest.mark.row("TRN-07")
async def test_both_families_get_the_same_free_port(make_driver: MakeDriver) -> None:
    driver = await make_driver("udp:0", "tcp:0")
    port = port_of(driver.addresses[0])
    assert driver.addresses == [
        f"udp:0.0.0.0:{port}",
        f"udp:[::]:{port}",
        f"tcp:0.0.0.0:{port}",
        f"tcp:[::]:{port}",
    ]


@pytest.mark.row("TRN-07")
async def test_another_number_is_tried_where_tcp_has_taken_that_of_udp(
    make_driver: MakeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[socket.socket] = []

    def bind_where_taken(host: str, port: int) -> socket.socket:
        if len(taken) < 2:
            taken.append(bind_tcp(host, port))
        return bind_tcp(host, port)

    monkeypatch.setattr(bind, "bind_tcp", bind_where_taken)
    driver = await make_driver("udp:127.0.0.1:0", "tcp:127.0.0.1:0")
    first, second = (port_of(address) for address in driver.addresses)
    assert first == second
    assert first not in [sock.getsockname()[1] for sock in taken]
    for sock in taken:
        sock.close()


async def test_two_of_the_same_get_ports_of_their_own(make_driver: MakeDriver) -> None:
    driver = await make_driver("udp:127.0.0.1:0", "udp:127.0.0.1:0", "tcp:127.0.0.2:0")
    assert len(set(driver.addresses)) == 3


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_taken_port_is_a_sentence_and_leaves_nothing_open(
    make_driver: MakeDriver, transport: str
) -> None:
    bind_it = bind_udp if transport == "udp" else bind_tcp
    with bind_it("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BindFailed) as raised:
            await make_driver("udp:127.0.0.2:0", f"{transport}:127.0.0.1:{port}")
    assert str(raised.value) == (
        f"{transport}:127.0.0.1:{port} is already in use by another program; "
        "choose another with --listen."
    )
    bind_it("127.0.0.1", port).close()


@pytest.mark.parametrize("number", [errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL])
async def test_a_machine_without_ipv6_listens_on_ipv4(
    make_driver: MakeDriver, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def no_ipv6(host: str, port: int) -> socket.socket:
        if ":" in host:
            raise OSError(number, "no IPv6")
        return bind_udp(host, port)

    monkeypatch.setattr(bind, "bind_udp", no_ipv6)
    driver = await make_driver("udp:0")
    assert driver.addresses == [f"udp:0.0.0.0:{port_of(driver.addresses[0])}"]
    with pytest.raises(BindFailed):
        await make_driver("udp:[::]:0")


async def test_both_families_do_not_hide_a_taken_port(make_driver: MakeDriver) -> None:
    with bind_udp("::", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BindFailed, match=rf"udp:\[::\]:{port} is already in use"):
            await make_driver(f"udp:{port}")


@pytest.mark.parametrize("host", ["127.0.0.1", pytest.param("::1", marks=pytest.mark.ipv6)])
async def test_a_taken_port_is_refused(host: str) -> None:
    with bind_tcp(host, 0) as taken, pytest.raises(OSError, match="in use"):
        bind_tcp(host, taken.getsockname()[1])


@pytest.mark.parametrize("host", ["192.0.2.77", "2001:db8::77"])
def test_an_address_of_another_machine_cannot_be_bound(host: str) -> None:
    with pytest.raises(OSError, match=r"."):
        bind_udp(host, 0)


async def test_nothing_asked_is_nothing_bound() -> None:
    assert bind_all(()) == []


async def test_an_ipv6_socket_leaves_ipv4_alone() -> None:
    with bind_udp("::", 0) as six, bind_udp("0.0.0.0", six.getsockname()[1]) as four:
        assert six.getsockname()[1] == four.getsockname()[1]


async def test_a_number_that_is_never_free_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def never(_: str, port: int) -> socket.socket:
        tried.append(port)
        raise OSError(errno.EADDRINUSE, "in use")

    monkeypatch.setattr(bind, "bind_tcp", never)
    with pytest.raises(BindFailed):
        bind_all([parse_listen("udp:127.0.0.1:0"), parse_listen("tcp:127.0.0.1:0")])
    assert len(tried) == bind._PORT_ATTEMPTS

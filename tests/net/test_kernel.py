"""What is asked of the kernel."""

import socket
import struct
import sys

import pytest

from responder.net import kernel
from responder.net.kernel import (
    ask_for_local_addresses,
    count_drops,
    enlarge,
    kernel_source,
    source_for,
)


@pytest.mark.parametrize("host", ["127.0.0.1", pytest.param("::1", marks=pytest.mark.ipv6)])
def test_the_source_towards_an_address_is_the_kernels_choice(host: str) -> None:
    assert source_for((host, 5060)) == host


def test_there_is_no_source_towards_a_name() -> None:
    with pytest.raises(OSError, match=r".+"):
        source_for(("example.invalid", 5060))


def test_without_a_route_the_kernel_chooses_none() -> None:
    assert kernel_source(socket.AF_INET, ("127.0.0.1", 5060)) == "127.0.0.1"
    assert kernel_source(socket.AF_INET, ("255.255.255.255", 5060)) == ""


@pytest.mark.parametrize("platform", ["linux", "other"])
def test_a_receive_buffer_grows(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        before = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        assert enlarge(sock) == sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) >= before


def test_a_receive_buffer_grows_without_privilege(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "SO_RCVBUFFORCE", -1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        before = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        assert enlarge(sock) >= before


def test_drops_are_unknown_where_the_kernel_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        assert count_drops(sock) == 0
        monkeypatch.setattr(kernel, "_SO_MEMINFO", -1)
        assert count_drops(sock) is None


@pytest.mark.skipif(sys.platform != "linux", reason="packet information is asked of Linux only")
def test_packet_information_names_the_address_that_was_reached() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer,
    ):
        sock.bind(("0.0.0.0", 0))
        assert ask_for_local_addresses(sock)
        peer.sendto(b"x", ("127.0.0.9", sock.getsockname()[1]))
        _, [(level, kind, value)], _, _ = sock.recvmsg(10, 64)
    assert (level, kind) == (socket.IPPROTO_IP, kernel.IP_PKTINFO)
    assert struct.unpack("=I4s4s", value)[1] == socket.inet_aton("127.0.0.9")

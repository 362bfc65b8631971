"""What a UDP socket asks of the kernel beyond sending and receiving."""

import contextlib
import socket
import struct
import sys
from typing import Final

from responder.net.bind import resolve_numeric
from responder.net.icmp import SocketAddress
from responder.sip.events import Address

RECEIVE_BUFFER: Final = 4 << 20
"""Bytes asked of the kernel for datagrams that wait."""

# From Linux headers; the socket module of Python 3.11 does not name them.
SO_RCVBUFFORCE: Final = 33
_SO_MEMINFO: Final = 55
_SO_MEMINFO_DROPS: Final = 8
IP_PKTINFO: Final = 8
_IPV6_RECVPKTINFO: Final = 49
IPV6_PKTINFO: Final = 50


def count_drops(sock: socket.socket) -> int | None:
    """Return how many datagrams the kernel dropped at a socket; None if unknown."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, struct.error):
            size = struct.calcsize("=9I")
            counters = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, size)
            drops: int = struct.unpack("=9I", counters)[_SO_MEMINFO_DROPS]
            return drops
    return None


def source_for(remote: Address) -> str:
    """Return the local IP address from which this machine would send to a numeric address.

    Raises:
        OSError: there is no route to it.
    """
    family = socket.AF_INET6 if ":" in remote[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(resolve_numeric(family, remote))
        host: str = probe.getsockname()[0]
    return host


def kernel_source(family: int, destination: SocketAddress) -> str:
    """Return the source address that the kernel would choose; empty where there is no route."""
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(destination)
        host: str = probe.getsockname()[0]
        return host
    return ""


def ask_for_local_addresses(sock: socket.socket) -> bool:
    """Have the kernel tell which local address each packet came to; False where it cannot."""
    if sys.platform != "linux":
        return False
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVPKTINFO, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    return True


def enlarge(sock: socket.socket) -> int:
    """Ask for a large receive buffer, past the system's limit where that is allowed."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
            return sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

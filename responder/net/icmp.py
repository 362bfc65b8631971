"""ICMP errors from a UDP socket's error queue, on Linux (ip(7), IP_RECVERR)."""

import socket
import struct
import sys
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

SocketAddress: TypeAlias = tuple[Any, ...]
"""An address as the socket calls take and give it: (host, port), in IPv6 with flow and scope."""

# From linux/in.h, in6.h and errqueue.h; the socket module of Python 3.11 does not name them.
_IP_RECVERR: Final = 11
_IPV6_RECVERR: Final = 25
_ORIGIN_ICMP: Final = 2
_ORIGIN_ICMP6: Final = 3

_EXTENDED_ERROR: Final = struct.Struct("=IBBBBII")
_ERRORS_PER_CALL: Final = 64

_ICMP_UNREACHABLE: Final = 3
_ICMP_PARAMETER_PROBLEM: Final = 12
_ICMP_FRAGMENTATION_NEEDED: Final = 4
_ICMP6_UNREACHABLE: Final = 1
_ICMP6_PARAMETER_PROBLEM: Final = 4

_ICMP_CODES: Final = {
    0: "network unreachable",
    1: "host unreachable",
    2: "protocol unreachable",
    3: "port unreachable",
}
_ICMP6_CODES: Final = {0: "network unreachable", 3: "host unreachable", 4: "port unreachable"}


def ask_for_errors(sock: socket.socket) -> None:
    """Have the kernel queue the ICMP errors that datagrams of this socket meet."""
    if sys.platform == "linux":
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)


def read_errors(sock: socket.socket) -> Iterator[tuple[SocketAddress, str]]:
    """Empty the error queue; yield the destinations that could not be reached, each with a reason.

    The queue must be emptied even when nobody wants to know: while it holds anything, the socket
    counts as ready.
    """
    if sys.platform == "linux":
        for _ in range(_ERRORS_PER_CALL):
            try:
                _, control, _, destination = sock.recvmsg(0, 512, socket.MSG_ERRQUEUE)
            except OSError:
                return
            for level, kind, value in control:
                if (level, kind) in {
                    (socket.IPPROTO_IP, _IP_RECVERR),
                    (socket.IPPROTO_IPV6, _IPV6_RECVERR),
                }:
                    reason = failure(value)
                    if reason is not None:
                        yield destination, reason


def failure(extended_error: bytes) -> str | None:
    """Tell what a ``sock_extended_err`` structure says, or None where it is no failure.

    RFC 3261 section 18.4: host, network, port and protocol unreachable and parameter problem are
    failures to send; source quench and time exceeded are ignored. Too large a packet is for the
    kernel's path MTU discovery.
    """
    _, origin, kind, code, _, _, _ = _EXTENDED_ERROR.unpack_from(extended_error)
    if origin == _ORIGIN_ICMP:
        if kind == _ICMP_UNREACHABLE and code != _ICMP_FRAGMENTATION_NEEDED:
            return _ICMP_CODES.get(code, "destination unreachable")
        if kind == _ICMP_PARAMETER_PROBLEM:
            return "parameter problem"
    elif origin == _ORIGIN_ICMP6:
        if kind == _ICMP6_UNREACHABLE:
            return _ICMP6_CODES.get(code, "destination unreachable")
        if kind == _ICMP6_PARAMETER_PROBLEM:
            return "parameter problem"
    return None

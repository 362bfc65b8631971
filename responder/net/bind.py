"""Binding listening addresses, all of them or none."""

import errno
import socket
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from responder.net.errors import BindFailed
from responder.net.icmp import SocketAddress
from responder.net.listen import BOTH_FAMILIES, Listen
from responder.sip.events import Address

BACKLOG: Final = 512
"""Connections that the kernel keeps until they are accepted."""

_PORT_ATTEMPTS: Final = 16
_NO_IPV6: Final = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)


def bind_all(listens: Sequence[Listen]) -> list[tuple[Listen, socket.socket]]:
    """Bind every address; return each as it was bound, with its number, and its socket.

    Addresses with port 0 and the same host get the same number, whatever their transport: a port
    that takes UDP takes TCP too (RFC 3261 section 18.1.1). The wildcards of both families count as
    one host; where the machine has no IPv6, that of IPv6 is left out.

    Raises:
        BindFailed: an address cannot be had; nothing is left open.
    """
    bound: list[tuple[Listen, socket.socket]] = []
    try:
        for group in _groups(listens):
            bound += _bind_group(group)
    except BindFailed:
        for _, sock in bound:
            sock.close()
        raise
    return bound


def bind_udp(host: str, port: int) -> socket.socket:
    """Return a non-blocking UDP socket bound to a numeric host.

    An IPv6 socket takes IPv6 packets only, so that 0.0.0.0 and :: can stand side by side.

    Raises:
        OSError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(resolve_numeric(family, (host, port)))
    except BaseException:
        sock.close()
        raise
    return sock


def bind_tcp(host: str, port: int) -> socket.socket:
    """Return a non-blocking TCP socket that listens at a numeric host.

    An IPv6 socket takes IPv6 connections only, so that 0.0.0.0 and :: can stand side by side.

    Raises:
        OSError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(resolve_numeric(family, (host, port)))
        sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def resolve_numeric(family: int, address: Address) -> SocketAddress:
    """Turn a numeric host and a port into what the socket calls take; no name is looked up.

    Raises:
        OSError: the host is not numeric, or not of this family.
    """
    host, port = address
    # The index of a zone is another one when its interface comes back; all else stays as it is.
    found = _read_numeric(family, host) if "%" in host else _read_known(family, host)
    return (found[0], port, *found[2:])


def _read_numeric(family: int, host: str) -> SocketAddress:
    found = socket.getaddrinfo(host, 0, family, socket.SOCK_DGRAM, 0, socket.AI_NUMERICHOST)
    return found[0][4]


# Each stream of audio is bound twice, at an address that hardly ever differs.
_read_known = lru_cache(maxsize=1024)(_read_numeric)


def _groups(listens: Sequence[Listen]) -> list[list[Listen]]:
    """Put together the addresses that are to get one free port number."""
    groups: list[list[Listen]] = []
    for listen in listens:
        for group in groups:
            same = group[0].port == 0 == listen.port and group[0].host == listen.host
            if same and all(listen.transport != other.transport for other in group):
                group.append(listen)
                break
        else:
            groups.append([listen])
    return groups


def _bind_group(group: Sequence[Listen]) -> list[tuple[Listen, socket.socket]]:
    """Bind addresses to one port number, whose first socket chooses it if it is 0.

    Raises:
        BindFailed: one of them cannot be had, or no number was free for all.
    """
    attempts = 1 if group[0].port else _PORT_ATTEMPTS
    while True:
        attempts -= 1
        bound: list[tuple[Listen, socket.socket]] = []
        try:
            for listen in group:
                _bind(listen, bound)
        except BindFailed as failure:
            for _, sock in bound:
                sock.close()
            if failure.errno != errno.EADDRINUSE or not attempts:
                raise
        else:
            return bound


def _bind(listen: Listen, bound: list[tuple[Listen, socket.socket]]) -> None:
    """Bind one address, or the wildcards of both families, and add to ``bound``."""
    hosts = ("0.0.0.0", "::") if listen.host == BOTH_FAMILIES else (listen.host,)
    for host in hosts:
        port = bound[0][0].port if listen.port == 0 and bound else listen.port
        try:
            sock = bind_udp(host, port) if listen.transport == "udp" else bind_tcp(host, port)
        except OSError as refusal:
            if len(hosts) == 2 and host == "::" and refusal.errno in _NO_IPV6:
                continue
            raise BindFailed(str(Listen(listen.transport, host, port)), refusal) from refusal
        bound.append((listen._replace(host=host, port=sock.getsockname()[1]), sock))

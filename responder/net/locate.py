"""From a host in a message to the addresses behind it (RFC 3263)."""

import asyncio
import ipaddress
import random
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
from dns.rdtypes.IN.SRV import SRV

from responder.net.errors import NotLocated
from responder.net.listen import default_port
from responder.sip.events import Address

LOOKUP_TIME: Final = 4.0
"""Seconds for one DNS question, all its retransmissions included."""

ANSWERS_REMEMBERED: Final = 1024

_SERVICES: Final = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}
_ADDRESS_TYPES: Final = (dns.rdatatype.A, dns.rdatatype.AAAA)


class Locator:
    """Looks hosts up, in this order: numeric, the hosts file, ``localhost``, DNS.

    Each answer of the DNS is kept as long as the DNS allows.
    """

    def __init__(
        self,
        resolver: dns.asyncresolver.Resolver | None = None,
        draw: Callable[[int], int] = lambda most: random.randint(0, most),
        hosts: Path = Path("/etc/hosts"),
    ) -> None:
        """Take what a test replaces.

        Args:
            resolver: whom to ask; by default the system's name servers, looked up when needed.
            draw: returns a whole number from 0 up to the one given, to choose among weights.
            hosts: the hosts file; it need not exist.
        """
        self._resolver = resolver
        self._draw = draw
        self._hosts = hosts

    async def locate(self, host: str, port: int, transport: str) -> list[Address]:
        """Return the addresses to try, in order; at least one.

        RFC 3263 sections 4.2 and 5: a numeric host is taken as it is; a port that is given means
        that only A and AAAA records count; otherwise SRV records choose hosts and ports, and where
        there are none the host itself is tried at the transport's default port.

        Args:
            host: a name or a numeric address, without brackets.
            port: 0 where none was given.
            transport: ``udp``, ``tcp`` or ``tls``, decided by the caller.

        Raises:
            NotLocated: nothing was found.
        """
        if is_numeric(host):
            return [(host, port or default_port(transport))]
        if port:
            return [(address, port) for address in await self._addresses(host)]
        targets = await self._services(host, transport)
        if not targets:
            port = default_port(transport)
            return [(address, port) for address in await self._addresses(host)]
        return await self._all_of(targets)

    async def _all_of(self, targets: list[Address]) -> list[Address]:
        """Return the addresses of SRV targets, leaving out those that have none."""
        found: list[Address] = []
        missed: NotLocated | None = None
        for host, port in targets:
            try:
                found += [(address, port) for address in await self._addresses(host)]
            except NotLocated as miss:
                missed = miss
        if missed is not None and not found:
            raise missed
        return found

    async def _services(self, host: str, transport: str) -> list[Address]:
        """Return the targets of a host's SRV records in the order of RFC 2782; none is no error."""
        if self._listed(host):
            return []
        question = f"{_SERVICES[transport]}.{host}"
        try:
            answer = await self._servers().resolve(question, dns.rdatatype.SRV, search=False)
        except (dns.exception.DNSException, OSError, ValueError):
            return []
        records = [record for record in answer if isinstance(record, SRV)]
        if len(records) == 1 and records[0].target == dns.name.root:
            raise NotLocated(f"{host} offers no SIP over {transport}")
        return [
            (record.target.to_text(omit_final_dot=True), record.port)
            for record in in_order(records, self._draw)
        ]

    async def _addresses(self, host: str) -> list[str]:
        listed = self._listed(host)
        if listed:
            return listed
        servers = self._servers()
        answers: list[Awaitable[dns.resolver.Answer]] = [
            servers.resolve(host, kind, search=True) for kind in _ADDRESS_TYPES
        ]
        found: list[str] = []
        reason = "it has no address"
        for answer in await asyncio.gather(*answers, return_exceptions=True):
            if isinstance(answer, dns.resolver.Answer):
                found += [record.to_text() for record in answer]
            else:
                reason = _reason(answer) or reason
        if not found:
            raise NotLocated(f"{host} was not found: {reason}")
        return found

    def _servers(self) -> dns.asyncresolver.Resolver:
        if self._resolver is None:
            try:
                self._resolver = dns.asyncresolver.Resolver()
            except dns.resolver.NoResolverConfiguration:
                raise NotLocated("this machine names no DNS server") from None
            self._resolver.cache = dns.resolver.LRUCache(ANSWERS_REMEMBERED)
            self._resolver.lifetime = LOOKUP_TIME
        return self._resolver

    def _listed(self, host: str) -> list[str]:
        """Return what the hosts file says, and what ``localhost`` means (RFC 6761 section 6.3)."""
        name = host.rstrip(".").lower()
        if is_numeric(name):
            return [name]
        try:
            lines = self._hosts.read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        found = []
        for line in lines:
            address, *names = line.partition("#")[0].split() or [""]
            if name in (listed.lower() for listed in names) and is_numeric(address):
                found.append(address)
        if not found and (name == "localhost" or name.endswith(".localhost")):
            return ["127.0.0.1", "::1"]
        return found


def in_order(records: Iterable[SRV], draw: Callable[[int], int]) -> list[SRV]:
    """Order SRV records: a lower priority first, and by lot among equals (RFC 2782, "Weight").

    Args:
        records: in any order.
        draw: returns a whole number from 0 up to the one given, both included.
    """
    waiting = sorted(records, key=lambda record: (record.priority, record.weight > 0))
    ordered: list[SRV] = []
    while waiting:
        equals = [record for record in waiting if record.priority == waiting[0].priority]
        point = draw(sum(record.weight for record in equals))
        for record in equals:
            point -= record.weight
            if point <= 0:
                break
        ordered.append(record)
        waiting.remove(record)
    return ordered


def is_numeric(host: str) -> bool:
    """Tell whether a host is an IP address rather than a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _reason(fault: BaseException) -> str:
    if isinstance(fault, dns.resolver.NXDOMAIN):
        return "there is no such name"
    if isinstance(fault, dns.resolver.NoAnswer):
        return ""
    if isinstance(fault, dns.exception.Timeout):
        return "the DNS did not answer in time"
    return f"the look-up failed ({type(fault).__name__})"

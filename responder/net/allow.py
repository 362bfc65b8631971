"""Which source networks may talk to this endpoint."""

import ipaddress
from collections.abc import Iterable
from typing import Final, TypeAlias

from responder.net.errors import BadAddress
from responder.net.recent import Recent

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

NEARBY: Final = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)
"""Loopback, private and link-local addresses (RFC 1918, 3927, 4193, 4291): the default."""

_HOSTS_REMEMBERED: Final = 4096


def parse_network(text: str) -> tuple[Network, ...]:
    """Read one value of ``--allow``: an address, a network such as ``10.0.0.0/8``, or ``any``.

    Raises:
        BadAddress: it is none of these; the text is one sentence.
    """
    if text.strip().lower() == "any":
        return ipaddress.IPv4Network("0.0.0.0/0"), ipaddress.IPv6Network("::/0")
    try:
        return (ipaddress.ip_network(text.strip(), strict=False),)
    except ValueError:
        raise BadAddress(
            f'"{text}" is not a network; write an address, a network such as 10.0.0.0/8, or any.'
        ) from None


class Allow:
    """The networks whose packets and connections are taken; from all others they are dropped.

    An IPv4 address that is mapped into IPv6 (``::ffff:10.0.0.1``) counts as the IPv4 address.
    """

    def __init__(self, networks: Iterable[str] = NEARBY) -> None:
        """Take networks as `parse_network` reads them.

        Raises:
            BadAddress: one of them cannot be read.
        """
        self.networks = tuple(network for text in networks for network in parse_network(text))
        self._decided: Recent[str, bool] = Recent(_HOSTS_REMEMBERED)

    def permits(self, host: str) -> bool:
        """Tell whether a packet from this numeric IP address may come in."""
        try:
            return self._decided[host]
        except KeyError:
            return self._decided.keep(host, self._contains(host))

    def _contains(self, host: str) -> bool:
        address = ipaddress.ip_address(host)
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        source = mapped or address
        return any(source in network for network in self.networks)

"""The networks that a container engine makes, of network namespaces: a bridge behind NAT.

::

    caller ------------- engine ============= containers
    10.77.0.2   10.77.0.1      172.30.0.1     172.30.0.2, 172.30.0.3 ...

Who calls from outside knows the engine's host and has no way to the containers' own addresses.
Ports are published as an engine publishes them: packets to the host are sent on to a container
(DNAT), and what containers begin themselves leaves under the host's address (masquerading).
"""

import os
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests import peers

HOST: Final = "10.77.0.1"
"""The address of the engine's host, as the caller knows it."""

CALLER: Final = "10.77.0.2"
_GATEWAY: Final = "172.30.0.1"

_RULES: Final = """
table ip nat {
    chain published {
        type nat hook prerouting priority -100;
    }
    chain outward {
        type nat hook postrouting priority 100;
        ip saddr 172.30.0.0/24 ip daddr != 172.30.0.0/24 masquerade
    }
}
"""


class Refused(Exception):
    """This machine makes no such networks; the text says which command was refused, and why."""


class Engine:
    """Namespaces of a caller, a host with NAT, and containers; all end with `close`."""

    def __init__(self, *containers: str) -> None:
        """Make the networks, with containers by these names.

        Raises:
            Refused: the kernel or this machine's limits do not let us.
        """
        self._prefix = f"responder-{secrets.token_hex(3)}-"
        self._names: list[str] = []
        try:
            for name in ("caller", "host", *containers):
                self._add(name)
            self._wire(containers)
        except BaseException:
            self.close()
            raise

    def address(self, container: str) -> str:
        """Return a container's own address."""
        return f"172.30.0.{self._names.index(container)}"

    def within(self, name: str, *command: str | Path) -> list[str]:
        """Return a command that runs another one on ``caller``, ``host`` or a container."""
        return ["nsenter", f"--net=/run/netns/{self._prefix}{name}", *map(str, command)]

    def publish(self, container: str, transport: str, outside: str, inside: str = "") -> None:
        """Send what comes to a port of the host, or to a range of ports, on to a container.

        Args:
            container: its name.
            transport: ``udp`` or ``tcp``.
            outside: the port of the host, or the first and last one with a dash between.
            inside: the port of the container; the same ones if empty.
        """
        target = self.address(container) + (f":{inside}" if inside else "")
        rule = ["ip", "daddr", HOST, transport, "dport", outside, "dnat", "to", target]
        add = self.within("host", peers.find("nft"), "add", "rule", "ip", "nat", "published")
        self._do(*add, *rule)

    def close(self) -> None:
        """Delete all of it."""
        for name in self._names:
            subprocess.run(["ip", "netns", "del", self._prefix + name], check=False)
        self._names.clear()

    def _add(self, name: str) -> None:
        self._do("ip", "netns", "add", self._prefix + name)
        self._names.append(name)
        self._do(*self.within(name, "ip", "link", "set", "lo", "up"))

    def _wire(self, containers: Sequence[str]) -> None:
        host = self._prefix + "host"
        caller = self._prefix + "caller"
        pair = ["ip", "-n", host, "link", "add", "name", "outside", "type", "veth"]
        self._do(*pair, "peer", "name", "eth0", "netns", caller)
        self._up(host, "outside", f"{HOST}/24")
        self._up(caller, "eth0", f"{CALLER}/24")
        self._do("ip", "-n", host, "link", "add", "name", "bridge", "type", "bridge")
        self._up(host, "bridge", f"{_GATEWAY}/24")
        for name in containers:
            pair = ["ip", "-n", host, "link", "add", "name", name, "type", "veth"]
            self._do(*pair, "peer", "name", "eth0", "netns", self._prefix + name)
            self._do("ip", "-n", host, "link", "set", name, "master", "bridge", "up")
            self._up(self._prefix + name, "eth0", f"{self.address(name)}/24")
            self._do("ip", "-n", self._prefix + name, "route", "add", "default", "via", _GATEWAY)
        forward = "echo 1 >/proc/sys/net/ipv4/ip_forward"
        self._do(*self.within("host", "sh", "-c", forward))
        self._do(*self.within("host", peers.find("nft"), "-f", "-"), given=_RULES)

    def _up(self, namespace: str, device: str, address: str) -> None:
        self._do("ip", "-n", namespace, "address", "add", address, "dev", device)
        self._do("ip", "-n", namespace, "link", "set", device, "up")

    def _do(self, *command: str, given: str = "") -> None:
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=20, check=False
        )
        if done.returncode:
            raise Refused(f"{' '.join(command)}: {done.stderr.strip()}")


def made(*containers: str) -> Engine:
    """Return the networks; skip the test, with the reason, where they cannot be made."""
    peers.find("ip")
    peers.find("nft")
    if os.geteuid() or shutil.which("nsenter") is None:
        pytest.skip("network namespaces take the rights of root, and nsenter")
    try:
        return Engine(*containers)
    except Refused as refusal:
        pytest.skip(f"no network namespaces here: {refusal}")

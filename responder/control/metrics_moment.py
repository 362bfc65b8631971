"""What the metrics are read from: a stack, its sockets and its event loop, at one moment."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from responder.agent.user_agent import UserAgent
from responder.control.metrics_loop_lag import LoopLag
from responder.media.figures import Volume
from responder.stack import Stack

OTHERS: Final = "other"
"""The address of all UDP sockets together that are not listened on, such as those of faults."""


class Listener(NamedTuple):
    """An address that is listened on.

    Attributes:
        transport: ``udp``, ``tcp`` ...
        address: host and port.
        name: what a scenario calls it; empty for none.
    """

    transport: str
    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Sockets:
    """What only the shell knows, at one moment.

    Attributes:
        listeners: what is listened on.
        kernel_drops: datagrams that the kernel dropped, by the address that they were for.
        unsent: messages that did not leave.
        slow_peers: connections that were closed, since the peer did not read.
        unsent_audio: packets of RTP that did not leave.
    """

    listeners: Sequence[Listener] = ()
    kernel_drops: Mapping[str, int] = field(default_factory=dict)
    unsent: int = 0
    slow_peers: int = 0
    unsent_audio: int = 0


@dataclass(frozen=True)
class Moment:
    """All that the metrics are read from, at one moment.

    Attributes:
        stack: what answers.
        sockets: its sockets.
        lag: how late its event loop is.
        now: seconds, on the clock of the stack.
    """

    stack: Stack
    sockets: Sockets
    lag: LoopLag
    now: float

    @cached_property
    def counts(self) -> Counter[str]:
        """The named counts of the record."""
        return self.stack.journal.ever_counted

    @cached_property
    def volume(self) -> Volume:
        """How much audio there was."""
        return self.stack.uas.sessions.volume()


def sockets_of(agent: UserAgent) -> Sockets:
    """Return what the sockets of a responder say of themselves."""
    driver, ports = agent.driver, agent.ports
    named = {address: name for name, address in driver.named.items()}
    drops: dict[str, int] = {}
    for port in driver.ports:
        count = port.kernel_drops()
        if count is not None:
            listened = str(port.listen) in driver.addresses
            address = str(port.listen).partition(":")[2] if listened else OTHERS
            drops[address] = drops.get(address, 0) + count
    return Sockets(
        [Listener(*_parted(address), named.get(address, "")) for address in driver.addresses],
        drops,
        driver.counts.unsent,
        driver.counts.slow_peers,
        ports.unsent if ports is not None else 0,
    )


def _parted(address: str) -> tuple[str, str]:
    transport, _, place = address.partition(":")
    return transport, place

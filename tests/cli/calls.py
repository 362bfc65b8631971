"""Calls on a virtual network whose traces a log is told."""

from responder.cli.log import Log
from responder.scenario.rules import Rules
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

START = 1000.0
"""The clock's first reading."""

EPOCH = 1_700_000_000.0 - START
"""What makes it 2023-11-14 22:13:20 UTC."""


class Calls:
    """A stack, the network around it, and the log that is told of what happens.

    Attributes:
        stack: what answers.
        network: its network.
        log: the log.
    """

    def __init__(self, log: Log, rules: Rules | None = None) -> None:
        self.stack = Stack(Settings(), counted_tokens(), rules)
        self.network = Network(self.stack, START)
        self.log = log
        self._told = 0
        self._callers = 0

    def caller(self, transport: str = "udp", user: str = "alice") -> Caller:
        """Return another caller, with an address of its own: 192.0.2.9, 192.0.2.10 and so on."""
        self._callers += 1
        return Caller(self.network, transport, (f"192.0.2.{8 + self._callers}", 5070), user)

    def tell(self) -> None:
        """Tell the log what it has not been told yet."""
        self.network.collect()
        for trace in self.network.traces[self._told :]:
            self.log.trace(trace, self.network.now)
        self._told = len(self.network.traces)

    def busy(self, count: int, dialled: str = "486") -> None:
        """Place calls that are answered and acknowledged at once, and tell of them."""
        caller = self.caller()
        for _ in range(count):
            caller.call(dialled)
            caller.ack()
        self.tell()

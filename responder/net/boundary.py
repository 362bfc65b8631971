"""The one place where the shell calls its core: what the core raises is caught here."""

from collections.abc import Callable
from dataclasses import dataclass

from responder.net.allow import Allow
from responder.sip.events import Address, Core, Flow


@dataclass(slots=True)
class Counts:
    """What the shell itself lost.

    Attributes:
        unsent: datagrams and messages dropped, because what waited to be sent was at its bound, or
            the peer had gone away.
        slow_peers: connections closed, because the peer did not read what was sent to it.
    """

    unsent: int = 0
    slow_peers: int = 0


class Boundary:
    """What every socket needs: the core behind its guard, who may come in, and the clock.

    A fault of the core ends the handling of one event, never the loop: it is given to ``on_fault``
    with its traceback, and the next event is taken as if nothing had happened.

    After its last call of a batch a socket calls `flush`: what the core asked for is carried out.

    Attributes:
        flush: carries out the outputs and arms the timer; takes the batch's clock reading.
        on_fault: takes an exception that the core raised.
    """

    __slots__ = ("allow", "clock", "core", "counts", "flush", "on_fault")

    def __init__(
        self,
        core: Core,
        allow: Allow,
        clock: Callable[[], float],
        flush: Callable[[float], None],
        on_fault: Callable[[Exception], None],
    ) -> None:
        self.core = core
        self.allow = allow
        self.clock = clock
        self.flush = flush
        self.counts = Counts()
        self.on_fault = on_fault

    def receive(self, flow: Flow, data: bytes, now: float) -> None:
        """Give the core bytes of a stream."""
        try:
            self.core.receive(flow, data, now)
        except Exception as fault:
            self.on_fault(fault)

    def opened(self, flow: Flow, now: float) -> None:
        """Tell the core that a stream flow stands."""
        try:
            self.core.flow_opened(flow, now)
        except Exception as fault:
            self.on_fault(fault)

    def closed(self, flow: Flow, now: float) -> None:
        """Tell the core that a stream flow is gone."""
        try:
            self.core.flow_closed(flow, now)
        except Exception as fault:
            self.on_fault(fault)

    def failed(self, flow: Flow, address: Address, reason: str, now: float) -> None:
        """Tell the core that bytes to ``address`` did not arrive."""
        try:
            self.core.flow_failed(flow, address, reason, now)
        except Exception as fault:
            self.on_fault(fault)

    def permits(self, transport: str, address: Address, now: float) -> bool:
        """Tell whether a source may come in; when it may not, the core counts it."""
        if self.allow.permits(address[0]):
            return True
        try:
            self.core.source_refused(transport, address, now)
        except Exception as fault:
            self.on_fault(fault)
        return False

    def expire(self, now: float) -> None:
        """Let the core act on its deadlines."""
        try:
            self.core.expire(now)
        except Exception as fault:
            self.on_fault(fault)

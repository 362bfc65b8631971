"""A core that tells when something may have happened in it."""

from collections.abc import Callable, Sequence

from responder.sip.events import Address, Core, Flow, Output


class Watch:
    """Stands before a core and changes nothing.

    Args:
        core: the core.
        notice: called each time that the core was asked for its outputs.
    """

    def __init__(self, core: Core, notice: Callable[[], None]) -> None:
        self._core = core
        self._notice = notice
        self.receive = core.receive
        self.flow_opened = core.flow_opened
        self.flow_closed = core.flow_closed
        self.expire = core.expire
        self.next_deadline = core.next_deadline

    def flow_failed(self, flow: Flow, address: Address, reason: str, now: float) -> None:
        """Tell the core that bytes did not arrive."""
        self._core.flow_failed(flow, address, reason, now)

    def source_refused(self, transport: str, address: Address, now: float) -> None:
        """Tell the core of a source that is not allowed."""
        self._core.source_refused(transport, address, now)

    def take_outputs(self) -> Sequence[Output]:
        """Tell of it, and return what is to be done."""
        self._notice()
        return self._core.take_outputs()

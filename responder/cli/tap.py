"""A core whose messages are shown as they pass."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from responder.sip.events import Address, Core, Flow, Output, Send, SendFrom

Show: TypeAlias = Callable[[Flow, bytes, bool, float], None]
"""Takes the flow, the bytes, whether they came (or else left), and when."""


class Tap:
    """Stands before a core and shows what goes in and what comes out; it changes nothing.

    Bytes of a stream are shown in the pieces in which they come.

    Args:
        core: the core.
        show: takes each piece.
        clock: the clock of the core's ``now``.
    """

    def __init__(self, core: Core, show: Show, clock: Callable[[], float]) -> None:
        self._core = core
        self._show = show
        self._clock = clock
        self.flow_opened = core.flow_opened
        self.flow_closed = core.flow_closed
        self.expire = core.expire
        self.next_deadline = core.next_deadline

    def receive(self, flow: Flow, data: bytes, now: float) -> None:
        """Show bytes that came, then let the core take them."""
        self._show(flow, data, True, now)
        self._core.receive(flow, data, now)

    def flow_failed(self, flow: Flow, address: Address, reason: str, now: float) -> None:
        """Tell the core that bytes did not arrive."""
        self._core.flow_failed(flow, address, reason, now)

    def source_refused(self, transport: str, address: Address, now: float) -> None:
        """Tell the core of a source that is not allowed."""
        self._core.source_refused(transport, address, now)

    def take_outputs(self) -> Sequence[Output]:
        """Show bytes that leave, and return what is to be done."""
        outputs = self._core.take_outputs()
        for output in outputs:
            if isinstance(output, Send | SendFrom):
                self._show(output.flow, output.data, False, self._clock())
        return outputs

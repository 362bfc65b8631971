"""The boundary between a stack and its shell: what is slow, late or lost there. Pure.

It is there only once something needs it: an impairment of all traffic, or a message that leaves in
pieces, behind which everything else on its connection has to wait.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeAlias

from responder.faults.fault import Chance
from responder.faults.impairment import Crossing, Direction, Impairment, Path
from responder.sip.events import CloseFlow, Flow, Output, ResetFlow, Send, SendFrom, SlowSend
from responder.sip.timers import NEVER, Timed, Timers

MOST_WAITING: Final = 1 << 20
"""Bytes that may wait on one connection; with more, it is reset."""

_Action: TypeAlias = Callable[[float], None]


class Stack(Protocol):
    """What the wire needs of the stack behind it."""

    timers: Timers

    def receive(self, flow: Flow, data: bytes, now: float) -> None:
        """Take what has arrived."""

    def impaired(
        self, flow: Flow, data: bytes, direction: Direction, what: str, text: str, now: float
    ) -> None:
        """Count and note what an impairment did to a message.

        Args:
            flow: its flow.
            data: the message, or the bytes of a stream.
            direction: which way it went.
            what: a word to count.
            text: the same as a phrase.
            now: seconds.
        """


class Wire:
    """What lies between the stack and the sockets.

    Args:
        stack: the stack behind it.
        draw: random numbers.

    Attributes:
        now: the latest reading of the clock, which the stack sets.
    """

    def __init__(self, stack: Stack, draw: Chance) -> None:
        self.now = 0.0
        self._stack = stack
        self._draw = draw
        self._paths: tuple[Path, ...] = ()
        self._ready: list[Output] = []
        self._out: dict[Flow, _Queue] = {}
        self._in: dict[Flow, _Queue] = {}
        self._delivering = False

    @property
    def impairments(self) -> tuple[Impairment, ...]:
        """What impairs all traffic now."""
        return tuple(path.impairment for path in self._paths)

    def impair(self, impairments: Sequence[Impairment], now: float) -> None:
        """Replace what impairs all traffic; what is delayed already stays so.

        Args:
            impairments: crossed in this order in both directions.
            now: seconds, from which their times count.
        """
        self._paths = tuple(Path(each, now, self._draw) for each in impairments)

    def takes(self, flow: Flow, data: bytes, now: float) -> bool:
        """Whether what has arrived is the wire's to pass on, and not the stack's to take yet."""
        self.now = now
        if self._delivering:
            return False
        crossing = self._cross(flow, data, "in", now)
        queue = self._in.get(flow)
        if crossing is None and queue is None:
            return False
        copies = [(0.0, data)] if crossing is None else crossing.copies
        if crossing is not None and crossing.reset:
            self._reset(flow)
        elif flow.reliable:
            for delay, arrived in copies:
                queue = self._queue(self._in, flow)
                queue.put(now + delay, len(arrived), self._arrival(flow, arrived))
                self._release(queue, flow, "in", now)
        else:
            for delay, arrived in copies:
                self._later(now, delay, self._arrival(flow, arrived))
        return True

    def leaving(self, outputs: Sequence[Output]) -> list[Output]:
        """Return what the shell is to do now, of new outputs and of those that were held back."""
        for output in outputs:
            if isinstance(output, Send | SendFrom):
                self._send(output)
            elif isinstance(output, CloseFlow | ResetFlow) and output.flow in self._out:
                self._append(output.flow, 0.0, output, 0)
            else:
                self._ready.append(output)
        found, self._ready = self._ready, []
        return found

    def flow_closed(self, flow: Flow) -> None:
        """Forget what waited on a connection that is gone."""
        for queues in (self._in, self._out):
            queue = queues.pop(flow, None)
            if queue is not None:
                self._stack.timers.disarm(queue)

    def _send(self, output: Send | SendFrom) -> None:
        flow, now = output.flow, self.now
        crossing = self._cross(flow, output.data, "out", now)
        if crossing is not None and crossing.reset:
            self._reset(flow)
        elif flow.reliable:
            delay = crossing.copies[0][0] if crossing is not None and crossing.copies else 0.0
            if not delay and flow not in self._out and not isinstance(output, SlowSend):
                self._ready.append(output)
                return
            pieces = output.pieces if isinstance(output, SlowSend) else ((0.0, output.data),)
            for gap, piece in pieces:
                self._append(flow, delay, Send(flow, piece), len(piece), gap)
                delay = 0.0
        elif crossing is None:
            self._ready.append(output)
        else:
            for delay, data in crossing.copies:
                self._later(now, delay, self._departure(_with(output, data)))

    def _append(
        self, flow: Flow, delay: float, output: Output, size: int, gap: float = 0.0
    ) -> None:
        queue = self._queue(self._out, flow)
        queue.put(self.now + delay, size, self._departure(output), gap)
        self._release(queue, flow, "out", self.now)

    def _cross(self, flow: Flow, data: bytes, direction: Direction, now: float) -> Crossing | None:
        """Return what becomes of a message, or None where no impairment concerns it."""
        paths = [path for path in self._paths if path.concerns(flow, direction, now)]
        if not paths:
            return None
        crossing = Crossing(data)
        for path in paths:
            path.cross(crossing, flow, direction, now)
        for what, text in crossing.told:
            self._stack.impaired(flow, data, direction, what, text, now)
        return crossing

    def _reset(self, flow: Flow) -> None:
        self.flow_closed(flow)
        self._ready.append(ResetFlow(flow))

    def _queue(self, queues: "dict[Flow, _Queue]", flow: Flow) -> "_Queue":
        queue = queues.get(flow)
        if queue is None:
            queue = queues[flow] = _Queue(
                self._stack.timers, self.now, lambda: queues.pop(flow, None)
            )
        return queue

    def _release(self, queue: "_Queue", flow: Flow, direction: Direction, now: float) -> None:
        queue.fire(now)
        if queue.size > MOST_WAITING:
            text = "the connection was reset: too much waits"
            self._stack.impaired(flow, b"", direction, "overflow", text, now)
            self._reset(flow)

    def _later(self, now: float, delay: float, action: _Action) -> None:
        if delay <= 0:
            action(now)
            return
        single = _Queue(self._stack.timers, now, lambda: None)
        single.put(now + delay, 0, action)
        single.fire(now)

    def _arrival(self, flow: Flow, data: bytes) -> _Action:
        def arrive(now: float) -> None:
            if flow.closed:
                return
            self._delivering = True
            try:
                self._stack.receive(flow, data, now)
            finally:
                self._delivering = False

        return arrive

    def _departure(self, output: Output) -> _Action:
        def depart(_now: float) -> None:
            self._ready.append(output)

        return depart


class _Queue(Timed):
    """What waits for its time, in order: nothing in it overtakes another.

    Attributes:
        items: when each may go, its size in bytes, and how it goes.
        size: bytes of all of them.
    """

    __slots__ = ("_emptied", "_last", "_timers", "items", "size")

    def __init__(self, timers: Timers, now: float, emptied: Callable[[], object]) -> None:
        super().__init__()
        self.items: deque[tuple[float, int, _Action]] = deque()
        self.size = 0
        self._last = now
        self._timers = timers
        self._emptied = emptied

    def put(self, due: float, size: int, action: _Action, gap: float = 0.0) -> None:
        """Add something: not before ``due``, and ``gap`` seconds after what is in front of it."""
        self._last = max(due, self._last + gap)
        self.items.append((self._last, size, action))
        self.size += size

    def fire(self, now: float) -> None:
        """Let go what may, and wait for the rest."""
        while self.items and self.items[0][0] <= now:
            _, size, action = self.items.popleft()
            self.size -= size
            action(now)
        if not self.items:
            self._timers.disarm(self)
            self._emptied()
        elif self.deadline == NEVER:
            self._timers.arm(self, self.items[0][0])


def _with(output: Send | SendFrom, data: bytes) -> Output:
    if data == output.data:
        return output
    if isinstance(output, SendFrom):
        return SendFrom(output.flow, data, output.port, output.address)
    return Send(output.flow, data, output.address)

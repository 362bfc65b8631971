"""Every deadline of the core in one place: a heap, queues of equal delays, and coarse buckets.

An object that waits has at most one live entry. Moving its deadline later costs nothing: the entry
that is already queued fires first, sees the later deadline and queues itself again. This file is on
the hot path.
"""

import heapq
from collections import deque
from math import inf
from typing import Final

from responder.sip.compiled import mypyc_attr

NEVER: Final = inf
"""The deadline of what waits for nothing."""

COARSE: Final = 1.0
"""Width of a bucket in seconds: how late a coarse deadline may be acted on."""


@mypyc_attr(allow_interpreted_subclasses=True)
class Timed:
    """What can be armed.

    Attributes:
        deadline: when it is to fire, in seconds; `NEVER` while it waits for nothing.
        armed: the time of its queued entry, kept by `Timers`; `NEVER` when it has none.
        coarse: True when `deadline` may be acted on up to `COARSE` seconds late.
    """

    __slots__ = ("armed", "coarse", "deadline")

    deadline: float
    armed: float
    coarse: bool

    def __init__(self) -> None:
        self.deadline = NEVER
        self.armed = NEVER
        self.coarse = False

    def fire(self, now: float) -> None:
        """Act on the deadline that has come; `deadline` is `NEVER` by then."""


class Timers:
    """The deadlines of many objects, on the clock that the caller's ``now`` comes from."""

    __slots__ = ("_buckets", "_heap", "_queues", "_serial", "_times")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timed]] = []
        self._queues: dict[float, deque[tuple[float, Timed]]] = {}
        self._buckets: dict[float, list[Timed]] = {}
        self._times: list[float] = []
        self._serial = 0

    def arm(self, timed: Timed, deadline: float) -> None:
        """Have ``timed`` fire at ``deadline`` seconds, exactly; replaces what was set."""
        timed.deadline = deadline
        timed.coarse = False
        if deadline < timed.armed:
            timed.armed = deadline
            self._serial += 1
            heapq.heappush(self._heap, (deadline, self._serial, timed))

    def arm_after(self, timed: Timed, now: float, delay: float) -> None:
        """Have ``timed`` fire ``delay`` seconds from now, exactly; replaces what was set.

        It costs less than `arm`, for delays that many objects share: what is armed later by the
        same delay fires later, so a queue keeps the order that a heap would have to find.
        """
        deadline = now + delay
        timed.deadline = deadline
        timed.coarse = False
        if deadline < timed.armed:
            timed.armed = deadline
            queue = self._queues.get(delay)
            if queue is None:
                queue = self._queues[delay] = deque()
            queue.append((deadline, timed))

    def arm_coarse(self, timed: Timed, deadline: float) -> None:
        """Have ``timed`` fire at ``deadline`` or up to `COARSE` seconds after it.

        For the timers that only absorb what comes late (I, J and L of RFC 3261 section 17 and RFC
        6026): a whole bucket of them expires at once.
        """
        timed.deadline = deadline
        timed.coarse = True
        if deadline < timed.armed:
            self._to_bucket(timed, deadline)

    def disarm(self, timed: Timed) -> None:
        """Forget the deadline of ``timed``; its queued entry is dropped when its time comes."""
        timed.deadline = NEVER

    def next_deadline(self) -> float | None:
        """Return when `expire` may next have something to do; None while nothing is queued."""
        first = self._heap[0][0] if self._heap else None
        if self._times and (first is None or self._times[0] < first):
            first = self._times[0]
        for queue in self._queues.values():
            if queue and (first is None or queue[0][0] < first):
                first = queue[0][0]
        return first

    def expire(self, now: float) -> None:
        """Call `Timed.fire` of everything whose deadline has come, one after another.

        What fires may arm and disarm anything, itself included.
        """
        heap = self._heap
        while heap and heap[0][0] <= now:
            when, _, timed = heapq.heappop(heap)
            if timed.armed == when:
                self._judge(timed, now)
        for queue in list(self._queues.values()):
            while queue and queue[0][0] <= now:
                when, timed = queue.popleft()
                if timed.armed == when:
                    self._judge(timed, now)
        times = self._times
        while times and times[0] <= now:
            when = heapq.heappop(times)
            for timed in self._buckets.pop(when):
                if timed.armed == when:
                    self._judge(timed, now)

    def _judge(self, timed: Timed, now: float) -> None:
        timed.armed = NEVER
        deadline = timed.deadline
        if deadline <= now:
            timed.deadline = NEVER
            timed.fire(now)
        elif deadline == NEVER:
            return
        elif timed.coarse:
            self._to_bucket(timed, deadline)
        else:
            self.arm(timed, deadline)

    def _to_bucket(self, timed: Timed, deadline: float) -> None:
        when = deadline // COARSE * COARSE + COARSE
        timed.armed = when
        bucket = self._buckets.get(when)
        if bucket is None:
            self._buckets[when] = [timed]
            heapq.heappush(self._times, when)
        else:
            bucket.append(timed)

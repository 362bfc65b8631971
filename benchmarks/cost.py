"""CPU time of the answerer for each call."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.answerer import Answerer
from benchmarks.load import Load
from benchmarks.pairs import Pair


@dataclass(frozen=True, slots=True)
class Cost:
    """What a series of loads cost, in microseconds of CPU for each call.

    Attributes:
        pairs: one for each two loads next to each other.
        whole: CPU time of the whole series, with what the answerers did after the last load, for
            each call; it leaves out nothing that a call causes later, such as its timers.
        disturbed: loads in which a call failed or a request had to be sent again.
    """

    pairs: list[Pair]
    whole: Pair
    disturbed: int


@dataclass(slots=True)
class Meter:
    """Readings of one answerer's CPU time.

    Attributes:
        answerer: whose.
        idle: the part of a CPU that it uses while nothing happens. SIPp wakes up all the time;
            that is not the price of a call, so it is taken off for the time between loads.
        busy: length of a load, in seconds.
        readings: instant (seconds) and CPU time used up to it (seconds), in order.
    """

    answerer: Answerer
    idle: float = 0.0
    busy: float = 0.0
    readings: list[tuple[float, float]] = field(default_factory=list)

    def read(self) -> None:
        """Take a reading now."""
        self.readings.append((time.perf_counter(), self.answerer.cpu_seconds()))

    def used(self, start: tuple[float, float], end: tuple[float, float], loads: int) -> float:
        """Return CPU seconds between two readings that have ``loads`` loads between them."""
        pause = max(0.0, end[0] - start[0] - loads * self.busy)
        return end[1] - start[1] - self.idle * pause


def measure(
    ours: Answerer,
    peer: Answerer,
    load: Callable[[Answerer], Load],
    pairs: int,
    settle: float,
    after: float,
) -> Cost:
    """Load two answerers in turn and read what each load cost them.

    A transaction that is over still costs something when its last timer ends, up to 32 s later. So
    the cost of a load is read from its start to the start of the next load of the same answerer:
    no moment is left out, and from the second half of a minute on each window holds as many late
    timers as it leaves to later windows.

    Args:
        ours: loaded first in each pair.
        peer: loaded second.
        load: places the same calls each time.
        pairs: how often each is loaded; one more load of each, not counted, comes first.
        settle: how long to look at both while nothing happens, in seconds.
        after: how long to go on counting after the last load, in seconds.
    """
    meters = (Meter(ours), Meter(peer))
    _look_at_idle(meters, settle)
    calls = disturbed = 0
    for meter in meters:
        done = load(meter.answerer)
        calls, meter.busy = done.calls, done.seconds
    for _ in range(pairs):
        for meter in meters:
            meter.read()
            disturbed += not load(meter.answerer).clean
    # Each is given as long a pause after its last load as after those before.
    meters[0].read()
    time.sleep(meters[0].busy)
    meters[1].read()
    time.sleep(after)
    wholes = []
    for meter in meters:
        meter.read()
        used = meter.used(meter.readings[0], meter.readings[-1], pairs)
        wholes.append(used / (calls * pairs) * 1e6)
        time.sleep(meter.busy)
    each = zip(*(_each(meter, calls) for meter in meters), strict=True)
    return Cost([Pair(*costs) for costs in each], Pair(*wholes), disturbed)


def _look_at_idle(meters: tuple[Meter, Meter], settle: float) -> None:
    for meter in meters:
        meter.read()
    time.sleep(settle)
    for meter in meters:
        meter.read()
        (start, before), (end, now) = meter.readings
        meter.idle = (now - before) / (end - start)
        meter.readings.clear()


def _each(meter: Meter, calls: int) -> list[float]:
    windows = itertools.pairwise(meter.readings[:-1])
    return [meter.used(start, end, 1) / calls * 1e6 for start, end in windows]

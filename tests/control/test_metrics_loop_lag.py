"""The event loop is as late as somebody holds it up. Its clock is a virtual one."""

import asyncio
import selectors
from collections.abc import Iterator

import pytest

from responder.control.metrics_loop_lag import BOUNDS, EVERY, LoopLag


class Skipping(selectors.SelectSelector):
    """Waits for nothing: the clock jumps to where the wait would have ended.

    Attributes:
        now: the clock.
    """

    now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    """An event loop with such a clock."""

    def __init__(self) -> None:
        self.clock = Skipping()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now

    def hold_up(self, seconds: float) -> None:
        """Be busy for so long."""
        self.clock.now += seconds


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


def test_a_loop_that_is_held_up_is_late_by_as_much(loop: Loop) -> None:
    lag = LoopLag()

    async def held() -> None:
        lag.start()
        await asyncio.sleep(EVERY * 1.5)
        loop.hold_up(EVERY * 0.5 + 0.2)
        await asyncio.sleep(0.001)
        lag.stop()

    loop.run_until_complete(held())
    assert lag.total == pytest.approx(0.2, abs=0.01)
    assert [(BOUNDS[step], count) for step, count in enumerate(lag.counts) if count] == [
        (0.001, 1),
        (0.25, 1),
    ]


def test_a_loop_that_stood_still_is_later_than_any_bound(loop: Loop) -> None:
    lag = LoopLag()

    async def stood() -> None:
        lag.start()
        loop.hold_up(60.0)
        await asyncio.sleep(0.001)
        lag.stop()

    loop.run_until_complete(stood())
    assert lag.counts[-1] == 1


def test_it_looks_four_times_a_second_until_it_is_stopped(loop: Loop) -> None:
    lag = LoopLag()

    async def looked() -> None:
        lag.start()
        await asyncio.sleep(10.1)
        lag.stop()
        lag.stop()
        await asyncio.sleep(10.0)

    loop.run_until_complete(looked())
    assert sum(lag.counts) == lag.counts[0] == pytest.approx(40, abs=1)


def test_one_that_never_began_can_be_stopped() -> None:
    lag = LoopLag()
    lag.stop()
    assert sum(lag.counts) == 0

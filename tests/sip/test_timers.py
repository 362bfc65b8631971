"""Deadlines: exact ones in order, coarse ones never early and at most a second late."""

from hypothesis import given
from hypothesis import strategies as st

from responder.sip.timers import COARSE, NEVER, Timed, Timers


class Waiter(Timed):
    """Notes when it fires; ``then`` is what it arms next, in seconds from there."""

    def __init__(self, timers: Timers, *then: float) -> None:
        super().__init__()
        self.timers = timers
        self.then = list(then)
        self.fired: list[float] = []

    def fire(self, now: float) -> None:
        self.fired.append(now)
        if self.then:
            self.timers.arm(self, now + self.then.pop(0))


def run(timers: Timers, until: float) -> list[float]:
    """Go from deadline to deadline as a shell does; return the stops."""
    stops = []
    while (deadline := timers.next_deadline()) is not None and deadline <= until:
        stops.append(deadline)
        timers.expire(deadline)
    return stops


def test_nothing_armed_means_no_deadline() -> None:
    timers = Timers()
    timers.expire(1e9)
    assert timers.next_deadline() is None


def test_a_deadline_fires_once_at_its_time() -> None:
    timers = Timers()
    waiter = Waiter(timers)
    timers.arm(waiter, 10.5)
    timers.expire(10.4)
    assert waiter.fired == []
    assert timers.next_deadline() == 10.5
    timers.expire(10.5)
    timers.expire(11.0)
    assert waiter.fired == [10.5]
    assert waiter.deadline == NEVER
    assert timers.next_deadline() is None


def test_what_fires_may_arm_itself_again() -> None:
    timers = Timers()
    waiter = Waiter(timers, 0.5, 1.0, 0.0)
    timers.arm(waiter, 1.0)
    run(timers, 100.0)
    assert waiter.fired == [1.0, 1.5, 2.5, 2.5]


def test_a_later_deadline_replaces_an_earlier_one() -> None:
    timers = Timers()
    waiter = Waiter(timers)
    timers.arm(waiter, 1.0)
    timers.arm(waiter, 3.0)
    timers.expire(1.0)
    assert waiter.fired == []
    assert timers.next_deadline() == 3.0
    timers.expire(3.0)
    assert waiter.fired == [3.0]


def test_an_earlier_deadline_replaces_a_later_one() -> None:
    timers = Timers()
    waiter = Waiter(timers)
    timers.arm(waiter, 3.0)
    timers.arm(waiter, 1.0)
    assert run(timers, 10.0) == [1.0, 3.0]
    assert waiter.fired == [1.0]


def test_an_entry_that_was_overtaken_does_not_fire_a_new_deadline_early() -> None:
    timers = Timers()
    waiter = Waiter(timers, 4.0)
    timers.arm(waiter, 3.0)
    timers.arm(waiter, 1.0)
    run(timers, 10.0)
    assert waiter.fired == [1.0, 5.0]


def test_a_disarmed_deadline_does_not_fire_and_leaves_nothing_behind() -> None:
    timers = Timers()
    waiter = Waiter(timers)
    timers.arm(waiter, 1.0)
    timers.disarm(waiter)
    run(timers, 10.0)
    assert waiter.fired == []
    assert timers.next_deadline() is None


def test_a_coarse_deadline_fires_with_its_whole_bucket() -> None:
    timers = Timers()
    waiters = [Waiter(timers) for _ in range(3)]
    for waiter, deadline in zip(waiters, (5.0, 5.3, 5.9), strict=True):
        timers.arm_coarse(waiter, deadline)
    assert run(timers, 10.0) == [6.0]
    assert [waiter.fired for waiter in waiters] == [[6.0]] * 3


def test_a_coarse_deadline_that_moved_goes_to_a_later_bucket() -> None:
    timers = Timers()
    waiter = Waiter(timers)
    timers.arm_coarse(waiter, 5.0)
    timers.arm_coarse(waiter, 8.5)
    assert run(timers, 10.0) == [6.0, 9.0]
    assert waiter.fired == [9.0]


def test_an_exact_deadline_may_become_coarse_and_the_other_way_round() -> None:
    timers = Timers()
    first, second = Waiter(timers), Waiter(timers)
    timers.arm(first, 2.0)
    timers.arm_coarse(first, 4.5)
    timers.arm_coarse(second, 4.5)
    timers.arm(second, 2.0)
    run(timers, 10.0)
    assert first.fired == [5.0]
    assert second.fired == [2.0]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(["arm", "coarse", "disarm", "run"]),
            st.floats(0, 40, allow_nan=False).map(lambda number: round(number, 2)),
        ),
        max_size=40,
    )
)
def test_every_deadline_is_kept_whatever_is_armed_in_between(
    moves: list[tuple[int, str, float]],
) -> None:
    timers = Timers()
    waiters = [Waiter(timers) for _ in range(4)]
    expected: list[tuple[float, bool] | None] = [None] * 4
    now = 0.0

    def pass_time(until: float) -> None:
        while (deadline := timers.next_deadline()) is not None and deadline <= until:
            assert deadline >= now
            fired = [len(waiter.fired) for waiter in waiters]
            timers.expire(deadline)
            after = timers.next_deadline()
            assert after is None or after > deadline
            for index, waiter in enumerate(waiters):
                if len(waiter.fired) > fired[index]:
                    wanted = expected[index]
                    assert wanted is not None
                    late = deadline - wanted[0]
                    assert 0 <= late <= (COARSE if wanted[1] else 0)
                    expected[index] = None

    for index, move, seconds in moves:
        if move == "arm":
            timers.arm(waiters[index], now + seconds)
            expected[index] = (now + seconds, False)
        elif move == "coarse":
            timers.arm_coarse(waiters[index], now + seconds)
            expected[index] = (now + seconds, True)
        elif move == "disarm":
            timers.disarm(waiters[index])
            expected[index] = None
        else:
            pass_time(now + seconds)
            now += seconds
    pass_time(now + 100)
    assert expected == [None] * 4
    assert timers.next_deadline() is None

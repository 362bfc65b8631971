"""When a busy socket is looked at by ticks, and when it wakes the loop again."""

from responder.net.pace import Pace


def test_a_calm_socket_wakes_the_loop_each_time() -> None:
    pace = Pace()
    assert not any(pace.woke(1000.0 + number * 0.01) for number in range(500))


def test_a_flood_of_wakes_goes_over_to_ticks() -> None:
    pace = Pace()
    wakes = [pace.woke(1000.0 + number * 0.0001) for number in range(200)]
    assert True in wakes
    # The first 64 wakes only set the measure: nothing is known of what came before them.
    assert not any(wakes[:64])


def test_ticks_go_on_while_they_bring_something() -> None:
    pace = Pace()
    assert not any(pace.ticked(12, 1000.0 + number * 0.001) for number in range(500))


def test_ticks_end_once_they_bring_nothing_for_a_while() -> None:
    pace = Pace()
    assert [pace.ticked(0, 1000.0) for _ in range(16)] == [False] * 15 + [True]


def test_one_full_tick_among_empty_ones_starts_the_count_over() -> None:
    pace = Pace()
    ticks = [pace.ticked(taken, 1000.0) for taken in [0] * 15 + [9] + [0] * 16]
    assert ticks == [False] * 31 + [True]

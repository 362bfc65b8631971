"""A line each, or a line a second: the meter that decides."""

from responder.cli.log import BUSY, CALM, Meter, Second


def calls(meter: Meter, count: int, status: int = 486) -> list[bool]:
    return [meter.call(status, 0) for _ in range(count)]


def test_few_calls_have_a_line_each_and_the_second_none() -> None:
    meter = Meter()
    for _ in range(5):
        assert calls(meter, BUSY) == [True] * BUSY
        assert meter.tick(0) is None


def test_more_than_a_person_reads_become_one_line_a_second() -> None:
    meter = Meter()
    assert calls(meter, BUSY + 2) == [True] * BUSY + [False] * 2
    second = meter.tick(0)
    assert second is not None
    assert (second.calls, second.outcomes, second.rejoined) == (BUSY + 2, {486: BUSY + 2}, False)
    assert calls(meter, 1) == [False]


def test_lines_come_back_only_well_below_the_limit() -> None:
    meter = Meter()
    calls(meter, BUSY + 1)
    meter.tick(0)
    calls(meter, CALM)
    second = meter.tick(0)
    assert second is not None
    assert not second.rejoined
    calls(meter, CALM - 1)
    second = meter.tick(0)
    assert second is not None
    assert second.rejoined
    assert calls(meter, 1) == [True]
    assert meter.tick(0) is None


def test_strays_and_refused_sources_count_as_much_as_calls() -> None:
    meter = Meter()
    shown = [each for _ in range(20) for each in (meter.call(200, 2), meter.stray())]
    shown += [meter.refused() for _ in range(12)]
    assert shown == [True] * BUSY + [False] * 2
    second = meter.tick(None)
    assert second is not None
    assert (second.calls, second.strays, second.refused) == (20, 20, 12)
    assert (second.events, second.retransmissions) == (52, 40)


def test_datagrams_that_the_kernel_dropped_are_told_at_any_time() -> None:
    meter = Meter()
    assert meter.tick(3) == Second(drops=3)
    assert meter.tick(3) is None
    assert meter.tick(5) == Second(drops=2)
    assert meter.tick(None) is None
    assert meter.tick(5) is None

"""When copies are due, and what fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.journal.verdicts.schedule import due, fitting_t1, near, shorter, spelled


def test_timer_a_doubles_without_end_and_timer_e_up_to_t2() -> None:
    assert due(0.5, None, 32) == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert due(0.5, 4, 32) == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]


@pytest.mark.parametrize(("measured", "fits"), [(0.45, True), (0.44, False), (0.56, False)])
def test_a_short_interval_may_be_50_ms_off(measured: float, fits: bool) -> None:
    assert near(measured, 0.5) is fits


@pytest.mark.parametrize(("measured", "fits"), [(7.3, True), (8.7, True), (7.1, False)])
def test_a_long_interval_may_be_a_tenth_off(measured: float, fits: bool) -> None:
    assert near(measured, 8.0) is fits
    assert shorter(measured, 8.0) is (measured == 7.1)


@pytest.mark.parametrize(
    ("offsets", "longest", "found"),
    [
        ([0.5, 1.5, 3.5], None, 0.5),
        ([0.5, 3.5], None, 0.5),  # one copy was lost
        ([1.5, 3.5], None, 0.5),  # the first one
        ([1.0, 3.0, 7.0], None, 1.0),  # a larger T1, or the request itself was lost
        ([0.5, 1.5, 3.5, 7.5, 11.5], 4.0, 0.5),
        ([6.0, 14.0], None, 2.0),
        ([0.5, 1.0, 1.5], None, None),
        ([0.1, 0.3], None, None),  # no T1 below the smallest
        ([0.5, 1.5, 3.5, 7.5, 15.5], 4.0, 0.5),  # two intervals of T2, one copy lost
        ([0.5, 1.5, 3.5, 4.0], 4.0, None),
    ],
)
def test_the_t1_that_explains_what_came(
    offsets: list[float], longest: float | None, found: float | None
) -> None:
    assert fitting_t1(offsets, 0.5, longest) == found


def test_a_provisional_makes_intervals_of_t2_fit() -> None:
    assert fitting_t1([0.5, 4.5, 8.5], 0.5, 4.0) is None
    assert fitting_t1([0.5, 4.5, 8.5], 0.5, 4.0, steady=4.0) == 0.5


@given(
    t1=st.floats(0.5, 4.0),
    lost=st.sets(st.integers(1, 6)),
    jitter=st.lists(st.floats(-0.02, 0.02), min_size=7, max_size=7),
)
def test_a_good_client_fits_whatever_is_lost(
    t1: float, lost: set[int], jitter: list[float]
) -> None:
    times = due(t1, None, 64 * t1)
    came = [at + jitter[k] for k, at in enumerate(times) if k and k not in lost]
    if came and len(came) > 3:
        assert fitting_t1(came, 0.5, None) is not None


def test_offsets_are_spelled_for_people() -> None:
    assert spelled([0.5]) == "0.5 s"
    assert spelled([0.5, 1.5, 3.5]) == "0.5, 1.5 and 3.5 s"
    assert spelled([1.0] * 20).endswith("1 and so on s")

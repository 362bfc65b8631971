"""The receiver's figures (RFC 3550 sections 6.4.1 and A.1, A.3, A.8)."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.media.reception import Reception, Totals


def received(*sequences: int) -> Reception:
    reception = Reception(1, sequences[0])
    for sequence in sequences:
        reception.take(sequence)
    return reception


def figures(reception: Reception) -> tuple[int, int, int, int]:
    return reception.packets, reception.lost, reception.late, reception.duplicates


@pytest.mark.parametrize(
    ("sequences", "expected"),
    [
        ([7], (1, 0, 0, 0)),
        ([0], (1, 0, 0, 0)),
        ([1, 2, 3], (3, 0, 0, 0)),
        ([1, 2, 5], (3, 2, 0, 0)),
        ([1, 3, 2, 4], (4, 0, 1, 0)),
        ([1, 2, 2, 3], (4, 0, 0, 1)),
        ([1, 3, 2, 2, 4], (5, 0, 1, 1)),
        ([1, 5, 3, 3, 3], (5, 2, 1, 2)),
        ([65_534, 65_535, 0, 1], (4, 0, 0, 0)),
        ([65_535, 1, 0], (3, 0, 1, 0)),
        ([2, 1], (2, 0, 1, 0)),
    ],
    ids=str,
)
def test_what_numbers_tell(sequences: list[int], expected: tuple[int, int, int, int]) -> None:
    assert figures(received(*sequences)) == expected


def test_the_highest_number_has_its_cycles() -> None:
    assert received(65_534, 65_535, 0, 1).highest == 65_536 + 1


def test_a_number_that_is_far_off_counts_once_the_next_one_follows() -> None:
    """Appendix A.1: one packet may be damaged, two in a row are a source that began anew."""
    reception = received(1, 2, 4, 30_000)
    assert figures(reception) == (3, 1, 0, 0)
    reception.take(30_001)
    assert (figures(reception), reception.restarts) == ((5, 1, 0, 0), 1)
    reception.take(30_003)
    reception.take(30_001)
    assert figures(reception) == (7, 2, 0, 1)


def test_a_single_number_that_is_far_off_changes_nothing() -> None:
    reception = received(1, 2, 30_000, 3)
    assert (figures(reception), reception.restarts) == ((3, 0, 0, 0), 0)


def test_totals_add_what_was_before() -> None:
    assert received(1, 3, 2, 2, 6).totals(Totals(10, 1, 2, 3)) == Totals(15, 3, 3, 4)


def test_even_arrivals_have_no_jitter_whatever_the_time_stamps_start_from() -> None:
    reception = received(1)
    for turn in range(50):
        reception.arrived((2**32 - 800 + 160 * turn) % 2**32, 1000.0 + turn * 0.02, 8000)
    assert reception.jitter == pytest.approx(0.0, abs=1e-3)


def test_the_jitter_of_late_packets_by_hand() -> None:
    """Appendix A.8: each difference of transit times counts a sixteenth."""
    reception = received(1)
    for at, timestamp in ((0.0, 0), (0.03, 160), (0.04, 320)):
        reception.arrived(timestamp, at, 8000)
    # 80 units late, then 80 units early again: 80/16, then + (80 - 5)/16
    assert reception.jitter == pytest.approx(5 + 75 / 16)


def test_the_jitter_of_transit_times_about_zero() -> None:
    """They are counted in 32 bits: one unit early is not 2**32 units late."""
    reception = received(1)
    reception.arrived(0, 0.0, 8000)
    reception.arrived(176, 0.02, 8000)
    assert reception.jitter == 1.0


def test_a_pause_by_agreement_is_no_jitter() -> None:
    reception = received(1)
    reception.arrived(0, 0.0, 8000)
    reception.resumed()
    reception.arrived(160, 60.0, 8000)
    assert reception.jitter == 0.0


def test_the_fraction_lost_is_that_since_the_last_report() -> None:
    reception = received(1, 2, 3, 4)
    assert reception.fraction_lost() == 0
    for sequence in (6, 8):
        reception.take(sequence)
    assert reception.fraction_lost() == 128
    assert reception.fraction_lost() == 0
    reception.take(12)
    assert reception.fraction_lost() == 192


@given(st.lists(st.integers(0, 65_535), min_size=1, max_size=80))
def test_no_numbers_make_figures_impossible(sequences: list[int]) -> None:
    reception = received(*sequences)
    packets, lost, late, duplicates = figures(reception)
    assert 1 <= packets <= len(sequences)
    assert lost >= 0
    assert late + duplicates < packets
    assert 0 <= reception.fraction_lost() <= 255


@given(st.integers(0, 65_535), st.data())
def test_a_shuffled_stream_is_counted_right(start: int, data: st.DataObject) -> None:
    """Packets out of place by less than the window: each counts, whatever its order."""
    sent = list(range(60))
    dropped = data.draw(st.sets(st.integers(1, 58), max_size=20))
    doubled = data.draw(st.lists(st.sampled_from(sent), max_size=10))
    rest = [n for n in [*sent, *doubled] if n not in dropped]
    middle = rest[1:]
    random.Random(data.draw(st.integers())).shuffle(middle)
    numbers = [n for n in (0, *middle) if n != 0] + [59]
    reception = received((start) % 65_536, *[(start + n) % 65_536 for n in numbers])
    different = set(numbers) | {0}
    assert reception.lost == 60 - len(different)
    assert reception.duplicates == 1 + len(numbers) - len(different)

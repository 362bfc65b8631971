import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.media.keys import Keys


def event(number: int, duration: int, *, end: bool = False) -> bytes:
    return bytes((number, 0x8A if end else 0x0A)) + duration.to_bytes(2, "big")


def press(keys: Keys, number: int, timestamp: int) -> None:
    """A key held for 60 ms, its end told three times (RFC 4733 section 2.5.1.4)."""
    for payload in (
        event(number, 160),
        event(number, 320),
        *[event(number, 480, end=True)] * 3,
    ):
        keys.take(payload, 0, len(payload), timestamp)


def test_each_key_counts_once() -> None:
    keys = Keys()
    for turn, number in enumerate([1, 1, 10, 11, 15, 0]):
        press(keys, number, 8000 * turn)
    assert keys.pressed == "11*#D0"


def test_a_key_counts_although_its_first_packets_were_lost() -> None:
    keys = Keys()
    keys.take(event(5, 480, end=True), 0, 4, 800)
    assert keys.pressed == "5"


def test_late_copies_of_an_earlier_key_do_not_count() -> None:
    keys = Keys()
    press(keys, 1, 2**32 - 800)
    press(keys, 2, 800)
    keys.take(event(1, 480, end=True), 0, 4, 2**32 - 800)
    press(keys, 3, 8000)
    assert keys.pressed == "123"


def test_a_long_key_in_segments_counts_once() -> None:
    """RFC 4733 section 2.5.1.3: the next segment begins where the duration had no more room."""
    keys = Keys()
    keys.take(event(7, 0xFFFF), 0, 4, 1000)
    keys.take(event(7, 160), 0, 4, 1000 + 0xFFFF)
    keys.take(event(7, 320, end=True), 0, 4, 1000 + 0xFFFF)
    assert keys.pressed == "7"


@pytest.mark.parametrize("number", [16, 255])
def test_other_events_are_no_keys(number: int) -> None:
    keys = Keys()
    press(keys, number, 0)
    assert keys.pressed == ""


def test_a_payload_that_is_cut_off_is_none() -> None:
    keys = Keys()
    keys.take(event(1, 160), 1, 4, 0)
    assert keys.pressed == ""


def test_they_are_bounded() -> None:
    keys = Keys()
    for turn in range(300):
        press(keys, 9, 8000 * turn)
    assert keys.pressed == "9" * 256


@given(st.lists(st.tuples(st.binary(max_size=6), st.integers(0, 2**32 - 1)), max_size=40))
def test_no_payload_raises(packets: list[tuple[bytes, int]]) -> None:
    keys = Keys()
    for payload, timestamp in packets:
        keys.take(payload, 0, len(payload), timestamp)
    assert len(keys.pressed) <= len(packets)

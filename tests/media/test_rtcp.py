import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.media.rtcp import (
    Block,
    Goodbye,
    Report,
    Sender,
    description,
    is_rtcp,
    ntp_time,
    read,
)

UNSIGNED = st.integers(0, 2**32 - 1)
BLOCKS = st.builds(
    Block,
    ssrc=UNSIGNED,
    fraction=st.integers(0, 255),
    lost=st.integers(-(2**23), 2**23 - 1),
    highest=UNSIGNED,
    jitter=UNSIGNED,
    last=UNSIGNED,
    delay=UNSIGNED,
)
SENDERS = st.builds(
    Sender, ntp=st.integers(0, 2**64 - 1), timestamp=UNSIGNED, packets=UNSIGNED, octets=UNSIGNED
)
REPORTS = st.builds(
    Report,
    ssrc=UNSIGNED,
    sender=st.none() | SENDERS,
    blocks=st.lists(BLOCKS, max_size=3).map(tuple),
)
RR = Report(7, None, (Block(9, 64, 3, 70_000, 12),))


@given(REPORTS, st.lists(UNSIGNED, max_size=3).map(tuple))
def test_what_is_written_is_what_is_read(report: Report, gone: tuple[int, ...]) -> None:
    data = report.to_bytes() + description(report.ssrc, b"name") + Goodbye(gone).to_bytes()
    assert read(data) == [report, Goodbye(gone)]


def test_a_receiver_report_on_the_wire() -> None:
    assert RR.to_bytes() == bytes.fromhex(
        "81 c9 0007 00000007 00000009 40 000003 00011170 0000000c 00000000 00000000"
    )


@pytest.mark.parametrize("name", [b"", b"a", b"ab", b"abc", b"abcd", b"x" * 255])
def test_a_description_ends_on_a_word(name: bytes) -> None:
    """RFC 3550 section 6.5: at least one null ends the items."""
    data = description(1, name)
    assert len(data) % 4 == 0
    assert data[8:10] == bytes((1, len(name)))
    assert data[10 : 10 + len(name)] == name
    assert set(data[10 + len(name) :]) == {0}
    assert read(data) == []


def test_more_lost_than_the_field_holds_is_the_most_it_holds() -> None:
    """Section 6.4.1 and appendix A.3."""
    for lost, told in ((2**30, 2**23 - 1), (-(2**30), -(2**23))):
        [report] = read(Report(1, None, (Block(2, 0, lost, 0, 0),)).to_bytes()) or []
        assert isinstance(report, Report)
        assert report.blocks[0].lost == told


def test_ntp_time_counts_from_1900() -> None:
    assert ntp_time(0.5) == 2_208_988_800 << 32 | 1 << 31


def test_other_kinds_are_passed_over() -> None:
    application = b"\x80\xcc\x00\x02" + bytes(8)
    assert read(RR.to_bytes() + application + b"\x81\xcd\x00\x02" + bytes(8)) == [RR]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\xc9",
        b"\x40" + RR.to_bytes()[1:],
        RR.to_bytes()[:-4],
        RR.to_bytes() + b"\0\0\0\0",
    ],
    ids=["empty", "cut-off", "version", "too-short", "something-after"],
)
def test_what_does_not_add_up_is_no_rtcp(data: bytes) -> None:
    assert read(data) is None


@pytest.mark.parametrize("kind", [200, 201, 203])
def test_a_packet_with_less_than_its_count_says_is_passed_over(kind: int) -> None:
    assert read(bytes((0x9F, kind)) + b"\x00\x01" + bytes(4)) == []


def test_rtcp_is_told_from_rtp_by_its_second_byte() -> None:
    """RFC 5761 section 4."""
    whole = RR.to_bytes()
    assert is_rtcp(whole, len(whole))
    assert not is_rtcp(whole, 7)
    assert not is_rtcp(b"\x80\x80" + whole[2:], len(whole))
    assert not is_rtcp(b"\x40" + whole[1:], len(whole))


@given(st.binary(max_size=120))
def test_no_bytes_raise(data: bytes) -> None:
    packets = read(data)
    assert packets is None or len(packets) <= len(data) // 4


@given(st.lists(st.sampled_from([200, 201, 202, 203, 204]), max_size=4), st.data())
def test_no_compound_raises(kinds: list[int], data: st.DataObject) -> None:
    whole = b""
    for kind in kinds:
        body = data.draw(st.binary(max_size=60).map(lambda b: b[: len(b) // 4 * 4]))
        count = data.draw(st.integers(0, 31))
        whole += bytes((0x80 | count, kind)) + (len(body) // 4).to_bytes(2, "big") + body
    assert read(whole) is not None or not kinds

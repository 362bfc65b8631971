import pytest

from responder.sip.errors import Malformed
from responder.sip.headers.cseq import CSeq, parse_cseq


@pytest.mark.parametrize(
    ("value", "cseq"),
    [
        (b"1 INVITE", CSeq(1, b"INVITE")),
        (b"0 OPTIONS", CSeq(0, b"OPTIONS")),
        (b"7\t  ACK", CSeq(7, b"ACK")),
        (b"4294967295 BYE", CSeq(4294967295, b"BYE")),
        (
            b"8 !interesting-Method0123456789_*+`.%indeed'~",
            CSeq(8, b"!interesting-Method0123456789_*+`.%indeed'~"),
        ),
    ],
    ids=repr,
)
def test_values(value: bytes, cseq: CSeq) -> None:
    assert parse_cseq(value) == cseq
    assert parse_cseq(cseq.to_bytes()) == cseq


@pytest.mark.row("SYN-17")
def test_leading_zeros_do_not_matter() -> None:
    assert parse_cseq(b"0009 INVITE") == CSeq(9, b"INVITE")
    assert parse_cseq(b"0" * 9000 + b"9 INVITE") == CSeq(9, b"INVITE")


@pytest.mark.row("SYN-04", "SYN-06")
def test_the_method_keeps_its_case_and_its_percent_signs() -> None:
    assert parse_cseq(b"1 invite").method == b"invite"
    assert parse_cseq(b"1 RE%47IST%45R").method == b"RE%47IST%45R"


@pytest.mark.parametrize(
    "value",
    [b"", b"1", b"INVITE", b"1INVITE", b"-1 INVITE", b"1 INVITE x", b"1 IN@VITE", b"0x1 INVITE"],
    ids=repr,
)
def test_what_is_no_cseq(value: bytes) -> None:
    with pytest.raises(Malformed, match=r"^CSeq: not a number and a method$"):
        parse_cseq(value)


@pytest.mark.parametrize(
    "number", [b"4294967296", b"36893488147419103232", b"9" * 9000], ids=["33 bits", "65", "many"]
)
def test_a_number_over_32_bits_is_refused(number: bytes) -> None:
    with pytest.raises(Malformed, match=r"^CSeq: number too large$"):
        parse_cseq(number + b" INVITE")

import pytest

from responder.sip.errors import Malformed
from responder.sip.headers.replaces import Replaces, parse_join, parse_replaces


@pytest.mark.parametrize(
    ("value", "replaces"),
    [
        (
            b"98732@sip.example.com ;from-tag=r33 ;to-tag=ff8",
            Replaces(b"98732@sip.example.com", b"ff8", b"r33"),
        ),
        (
            b"12adf;to-tag=12345;from-tag=54321;early-only",
            Replaces(b"12adf", b"12345", b"54321", early_only=True),
        ),
        (
            b"a@[::1];to-tag=1;from-tag=0;Other=x",
            Replaces(b"a@[::1]", b"1", b"0", params=((b"other", b"x"),)),
        ),
        (b'(<"odd\\{}?>);To-Tag=A;FROM-TAG=b', Replaces(b'(<"odd\\{}?>)', b"A", b"b")),
    ],
    ids=repr,
)
def test_values(value: bytes, replaces: Replaces) -> None:
    assert parse_replaces(value) == replaces
    assert parse_replaces(replaces.to_bytes()) == replaces


def test_early_only_means_nothing_in_a_join() -> None:
    join = parse_join(b"c;to-tag=1;from-tag=2;early-only")
    assert join == Replaces(b"c", b"1", b"2", params=((b"early-only", None),))
    assert parse_join(join.to_bytes()) == join


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (b"", "no Call-ID"),
        (b";to-tag=1;from-tag=2", "no Call-ID"),
        (b"a@b@c;to-tag=1;from-tag=2", "bad parameter"),
        (b"a b;to-tag=1;from-tag=2", "bad parameter"),
        (b"c", "needs a to-tag and a from-tag"),
        (b"c;to-tag=1", "needs a to-tag and a from-tag"),
        (b"c;from-tag=1;to-tag", "needs a to-tag and a from-tag"),
        (b'c;from-tag=1;to-tag="2"', "needs a to-tag and a from-tag"),
        pytest.param(
            b"c;from-tag=1;to-tag=2;to-tag=3", "parameter twice", marks=pytest.mark.row("SYN-05")
        ),
    ],
    ids=repr,
)
def test_what_names_no_dialog(value: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^Replaces: {fault}$"):
        parse_replaces(value)
    with pytest.raises(Malformed, match=f"^Join: {fault}$"):
        parse_join(value)

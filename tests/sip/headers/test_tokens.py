import pytest

from responder.sip.errors import Malformed
from responder.sip.headers.tokens import parse_tokens, write_tokens


@pytest.mark.parametrize(
    ("value", "tokens"),
    [
        (b"", ()),
        (b"100rel", (b"100rel",)),
        (b"INVITE, ACK,BYE", (b"INVITE", b"ACK", b"BYE")),
        (b"timer ,\t replaces,  path", (b"timer", b"replaces", b"path")),
    ],
    ids=repr,
)
def test_values(value: bytes, tokens: tuple[bytes, ...]) -> None:
    assert parse_tokens(value, "Supported") == tokens
    assert parse_tokens(write_tokens(tokens), "Supported") == tokens


@pytest.mark.row("SYN-04")
def test_methods_keep_their_case() -> None:
    assert parse_tokens(b"invite, INVITE", "Allow") == (b"invite", b"INVITE")


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        pytest.param(b"a,,b", "empty element", marks=pytest.mark.row("SYN-13")),
        pytest.param(b"a,", "empty element", marks=pytest.mark.row("SYN-13")),
        pytest.param(b",", "empty element", marks=pytest.mark.row("SYN-13")),
        (b"a b", "not a token"),
        (b"a;b", "not a token"),
        (b'"a"', "not a token"),
        (b"\xc3\xa9", "not a token"),
    ],
    ids=repr,
)
def test_what_is_no_list_of_tokens(value: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^Require: {fault}$"):
        parse_tokens(value, "Require")

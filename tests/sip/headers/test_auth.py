import pytest

from responder.sip.errors import Malformed
from responder.sip.headers.auth import (
    Challenge,
    Credentials,
    parse_challenge,
    parse_credentials,
)


def test_a_challenge() -> None:
    challenge = parse_challenge(
        b'Digest realm="a, \\"b\\"" , Nonce="x==",qop="auth,auth-int", algorithm=SHA-256,stale=no'
    )
    assert challenge.is_digest
    assert challenge.param(b"realm") == b'a, "b"'
    assert challenge.param(b"nonce") == b"x=="
    assert challenge.param(b"qop") == b"auth,auth-int"
    assert challenge.param(b"algorithm") == b"SHA-256"
    assert challenge.param(b"opaque") is None
    assert parse_challenge(challenge.to_bytes()) == challenge


def test_credentials() -> None:
    credentials = parse_credentials(
        b'DIGEST username="bob", realm="r", nonce="n", uri="sip:b@h;x=1,2?a", nc=00000001'
    )
    assert credentials.is_digest
    assert credentials.param(b"uri") == b"sip:b@h;x=1,2?a"
    assert credentials.param(b"nc") == b"00000001"
    assert parse_credentials(credentials.to_bytes()) == credentials


@pytest.mark.parametrize(
    ("value", "credentials"),
    [
        (b"Basic Zm9vOmJhcg==", Credentials(b"Basic", token68=b"Zm9vOmJhcg==")),
        (b"Bearer a.b-c_d~e+f/g", Credentials(b"Bearer", token68=b"a.b-c_d~e+f/g")),
        (
            b"NoOneKnowsThisScheme opaque-data=here",
            Credentials(b"NoOneKnowsThisScheme", ((b"opaque-data", b"here"),)),
        ),
        (b"Negotiate", Credentials(b"Negotiate")),
    ],
    ids=repr,
)
def test_unknown_schemes_are_kept(value: bytes, credentials: Credentials) -> None:
    found = parse_credentials(value)
    assert found == credentials
    assert not found.is_digest
    assert found.to_bytes() == value


def test_white_space_behind_a_bare_word_is_no_part_of_it() -> None:
    assert parse_credentials(b"Basic Zm9v== ") == Credentials(b"Basic", token68=b"Zm9v==")


def test_a_value_does_not_begin_with_an_equals_sign() -> None:
    with pytest.raises(Malformed):
        parse_credentials(b"Basic Zm9v ==")


def test_values_that_lack_their_quotes_are_taken() -> None:
    credentials = parse_credentials(b"Digest uri=sip:a@h;x=1,nonce=abc==")
    assert credentials.param(b"uri") == b"sip:a@h;x=1"
    assert credentials.param(b"nonce") == b"abc=="


def test_a_challenge_is_no_credentials() -> None:
    assert type(parse_challenge(b"Digest a=b")) is Challenge
    assert type(parse_credentials(b"Digest a=b")) is Credentials


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (b"", "no scheme"),
        (b'"Digest"', "no scheme"),
        (b"Digest realm=", "bad parameter"),
        (b"Digest =x", "bad parameter"),
        (b'Digest realm="r" nonce="n"', "bad parameter"),
        (b"Digest a=b, Basic c=d", "bad parameter"),
        (b'Digest a=b, realm="r', "unbalanced quote"),
        pytest.param(b"Digest a=b,", "empty parameter", marks=pytest.mark.row("SYN-13")),
        pytest.param(b"Digest a=b,,c=d", "empty parameter", marks=pytest.mark.row("SYN-13")),
        pytest.param(b"Digest a=b, A=c", "parameter twice", marks=pytest.mark.row("SYN-05")),
    ],
    ids=repr,
)
def test_what_is_no_authentication(value: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=f"^Authorization: {fault}$"):
        parse_credentials(value)
    with pytest.raises(Malformed, match=f"^WWW-Authenticate: {fault}$"):
        parse_challenge(value)

import hashlib
from dataclasses import replace

import pytest

from responder.sip.digest import answer, choose, is_known, proves, secret, username
from responder.sip.errors import Misuse
from responder.sip.headers.auth import Challenge, Credentials, parse_challenge, parse_credentials
from tests.answering import verify

MUFASA = (
    b'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=%b, '
    b'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    b'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
ALGORITHMS = [b"MD5", b"SHA-256", b"SHA-512-256", b"MD5-sess", b"SHA-256-sess", b"SHA-512-256-sess"]


def plain(text: bytes = b'realm="r", nonce="n"') -> Challenge:
    return parse_challenge(b"Digest " + text)


def respond(challenge: Challenge, body: bytes = b"", qop: bytes = b"auth") -> Credentials:
    return answer(challenge, b"REGISTER", b"sip:host", b"alice", b"secret", body, b"0a4f", 1, qop)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        (b"MD5", b"8ca523f5e9506fed4657c9700eebdbec"),
        (b"SHA-256", b"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
    ids=["MD5", "SHA-256"],
)
def test_the_answers_of_rfc_7616_section_3_9_1(algorithm: bytes, response: bytes) -> None:
    credentials = answer(
        parse_challenge(MUFASA % algorithm),
        b"GET",
        b"/dir/index.html",
        b"Mufasa",
        b"Circle of Life",
        b"",
        b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        1,
    )
    assert credentials.param(b"response") == response
    assert credentials.to_bytes() == (
        b'Digest username="Mufasa", realm="http-auth@example.org", '
        b'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", '
        b"algorithm=" + algorithm + b", "
        b'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, nc=00000001, '
        b'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", response="' + response + b'"'
    )
    assert verify(credentials, b"GET", b"Mufasa", b"Circle of Life")


def test_the_answer_of_rfc_7616_section_3_9_2_with_its_hash_put_right() -> None:
    """The RFC's printed numbers come from a shortened SHA-512, not from SHA-512/256.

    The first assertions get those numbers with the RFC's formula and that wrong hash; the answer
    itself has to use SHA-512/256 (FIPS 180-4), whose value for "abc" is checked as well.
    """
    user = "J\u00e4s\u00f8n Doe".encode()
    nonce = b"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK"
    cnonce = b"NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v"

    def formula(new: str, length: int) -> tuple[bytes, bytes]:
        def digest(data: bytes) -> bytes:
            return hashlib.new(new, data).hexdigest()[:length].encode()

        ha1 = digest(user + b":api@example.org:Secret, or not?")
        ha2 = digest(b"GET:/doe.json")
        joined = b":".join((ha1, nonce, b"00000001", cnonce, b"auth", ha2))
        return digest(user + b":api@example.org"), digest(joined)

    assert formula("sha512", 64) == (
        b"488869477bf257147b804c45308cd62ac4e25eb717b12b298c79e62dcea254ec",
        b"ae66e67d6b427bd3f120414a82e4acff38e8ecd9101d6c861229025f607a79dd",
    )
    assert hashlib.new("sha512_256", b"abc").hexdigest() == (
        "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"
    )
    challenge = plain(
        b'realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="' + nonce + b'", '
        b'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true'
    )
    credentials = answer(challenge, b"GET", b"/doe.json", user, b"Secret, or not?", b"", cnonce, 1)
    assert (credentials.param(b"username"), credentials.param(b"response")) == formula(
        "sha512_256", 64
    )
    assert credentials.param(b"userhash") == b"true"
    assert verify(credentials, b"GET", user, b"Secret, or not?")
    assert not verify(credentials, b"GET", b"Jason Doe", b"Secret, or not?")


def test_the_answer_of_rfc_2617_section_3_5() -> None:
    challenge = plain(
        b'realm="testrealm@host.com", qop="auth,auth-int", '
        b'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    credentials = answer(
        challenge,
        b"GET",
        b"/dir/index.html",
        b"Mufasa",
        b"Circle Of Life",
        b"",
        b"0a4f113b",
        1,
    )
    assert credentials.param(b"response") == b"6629fae49393a05397450978507c4ef1"
    assert credentials.param(b"algorithm") is None


def test_without_qop_the_form_of_rfc_2069_is_used() -> None:
    credentials = respond(plain())
    ha1 = hashlib.md5(b"alice:r:secret").hexdigest()
    ha2 = hashlib.md5(b"REGISTER:sip:host").hexdigest()
    expected = hashlib.md5(f"{ha1}:n:{ha2}".encode()).hexdigest().encode()
    assert credentials.to_bytes() == (
        b'Digest username="alice", realm="r", nonce="n", uri="sip:host", response="'
        + expected
        + b'"'
    )


def test_a_session_key_holds_both_nonces() -> None:
    credentials = respond(plain(b'realm="r", nonce="n", algorithm=MD5-sess, qop="auth-int"'), b"hi")
    key = hashlib.md5(b"alice:r:secret").hexdigest()
    ha1 = hashlib.md5(f"{key}:n:0a4f".encode()).hexdigest()
    body = hashlib.md5(b"hi").hexdigest()
    ha2 = hashlib.md5(f"REGISTER:sip:host:{body}".encode()).hexdigest()
    expected = hashlib.md5(f"{ha1}:n:00000001:0a4f:auth-int:{ha2}".encode()).hexdigest().encode()
    assert credentials.param(b"response") == expected


def test_a_session_without_qop_sends_its_cnonce() -> None:
    credentials = respond(plain(b'realm="r", nonce="n", algorithm=MD5-sess'))
    assert credentials.param(b"cnonce") == b"0a4f"
    assert credentials.param(b"qop") is None
    assert verify(credentials, b"REGISTER", b"alice", b"secret")


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
@pytest.mark.parametrize("qop", [b"", b', qop="auth"', b', qop="auth-int"'], ids=repr)
def test_what_is_answered_verifies(algorithm: bytes, qop: bytes) -> None:
    challenge = plain(b'realm="a \\"r\\"", nonce="n", algorithm=' + algorithm + qop)
    written = respond(challenge, b"body").to_bytes()
    credentials = parse_credentials(written)
    assert verify(credentials, b"REGISTER", b"alice", b"secret", b"body")
    assert not verify(credentials, b"REGISTER", b"alice", b"Secret", b"body")
    assert not verify(credentials, b"INVITE", b"alice", b"secret", b"body")
    assert not verify(credentials, b"REGISTER", b"bob", b"secret", b"body")
    assert verify(credentials, b"REGISTER", b"alice", b"secret", b"other") is (b"int" not in qop)


@pytest.mark.parametrize(
    ("offered", "preferred", "chosen"),
    [
        (b"auth,auth-int", b"auth", b"auth"),
        (b"auth-int, auth", b"auth-int", b"auth-int"),
        (b"auth-int", b"auth", b"auth-int"),
        (b"other,AUTH", b"auth-int", b"auth"),
    ],
    ids=repr,
)
def test_the_preferred_qop_is_taken_if_offered(
    offered: bytes, preferred: bytes, chosen: bytes
) -> None:
    challenge = plain(b'realm="r", nonce="n", qop="' + offered + b'"')
    assert respond(challenge, qop=preferred).param(b"qop") == chosen


@pytest.mark.parametrize(
    "value",
    [
        b'Basic realm="r"',
        b'Digest realm="r", nonce="n", algorithm=SHA-1',
        b'Digest realm="r"',
        b'Digest nonce="n"',
        b'Digest realm="r", nonce="n", qop="token"',
    ],
    ids=repr,
)
def test_what_cannot_be_answered_is_passed_over(value: bytes) -> None:
    challenge = parse_challenge(value)
    assert choose([challenge]) is None
    second = plain()
    assert choose([challenge, second]) is second
    with pytest.raises(Misuse, match="cannot be answered"):
        respond(challenge)


def test_the_topmost_known_algorithm_is_chosen() -> None:
    challenges = [
        plain(b'realm="r", nonce="n", algorithm=' + name)
        for name in (b"SHA-3", b"SHA-512-256", b"SHA-256", b"MD5")
    ]
    assert choose(challenges) is challenges[1]
    assert choose(reversed(challenges)) is challenges[3]
    assert choose([]) is None


@pytest.mark.parametrize(
    "change",
    [
        {b"response": None},
        {b"realm": None},
        {b"nonce": None},
        {b"uri": None},
        {b"cnonce": None},
        {b"nc": None},
        {b"username": None},
        {b"algorithm": b"SHA-1"},
        {b"qop": b"token"},
        {b"response": b'"\xff"'},
        {b"response": b'""'},
    ],
    ids=repr,
)
def test_broken_credentials_verify_as_false(change: dict[bytes, bytes | None]) -> None:
    sound = respond(plain(b'realm="r", nonce="n", qop="auth", algorithm=MD5'))
    assert verify(sound, b"REGISTER", b"alice", b"secret")
    changed = {**dict(sound.params), **change}
    params = tuple(param for param in changed.items() if param[1] is not None)
    broken = replace(sound, params=params)
    assert not verify(broken, b"REGISTER", b"alice", b"secret")


def test_another_scheme_verifies_as_false() -> None:
    sound = respond(plain())
    assert not verify(replace(sound, scheme=b"Basic"), b"REGISTER", b"alice", b"secret")


# What a server needs beside.


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
def test_a_secret_stands_for_the_password(algorithm: bytes) -> None:
    challenge = plain(b'realm="r", nonce="n", qop="auth", algorithm=' + algorithm)
    credentials = respond(challenge)
    key = secret(algorithm, b"alice", b"r", b"secret")
    assert proves(credentials, b"REGISTER", key)
    assert not proves(credentials, b"REGISTER", secret(algorithm, b"alice", b"r", b"other"))
    assert key == secret(algorithm.lower().removesuffix(b"-sess"), b"alice", b"r", b"secret")


@pytest.mark.parametrize(
    ("params", "name"),
    [
        (b'username="a\\"b"', b'a"b'),
        (b"username*=UTF-8''J%C3%A4s", b"J\xc3\xa4s"),
        (b"username*=utf-8''a", b"a"),
        (b"username*=ISO-8859-1''a", None),
        (b"username*=a", None),
        (b'realm="r"', None),
    ],
    ids=repr,
)
def test_the_name_in_credentials(params: bytes, name: bytes | None) -> None:
    assert username(parse_credentials(b"Digest " + params)) == name


def test_a_hash_that_is_missing_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every OpenSSL has SHA-512/256: it is then neither offered nor taken."""
    assert is_known(b"SHA-512-256-sess")
    assert not is_known(b"SHA-1")
    monkeypatch.setattr(hashlib, "algorithms_available", {"md5"})
    assert not is_known(b"SHA-512-256")
    assert choose([plain(b'realm="r", nonce="n", algorithm=SHA-512-256')]) is None

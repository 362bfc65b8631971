"""Which challenges are answered, and how often."""

import pytest

from responder.sip.headers.auth import parse_credentials
from responder.sip.login import Login
from responder.sip.message import Message, parse
from responder.testing.tokens import counted_tokens
from tests.answering import verify


def challenge(status: int, *values: bytes) -> Message:
    name = b"WWW-Authenticate" if status == 401 else b"Proxy-Authenticate"
    lines = [b"%b: %b" % (name, value) for value in values]
    return parse(b"\r\n".join([b"SIP/2.0 %d Any" % status, *lines, b"", b""]))


def digest(nonce: bytes = b"1", realm: bytes = b"r", more: bytes = b"") -> bytes:
    return b'Digest realm="%b", nonce="%b", qop="auth"%b' % (realm, nonce, more)


def login(password: bytes | None = b"secret") -> Login:
    return Login(b"alice", password, counted_tokens())


@pytest.mark.row("AUT-02")
def test_the_first_challenge_of_a_realm_that_is_known_is_answered() -> None:
    one = login()
    rows = [digest(more=b", algorithm=NEW-9"), digest(more=b", algorithm=SHA-256"), digest()]
    assert one.challenged(challenge(401, *rows)) == ""
    [(name, value)] = one.headers(b"REGISTER", b"sip:x", b"")
    assert name == b"Authorization"
    assert b"algorithm=SHA-256" in value
    assert verify(parse_credentials(value), b"REGISTER", b"alice", b"secret")


def test_each_realm_gets_an_answer() -> None:
    one = login()
    both = challenge(407, digest(realm=b"a"), digest(realm=b"b"))
    assert one.challenged(both) == ""
    assert [name for name, _ in one.headers(b"OPTIONS", b"sip:x", b"")] == [
        b"Proxy-Authorization",
        b"Proxy-Authorization",
    ]


def test_a_nonce_is_counted() -> None:
    one = login()
    one.challenged(challenge(401, digest()))
    values = [one.headers(b"OPTIONS", b"sip:x", b"")[0][1] for _ in range(2)]
    assert b"nc=00000001" in values[0]
    assert b"nc=00000002" in values[1]


@pytest.mark.parametrize(
    "rows",
    [(), (b"Bearer", b'Digest realm="', b"Basic QQ=="), (digest(more=b", algorithm=NEW-9"),)],
    ids=["none", "no-digest", "unknown"],
)
def test_a_challenge_that_is_not_understood_is_an_obstacle(rows: tuple[bytes, ...]) -> None:
    obstacle = login().challenged(challenge(401, *rows))
    assert obstacle == "it asks for credentials in no way that is known here"


def test_a_new_nonce_that_is_called_stale_is_an_obstacle() -> None:
    one = login()
    one.challenged(challenge(401, digest()))
    again = challenge(401, digest(more=b", stale=true"))
    assert one.challenged(again) == "it calls its own new nonce stale"


def test_nonces_that_are_always_stale_end_it() -> None:
    one = login()
    obstacles = [
        one.challenged(challenge(401, digest(b"%d" % number, more=b", stale=true")))
        for number in range(6)
    ]
    assert obstacles == [""] * 5 + ["it goes on asking for credentials"]


def test_without_a_password_nothing_is_answered() -> None:
    obstacle = login(None).challenged(challenge(401, digest()))
    assert obstacle == "it asks for a user and a password, and none were given"

import hashlib

import pytest

from responder.sip.users import EVERYONE, BadUsers, Users, parse_users

ALICE = hashlib.md5(b"alice:example.org:secret").hexdigest()
BOB = hashlib.sha256(b"bob:example.org:secret").hexdigest()

FILE = f"""\
# the front desk
alice:secret

  carol : a pass:word \r
bob:example.org:{BOB}
\u00fcber:p\u00e4ss
dave:example.org:{ALICE.upper()}
dave:other.example:{ALICE}
nobody:
"""


def test_a_file_holds_passwords_and_secrets() -> None:
    users = parse_users(FILE)
    assert len(users) == 6
    assert b"alice" in users
    assert b"Alice" not in users
    md5 = hashlib.md5
    assert users.secret(b"alice", b"example.org", b"md5") == ALICE.encode()
    assert users.secret(b"alice", b"r", b"md5") == md5(b"alice:r:secret").hexdigest().encode()
    spaced = hashlib.sha256(b"carol:r:a pass:word").hexdigest()
    assert users.secret(b"carol", b"r", b"sha-256-sess") == spaced.encode()
    name = "\u00fcber".encode()
    accented = md5(name + b":r:" + "p\u00e4ss".encode()).hexdigest()
    assert users.secret(name, b"r", b"md5") == accented.encode()
    assert users.secret(b"nobody", b"r", b"md5") == md5(b"nobody:r:").hexdigest().encode()


def test_a_secret_is_good_for_its_realm_and_its_hash() -> None:
    users = parse_users(FILE)
    assert users.secret(b"bob", b"example.org", b"sha-256") == BOB.encode()
    assert users.secret(b"bob", b"example.org", b"sha-256-sess") == BOB.encode()
    assert users.secret(b"bob", b"example.org", b"md5") is None
    assert users.secret(b"bob", b"elsewhere", b"sha-256") is None
    assert users.secret(b"dave", b"example.org", b"md5") == ALICE.encode()
    assert users.secret(b"dave", b"other.example", b"md5-sess") == ALICE.encode()
    assert users.secret(b"unheard-of", b"example.org", b"md5") is None


@pytest.mark.parametrize(
    ("users", "can"),
    [
        (EVERYONE, [True, True, True]),
        (Users([("alice", "secret")]), [True, True, True]),
        (Users([("alice", "secret")], [("bob", "r", BOB)]), [True, True, True]),
        (Users((), [("bob", "r", BOB)]), [False, True, False]),
        (Users((), [("alice", "r", ALICE)]), [True, False, False]),
        (Users(), [True, True, True]),
    ],
    ids=["everyone", "passwords", "both", "sha-256", "md5", "nobody"],
)
def test_what_a_table_can_check(users: Users, can: list[bool]) -> None:
    assert [users.can(name) for name in (b"MD5", b"SHA-256-sess", b"SHA-512-256")] == can


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", 'no line names a user; write "name:password" in a line of its own.'),
        ("# alice:secret\n\n", 'no line names a user; write "name:password" in a line of its own.'),
        ("alice:secret\nbob\n", 'line 2: no colon; write "name:password".'),
        (":secret", 'line 1: no name before the colon; write "name:password".'),
        ("  : secret", 'line 1: no name before the colon; write "name:password".'),
        ("a:1\n\na:2", 'line 3: user "a" stands in line 1 already.'),
        (f"a:r:{ALICE}\na:r:{ALICE}", 'line 2: user "a" stands in line 1 already.'),
        ("alice:sec\x00ret", "line 1: a control character in a name or a password."),
        ("alice:sec\tret\x7f", "line 1: a control character in a name or a password."),
        ("alice:" + "x" * 1024, "line 1: over 1,024 characters."),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, complaint: str) -> None:
    with pytest.raises(BadUsers) as told:
        parse_users(text)
    assert str(told.value) == complaint


@pytest.mark.parametrize("text", ["alice:hunter2\nbob", "alice:hunter2\nalice:hunter2"])
def test_no_password_is_shown(text: str) -> None:
    with pytest.raises(BadUsers) as told:
        parse_users(text)
    assert "hunter2" not in str(told.value)
    assert repr(parse_users("alice:hunter2")) == "<Users: 1>"
    assert repr(EVERYONE) == "<Users: any>"

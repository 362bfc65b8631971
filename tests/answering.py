"""Answering challenges in tests, rightly or with something changed."""

from collections.abc import Mapping

from responder.journal.verdicts.credentials import challenges
from responder.sip.digest import answer, choose, username
from responder.sip.grammar import quote
from responder.sip.headers.auth import Credentials
from responder.sip.users import Users
from responder.testing.caller import Caller

PASSWORD = b"secret"


ALICE = Users([(b"alice", PASSWORD)])
"""The only user that there is."""


def verify(
    credentials: Credentials, method: bytes, user: bytes, password: bytes, body: bytes = b""
) -> bool:
    """Tell whether credentials prove that a user, plain or hashed, knows a password."""
    hashed = credentials.param(b"userhash") == b"true"
    if username(credentials) != user and not hashed:
        return False
    return Users([(user, password)]).proven(user, credentials, method, body) is True


def login(
    who: Caller,
    uri: str,
    method: str = "INVITE",
    nc: int = 1,
    changes: Mapping[str, str | None] | None = None,
    password: bytes = PASSWORD,
) -> dict[str, str]:
    """Return the header field that answers the latest response of a caller.

    ``changes`` are parameters by name: another value as it is to be written, or None for none.
    """
    response = who.last()
    challenge = choose(challenges(response))
    assert challenge is not None
    made = answer(challenge, method.encode(), uri.encode(), b"alice", password, b"", b"cnonce", nc)
    params = dict(made.params)
    for name, value in (changes or {}).items():
        params.pop(name.encode(), None)
        if value is not None:
            params[name.encode()] = value.encode()
    header = "Authorization" if response.status == 401 else "Proxy-Authorization"
    return {header: Credentials(b"Digest", tuple(params.items())).to_bytes().decode()}


def quoted(text: str) -> str:
    """Return a quoted string."""
    return quote(text.encode()).decode()

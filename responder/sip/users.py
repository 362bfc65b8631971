"""Who may authenticate, and by which password: a table, or everyone.

A file of users has one user a line, in either of two forms::

    alice:secret
    alice:example.org:c3cdc5cabd0adb2bdd45b2c4cf87d0c3

The second is a line of ``htdigest``: a name, a realm, and H(name:realm:password) in hexadecimal, of
MD5 with 32 digits and of SHA-256 with 64. Lines that are empty or begin with ``#`` are passed over.
"""

import re
from collections.abc import Iterable
from typing import Final

from responder.sip.digest import algorithm_of, bare, is_known, proves, secret
from responder.sip.headers.auth import Credentials

_SECRET: Final = re.compile(r"(.*):([0-9A-Fa-f]{64}|[0-9A-Fa-f]{32})")
_DIGITS: Final = {32: b"md5", 64: b"sha-256"}
_LONGEST: Final = 1_024


class BadUsers(ValueError):
    """A line of a file of users that cannot be read; the text names its number."""


class Users:
    """Names with their passwords or secrets. Neither is in any text that it makes.

    Args:
        passwords: (name, password) pairs, text or UTF-8.
        secrets: (name, realm, digits) triples, as `responder.sip.digest.secret` makes the digits.
        everyone: whether any name and password are welcome, and the table counts for nothing.
    """

    __slots__ = ("_passwords", "_secrets", "everyone")

    def __init__(
        self,
        passwords: Iterable[tuple[str | bytes, str | bytes]] = (),
        secrets: Iterable[tuple[str | bytes, str | bytes, str | bytes]] = (),
        *,
        everyone: bool = False,
    ) -> None:
        self._passwords = {_bytes(name): _bytes(password) for name, password in passwords}
        self._secrets = {
            (_bytes(name), _bytes(realm), _DIGITS[len(digits)]): _bytes(digits).lower()
            for name, realm, digits in secrets
        }
        self.everyone = everyone

    def __repr__(self) -> str:
        return "<Users: any>" if self.everyone else f"<Users: {len(self)}>"

    def __len__(self) -> int:
        """Return how many names there are."""
        return len(self._names())

    def __contains__(self, name: object) -> bool:
        """Tell whether a name, in bytes, is in the table."""
        return name in self._names()

    def _names(self) -> set[bytes]:
        return self._passwords.keys() | {name for name, _, _ in self._secrets}

    def secret(self, name: bytes, realm: bytes, algorithm: bytes) -> bytes | None:
        """Return H(name:realm:password), or None where the table has nothing to make it of.

        Args:
            name: the user's name.
            realm: the realm, as it stands between the quotes of the challenge.
            algorithm: in lower case, of a hash that is known; its session form is the same.
        """
        password = self._passwords.get(name)
        if password is not None:
            return secret(algorithm, name, realm, password)
        return self._secrets.get((name, realm, algorithm.removesuffix(b"-sess")))

    def proven(
        self, user: bytes, credentials: Credentials, method: bytes, body: bytes = b""
    ) -> bool | None:
        """Tell whether credentials prove that their sender knows the password of a user.

        Whether realm, nonce, nonce count and URI are the expected ones is for the caller to check.

        Args:
            user: the user's name.
            credentials: what the request carries.
            method: the method of the request.
            body: its body, which counts only for ``auth-int``.

        Returns:
            None where the table has nothing to check them with.
        """
        algorithm = algorithm_of(credentials)
        if not is_known(algorithm):
            return None
        key = self.secret(user, bare(credentials, b"realm"), algorithm)
        return None if key is None else proves(credentials, method, key, body)

    def can(self, algorithm: bytes) -> bool:
        """Tell whether credentials of an algorithm could be checked for any user.

        A table of secrets alone knows its own hashes only, so no other is worth asking for.
        """
        if self.everyone or self._passwords or not self._secrets:
            return True
        wanted = algorithm.lower().removesuffix(b"-sess")
        return any(known == wanted for _, _, known in self._secrets)


EVERYONE: Final = Users(everyone=True)
"""Any name, any password."""


def parse_users(text: str) -> Users:
    """Read a file of users.

    Args:
        text: the file's content.

    Raises:
        BadUsers: a line has no colon, no name, a control character or over 1,024 characters, or
            names a user again; or no line names any.
    """
    passwords: dict[str, str] = {}
    secrets: dict[tuple[str, str, int], str] = {}
    seen: dict[tuple[str, ...], int] = {}
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip(" \t\r")
        if not line or line.startswith("#"):
            continue
        name, realm, value = _parse_line(line, number)
        place = (name,) if realm is None else (name, realm, str(len(value)))
        first = seen.setdefault(place, number)
        if first != number:
            raise BadUsers(f'line {number}: user "{name}" stands in line {first} already.')
        if realm is None:
            passwords[name] = value
        else:
            secrets[name, realm, len(value)] = value
    if not seen:
        raise BadUsers('no line names a user; write "name:password" in a line of its own.')
    return Users(
        passwords.items(), [(name, realm, value) for (name, realm, _), value in secrets.items()]
    )


def _parse_line(line: str, number: int) -> tuple[str, str | None, str]:
    """Return name, realm and secret of a line; or name, None and password."""
    if len(line) > _LONGEST:
        raise BadUsers(f"line {number}: over {_LONGEST:,} characters.")
    # Nothing of the line is shown where it may hold a password.
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in line):
        raise BadUsers(f"line {number}: a control character in a name or a password.")
    name, colon, rest = line.partition(":")
    name = name.rstrip()
    if not colon:
        raise BadUsers(f'line {number}: no colon; write "name:password".')
    if not name:
        raise BadUsers(f'line {number}: no name before the colon; write "name:password".')
    hashed = _SECRET.fullmatch(rest)
    if hashed is not None:
        return name, hashed[1], hashed[2]
    return name, None, rest.lstrip()


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text

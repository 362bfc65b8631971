"""Who is let in: which names a browser may have come by, which pages may write, whose token fits.

Where only this machine can come, no token is asked for; a web page that a person looks at on it can
come all the same. It may have its own name resolve to 127.0.0.1 (DNS rebinding): so Host has to be
an address, ``localhost`` or a name that was allowed. And it may send what needs no permission to be
sent: so an Origin that is another one than ours may not write.

Beyond this machine every request needs the token, which no other page knows; names are free then.
"""

import hmac
import ipaddress
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from responder.control.problem import Problem
from responder.control.settings import Http

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_OPEN: Final = frozenset({"/", "/livez", "/readyz", "/version", "/openapi.json"})
"""What needs no token: it says nothing of calls."""


def let_in(http: Http, request: web.Request) -> None:
    """Look at a request before anything is done for it.

    Raises:
        Problem: it is not let in.
    """
    host = request.headers.get("Host", "")
    if http.token is not None:
        if request.path not in _OPEN and not request.path.startswith("/page/"):
            _token_fits(http.token, request)
    elif not _is_known(_name(host), http):
        raise Problem(
            421,
            f'This responder is not known as "{host}": use its address, or start it with'
            f" --http-name {_name(host) or 'NAME'}.",
        )
    origin = request.headers.get("Origin")
    if request.method not in READING and origin is not None and not _is_ours(origin, host):
        raise Problem(403, f'A page of "{origin}" may not change anything here.')


def _token_fits(token: str, request: web.Request) -> None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
        return
    said = "The token is another one." if given else "A token is needed."
    raise Problem(
        401,
        f"{said} Send Authorization: Bearer TOKEN, with the one of --http-token or of the line"
        " that the responder printed at its start.",
        headers={"WWW-Authenticate": 'Bearer realm="sip-responder"'},
    )


def _name(host: str) -> str:
    """Return the host of a Host field, without brackets and port, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()


def _is_known(name: str, http: Http) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    if name in {each.lower() for each in http.names}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_ours(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower()

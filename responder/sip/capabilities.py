"""What this endpoint understands: the values of Allow, Supported, Accept and their kin."""

from typing import Final

METHODS: Final = (
    b"INVITE",
    b"ACK",
    b"CANCEL",
    b"BYE",
    b"OPTIONS",
    b"REGISTER",
    b"MESSAGE",
    b"INFO",
    b"UPDATE",
    b"PRACK",
    b"SUBSCRIBE",
    b"NOTIFY",
    b"REFER",
    b"PUBLISH",
)
"""Every method that is recognised; any other is answered 501 (RFC 3261 8.2.1)."""

EXTENSIONS: Final = (b"199", b"histinfo", b"join", b"replaces")
"""Option tags that a request may require; any other is answered 420 (RFC 3261 8.2.2.3)."""

OF_REGISTER: Final = (*EXTENSIONS, b"outbound", b"path")
"""Option tags that a REGISTER may require (RFC 3327, RFC 5626)."""

_SESSION: Final = (b"application/sdp", b"multipart/mixed", b"multipart/alternative")

BODY_TYPES: Final[dict[bytes, tuple[bytes, ...]]] = {
    b"INVITE": (*_SESSION, b"application/pidf+xml"),  # a caller's location: RFC 6442
    b"UPDATE": _SESSION,
    b"PRACK": (b"application/sdp",),
    b"MESSAGE": (
        b"text/plain",
        b"text/html",
        b"message/cpim",
        b"application/im-iscomposing+xml",
        b"multipart/mixed",
        b"multipart/alternative",
    ),
}
"""The body types that a method's bodies are understood in; methods not listed take any body."""

SECURITY: Final = b"digest;d-alg=MD5;d-qop=auth;q=0.1, tls;q=0.5"
"""The security mechanisms that Security-Server lists (RFC 3329 2.2)."""

ENCODINGS: Final = (b"identity",)
LANGUAGES: Final = (b"en",)
EVENTS: Final = (b"presence", b"dialog", b"message-summary", b"refer", b"reg", b"conference")

ALLOW: Final = b", ".join(METHODS)
SUPPORTED: Final = b", ".join(EXTENSIONS)
ALLOW_EVENTS: Final = b", ".join(EVENTS)


def accept(method: bytes) -> bytes:
    """Return the Accept value for a method's bodies (RFC 3261 20.1)."""
    return b", ".join(BODY_TYPES.get(method, (b"application/sdp",)))

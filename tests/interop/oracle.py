"""Responses as sipmessage reads them, a parser that was not written here."""

import re

from sipmessage import Message, Response

TYPED = (
    "accept",
    "call_id",
    "contact",
    "content_length",
    "content_type",
    "cseq",
    "date",
    "expires",
    "from_address",
    "min_expires",
    "proxy_authenticate",
    "record_route",
    "require",
    "server",
    "supported",
    "to_address",
    "unsupported",
    "via",
    "www_authenticate",
)
"""The fields that sipmessage has a grammar for; reading one that does not fit raises ValueError."""

_BARE = re.compile(rb"(;received=)([0-9a-f:]*:[0-9a-f:]*)")
"""An IPv6 address without brackets, as the grammar has it there; sipmessage wants them."""

ONCE = ("Call-ID", "Content-Length", "Content-Type", "CSeq", "From", "To")


def read(data: bytes) -> Response:
    """Parse one response with all its typed fields, and check what holds for every response."""
    message = Message.parse(_BARE.sub(rb"\1[\2]", data))
    assert isinstance(message, Response), data
    for name in TYPED:
        getattr(message, name)
    for name in ONCE:
        assert len(message.headers.getlist(name)) <= 1, f"{name} more than once: {data!r}"
    assert message.via, data
    assert message.call_id, data
    assert message.cseq is not None, data
    assert message.from_address is not None, data
    assert message.content_length == len(message.body), data
    assert bool(message.body) == (message.content_type is not None), data
    assert ("tag" in tags(message)) == (message.code != 100), data
    return message


def tags(response: Response) -> dict[str, str | None]:
    """Return the parameters of To."""
    assert response.to_address is not None
    return dict(response.to_address.parameters.items())


def to_tag(response: Response) -> str | None:
    return tags(response).get("tag")

"""What rules may look at in one request: its fields by name, each taken apart once at the most.

A field is a tuple of values as bytes, empty where the request has none: what cannot be parsed is
absent, and nothing here raises. This file is on the hot path.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from responder.sip.errors import Malformed
from responder.sip.events import Flow
from responder.sip.grammar import unescape
from responder.sip.headers.address import NameAddr, parse_address, parse_address_list
from responder.sip.headers.uri import Uri
from responder.sip.message import Message
from responder.sip.validation import request_uri

Values: TypeAlias = tuple[bytes, ...]


class View:
    """One request as rules see it.

    Attributes:
        request: the request.
        flow: where it came from.
    """

    __slots__ = ("_addresses", "_uri", "flow", "request")

    def __init__(self, request: Message, flow: Flow) -> None:
        self.request = request
        self.flow = flow
        self._uri: Uri | None = None
        self._addresses: dict[bytes, tuple[NameAddr, ...]] | None = None

    @property
    def uri(self) -> Uri | None:
        """The Request-URI; None when it is no ``sip`` or ``sips`` URI."""
        if self._uri is None:
            parsed = request_uri(self.request.uri)
            if type(parsed) is Uri:
                self._uri = parsed
        return self._uri

    @property
    def user(self) -> bytes | None:
        """The user part of the Request-URI with its escapes decoded; None when there is none."""
        uri = self.uri
        if uri is None or uri.user is None:
            return None
        return unescape(uri.user) if b"%" in uri.user else uri.user

    def addresses(self, name: bytes) -> tuple[NameAddr, ...]:
        """Return the addresses of a header field; none where it is missing or malformed.

        Args:
            name: ``from``, ``to`` or ``contact``.
        """
        if self._addresses is None:
            self._addresses = {}
        found = self._addresses.get(name)
        if found is None:
            found = self._addresses[name] = _parse(self.request.values(name), name)
        return found


def _parse(values: list[bytes], name: bytes) -> tuple[NameAddr, ...]:
    header = name.decode()
    try:
        if name != b"contact":
            return tuple([parse_address(value, header) for value in values])
        return tuple([each for value in values for each in parse_address_list(value, header)])
    except Malformed:
        return ()


Read: TypeAlias = Callable[[View], Values]

ADDRESSES: Final = {"from": b"from", "to": b"to", "contact": b"contact"}
"""The addresses that rules can look into, and the header field that each is."""


def method(view: View) -> Values:
    """Return the method as sent."""
    return (view.request.method,)


def call_id(view: View) -> Values:
    """Return the Call-ID."""
    return tuple(view.request.values(b"call-id"))


def body(view: View) -> Values:
    """Return the body; a message without one has none, not an empty one."""
    return (view.request.body,) if view.request.body else ()


def source(view: View) -> Values:
    """Return the IP address that the request came from."""
    return (view.flow.remote[0].encode(),)


def transport(view: View) -> Values:
    """Return the transport: ``udp``, ``tcp`` ..."""
    return (view.flow.transport.encode(),)


def port(view: View) -> Values:
    """Return the local port that the request came to."""
    return (b"%d" % view.flow.local[1],)


def listener(view: View) -> Values:
    """Return the name of the listener that the request came to; none where it has no name."""
    return (view.flow.name.encode(),) if view.flow.name else ()


def header(name: bytes) -> Read:
    """Return how to read every line of a header field.

    Args:
        name: in lower case, in its long form.
    """
    return lambda view: tuple(view.request.values(name))


def uri_text(view: View) -> Values:
    """Return the Request-URI as sent."""
    return (view.request.uri,)


def uri_part(part: str) -> Read:
    """Return how to read a part of the Request-URI: ``user``, ``host`` or ``param.NAME``."""
    if part == "user":
        return lambda view: () if view.user is None else (view.user,)
    take = _part(part)
    return lambda view: () if view.uri is None else take(view.uri)


def address_text(name: bytes) -> Read:
    """Return how to read the URIs of an address header field."""
    return lambda view: tuple([each.uri.to_bytes() for each in view.addresses(name)])


def address_part(name: bytes, part: str) -> Read:
    """Return how to read a part of an address header field.

    Args:
        name: ``from``, ``to`` or ``contact``.
        part: ``user`` or ``host`` of its URI; ``display``, ``tag`` or ``param.NAME`` of the field.
    """
    if part in {"user", "host"}:
        take = _part(part)
        return lambda view: tuple([v for each in view.addresses(name) for v in take(each.uri)])
    if part == "display":
        return lambda view: tuple(
            [
                each.display_text.encode("utf-8", "surrogateescape")
                for each in view.addresses(name)
                if each.display is not None
            ]
        )
    param = part.removeprefix("param.").lower().encode()

    def read(view: View) -> Values:
        values = [each.param(param) for each in view.addresses(name)]
        return tuple([value for value in values if value is not None])

    return read


def _part(part: str) -> Callable[[Uri], Values]:
    if part == "user":
        return lambda uri: () if uri.user is None else (unescape(uri.user),)
    if part == "host":
        return lambda uri: (uri.host.lower(),) if uri.host else ()
    name = part.removeprefix("param.").lower().encode()

    def take(uri: Uri) -> Values:
        value = uri.param(name)
        return () if value is None else (value,)

    return take

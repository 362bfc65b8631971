"""The registrar: which contacts are bound to which address of record (RFC 3261 section 10.3).

It acts on a REGISTER that is about to be answered 2xx. A request changes all that it asks for, or
nothing. The header fields that RFC 3327 (Path) and RFC 5626 (outbound) add are looked at too; GRUUs
(RFC 5627) are not made.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from responder.sip.errors import Malformed
from responder.sip.events import Flow
from responder.sip.grammar import unescape
from responder.sip.headers.address import NameAddr, parse_address, parse_address_list
from responder.sip.headers.uri import Uri, equal
from responder.sip.message import Message
from responder.sip.settings import Registering
from responder.sip.timers import Timed, Timers
from responder.sip.validation import Refusal, refuse, request_uri

FLOW_TIMER: Final = 120
"""How often the UA of an outbound registration is to show that its flow lives, in seconds."""

_HOUR: Final = 3_600
_LONGEST_KNOWN: Final = 256
"""Longest To or Contact, in bytes, of those that are remembered as read."""

_MOST_KNOWN: Final = 4_096

_OVERHEAD: Final = 200
"""Bytes that a binding counts for beside its text."""

Key = tuple[bytes | None, bytes, int | None]
"""An address of record for comparing: user unescaped, host in lower case, port.

The scheme is left out: a SIP and a SIPS address are the same resource (RFC 5630 section 5.2).
"""


class Contact:
    """One element of a Contact field of a REGISTER, read. It is not changed once it is made.

    Attributes:
        uri: its URI.
        text: the contact as bytes, less its expires parameter.
        expires: the value of that parameter; None when it has none.
        outbound: its instance and reg-id; None unless it has both (RFC 5626 section 6).
    """

    __slots__ = ("expires", "outbound", "text", "uri")

    def __init__(self, address: NameAddr) -> None:
        kept = tuple(param for param in address.params if param[0] != b"expires")
        self.uri = address.uri
        self.text = NameAddr(address.uri, address.display, kept).to_bytes()
        self.expires = address.param(b"expires")
        instance, number = address.param(b"+sip.instance"), address.param(b"reg-id")
        self.outbound = (instance, number) if instance and number else None

    def is_that_of(self, binding: "Binding", outbound: tuple[bytes, bytes] | None) -> bool:
        """Whether it is the contact of a binding (RFC 3261 10.3 step 7, RFC 5626 section 6).

        Args:
            binding: what is bound.
            outbound: instance and reg-id, if RFC 5626 rules the request.
        """
        if outbound is not None or binding.outbound is not None:
            return binding.outbound == outbound
        mine = binding.contact
        return mine.text == self.text or equal(mine.uri, self.uri)


class Binding:
    """A contact that is bound to an address of record.

    Attributes:
        contact: the contact.
        call_id: the Call-ID of the latest request for it.
        number: the CSeq number of that request.
        expires: when it ends, in seconds.
        path: the values of Path, in order.
        flow: what the request came over.
        outbound: instance and reg-id of a binding that RFC 5626 rules; None for any other.
        size: the bytes that it counts for.
    """

    __slots__ = (
        "call_id",
        "contact",
        "expires",
        "flow",
        "number",
        "outbound",
        "path",
        "size",
    )

    def __init__(
        self,
        contact: Contact,
        request: Message,
        flow: Flow,
        number: int,
        expires: float,
        outbound: tuple[bytes, bytes] | None,
    ) -> None:
        self.contact = contact
        self.call_id = request.fields[b"call-id"]
        self.number = number
        self.expires = expires
        self.path = tuple(request.values(b"path")) if b"path" in request.fields else ()
        self.flow = flow
        self.outbound = outbound
        self.size = _OVERHEAD + len(contact.text) + len(self.call_id)
        for value in self.path:
            self.size += len(value)


class Bound:
    """What a successful REGISTER is answered with.

    Attributes:
        contacts: the Contact value that lists all bindings; None when there are none.
        fields: further header fields, as (name, value) pairs.
    """

    __slots__ = ("contacts", "fields")

    def __init__(self, contacts: bytes | None, fields: tuple[tuple[bytes, bytes], ...]) -> None:
        self.contacts = contacts
        self.fields = fields


class Listed(NamedTuple):
    """One binding as it is shown.

    Attributes:
        address: the address of record, such as ``sip:alice@example.com``.
        contact: the Contact value, less its expires parameter.
        expires: seconds that are left.
        call_id: the Call-ID of the latest request for it.
        number: the CSeq number of that request.
        path: the values of Path, in order.
        transport: what the request came over.
        source: the host and port that it came from.
    """

    address: str
    contact: str
    expires: int
    call_id: str
    number: int
    path: tuple[str, ...]
    transport: str
    source: str


class _Address(Timed):
    """An address of record that has bindings; it wakes up when the first of them ends."""

    __slots__ = ("_registrar", "bindings", "key", "size", "uri")

    def __init__(self, registrar: "Registrar", key: Key, uri: Uri) -> None:
        super().__init__()
        self._registrar = registrar
        self.key = key
        self.uri = uri
        self.bindings: list[Binding] = []
        self.size = 0

    def fire(self, now: float) -> None:
        self._registrar.replace(self, self.live(now))

    def live(self, now: float) -> list[Binding]:
        return [binding for binding in self.bindings if binding.expires > now]


class Registrar:
    """The bindings of one endpoint.

    Args:
        settings: what is granted.
        timers: where the ends of bindings wait.
        retry_after: the Retry-After of a refusal for want of room, in seconds.
    """

    def __init__(self, settings: Registering, timers: Timers, retry_after: int) -> None:
        self._settings = settings
        self._timers = timers
        self._retry_after = retry_after
        self._addresses: dict[Key, _Address] = {}
        self._size = 0

    def register(
        self, request: Message, flow: Flow, now: float, longest: int | None = None
    ) -> Bound | Refusal:
        """Carry out a REGISTER that is to be answered 2xx (RFC 3261 section 10.3).

        Args:
            request: a REGISTER that was found sound and may be served.
            flow: what it came over.
            now: seconds.
            longest: the longest interval to grant, in seconds; None for that of the settings.

        Returns:
            What goes into the 2xx; or 400, 403, 404, 420, 423, 439, 500 or 503, and then nothing is
            changed. The ``cause`` of a 503 names the limit.
        """
        try:
            asked = _Request(request, flow, now)
            refusal = self._not_served(asked) or _unsound(asked, self._settings.path)
            if refusal is not None:
                return refusal
            return self._carry_out(asked, longest)
        except Malformed as fault:
            return refuse(400, str(fault))

    def bindings(self, now: float) -> Iterator[Listed]:
        """Yield every binding that has not ended, by address of record."""
        for address in self._addresses.values():
            uri = _text(address.uri.to_bytes())
            for binding in address.live(now):
                yield Listed(
                    uri,
                    _text(binding.contact.text),
                    _left(binding, now),
                    _text(binding.call_id),
                    binding.number,
                    tuple(_text(value) for value in binding.path),
                    binding.flow.transport,
                    _text(binding.flow.sent_by),
                )

    def count(self, now: float) -> int:
        """Return how many bindings have not ended."""
        return sum(len(address.live(now)) for address in self._addresses.values())

    def clear(self) -> None:
        """Forget every binding."""
        for address in list(self._addresses.values()):
            self.replace(address, [])

    def replace(self, address: _Address, bindings: list[Binding]) -> None:
        """Give an address of record its bindings; one without any is forgotten."""
        size = _size(bindings)
        self._size += size - address.size
        address.size = size
        address.bindings = bindings
        if bindings:
            self._addresses[address.key] = address
            self._timers.arm_coarse(address, min([binding.expires for binding in bindings]))
        else:
            self._addresses.pop(address.key, None)
            self._timers.disarm(address)

    def _not_served(self, asked: "_Request") -> Refusal | None:
        """Refuse domains of others (steps 1 and 5)."""
        domains = self._settings.domains
        if not domains:
            return None
        uri = request_uri(asked.request.uri)
        if not isinstance(uri, Uri) or uri.host.lower() not in domains:
            return refuse(403, "Forbidden (no registrar of that domain)")
        if asked.address.host.lower() not in domains:
            return refuse(404, "Not Found (no address of record of that domain)")
        return None

    def _carry_out(self, asked: "_Request", longest: int | None) -> Bound | Refusal:
        now = asked.now
        address = self._addresses.get(asked.key)
        if address is None:
            address = _Address(self, asked.key, asked.address)
        live = address.live(now)
        if asked.contacts or asked.all:
            made = self._updated(asked, live, longest)
            if isinstance(made, Refusal):
                return made
            refusal = self._over_limit(address, made)
            if refusal is not None:
                return refusal
            self.replace(address, made)
            live = made
        value = b", ".join(
            [b"%b;expires=%d" % (each.contact.text, _left(each, now)) for each in live]
        )
        fields: tuple[tuple[bytes, bytes], ...] = ()
        if asked.outbound:
            fields = ((b"Require", b"outbound"),)
            if not asked.proxied:
                fields += ((b"Flow-Timer", b"%d" % FLOW_TIMER),)
        return Bound(value or None, fields)

    def _updated(
        self, asked: "_Request", live: list[Binding], longest: int | None
    ) -> list[Binding] | Refusal:
        """Return the bindings as the request wants them (steps 6 and 7)."""
        if asked.all:
            late = next((each for each in live if asked.too_late(each)), None)
            return [] if late is None else asked.out_of_order(late)
        made = list(live)
        for contact in asked.contacts:
            wanted = asked.interval(contact, self._settings.default)
            if 0 < wanted < min(self._settings.minimum, _HOUR):
                minimum = b"%d" % self._settings.minimum
                return Refusal(423, headers=((b"Min-Expires", minimum),))
            outbound = contact.outbound if asked.outbound else None
            for known in made:
                if contact.is_that_of(known, outbound):
                    # What the request itself has added is no earlier request's.
                    if known in live and asked.too_late(known):
                        return asked.out_of_order(known)
                    made.remove(known)
                    break
            if wanted:
                granted = min(wanted, self._settings.maximum if longest is None else longest)
                made.append(asked.bind(contact, granted, outbound))
        return made

    def _over_limit(self, address: _Address, made: list[Binding]) -> Refusal | None:
        settings = self._settings
        size = _size(made)
        if size <= address.size and len(made) <= len(address.bindings):
            return None
        if len(made) > settings.bindings:
            cause = "bindings of one address"
        elif size > settings.listing:
            cause = "bytes of one address"
        elif not address.bindings and len(self._addresses) >= settings.addresses:
            cause = "addresses of record"
        elif self._size + size - address.size > settings.size:
            cause = "bytes of bindings"
        else:
            return None
        phrase = f"Service Unavailable (too many {cause})".encode()
        wait = (b"Retry-After", b"%d" % self._retry_after)
        return Refusal(503, phrase, (wait,), cause=cause)


class _Request:
    """A REGISTER, read.

    Attributes:
        request: the message.
        flow: what it came over.
        now: when it is carried out.
        address: the address of record, as written but for its parameters.
        key: the same for comparing.
        contacts: what it registers or removes.
        all: whether its Contact is ``*``.
        secure: whether a contact is a SIPS URI.
        outbound: whether it asks for the rules of RFC 5626 and can have them.
        number: its CSeq number.
    """

    __slots__ = (
        "address",
        "all",
        "contacts",
        "flow",
        "key",
        "now",
        "number",
        "outbound",
        "request",
        "secure",
    )

    def __init__(self, request: Message, flow: Flow, now: float) -> None:
        self.request = request
        self.flow = flow
        self.now = now
        self.address, self.key = _address_of_record(request.fields[b"to"])
        examined = request.examined
        if examined is None:
            self.number = int(request.fields[b"cseq"].split(None, 1)[0])
        else:
            self.number = examined.number
        values = request.values(b"contact")
        self.all = values == [b"*"]
        self.contacts: tuple[Contact, ...] = ()
        if values and not self.all:
            self.contacts = _contacts(values[0] if len(values) == 1 else b", ".join(values))
        self.secure = False
        for contact in self.contacts:
            if contact.uri.scheme == b"sips":
                self.secure = True
        self.outbound = b"outbound" in request.tokens(b"supported") and any(
            contact.outbound is not None for contact in self.contacts
        )

    @property
    def proxied(self) -> bool:
        """Whether it came by way of a proxy."""
        return b"," in self.request.fields[b"via"] or len(self.request.values(b"via")) > 1

    def interval(self, contact: Contact, default: int) -> int:
        """Return the seconds that are asked for; what is no number is an hour (section 10.2)."""
        value = contact.expires
        if value is None:
            value = self.request.fields.get(b"expires")
        return default if value is None else _seconds(value)

    def too_late(self, binding: Binding) -> bool:
        """Whether a later request of the same UA has been carried out (step 7)."""
        return binding.call_id == self.request.fields[b"call-id"] and self.number <= binding.number

    def out_of_order(self, binding: Binding) -> Refusal:
        """Return how a request is refused that comes too late; the others get the same 500."""
        why = f"CSeq {self.number} is not above {binding.number}"
        return refuse(500, f"Server Internal Error ({why})")

    def bind(self, contact: Contact, seconds: int, outbound: tuple[bytes, bytes] | None) -> Binding:
        """Return a binding of this request."""
        return Binding(contact, self.request, self.flow, self.number, self.now + seconds, outbound)


def _unsound(asked: _Request, strict: bool) -> Refusal | None:
    """Refuse what contradicts itself (steps 6 and 7; RFC 3327 5.3, RFC 5626 6, RFC 5630 5.2)."""
    request = asked.request
    if asked.all and _seconds(request.fields.get(b"expires", b"")):
        return refuse(400, "Contact * needs Expires: 0")
    if not (b"path" in request.fields or asked.outbound or asked.secure):
        return None
    value = b", ".join(request.values(b"path"))
    path = parse_address_list(value, "Path") if value else []
    if path and strict and b"path" not in request.tokens(b"supported"):
        return Refusal(420, unsupported=(b"path",))
    if asked.secure:
        uris = [each.uri for each in asked.contacts]
        secure = all(uri.scheme == b"sips" for uri in (*uris, *[each.uri for each in path]))
        if not secure or request.uri[:5].lower() != b"sips:":
            return refuse(400, "a SIPS contact with a URI that is not SIPS")
    if not asked.outbound:
        return None
    staying = [each for each in asked.contacts if asked.interval(each, 1)]
    if len(staying) > 1 and any(each.outbound for each in staying):
        return refuse(400, "reg-id beside another contact")
    if asked.proxied and not any(uri.param(b"ob") is not None for uri in _ends(path)):
        return Refusal(439)
    return None


def _ends(path: list[NameAddr]) -> list[Uri]:
    """Return the URIs of a path that may be the first hop's.

    RFC 5626 section 6 names the first, but proxies put theirs in front (RFC 3327 section 5.1).
    """
    return [each.uri for each in (path[:1] + path[-1:])]


def _contacts(value: bytes) -> tuple[Contact, ...]:
    """Return the elements of a Contact value; a phone sends the same one again and again."""
    return _known_contacts(value) if len(value) <= _LONGEST_KNOWN else _read_contacts(value)


def _read_contacts(value: bytes) -> tuple[Contact, ...]:
    return tuple(Contact(address) for address in parse_address_list(value, "Contact"))


_known_contacts = lru_cache(maxsize=_MOST_KNOWN)(_read_contacts)


def _address_of_record(value: bytes) -> tuple[Uri, Key]:
    """Return the address of record of a To, without what does not count (step 5)."""
    return _known_address(value) if len(value) <= _LONGEST_KNOWN else _read_address(value)


def _read_address(value: bytes) -> tuple[Uri, Key]:
    uri = parse_address(value, "To").uri
    bare = Uri(uri.scheme, uri.host, uri.user, None, uri.port)
    user = None if uri.user is None else unescape(uri.user)
    return bare, (user, uri.host.lower(), uri.port)


_known_address = lru_cache(maxsize=_MOST_KNOWN)(_read_address)


def _size(bindings: list[Binding]) -> int:
    # A loop, as most often there is one of them: a generator costs more than all else here.
    size = 0
    for binding in bindings:
        size += binding.size
    return size


def _seconds(value: bytes) -> int:
    if not value.isdigit():
        return _HOUR
    digits = value.lstrip(b"0")
    return min(int(digits or b"0"), 2**32 - 1) if len(digits) <= 10 else 2**32 - 1


def _left(binding: Binding, now: float) -> int:
    """Return the whole seconds that a binding has left; one that has not ended has one at least."""
    return max(1, round(binding.expires - now))


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")

"""What the protocol core is told at its start: timers, limits, and its own name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from responder.sip.users import EVERYONE, Users

Tokens: TypeAlias = Callable[[], bytes]
"""A source of fresh tokens: 16 lower-case hexadecimal digits, 64 random bits (RFC 3261 19.3)."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The basic timer values of RFC 3261 (table 4 of its appendix A), in seconds.

    Attributes:
        t1: estimate of the round trip.
        t2: longest interval of non-INVITE requests and of INVITE responses.
        t4: longest time that a message stays in the network.
        trying: how long an INVITE may wait for its first answer before a 100 leaves (17.2.1).
        own_b: timer B, in place of what it is derived from those above; 0 leaves it so.
        own_f: likewise timer F.
        own_h: likewise timer H.
        own_i: likewise timer I.
        own_j: likewise timer J.
        own_k: likewise timer K.
        own_l: likewise timer L.
    """

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    trying: float = 0.2
    own_b: float = 0.0
    own_f: float = 0.0
    own_h: float = 0.0
    own_i: float = 0.0
    own_j: float = 0.0
    own_k: float = 0.0
    own_l: float = 0.0

    @property
    def give_up(self) -> float:
        """64*T1: what timers B, F, H, J and L are derived from."""
        return 64 * self.t1

    @property
    def timer_b(self) -> float:
        """Timer B: how long an INVITE waits for any response."""
        return self.own_b or self.give_up

    @property
    def timer_f(self) -> float:
        """Timer F: how long another request waits for a final response."""
        return self.own_f or self.give_up

    @property
    def timer_h(self) -> float:
        """Timer H: how long the final response to an INVITE waits for its ACK (also 13.3.1.4)."""
        return self.own_h or self.give_up

    @property
    def timer_i(self) -> float:
        """Timer I: how long copies of the ACK of a failure are taken in."""
        return self.own_i or self.t4

    @property
    def timer_j(self) -> float:
        """Timer J: how long copies of another request than INVITE are answered."""
        return self.own_j or self.give_up

    @property
    def timer_k(self) -> float:
        """Timer K: how long copies of a final response are taken in."""
        return self.own_k or self.t4

    @property
    def timer_l(self) -> float:
        """Timer L: how long copies of an INVITE answered 2xx are taken in (RFC 6026)."""
        return self.own_l or self.give_up

    @property
    def late_trying(self) -> float:
        """When timer E reaches T2: a non-INVITE over UDP is answered 100 by then (RFC 4320 4.1)."""
        total, interval = 0.0, self.t1
        while interval < self.t2:
            total += interval
            interval *= 2
        return total


@dataclass(frozen=True, slots=True)
class Limits:
    """What one peer, or all of them together, may use. Each limit has a counter of its own.

    Attributes:
        message: bytes of one message; more is answered 513.
        head: bytes of its start line and header fields; more is answered 513.
        headers: number of header lines; more is answered 513.
        uri: bytes of the Request-URI; more is answered 414.
        body: bytes of the body; more is answered 413.
        connections: stream connections at a time; one more has its request answered 503.
        transactions: server transactions at a time; one more request is answered 503.
        calls: INVITEs not yet answered and established calls at a time; one more is answered 503.
        call_time: how long an established call may stand until it gets BYE, in seconds; 0 for ever.
        retry_after: the Retry-After of these 503 responses, in seconds.
        stalled: how long an unfinished message of a stream is waited for, in seconds.
    """

    message: int = 65_535
    head: int = 32_768
    headers: int = 256
    uri: int = 4_096
    body: int = 49_152
    connections: int = 1_000
    transactions: int = 200_000
    calls: int = 50_000
    call_time: float = 14_400.0
    retry_after: int = 5
    stalled: float = 32.0


@dataclass(frozen=True, slots=True)
class Authentication:
    """How credentials are asked for and looked at (RFC 3261 section 22, RFC 7616, RFC 8760).

    Attributes:
        users: who is welcome.
        realm: the realm of the challenges, unquoted, in UTF-8.
        algorithms: one challenge for each, the preferred one first (RFC 8760 section 2.4).
        qop: what may be protected, ``auth`` and ``auth-int``; empty asks in the form of RFC 2069.
        lifetime: how long a nonce is good for, in seconds.
        refusal: the status for an unknown user or a wrong password; None challenges again.
        own: whether a user may register only the address of record of that name.
        opaque: text that is to come back unchanged; empty for none.
        domain: the URIs that the credentials are good for, separated by spaces; empty for all.
        charset: whether a challenge says that names and passwords are in UTF-8.
    """

    users: Users = EVERYONE
    realm: bytes = b"sip-responder"
    algorithms: tuple[bytes, ...] = (b"MD5",)
    qop: tuple[bytes, ...] = (b"auth",)
    lifetime: float = 300.0
    refusal: int | None = None
    own: bool = False
    opaque: bytes = b""
    domain: bytes = b""
    charset: bool = False


@dataclass(frozen=True, slots=True)
class Registering:
    """What the registrar grants (RFC 3261 section 10.3). Each limit has a counter of its own.

    Attributes:
        minimum: the shortest interval, in seconds; a shorter one below an hour is answered 423.
        maximum: the longest interval, in seconds; a longer request is granted this one.
        default: the interval for a contact that asks for none, in seconds.
        bindings: bindings of one address of record; one more is answered 503.
        addresses: addresses of record with a binding; one more is answered 503.
        listing: bytes of the bindings of one address of record, all of which go into one response;
            more is answered 503.
        size: bytes of all bindings; more is answered 503.
        domains: the only hosts, in lower case, whose registrar this is; empty for any. Another
            Request-URI is answered 403, another address of record 404.
        path: whether a Path for a UA that does not list it in Supported is answered 420, as RFC
            3327 section 5.3 recommends; else it is taken.
    """

    minimum: int = 1
    maximum: int = 3_600
    default: int = 3_600
    bindings: int = 20
    addresses: int = 50_000
    listing: int = 16_384
    size: int = 64 * 1024 * 1024
    domains: tuple[bytes, ...] = ()
    path: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """What the protocol core is told at its start.

    Attributes:
        server: the product token of the Server header, such as ``sip-responder/1.0``.
        advertise: host and port that Contact and SDP name instead of the address that the peer
            reached; port None leaves the listener's own. None advertises the listener's address.
        epoch: what to add to ``now`` to get seconds since 1970, for Date headers.
        timing: the timer values.
        limits: what peers may use.
        media_timeout: seconds without a packet of audio after which a call is ended with BYE; 0
            for never.
        authentication: how credentials are asked for and looked at.
        registering: what the registrar grants.
    """

    server: str = "sip-responder"
    advertise: tuple[str, int | None] | None = None
    epoch: float = 0.0
    timing: Timing = field(default_factory=Timing)
    limits: Limits = field(default_factory=Limits)
    media_timeout: float = 0.0
    authentication: Authentication = field(default_factory=Authentication)
    registering: Registering = field(default_factory=Registering)

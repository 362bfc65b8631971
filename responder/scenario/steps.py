"""Compiled steps: what a program does to one request, one after another.

Programs are made once (by the dialling grammar, later by scenario files) and shared by every call
that they answer; the engine only moves a counter over them.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from responder.scenario.distributions import Distribution
from responder.scenario.matching import Condition
from responder.sip.authenticator import USUAL, Terms
from responder.sip.settings import Timing

if TYPE_CHECKING:
    from responder.scenario.scope import Facts


@dataclass(frozen=True, slots=True)
class Media:
    """What the caller hears once a response with a session description has left.

    Attributes:
        kind: ``echo``, ``tone``, ``silence``, ``file``, or ``none``: audio is agreed, none comes.
        tone: the frequencies of a tone, in hertz, sounded together.
        file: the path of a file with audio.
    """

    kind: str = "echo"
    tone: tuple[float, ...] = (440.0,)
    file: str = ""


@dataclass(frozen=True, slots=True)
class Sdp:
    """Which session description a response carries.

    Attributes:
        text: the description as it stands, empty for none at all; None for one that answers the
            offer (RFC 3264).
        codecs: encoding names of the only formats to take, in lower case; empty for all we know.
        direction: ``sendrecv``, ``sendonly``, ``recvonly`` or ``inactive``, as far as the offer
            allows it; empty for what the offer asks.
    """

    text: bytes | None = None
    codecs: tuple[bytes, ...] = ()
    direction: str = ""


class StepFaults(Protocol):
    """What goes wrong on purpose with a response; programs only carry it."""

    def __str__(self) -> str:
        """Return it in words."""


class Filling(Protocol):
    """The values of a response that are templates."""

    def fill(self, step: "Respond", facts: "Facts") -> tuple["Respond", list[str]]:
        """Return the response with its values, and sentences for the record."""


@dataclass(frozen=True, slots=True)
class Respond:
    """Send a response.

    Attributes:
        status: 100 to 699.
        reason: the phrase; None takes the registry's.
        headers: (name, value) pairs. A name that the status brings by itself is replaced by these.
        omit: lower-case names of headers that are not to be sent although the status brings them.
        kind: the Content-Type of ``body``.
        body: a body; None for what the status brings, which is a description in a 2xx to INVITE.
        sdp: the description, also in a 18x; None for what goes without saying.
        media: what the caller hears; None for the default.
        beside: (name, value) pairs that are sent beside what the status brings.
        filling: makes those of its values that are templates; None where none is.
        fault: what goes wrong on purpose, for those who compose the answer; None for nothing.
        terms: what a challenge asks for, in a 401 or 407.
        to: the method of the request that it answers; empty for what goes without saying.
        reliable: whether a 101 to 199 is repeated until its PRACK (RFC 3262).
    """

    status: int
    reason: bytes | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()
    omit: frozenset[bytes] = frozenset()
    kind: bytes = b""
    body: bytes | None = None
    sdp: Sdp | None = None
    media: Media | None = None
    beside: tuple[tuple[bytes, bytes], ...] = ()
    fault: StepFaults | None = None
    filling: Filling | None = None
    terms: Terms = USUAL
    to: bytes = b""
    reliable: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass before the next step.

    Attributes:
        seconds: zero or more.
        drawn: draws how long each time, in place of ``seconds``; None where it is always the same.
    """

    seconds: float
    drawn: Distribution | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait for the caller to end it, by CANCEL, by BYE or by its own timer; an hour at the most."""


@dataclass(frozen=True, slots=True)
class Silent:
    """Answer nothing from here on, no CANCEL and no 100; copies are taken in without a sign."""


Variable: TypeAlias = tuple[str, str]
"""A named state: the name of its scenario, and its own."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one variable.

    Attributes:
        variable: which one.
        value: its new value; None to add a number to the one it has.
        add: that number.
    """

    variable: Variable
    value: str | None = None
    add: float = 0.0


@dataclass(frozen=True, slots=True)
class Set:
    """Change named states.

    Attributes:
        changes: what becomes of each.
        after: how many seconds later; the steps go on at once.
    """

    changes: tuple[Change, ...]
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Receive:
    """Wait for a request of the call, or for a response to our latest request in it.

    Attributes:
        method: the method of the request; empty for a response.
        lowest: the lowest status of the response; 0 for a request.
        highest: the highest.
        conditions: what else must hold.
        within: how long to wait, in seconds; None for as long as it may still come.
        otherwise: how many of the steps behind this one are carried out only where it waits in
            vain; None where that fails the call.
        answered: whether a status step further on answers the request; else it gets what the
            protocol asks for, at once.
    """

    method: bytes = b""
    lowest: int = 0
    highest: int = 0
    conditions: tuple[Condition, ...] = ()
    within: float | None = None
    otherwise: int | None = None
    answered: bool = False

    @property
    def what(self) -> str:
        """What it waits for, in words: ``BYE``, ``200``, ``2xx``."""
        if self.method:
            return self.method.decode()
        if self.lowest == self.highest:
            return str(self.lowest)
        return f"{self.lowest // 100}xx" if self.highest - self.lowest == 99 else "final response"


@dataclass(frozen=True, slots=True)
class Ask:
    """Send a request of our own inside the call.

    Attributes:
        method: its method.
        headers: (name, value) pairs. A name that the request has by itself is replaced by these.
        beside: (name, value) pairs beside what it has.
        omit: lower-case names of headers that it is not to have.
        kind: the Content-Type of ``body``.
        body: a body; None for what goes without saying: an offer in an INVITE.
        sdp: the offer, also in an UPDATE; None for what goes without saying.
        user: the user that answers a challenge; empty for none.
        password: the user's password.
        filling: makes those of its values that are templates; None where none is.
    """

    method: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    beside: tuple[tuple[bytes, bytes], ...] = ()
    omit: frozenset[bytes] = frozenset()
    kind: bytes = b""
    body: bytes | None = None
    sdp: Sdp | None = None
    user: bytes = b""
    password: bytes = field(default=b"", repr=False)
    filling: Filling | None = None

    def as_response(self) -> Respond:
        """Return a response with the same values, in which templates are filled in."""
        return Respond(200, headers=self.headers, beside=self.beside, body=self.body, sdp=self.sdp)


@dataclass(frozen=True, slots=True)
class Raw:
    """Send bytes as they stand on the flow of the call.

    Attributes:
        data: the bytes.
    """

    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection of the call.

    Attributes:
        reset: whether at once, by a reset; else once what was sent has left.
    """

    reset: bool = False


Step: TypeAlias = Respond | Wait | Hold | Silent | Set | Receive | Ask | Raw | Close

ALONG: Final = (Receive, Ask, Raw, Close)
"""The steps that go along with a call, beside the answer to its request."""


def answers(step: Respond, method: bytes) -> bool:
    """Whether a status step answers a request of this method that a step received before it."""
    if step.to:
        return step.to == method
    return step.status >= 200 or method == b"INVITE"


def _goes_along(steps: tuple[Step, ...]) -> bool:
    final = False
    for step in steps:
        if isinstance(step, ALONG) or (final and isinstance(step, Silent | Set)):
            return True
        if type(step) is Respond:
            if step.reliable:
                return True
            final = final or step.status >= 200
    return False


def _is_reliable(steps: tuple[Step, ...]) -> bool:
    return any(type(step) is Respond and step.reliable for step in steps)


@dataclass(frozen=True, slots=True)
class Program:
    """What a rule does: the steps of each successive attempt.

    Attributes:
        name: what the record and the ``Server`` header call it, such as ``dial``.
        attempts: one tuple of steps an attempt.
        trying: whether an INVITE that nothing else answers in time gets a 100.
        timing: the timer values of its transactions; None for those of the endpoint.
        per: whose attempts are counted together, one of `responder.scenario.attempts.PER`.
        then: what follows the last attempt: ``cycle``, ``repeat-last``, or ``unmatched``, which
            leaves the request to the rules behind this one.
        challenge: the 401 or 407 that a request gets before any attempt until its credentials fit;
            None asks for none.
        along: whether it does more than answer one request with one final status.
        reliable: whether a provisional status of it is sent reliably.
    """

    name: str
    attempts: tuple[tuple[Step, ...], ...]
    trying: bool = True
    timing: Timing | None = None
    per: str = "caller"
    then: str = "cycle"
    challenge: Respond | None = None
    along: bool = field(init=False)
    reliable: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "along", any(map(_goes_along, self.attempts)))
        object.__setattr__(self, "reliable", any(map(_is_reliable, self.attempts)))

"""The dialling grammar: what the user part of a URI spells, as a program.

Parts are joined by ``-`` or, for keypads, by ``*``:

==========================  =====================================================================
part                        meaning
==========================  =====================================================================
``100`` to ``699``          a response with that status
``answer``, ``echo``        the same as ``200``
``000``, ``silent``         no answer from here on; ends an attempt, as a final status does
``5``, ``05``               a wait in seconds: one digit or two
``250ms``, ``1.5s``, ``1m`` a wait with its unit; one hour at the most
==========================  =====================================================================

Anything else spells nothing, and so do a status outside 100 to 699, an empty part, more than 32
parts, and waits with no status in their attempt (``5``, or ``486-5``).

A final status ends an attempt; what follows serves the caller's next attempt. What the RFCs demand
is filled in:

- An attempt of an INVITE sends 100 first, unless the first status spelled is 100 itself or the
  attempt spells only silence. Without a final status it ends by waiting for the caller.
- Another method gets no provisional responses (RFC 4320 section 4.1): they are left out, their
  waits stay. 408 becomes silence (RFC 4320 section 4.2). An attempt that spells no final
  status is answered 200: nothing it names may be sent, and silence would look like a dead host.
- A BYE that comes here belongs to no dialog and cannot succeed: instead of a 2xx it gets 481
  (RFC 3261 section 15.1.2).

URI parameters refine the program. Names are read in any case, values have their escapes decoded
once, the first of several counts, and one whose value does not fit is ignored, as are all others:

================  ==================  ==============================================================
parameter         value               effect
================  ==================  ==============================================================
``after``         a wait, or seconds  wait before the final response of each attempt
``reason``        text                the phrase of the last final status, or of the last
                                      provisional one where no final is spelled
``trying``        ``no``              no 100 that is not spelled
``retry-after``   seconds             Retry-After in each final status from 300 on
``require``       option tags         Require in each final status from 300 on; with
                                      ``sec-agree``, Security-Server in each 421
``contact``       a URI               Contact in each 3xx
``expires``       seconds             Expires in each 302, and in a 2xx to REGISTER, SUBSCRIBE and
                                      PUBLISH
``min-expires``   seconds             Min-Expires in each 423
``min-se``        seconds             Min-SE in each 422
``realm``         text                the realm of each challenge, in a 401 or 407
``algorithm``     tokens              its algorithms, a challenge for each, the preferred first
``qop``           ``auth`` ...        what may be protected: ``auth``, ``auth-int``, both with a
                                      comma between, or ``none`` for the form of RFC 2069
``stale``         ``true``            call the nonce stale, where the request has credentials
================  ==================  ==============================================================

No value can bring a control character into a response: nothing dialled splits or adds a header.
"""

import re
from dataclasses import replace
from typing import Final

from responder.scenario.duration import LONGEST, read_duration
from responder.scenario.steps import Hold, Program, Respond, Silent, Step, Wait
from responder.sip.authenticator import USUAL, Terms
from responder.sip.capabilities import SECURITY
from responder.sip.digest import spelled
from responder.sip.grammar import Params, unescape

MAX_PARTS: Final = 32

_SEPARATOR: Final = re.compile(rb"[-*]")
_STATUS: Final = re.compile(rb"[1-6][0-9]{2}")
_SECONDS: Final = re.compile(rb"[0-9]{1,2}")
_DELTA_SECONDS: Final = re.compile(rb"[0-9]{1,10}")
_PLAIN_SECONDS: Final = re.compile(rb"[0-9]{1,4}")
_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")
_OPTION_TAGS: Final = re.compile(rb"[A-Za-z0-9\-.!%*_+`'~]+(?:[ ]?,[ ]?[A-Za-z0-9\-.!%*_+`'~]+)*")
_ALGORITHMS: Final = re.compile(rb"[A-Za-z0-9\-]{1,32}(?:,[A-Za-z0-9\-]{1,32}){0,7}")
_QOP: Final = re.compile(rb"auth|auth-int|auth,auth-int|auth-int,auth|none")
_URI: Final = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*:[!#-;=?-~]+")

_WORDS: Final = {b"answer": b"200", b"echo": b"200", b"silent": b"000"}
_SILENCE: Final = b"000"
_BELONGS_NOWHERE: Final = Respond(481)
_CHALLENGES: Final = frozenset({401, 407})
_EXPIRING: Final = frozenset({b"REGISTER", b"SUBSCRIBE", b"PUBLISH"})


def compile_dial(user: bytes, params: Params, method: bytes) -> Program | None:
    """Return the program that a dialled URI spells; None when it spells none.

    Args:
        user: the user part as sent; escapes are decoded, and what follows a ``;`` in it is left
            out (RFC 3261 section 19.1.6).
        params: the URI parameters; values as sent, None for a flag.
        method: the request's method, exactly as sent.
    """
    spelled = _spell(unescape(user).partition(b";")[0].lower())
    if spelled is None:
        return None
    options = _options(params)
    attempts = [_fill_in(attempt, options, method) for attempt in spelled]
    _set_reason(attempts, options.get(b"reason"))
    trying = options.get(b"trying", b"").lower() != b"no"
    return Program("dial", tuple(tuple(attempt) for attempt in attempts), trying)


def _spell(text: bytes) -> list[list[Step]] | None:
    """Return the steps as spelled, attempt by attempt; None when ``text`` is no program."""
    parts = _SEPARATOR.split(text, MAX_PARTS)
    if len(parts) > MAX_PARTS:
        return None
    attempts: list[list[Step]] = []
    steps: list[Step] = []
    for part in parts:
        step = _read_part(part)
        if step is None:
            return None
        steps.append(step)
        if _ends_attempt(step):
            attempts.append(steps)
            steps = []
    if steps:
        if all(isinstance(step, Wait) for step in steps):
            return None
        attempts.append(steps)
    return attempts


def _read_part(part: bytes) -> Step | None:
    part = _WORDS.get(part, part)
    if part == _SILENCE:
        return Silent()
    if _STATUS.fullmatch(part):
        return Respond(int(part))
    seconds = _read_wait(part, _SECONDS)
    return None if seconds is None else Wait(seconds)


def _read_wait(text: bytes, plain: re.Pattern[bytes]) -> float | None:
    """Return seconds.

    Args:
        text: digits alone, or a number and its unit.
        plain: which digits alone are seconds.
    """
    seconds = float(text) if plain.fullmatch(text) else read_duration(text)
    return seconds if seconds is not None and seconds <= LONGEST else None


def _ends_attempt(step: Step) -> bool:
    return isinstance(step, Silent) or (isinstance(step, Respond) and step.status >= 200)


def _succeeds(step: Step) -> bool:
    return isinstance(step, Respond) and 200 <= step.status < 300


def _options(params: Params) -> dict[bytes, bytes]:
    """Return the parameters by lower-case name, decoded; none with a control character."""
    options: dict[bytes, bytes] = {}
    for name, value in params:
        if value is not None:
            options.setdefault(name.lower(), unescape(value))
    return {name: value for name, value in options.items() if not _CONTROL.search(value)}


def _fill_in(spelled: list[Step], options: dict[bytes, bytes], method: bytes) -> list[Step]:
    """Return the steps of one attempt as the method allows them, with what goes without saying."""
    invite = method == b"INVITE"
    steps = spelled if invite else _without_provisionals(spelled)
    if method == b"BYE":
        steps = [_BELONGS_NOWHERE if _succeeds(step) else step for step in steps]
    first = next((step for step in steps if isinstance(step, Respond)), None)
    if first is None:
        return [Silent()]
    filled: list[Step] = []
    if invite and first.status != 100 and options.get(b"trying", b"").lower() != b"no":
        filled.append(Respond(100))
    pause = _read_wait(options.get(b"after", b"").lower(), _PLAIN_SECONDS)
    for step in steps:
        if isinstance(step, Respond) and step.status >= 200:
            if pause is not None:
                filled.append(Wait(pause))
            headers = _headers(step.status, options, method)
            terms = _terms(options) if step.status in _CHALLENGES else USUAL
            filled.append(replace(step, headers=headers, terms=terms))
        else:
            filled.append(step)
    if not _ends_attempt(filled[-1]):
        filled.append(Hold())
    return filled


def _without_provisionals(spelled: list[Step]) -> list[Step]:
    """Return what RFC 4320 leaves of an attempt of a method other than INVITE."""
    steps = [s for s in spelled if not isinstance(s, Respond) or s.status >= 200]
    if not steps or isinstance(steps[-1], Wait):
        return [*steps, Respond(200)]
    if steps[-1] == Respond(408):
        steps[-1] = Silent()
    return steps


def _headers(
    status: int, options: dict[bytes, bytes], method: bytes
) -> tuple[tuple[bytes, bytes], ...]:
    """Return the header fields that the parameters give a final response."""
    refused = status >= 300
    redirected = 300 <= status < 400
    expiring = status == 302 or (status < 300 and method in _EXPIRING)
    headers: list[tuple[bytes, bytes]] = []
    for wanted, option, name, pattern in (
        (refused, b"retry-after", b"Retry-After", _DELTA_SECONDS),
        (refused, b"require", b"Require", _OPTION_TAGS),
        (redirected, b"contact", b"Contact", _URI),
        (expiring, b"expires", b"Expires", _DELTA_SECONDS),
        (status == 423, b"min-expires", b"Min-Expires", _DELTA_SECONDS),
        (status == 422, b"min-se", b"Min-SE", _DELTA_SECONDS),
    ):
        value = options.get(option)
        if wanted and value is not None and pattern.fullmatch(value):
            headers.append((name, b"<%b>" % value if name == b"Contact" else value))
            if status == 421 and name == b"Require" and b"sec-agree" in value.lower():
                headers.append((b"Security-Server", SECURITY))  # RFC 3329 2.3.2
    return tuple(headers)


def _terms(options: dict[bytes, bytes]) -> Terms:
    """Return what the parameters have a challenge ask for."""
    realm = options.get(b"realm")
    if realm is not None and not _is_text(realm):
        realm = None
    algorithms: tuple[bytes, ...] = ()
    if _ALGORITHMS.fullmatch(options.get(b"algorithm", b"")):
        algorithms = tuple(spelled(each) for each in options[b"algorithm"].split(b","))
    qop: tuple[bytes, ...] | None = None
    asked = options.get(b"qop", b"").lower()
    if _QOP.fullmatch(asked):
        qop = () if asked == b"none" else tuple(asked.split(b","))
    return Terms(realm, algorithms, qop, options.get(b"stale", b"").lower() == b"true")


def _set_reason(attempts: list[list[Step]], reason: bytes | None) -> None:
    """Put a phrase on the last final response, or on the last provisional one if there is none."""
    if reason is None or not _is_text(reason):
        return
    places = [
        (step.status >= 200, number, index, step)
        for number, steps in enumerate(attempts)
        for index, step in enumerate(steps)
        if isinstance(step, Respond)
    ]
    if places:
        _, number, index, step = max(places, key=lambda place: place[:3])
        attempts[number][index] = replace(step, reason=reason)


def _is_text(value: bytes) -> bool:
    """Tell whether a phrase is UTF-8 without control characters (RFC 3261 section 25.1)."""
    try:
        return value.decode().isprintable()
    except UnicodeDecodeError:
        return False

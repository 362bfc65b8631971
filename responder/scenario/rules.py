"""Which program answers a request: exact rules first, then what the dialled user part spells."""

from dataclasses import dataclass

from responder.scenario.dial import compile_dial
from responder.scenario.steps import Program, Respond
from responder.sip.errors import Malformed
from responder.sip.headers.address import parse_address
from responder.sip.headers.uri import Uri
from responder.sip.message import Message
from responder.sip.validation import request_uri

_MOST_DIALLED = 4_096


@dataclass(frozen=True, slots=True)
class Rule:
    """A program for the requests that it names.

    Attributes:
        program: what answers them.
        method: their method; None for any.
        user: the exact user part that they dial, as sent; None for any.
    """

    program: Program
    method: bytes | None = None
    user: bytes | None = None


class Rules:
    """Rules by method and exact user part, so that many cost what a few do; dialling goes last.

    Args:
        rules: the rules; of two for the same method and user the first counts.
        dial: whether a request that no rule names is answered by what its user part spells.
    """

    def __init__(self, rules: tuple[Rule, ...] = (), dial: bool = True) -> None:
        self._index: dict[tuple[bytes | None, bytes | None], Program] = {}
        for rule in rules:
            self._index.setdefault((rule.method, rule.user), rule.program)
        self._dial = dial
        self._dialled: dict[tuple[bytes, bytes], tuple[bytes, Program | None]] = {}

    def find(self, request: Message) -> tuple[bytes, Program | None]:
        """Return the user part that a request dials, and the program that answers it, if any.

        For REGISTER it is the user part of To, since the Request-URI has none.
        """
        method = request.method
        place = request.fields[b"to"] if method == b"REGISTER" else request.uri
        key = (method, place)
        found = self._dialled.get(key)
        if found is None:
            found = self._look_up(request, place)
            if len(self._dialled) >= _MOST_DIALLED:
                self._dialled.clear()
            self._dialled[key] = found
        return found

    def _look_up(self, request: Message, place: bytes) -> tuple[bytes, Program | None]:
        method = request.method
        params: tuple[tuple[bytes, bytes | None], ...] = ()
        user = b""
        if method == b"REGISTER":
            try:
                uri = parse_address(place, "To").uri
            except Malformed:
                return b"", None
            user, params = uri.user or b"", uri.params
        else:
            parsed = request_uri(place)
            if isinstance(parsed, Uri):
                user, params = parsed.user or b"", parsed.params
        for key in ((method, user), (None, user), (method, None), (None, None)):
            program = self._index.get(key)
            if program is not None:
                return user, program
        return user, compile_dial(user, params, method) if self._dial else None


def redirects(program: Program | None) -> bool:
    """Whether a program's first final response is a 3xx: it then acts as a redirect server.

    A redirect server looks neither at the method nor at required extensions (RFC 3261 8.3).
    """
    if program is None:
        return False
    for step in program.attempts[0]:
        if isinstance(step, Respond) and step.status >= 200:
            return 300 <= step.status < 400
    return False

"""The interpreter of programs: one small object a request, a counter over compiled steps.

It holds no sockets, no messages of its own and no clock; what it decides is carried out by an
`Actor`. This file is on the hot path.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from responder.scenario.attempts import Attempts
from responder.scenario.distributions import Chance
from responder.scenario.scope import Facts
from responder.scenario.situation import Situation
from responder.scenario.steps import Program, Respond, Set, Silent, Step, Wait
from responder.scenario.view import View
from responder.sip.compiled import mypyc_attr
from responder.sip.events import Flow
from responder.sip.message import Message
from responder.sip.server_transaction import ServerTransaction
from responder.sip.timers import NEVER, Timed, Timers

REFRESH: Final = 60.0
"""How often a provisional response is repeated while an INVITE rings, in seconds (13.3.1.1)."""

LONGEST_HOLD: Final = 3600.0
"""How long an INVITE may ring when nobody ends it, in seconds: its caller may be long gone."""

_CHALLENGES: Final = frozenset({401, 407})
_ANSWER: Final = Respond(200)
_TRYING: Final = Respond(100)
ANSWERS: Final = Program("dial", ((_ANSWER,),))
ANSWERS_INVITE: Final = Program("dial", ((_TRYING, _ANSWER),))
"""What answers a request that spells nothing."""

REGISTERS: Final = Program("dial", ((_ANSWER,),), challenge=Respond(401))
"""What answers a REGISTER that spells nothing, where not everyone is welcome."""


@mypyc_attr(allow_interpreted_subclasses=True)
class Actor:
    """What the interpreter asks for."""

    def respond(self, call: "Call", step: Respond, now: float) -> None:
        """Send the response of a step."""

    def skipped(self, call: "Call", why: str, now: float) -> None:
        """Note that a step was not carried out, and why."""

    def noted(self, call: "Call", text: str, now: float) -> None:
        """Note what a step did that no message shows."""


class Call(Timed):
    """One request that a program answers.

    Attributes:
        transaction: its server transaction.
        request: the request.
        program: what answers it.
        attempt: which of the program's attempts, counted from 0.
        user: the dialled user part, as sent.
        steps: the steps of that attempt.
        at: the index of the next step.
        over: True once a final response left or none may any more.
        provisional: the latest provisional step, repeated while an INVITE rings.
        counted: kept by the user of the engine: whether the call counts as waiting for its answer.
    """

    __slots__ = (
        "_due",
        "_engine",
        "_expires",
        "_held",
        "_refresh",
        "at",
        "attempt",
        "counted",
        "over",
        "program",
        "provisional",
        "request",
        "steps",
        "transaction",
        "user",
    )

    def __init__(
        self,
        engine: "Engine",
        transaction: ServerTransaction,
        request: Message,
        program: Program,
        attempt: int,
        user: bytes,
    ) -> None:
        self._engine = engine
        self.transaction = transaction
        self.request = request
        self.program = program
        self.attempt = attempt
        self.user = user
        self.steps: tuple[Step, ...] = program.attempts[attempt]
        self.at = 0
        self.over = False
        self.provisional: Respond | None = None
        self.counted = False
        self._held = False
        self._due: float | None = None
        self._expires: float | None = None
        self._refresh: float | None = None
        # What `Timed` sets, without the call.
        self.deadline = NEVER
        self.armed = NEVER
        self.coarse = False

    @property
    def rule(self) -> bytes:
        """What the Server field and the record call the rule."""
        return self.program.name.encode()

    def run(self, now: float) -> None:
        """Carry out steps until one waits or the final response has left."""
        actor = self._engine.actor
        steps = self.steps
        while self.at < len(steps):
            step = steps[self.at]
            self.at += 1
            if type(step) is Respond:
                if step.status >= 200:
                    self.over = True
                    actor.respond(self, step, now)
                    return
                why = self._why_not(step)
                if why:
                    actor.skipped(self, why, now)
                    continue
                if step.status > 100 and step.status != 199:
                    self.provisional = step
                actor.respond(self, step, now)
            elif type(step) is Wait:
                drawn = step.drawn
                seconds = step.seconds if drawn is None else drawn.draw(self._engine.chance)
                self._due = now + seconds
                self._pause(now)
                return
            elif type(step) is Silent:
                self.stop()
                self.transaction.silence(now)
                return
            elif type(step) is Set:
                for text in self._engine.situation.change(step, now):
                    actor.noted(self, text, now)
            else:
                self.at = len(steps)
        self._hold(now)

    def fire(self, now: float) -> None:
        """Go on after a wait; repeat the provisional response; or let the invitation expire."""
        if self.over:
            return
        if self._expires is not None and now >= self._expires:
            self._due = None
            self.over = True
            self._engine.actor.respond(self, _EXPIRED, now)
        elif self._due is not None and now >= self._due:
            self._due = None
            self.run(now)
        else:
            if self.provisional is not None and self._refresh is not None:
                self._engine.actor.respond(self, self.provisional, now)
            self._pause(now)

    def stop(self) -> None:
        """Carry out no further step."""
        self.over = True
        self._due = None
        self._engine.timers.disarm(self)

    def conclude(self, now: float) -> None:
        """Stop, and leave nothing unanswered that still waits for a step."""
        del now
        self.stop()

    def _why_not(self, step: Respond) -> str:
        """Return why a provisional response may not be sent; empty if it may."""
        if not self.transaction.invite:
            return f"{step.status} left out: only an INVITE gets it (RFC 4320 4.1)"
        if step.status == 199 and b"199" not in self.request.tokens(b"supported"):
            return "199 left out: the INVITE does not list it in Supported (RFC 6228)"
        return ""

    def _hold(self, now: float) -> None:
        """Wait for the caller: to end an INVITE, or to give up another request."""
        if not self.transaction.invite:
            self.stop()
            self.transaction.silence(now)
        elif self._held:
            self.over = True
            self._engine.actor.respond(self, _UNANSWERED, now)
        else:
            self._held = True
            self._due = now + LONGEST_HOLD
            self._pause(now)

    def _pause(self, now: float) -> None:
        transaction = self.transaction
        self._refresh = None
        if transaction.invite:
            if self._expires is None:
                self._expires = _expiry(self.request, transaction.born)
            if self.provisional is not None:
                self._refresh = now + REFRESH
        times = [t for t in (self._due, self._expires, self._refresh) if t is not None]
        if times:
            self._engine.timers.arm(self, min(times))


_EXPIRED: Final = Respond(487, b"Request Terminated (invitation expired)")
_UNANSWERED: Final = Respond(480)


Begin: TypeAlias = Callable[["Engine", ServerTransaction, Message, Program, int, bytes], Call]
"""Makes a call; its arguments are those of `Call`."""


class Engine:
    """Starts programs.

    Args:
        actor: carries out what programs decide.
        timers: where waits are kept.
        chance: random numbers from 0 up to 1.
        converse: makes the calls of programs that do more than answer one request.

    Attributes:
        attempts: which attempt of each caller comes next.
        situation: states, times, rates and calls.
    """

    def __init__(
        self, actor: Actor, timers: Timers, chance: Chance, converse: Begin = Call
    ) -> None:
        self.actor = actor
        self.timers = timers
        self.chance = chance
        self._converse = converse
        self.attempts = Attempts()
        self.situation = Situation(timers)

    def asked(self, request: Message, flow: Flow, program: Program, user: bytes) -> Respond | None:
        """Return the challenge that the request may answer, if one ended the attempt before it."""
        if len(program.attempts) == 1:
            return None
        before = self.attempts.latest(program, View(request, flow), user)
        if before is None:
            return None
        for step in reversed(program.attempts[before]):
            if type(step) is Respond and step.status >= 200:
                return step if step.status in _CHALLENGES else None
        return None

    def start(
        self,
        transaction: ServerTransaction,
        request: Message,
        program: Program,
        user: bytes,
    ) -> Call:
        """Make the call that answers a request; `Call.run` begins it.

        Args:
            transaction: the transaction of the request.
            request: the request.
            program: what answers it; its timer values become those of the transaction.
            user: the user part that the request dials.
        """
        attempt = 0
        if len(program.attempts) > 1 or program.then == "unmatched":
            attempt = self.attempts.next(program, View(request, transaction.flow), user)
        if program.timing is not None:
            transaction.timing = program.timing
        if program.along:
            return self._converse(self, transaction, request, program, attempt, user)
        return Call(self, transaction, request, program, attempt, user)

    def facts(self, call: Call, request: Message, number: int, epoch: float, now: float) -> Facts:
        """Return what the templates of a call's response are made of.

        Args:
            call: the call.
            request: the request that is answered.
            number: the number of its record.
            epoch: what to add to ``now`` to get seconds since 1970.
            now: seconds.
        """
        return Facts(
            View(request, call.transaction.flow),
            call.attempt + 1,
            number,
            call.program.name,
            call.user,
            call.transaction.born,
            now,
            epoch,
            self.situation.values,
            self.chance,
        )


def _expiry(request: Message, born: float) -> float | None:
    """Return when an INVITE with Expires runs out (RFC 3261 13.3.1), or None."""
    value = request.fields.get(b"expires")
    if value is None or not value.isdigit() or len(value) > 10:
        return None
    return born + int(value)

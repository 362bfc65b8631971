"""Where the answering side hands in the faults of a step: each at its hook. Pure."""

from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

from responder.faults.bundle import Bundle
from responder.faults.draft import Draft
from responder.faults.fault import Chance
from responder.faults.kinds.stream import Slow, Split
from responder.faults.line import Layer, Line, Log
from responder.sip.server_transaction import PROCEEDING, ServerTransaction
from responder.sip.timers import NEVER, Timed

Answer: TypeAlias = Callable[[float], None]
"""Sends a response that was held back, at a time in seconds."""


class Desk:
    """The faults of one stack.

    Args:
        layer: its endpoint.
        draw: random numbers.

    Attributes:
        late: the responses that are held back until a CANCEL, by transaction.
        counts: how often each fault did something, by its name.
        engage: called with the time before something leaves in pieces.
    """

    def __init__(self, layer: Layer, draw: Chance) -> None:
        self.late: dict[ServerTransaction, _Late] = {}
        self.counts: Counter[str] = Counter()
        self.engage: Callable[[float], object] = lambda _now: None
        self._layer = layer
        self._draw = draw

    def mutate(self, bundle: Bundle, data: bytes, log: Log, now: float) -> bytes:
        """Return a message as its faults have it; the transaction keeps what is returned.

        Args:
            bundle: the faults.
            data: the message as it should be.
            log: the record of its call.
            now: seconds.
        """
        if not bundle.mutations:
            return data
        draft = Draft(data)
        what = draft.what
        for each in bundle.mutations:
            done = each.mutate(draft, self._draw)
            self.counts[each.NAME] += bool(done)
            text = (
                f"made {what} with {done}"
                if done
                else f"left {what} as it is: {each.NAME} finds nothing to change"
            )
            log.fault(now, text)
        return draft.to_bytes()

    def prepare(
        self, transaction: ServerTransaction, bundle: Bundle, data: bytes, log: Log, now: float
    ) -> bytes:
        """Return a response as its faults have it, and see to its transmissions.

        Args:
            transaction: what is answered; it is given a `Line` if it needs one.
            bundle: the faults of the response.
            data: the response as it should be.
            log: the record of its call.
            now: seconds.
        """
        made = self.mutate(bundle, data, log, now)
        if bundle.mishaps:
            line = transaction.faults
            if not isinstance(line, Line):
                line = transaction.faults = Line(self._layer, self._draw, log, self.counts)
            line.take(made, Draft(data).what, bundle)
            if any(isinstance(each, Split | Slow) for each in bundle.mishaps):
                self.engage(now)
        return made

    def holds(
        self,
        transaction: ServerTransaction,
        bundle: Bundle,
        answer: Answer,
        log: Log,
        now: float,
    ) -> bool:
        """Whether a response is held back until its CANCEL.

        Args:
            transaction: what is answered.
            bundle: the faults of the response.
            answer: sends it, later.
            log: the record of its call.
            now: seconds.
        """
        late = bundle.late
        if late is None:
            return False
        if not transaction.invite:
            log.fault(now, "no late for it: only an INVITE can be cancelled")
            return False
        held = self.late[transaction] = _Late(self, transaction, answer, late.after)
        self._layer.timers.arm(held, now + late.within)
        self.counts[late.NAME] += 1
        log.fault(now, "held the response back until the CANCEL")
        return True

    def cancelled(self, transaction: ServerTransaction, now: float) -> bool:
        """Whether a response was held back for this CANCEL; it follows in place of the 487."""
        held = self.late.get(transaction)
        if held is None:
            return False
        if held.after > 0:
            self._layer.timers.arm(held, now + held.after)
        else:
            held.fire(now)
        return True

    def release(self, now: float) -> None:
        """Send everything that is held back: the stack is to end."""
        for held in list(self.late.values()):
            held.fire(now)


class _Late(Timed):
    """A response until its CANCEL."""

    __slots__ = ("_answer", "_desk", "_transaction", "after")

    def __init__(
        self, desk: Desk, transaction: ServerTransaction, answer: Answer, after: float
    ) -> None:
        super().__init__()
        self._desk = desk
        self._transaction = transaction
        self._answer = answer
        self.after = after

    def fire(self, now: float) -> None:
        """Send it, unless the INVITE has got another final response by now."""
        self.deadline = NEVER
        self._desk.late.pop(self._transaction, None)
        if self._transaction.state == PROCEEDING:
            self._answer(now)

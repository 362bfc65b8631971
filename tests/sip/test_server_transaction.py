"""Server transactions by themselves: each row of both tables, and nothing beside the rows."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from responder.sip.errors import Misuse
from responder.sip.events import Flow, Output, Send
from responder.sip.message import parse
from responder.sip.server_transaction import (
    ACCEPTED,
    ACK,
    COMPLETED,
    CONFIRMED,
    EVENTS,
    FAILURE,
    INVITE_TABLE,
    LAPSE,
    OTHER_TABLE,
    PROCEEDING,
    PROVISIONAL,
    REQUEST,
    STATES,
    SUCCESS,
    TERMINATED,
    TIMER_G,
    TIMER_H,
    TIMER_I,
    TIMER_J,
    TIMER_L,
    TRANSPORT_ERROR,
    TRYING,
    ServerTransaction,
)
from responder.sip.settings import Timing
from responder.sip.timers import COARSE, Timers

STATUS = {PROVISIONAL: 180, SUCCESS: 200, FAILURE: 486}


@dataclass
class Layer:
    """A layer that remembers what transactions told it."""

    timers: Timers = field(default_factory=Timers)
    timing: Timing = field(default_factory=Timing)
    outputs: list[Output] = field(default_factory=list)
    ended: list[tuple[ServerTransaction, bool, float]] = field(default_factory=list)
    trying: list[float] = field(default_factory=list)

    def send_trying(self, transaction: ServerTransaction, now: float) -> None:
        self.trying.append(now)
        transaction.respond(100, b"100", now)

    def transaction_ended(
        self, transaction: ServerTransaction, acknowledged: bool, now: float
    ) -> None:
        self.ended.append((transaction, acknowledged, now))

    def reopen(self, transaction: ServerTransaction) -> Flow:
        return Flow("tcp", transaction.flow.local, ("192.0.2.9", 5060))

    def sent(self) -> list[bytes]:
        return [output.data for output in self.outputs if isinstance(output, Send)]

    def run(self, until: float) -> None:
        while (deadline := self.timers.next_deadline()) is not None and deadline <= until:
            self.timers.expire(deadline)


@dataclass
class Log:
    """A log of a transaction that keeps what it is told."""

    lines: list[tuple[str, bytes, bool]] = field(default_factory=list)

    def received(self, now: float, data: bytes, again: bool) -> None:
        self.lines.append(("received", data, again))

    def sent(self, now: float, data: bytes, again: bool) -> None:
        self.lines.append(("sent", data, again))

    def note(self, now: float, text: str) -> None:
        self.lines.append(("note", text.encode(), False))


def make(method: str = "INVITE", transport: str = "udp") -> tuple[Layer, ServerTransaction]:
    layer = Layer()
    flow = Flow(transport, ("192.0.2.1", 5060), ("192.0.2.9", 5070))
    request = parse(f"{method} sip:a@b SIP/2.0\r\n\r\n".encode())
    key = (b"branch", b"sent-by", method.encode())
    return layer, ServerTransaction(layer, key, request, flow, None, 0.0)


def reach(method: str, state: int, transport: str = "udp") -> tuple[Layer, ServerTransaction]:
    """Make a transaction and bring it into a state as its user and its peer would."""
    layer, transaction = make(method, transport)
    if state == PROCEEDING:
        transaction.respond(180, b"180", 0.0)
    elif state == ACCEPTED:
        transaction.respond(200, b"200", 0.0)
    elif state in {COMPLETED, CONFIRMED}:
        transaction.respond(486, b"486", 0.0)
    if state == CONFIRMED:
        transaction.acknowledge(0.0)
    assert transaction.state == state
    layer.outputs.clear()
    return layer, transaction


def deliver(transaction: ServerTransaction, event: int, now: float) -> None:
    """Hand one event of the table to a transaction by its public verbs."""
    verbs: dict[int, Callable[[], object]] = {
        REQUEST: lambda: transaction.request_again(now),
        ACK: lambda: transaction.acknowledge(now),
        TRANSPORT_ERROR: transaction.transport_error,
    }
    verbs |= {
        kind: lambda status=status: transaction.respond(status, b"%d" % status, now)  # type: ignore
        for kind, status in STATUS.items()
    }
    verbs[event]()


INVITE_STATES = (PROCEEDING, ACCEPTED, COMPLETED, CONFIRMED)
OTHER_STATES = (TRYING, PROCEEDING, COMPLETED)
DELIVERED = (REQUEST, PROVISIONAL, SUCCESS, FAILURE, ACK, TRANSPORT_ERROR)


def pairs(states: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(state, event) for state in states for event in DELIVERED]


def named(pair: tuple[int, int]) -> str:
    return f"{STATES[pair[0]]}-{EVENTS[pair[1]]}"


@pytest.mark.parametrize("pair", pairs(INVITE_STATES), ids=named)
def test_an_invite_goes_where_its_table_says_and_nowhere_else(pair: tuple[int, int]) -> None:
    state, event = pair
    _, transaction = reach("INVITE", state)
    row = INVITE_TABLE.get(pair)
    if row is None:
        with pytest.raises(Misuse, match=r"INVITE server transaction: .* in state"):
            deliver(transaction, event, 1.0)
        assert transaction.state == state
    else:
        deliver(transaction, event, 1.0)
        assert transaction.state == row[0]


@pytest.mark.parametrize("pair", pairs(OTHER_STATES), ids=named)
def test_another_request_goes_where_its_table_says_and_nowhere_else(pair: tuple[int, int]) -> None:
    state, event = pair
    _, transaction = reach("OPTIONS", state)
    row = OTHER_TABLE.get(pair)
    if row is None:
        with pytest.raises(Misuse, match=r"non-INVITE server transaction: .* in state"):
            deliver(transaction, event, 1.0)
        assert transaction.state == state
    else:
        deliver(transaction, event, 1.0)
        assert transaction.state == row[0]
"""

"""Server transactions by themselves: each row of both tables, and nothing beside the rows."""

from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from responder.sip.errors import Misuse
from responder.sip.events import Flow, Output, Send
from responder.sip.layer import Layer
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
    Log,
    ServerTransaction,
)
from responder.sip.settings import Timing
from responder.sip.timers import COARSE, Timers

INVITE_STATES = (PROCEEDING, ACCEPTED, COMPLETED, CONFIRMED, TERMINATED)
OTHER_STATES = (TRYING, PROCEEDING, COMPLETED, TERMINATED)
DELIVERED = (REQUEST, PROVISIONAL, SUCCESS, FAILURE, ACK, TRANSPORT_ERROR)
"""The events that come by a method; the others are timers."""


@dataclass
class Endpoint(Layer):
    """A layer that remembers what transactions told it."""

    timers: Timers = field(default_factory=Timers)
    timing: Timing = field(default_factory=Timing)
    outputs: list[Output] = field(default_factory=list)
    ended: list[tuple[bool, float]] = field(default_factory=list)

    def send_trying(self, transaction: ServerTransaction, now: float) -> None:
        transaction.respond(100, b"100", now)

    def transaction_ended(
        self, transaction: ServerTransaction, acknowledged: bool, now: float
    ) -> None:
        assert transaction.state == TERMINATED
        self.ended.append((acknowledged, now))

    def reopen(self, transaction: ServerTransaction) -> Flow:
        return Flow("tcp", transaction.flow.local, ("192.0.2.9", 5060))

    def sent(self) -> list[bytes]:
        return [output.data for output in self.outputs if isinstance(output, Send)]

    def run(self, until: float) -> list[tuple[float, bytes]]:
        """Go from deadline to deadline; return what was sent when."""
        sent: list[tuple[float, bytes]] = []
        while (deadline := self.timers.next_deadline()) is not None and deadline <= until:
            before = len(self.outputs)
            self.timers.expire(deadline)
            sent += [
                (deadline, output.data)
                for output in self.outputs[before:]
                if isinstance(output, Send)
            ]
        return sent


@dataclass
class Lines(Log):
    lines: list[tuple[str, bytes, bool]] = field(default_factory=list)

    def received(self, now: float, data: bytes, again: bool, flow: Flow | None = None) -> None:
        self.lines.append(("received", data, again))

    def sent(self, now: float, data: bytes, again: bool, flow: Flow | None = None) -> None:
        self.lines.append(("sent", data, again))

    def note(self, now: float, text: str) -> None:
        self.lines.append(("note", text.encode(), False))


def make(method: str = "INVITE", transport: str = "udp") -> tuple[Endpoint, ServerTransaction]:
    layer = Endpoint()
    flow = Flow(transport, ("192.0.2.1", 5060), ("192.0.2.9", 5070))
    request = parse(f"{method} sip:a@b SIP/2.0\r\n\r\n".encode())
    key = (b"branch", b"sent-by", method.encode())
    return layer, ServerTransaction(layer, key, request, flow, None, 0.0)


def reach(method: str, state: int, transport: str = "udp") -> tuple[Endpoint, ServerTransaction]:
    """Make a transaction and bring it into a state as its user and its peer would."""
    layer, transaction = make(method, transport)
    if state == PROCEEDING:
        transaction.respond(180, b"180", 0.0)
    elif state == ACCEPTED or (state == TERMINATED and method != "INVITE"):
        transaction.respond(200, b"200", 0.0)
    elif state != TRYING:
        transaction.respond(486, b"486", 0.0)
    if state == CONFIRMED:
        transaction.acknowledge(0.0)
    if state == TERMINATED:
        layer.run(100.0)
    assert transaction.state == state
    layer.outputs.clear()
    return layer, transaction


def deliver(transaction: ServerTransaction, event: int, now: float) -> None:
    """Hand one event of the tables to a transaction."""
    match event:
        case 0:
            transaction.request_again(now)
        case 1 | 2 | 3:
            status = (180, 200, 486)[event - 1]
            transaction.respond(status, b"new %d" % status, now)
        case 4:
            transaction.acknowledge(now)
        case _:
            transaction.transport_error()


def named(pair: tuple[int, int]) -> str:
    return f"{STATES[pair[0]]}-{EVENTS[pair[1]]}"


@pytest.mark.parametrize("event", DELIVERED, ids=lambda event: EVENTS[event])
@pytest.mark.parametrize("state", INVITE_STATES, ids=lambda state: STATES[state])
def test_an_invite_goes_where_its_table_says_and_nowhere_else(state: int, event: int) -> None:
    _, transaction = reach("INVITE", state)
    row = INVITE_TABLE.get((state, event))
    if row is None:
        with pytest.raises(Misuse, match=r"^INVITE server transaction: .* in state"):
            deliver(transaction, event, 1.0)
        assert transaction.state == state
    else:
        deliver(transaction, event, 1.0)
        assert transaction.state == row[0]


@pytest.mark.parametrize("event", DELIVERED, ids=lambda event: EVENTS[event])
@pytest.mark.parametrize("state", OTHER_STATES, ids=lambda state: STATES[state])
def test_another_request_goes_where_its_table_says_and_nowhere_else(state: int, event: int) -> None:
    _, transaction = reach("OPTIONS", state)
    row = OTHER_TABLE.get((state, event))
    if row is None:
        with pytest.raises(Misuse, match=r"^non-INVITE server transaction: .* in state"):
            deliver(transaction, event, 1.0)
        assert transaction.state == state
    else:
        deliver(transaction, event, 1.0)
        assert transaction.state == row[0]


def test_the_tables_list_what_can_happen_in_each_state_and_no_more() -> None:
    assert set(map(named, INVITE_TABLE)) == {
        "Proceeding-request again",
        "Proceeding-1xx from the user",
        "Proceeding-2xx from the user",
        "Proceeding-300-699 from the user",
        "Proceeding-ACK",
        "Proceeding-transport error",
        "Proceeding-end of silence",
        "Accepted-request again",
        "Accepted-2xx from the user",
        "Accepted-ACK",
        "Accepted-timer L",
        "Accepted-transport error",
        "Completed-request again",
        "Completed-ACK",
        "Completed-timer G",
        "Completed-timer H",
        "Completed-transport error",
        "Confirmed-request again",
        "Confirmed-ACK",
        "Confirmed-timer I",
        "Confirmed-transport error",
    }
    assert set(map(named, OTHER_TABLE)) == {
        "Trying-request again",
        "Trying-1xx from the user",
        "Trying-2xx from the user",
        "Trying-300-699 from the user",
        "Trying-transport error",
        "Trying-end of silence",
        "Proceeding-request again",
        "Proceeding-1xx from the user",
        "Proceeding-2xx from the user",
        "Proceeding-300-699 from the user",
        "Proceeding-transport error",
        "Proceeding-end of silence",
        "Completed-request again",
        "Completed-2xx from the user",
        "Completed-300-699 from the user",
        "Completed-timer J",
        "Completed-transport error",
    }


@pytest.mark.parametrize(
    ("method", "state", "timer", "after"),
    [
        ("INVITE", ACCEPTED, TIMER_L, 32.0),
        ("INVITE", COMPLETED, TIMER_G, 0.5),
        ("INVITE", COMPLETED, TIMER_H, 32.0),
        ("INVITE", CONFIRMED, TIMER_I, 5.0),
        ("OPTIONS", COMPLETED, TIMER_J, 32.0),
    ],
    ids=["L", "G", "H", "I", "J"],
)
def test_a_timer_row_is_taken_when_its_time_has_come(
    method: str, state: int, timer: int, after: float
) -> None:
    layer, transaction = reach(method, state)
    table = INVITE_TABLE if method == "INVITE" else OTHER_TABLE
    layer.run(after - 0.01)
    assert transaction.state == state
    layer.run(after + COARSE)
    assert transaction.state == table[state, timer][0]


# Timers G, H, I (RFC 3261 17.2.1).


@pytest.mark.row("TXN-07")
def test_a_failure_is_repeated_over_udp_at_t1_doubling_to_t2_for_64_t1() -> None:
    layer, transaction = make()
    transaction.respond(486, b"486", 0.0)
    times = [0.0, *[at for at, _ in layer.run(100.0)]]
    assert times == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert set(layer.sent()) == {b"486"}


@pytest.mark.row("TXN-07")
def test_a_failure_is_not_repeated_on_a_reliable_transport() -> None:
    layer, transaction = make(transport="tcp")
    transaction.respond(486, b"486", 0.0)
    layer.run(100.0)
    assert layer.sent() == [b"486"]


@pytest.mark.row("TXN-08")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_without_an_ack_a_failure_is_given_up_after_64_t1_and_the_user_told(transport: str) -> None:
    layer, transaction = make(transport=transport)
    transaction.respond(486, b"486", 0.0)
    layer.run(31.9)
    assert layer.ended == []
    layer.run(100.0)
    assert layer.ended == [(False, 32.0)]


def test_an_ack_stops_the_repetitions() -> None:
    layer, transaction = make()
    transaction.respond(486, b"486", 0.0)
    layer.run(2.0)
    assert transaction.acknowledge(2.0) is False
    assert layer.run(100.0) == []


@pytest.mark.row("TXN-09")
def test_after_the_ack_over_udp_copies_are_absorbed_for_t4() -> None:
    layer, transaction = make()
    transaction.respond(486, b"486", 0.0)
    transaction.acknowledge(1.0)
    layer.outputs.clear()
    assert transaction.acknowledge(2.0) is False
    transaction.request_again(3.0)
    layer.run(5.9)
    assert transaction.state == CONFIRMED
    assert layer.sent() == []
    layer.run(6.0 + COARSE)
    assert layer.ended == [(True, 7.0)]


@pytest.mark.row("TXN-09")
def test_after_the_ack_on_a_reliable_transport_nothing_is_waited_for() -> None:
    layer, transaction = make(transport="tcp")
    transaction.respond(486, b"486", 0.0)
    transaction.acknowledge(1.0)
    assert layer.ended == [(True, 1.0)]


# Timers J and L (17.2.2, RFC 6026 7.1).


@pytest.mark.row("TXN-10")
def test_a_completed_other_request_is_kept_64_t1_over_udp() -> None:
    layer, transaction = make("BYE")
    transaction.respond(200, b"200", 0.0)
    layer.run(31.0)
    transaction.request_again(31.0)
    assert layer.sent() == [b"200", b"200"]
    layer.run(33.0)
    assert layer.ended == [(True, 33.0)]


@pytest.mark.row("TXN-10")
def test_a_completed_other_request_is_not_kept_on_a_reliable_transport() -> None:
    layer, transaction = make("BYE", "tcp")
    transaction.respond(200, b"200", 4.0)
    assert layer.ended == [(True, 4.0)]


@pytest.mark.row("TXN-10")
def test_a_second_final_response_is_discarded() -> None:
    layer, transaction = make("BYE")
    transaction.respond(200, b"200", 0.0)
    transaction.respond(500, b"500", 1.0)
    transaction.request_again(2.0)
    assert layer.sent() == [b"200", b"200"]
    assert transaction.status == 200


@pytest.mark.row("TXN-11")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_accepted_invite_absorbs_copies_for_64_t1_on_every_transport(transport: str) -> None:
    layer, transaction = make(transport=transport)
    transaction.respond(200, b"200", 0.0)
    layer.run(31.9)
    transaction.request_again(31.9)
    assert layer.sent() == [b"200"]
    layer.run(32.0 + COARSE)
    assert layer.ended == [(True, 33.0)]


@pytest.mark.row("TXN-12")
def test_an_ack_for_an_accepted_invite_is_the_users_and_the_2xx_is_not_repeated_here() -> None:
    layer, transaction = make()
    transaction.respond(200, b"200", 0.0)
    assert layer.run(31.0) == []
    assert transaction.acknowledge(31.0) is True


def test_a_further_2xx_of_the_user_is_sent_while_accepted() -> None:
    layer, transaction = make()
    transaction.respond(200, b"200", 0.0)
    transaction.respond(200, b"200 of another branch", 1.0)
    assert layer.sent() == [b"200", b"200 of another branch"]


# Copies of the request.


@pytest.mark.row("TXN-04")
def test_a_copy_of_an_invite_in_proceeding_gets_the_latest_provisional() -> None:
    layer, transaction = make()
    transaction.request_again(0.1)
    transaction.respond(100, b"100", 0.2)
    transaction.respond(180, b"180", 0.3)
    transaction.request_again(0.5)
    assert layer.sent() == [b"100", b"180", b"180"]


@pytest.mark.row("TXN-06")
def test_a_copy_of_another_request_is_dropped_in_trying_and_answered_later() -> None:
    layer, transaction = make("REGISTER")
    transaction.request_again(0.5)
    assert layer.sent() == []
    transaction.respond(100, b"100", 3.5)
    transaction.request_again(3.6)
    transaction.respond(200, b"200", 4.0)
    transaction.request_again(4.1)
    assert layer.sent() == [b"100", b"100", b"200", b"200"]


def test_a_log_is_told_what_leaves_and_leaves_again() -> None:
    layer, transaction = make()
    log = transaction.log = Lines()
    transaction.respond(180, b"180", 0.0)
    transaction.request_again(0.5)
    transaction.respond(486, b"486", 1.0)
    layer.run(1.5)
    assert log.lines == [
        ("sent", b"180", False),
        ("sent", b"180", True),
        ("sent", b"486", False),
        ("sent", b"486", True),
    ]


# The 100 that is owed.


@pytest.mark.row("TXN-05")
def test_an_invite_that_is_not_answered_gets_100_after_200_ms() -> None:
    layer, transaction = make()
    transaction.await_answer(0.0)
    assert layer.run(100.0) == [(0.2, b"100")]
    assert transaction.state == PROCEEDING


@pytest.mark.row("TXN-05")
@pytest.mark.parametrize("status", [180, 200, 486])
def test_an_invite_that_is_answered_within_200_ms_gets_no_100(status: int) -> None:
    layer, transaction = make(transport="tcp")
    transaction.await_answer(0.0)
    transaction.respond(status, b"answer", 0.1)
    assert layer.run(100.0) == []


@pytest.mark.row("RSP-08")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_another_request_gets_100_when_timer_e_reaches_t2(transport: str) -> None:
    layer, transaction = make("BYE", transport)
    transaction.await_answer(0.0)
    assert layer.run(100.0) == [(3.5, b"100")]


@pytest.mark.parametrize(
    ("t1", "t2", "seconds"), [(0.5, 4.0, 3.5), (0.1, 4.0, 6.3), (4.0, 4.0, 0.0)]
)
def test_when_timer_e_reaches_t2_follows_the_timers(t1: float, t2: float, seconds: float) -> None:
    assert Timing(t1=t1, t2=t2).late_trying == pytest.approx(seconds)


# Silence.


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_a_silent_transaction_absorbs_copies_until_its_caller_has_given_up(method: str) -> None:
    layer, transaction = make(method)
    transaction.silence(0.0)
    transaction.request_again(0.5)
    layer.run(31.9)
    assert transaction.state <= PROCEEDING
    layer.run(100.0)
    assert layer.ended == [(False, 33.0)]
    assert layer.sent() == []


def test_a_caller_that_heard_it_ring_is_waited_for_longer() -> None:
    layer, transaction = make()
    transaction.respond(180, b"180", 0.0)
    transaction.silence(1.0)
    transaction.request_again(1.5)
    layer.run(211.0)
    assert transaction.state == PROCEEDING
    layer.run(300.0)
    assert layer.ended == [(False, 214.0)]
    assert layer.sent() == [b"180"]


def test_silence_ends_only_what_has_no_final_response() -> None:
    assert {state for state, event in INVITE_TABLE if event == LAPSE} == {PROCEEDING}
    assert {state for state, event in OTHER_TABLE if event == LAPSE} == {TRYING, PROCEEDING}


# Transport.


@pytest.mark.row("TXN-13")
@pytest.mark.parametrize("state", INVITE_STATES[:-1], ids=lambda state: STATES[state])
def test_a_transport_error_leaves_an_invite_where_it_is(state: int) -> None:
    layer, transaction = reach("INVITE", state)
    assert transaction.transport_error() is (state != CONFIRMED)
    assert transaction.state == state
    assert layer.ended == []


def test_a_response_on_a_closed_connection_goes_out_on_another_one() -> None:
    layer, transaction = make(transport="tcp")
    transaction.flow.closed = True
    transaction.respond(486, b"486", 0.0)
    output = layer.outputs[0]
    assert isinstance(output, Send)
    assert output.flow.remote == ("192.0.2.9", 5060)
    assert transaction.flow is output.flow


def test_a_terminated_transaction_holds_on_to_nothing() -> None:
    _, transaction = reach("INVITE", TERMINATED)
    held = [transaction.request, transaction.last, transaction.log, transaction.user]
    assert [*held, transaction.dialog, transaction.replaces] == [None] * 6


class RandomTransaction(RuleBasedStateMachine):
    """Any order of what users and peers may do to one transaction, with time passing in between."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.layer, self.transaction = make()
        self.silent = False
        self.finals: list[bytes] = []

    @initialize(
        method=st.sampled_from(["INVITE", "OPTIONS"]), transport=st.sampled_from(["udp", "tcp"])
    )
    def begin(self, method: str, transport: str) -> None:
        self.now = 1000.0
        self.layer, self.transaction = make(method, transport)

    def alive(self) -> bool:
        return self.transaction.state != TERMINATED

    @precondition(lambda self: self.alive() and not self.silent)
    @rule()
    def wait_for_the_user(self) -> None:
        if self.transaction.state <= PROCEEDING and self.transaction.last is None:
            self.transaction.await_answer(self.now)

    @precondition(lambda self: self.alive() and not self.silent)
    @rule(status=st.sampled_from([100, 180, 200, 299, 302, 486, 699]))
    def respond(self, status: int) -> None:
        if self.transaction.state > PROCEEDING:
            return
        data = b"%d at %f" % (status, self.now)
        if status >= 200:
            self.finals.append(data)
        self.transaction.respond(status, data, self.now)

    @precondition(lambda self: self.alive())
    @rule()
    def be_silent(self) -> None:
        if self.transaction.state <= PROCEEDING:
            self.silent = True
            self.transaction.silence(self.now)

    @precondition(lambda self: self.alive())
    @rule()
    def repeat_the_request(self) -> None:
        self.transaction.request_again(self.now)

    @precondition(lambda self: self.alive() and self.transaction.invite)
    @rule()
    def acknowledge(self) -> None:
        self.transaction.acknowledge(self.now)

    @precondition(lambda self: self.alive())
    @rule()
    def fail_to_send(self) -> None:
        self.transaction.transport_error()

    @precondition(lambda self: self.alive())
    @rule()
    def lose_the_connection(self) -> None:
        if self.transaction.flow.reliable:
            self.transaction.flow.closed = True

    @rule(seconds=st.sampled_from([0.1, 0.5, 3.5, 5.0, 31.0, 300.0]))
    def pass_time(self, seconds: float) -> None:
        self.layer.run(self.now + seconds)
        self.now += seconds

    @invariant()
    def there_is_one_final_response_at_most(self) -> None:
        finals = {data for data in self.layer.sent() if data[:3] >= b"200"}
        assert finals <= set(self.finals)
        assert len(finals) <= 1

    @invariant()
    def every_deadline_is_in_the_future(self) -> None:
        deadline = self.layer.timers.next_deadline()
        assert deadline is None or deadline > self.now - COARSE

    @invariant()
    def it_ends_once(self) -> None:
        assert len(self.layer.ended) == (self.transaction.state == TERMINATED)

    def teardown(self) -> None:
        if self.transaction.state <= PROCEEDING and not self.silent:
            self.transaction.silence(self.now)
        self.layer.run(self.now + 1000)
        assert self.transaction.state == TERMINATED
        assert self.layer.timers.next_deadline() is None


TestRandomTransaction = RandomTransaction.TestCase


# Faults.


class Withheld:
    """Faults that let nothing leave, and remember what was to."""

    def __init__(self) -> None:
        self.seen: list[tuple[bytes, float, bool]] = []

    def transmit(self, send: Send, now: float, again: bool) -> None:
        self.seen.append((send.data, now, again))


def test_faults_see_every_transmission_in_place_of_the_wire() -> None:
    layer, transaction = make()
    faults = transaction.faults = Withheld()
    transaction.log = log = Lines()
    transaction.respond(180, b"180", 0.0)
    transaction.request_again(0.1)
    transaction.respond(486, b"486", 1.0)
    layer.run(3.0)
    assert faults.seen == [
        (b"180", 0.0, False),
        (b"180", 0.1, True),
        (b"486", 1.0, False),
        (b"486", 1.5, True),
        (b"486", 2.5, True),
    ]
    assert layer.outputs == []
    assert log.lines == []

"""Client transactions: every row of both tables, what no row lists, and the timers."""

import pytest

from responder.journal.record import Record
from responder.sip import client_transaction as ct
from responder.sip.client_transaction import (
    INVITE_TABLE,
    OTHER_TABLE,
    ClientTransaction,
    cancellation,
    failure_ack,
)
from responder.sip.errors import Misuse
from responder.sip.events import Flow, Output, Send
from responder.sip.layer import Layer
from responder.sip.message import Message, parse
from responder.sip.settings import Timing
from responder.sip.timers import Timers

HEAD = (
    b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK0\r\n"
    b"Max-Forwards: 70\r\n"
    b"Route: <sip:192.0.2.8;lr>\r\n"
    b"f: <sip:alice@192.0.2.1>;tag=a\r\n"
    b"To: <sip:486@192.0.2.9>\r\n"
    b"Call-ID: c@192.0.2.1\r\n"
    b"Contact: <sip:192.0.2.1>\r\n"
    b'Authorization: Digest username="alice"\r\n'
)
STATUS = {ct.PROVISIONAL: 180, ct.SUCCESS: 200, ct.FAILURE: 486}


def request(method: bytes) -> bytes:
    return b"%b sip:486@192.0.2.9 SIP/2.0\r\n%bCSeq: 7 %b\r\nContent-Length: 0\r\n\r\n" % (
        method,
        HEAD,
        method,
    )


def response(status: int, method: bytes = b"INVITE", tag: bytes = b"b") -> Message:
    return parse(
        b"SIP/2.0 %d Any\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n"
        b"From: <sip:alice@192.0.2.1>;tag=a\r\nTo: <sip:486@192.0.2.9>;tag=%b\r\n"
        b"Call-ID: c@192.0.2.1\r\nCSeq: 7 %b\r\nContent-Length: 0\r\n\r\n" % (status, tag, method)
    )


class Harness(Layer):
    """A layer, a user and a clock for one transaction."""

    def __init__(self, method: bytes = b"INVITE", transport: str = "udp") -> None:
        self.timers = Timers()
        self.timing = Timing()
        self.outputs: list[Output] = []
        self.passed: list[int] = []
        self.reasons: list[str] = []
        self.ended: list[ClientTransaction] = []
        self.record = Record(1, 0.0, method.decode())
        self.flow = Flow(transport, ("192.0.2.1", 5060), ("192.0.2.9", 5060))
        self.now = 0.0
        self.transaction = ClientTransaction(
            self, self, (b"z9hG4bK1", method), request(method), self.flow, self.record
        )
        self.transaction.start(0.0)

    def answered(
        self, transaction: ClientTransaction, response: Message, flow: Flow, now: float
    ) -> None:
        self.passed.append(response.status)

    def unanswered(self, transaction: ClientTransaction, reason: str, now: float) -> None:
        self.reasons.append(reason)

    def client_transaction_ended(self, transaction: ClientTransaction) -> None:
        self.ended.append(transaction)

    def respond(self, status: int) -> None:
        method = self.transaction.method
        self.transaction.receive(response(status, method), self.flow, self.now)

    def sent(self) -> list[bytes]:
        methods = [
            output.data.split(b" ")[0] for output in self.outputs if isinstance(output, Send)
        ]
        self.outputs.clear()
        return methods

    def until(self, end: float) -> list[float]:
        """Let time pass; return the times at which something was sent."""
        times = []
        while (deadline := self.timers.next_deadline()) is not None and deadline <= end:
            self.now = deadline
            before = len(self.outputs)
            self.timers.expire(deadline)
            times += [deadline] * (len(self.outputs) - before)
        self.now = end
        return times

    def drive(self, state: int) -> None:
        """Bring the transaction into a state the way the protocol does."""
        if state == ct.PROCEEDING:
            self.respond(180)
        elif state == ct.ACCEPTED:
            self.respond(200)
        elif state == ct.COMPLETED:
            self.respond(486)
        elif state == ct.TERMINATED:
            self.transaction.abandon()
        assert self.transaction.state == state

    def happen(self, event: int) -> None:
        if event in STATUS:
            self.respond(STATUS[event])
        elif event == ct.TRANSPORT_ERROR:
            self.transaction.transport_error("port unreachable", self.now)
        else:
            if event == ct.RETRANSMIT:
                self.transaction.give_up = self.now + 1
            elif event == ct.TIMEOUT:
                self.transaction.give_up = self.now
            self.transaction.fire(self.now)


def cases(table: dict[tuple[int, int], tuple[int, str]]) -> list[object]:
    return [
        pytest.param(state, event, *row, id=f"{ct.STATES[state]}-{ct.EVENTS[event]}")
        for (state, event), row in table.items()
    ]


def check(method: bytes, state: int, event: int, after: int, action: str) -> None:
    harness = Harness(method)
    harness.drive(state)
    harness.sent()
    harness.passed.clear()
    harness.happen(event)
    assert harness.transaction.state == after
    passed = action in {ct.TO_USER, ct.ACCEPT, ct.ACKNOWLEDGE, ct.FINISH}
    assert harness.passed == ([STATUS[event]] if passed else [])
    sends = {
        ct.ACKNOWLEDGE: [b"ACK"],
        ct.ACK_AGAIN: [b"ACK"],
        ct.REPEAT: [method],
    }
    assert harness.sent() == sends.get(action, [])
    assert len(harness.reasons) == (action == ct.GIVE_UP)
    assert len(harness.ended) == (after == ct.TERMINATED)


@pytest.mark.parametrize(("state", "event", "after", "action"), cases(INVITE_TABLE))
def test_each_row_of_the_invite_table(state: int, event: int, after: int, action: str) -> None:
    check(b"INVITE", state, event, after, action)


@pytest.mark.parametrize(("state", "event", "after", "action"), cases(OTHER_TABLE))
def test_each_row_of_the_other_table(state: int, event: int, after: int, action: str) -> None:
    check(b"OPTIONS", state, event, after, action)


def unlisted(
    table: dict[tuple[int, int], tuple[int, str]], first: int, states: list[int]
) -> list[object]:
    # A timer event is told from another by the state alone, so those that a state cannot have
    # never arise; what can come at any time is a response or a transport's error.
    events = [*STATUS, ct.TRANSPORT_ERROR]
    return [
        pytest.param(state, event, id=f"{ct.STATES[state]}-{ct.EVENTS[event]}")
        for state in [first, *states]
        for event in events
        if (state, event) not in table
    ]


@pytest.mark.parametrize(
    ("state", "event"),
    unlisted(INVITE_TABLE, ct.CALLING, [ct.PROCEEDING, ct.ACCEPTED, ct.COMPLETED, ct.TERMINATED]),
)
def test_what_the_invite_table_does_not_list_is_misuse(state: int, event: int) -> None:
    harness = Harness()
    harness.drive(state)
    with pytest.raises(Misuse, match=r"^INVITE client transaction: .* in state Terminated"):
        harness.happen(event)


@pytest.mark.parametrize(
    ("state", "event"),
    unlisted(OTHER_TABLE, ct.TRYING, [ct.PROCEEDING, ct.COMPLETED, ct.TERMINATED]),
)
def test_what_the_other_table_does_not_list_is_misuse(state: int, event: int) -> None:
    harness = Harness(b"OPTIONS")
    harness.drive(state)
    with pytest.raises(Misuse, match=r"^non-INVITE client transaction: .* in state Terminated"):
        harness.happen(event)


def test_a_proceeding_invite_is_never_sent_again() -> None:
    harness = Harness()
    harness.drive(ct.PROCEEDING)
    with pytest.raises(Misuse, match="timer A or E in state Proceeding"):
        harness.happen(ct.RETRANSMIT)


def test_timer_a_doubles_without_end_and_timer_b_gives_up_after_64_t1() -> None:
    harness = Harness()
    assert harness.until(31.9) == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert harness.transaction.sent == 7
    assert harness.until(33) == []
    assert harness.reasons == ["timeout"]
    assert harness.record.retransmissions == 6


def test_timer_e_stops_at_t2_and_timer_f_gives_up_after_64_t1() -> None:
    harness = Harness(b"OPTIONS")
    assert harness.until(33) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert harness.reasons == ["timeout"]


def test_timer_e_is_t2_once_a_provisional_came() -> None:
    harness = Harness(b"OPTIONS")
    harness.until(0.1)
    harness.respond(100)
    assert harness.until(9) == [0.5, 4.5, 8.5]


@pytest.mark.parametrize("method", [b"INVITE", b"OPTIONS"])
def test_nothing_is_sent_again_over_a_stream(method: bytes) -> None:
    harness = Harness(method, "tcp")
    assert harness.sent() == [method]
    assert harness.until(31.9) == []
    assert harness.reasons == []
    harness.until(33)
    assert harness.reasons == ["timeout"]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_proceeding_invite_waits_for_as_long_as_its_user(transport: str) -> None:
    harness = Harness(transport=transport)
    harness.respond(180)
    assert harness.until(3600) == []
    assert harness.transaction.state == ct.PROCEEDING


def test_a_cancelled_invite_waits_64_t1_whatever_provisional_comes() -> None:
    harness = Harness()
    harness.respond(180)
    harness.until(100)
    harness.transaction.limit(100)
    harness.respond(183)
    harness.until(131)
    assert harness.reasons == []
    harness.until(132)
    assert harness.reasons == ["timeout"]


def test_an_invite_without_provisional_has_timer_b_for_a_limit() -> None:
    harness = Harness()
    harness.until(10)
    harness.transaction.limit(10)
    harness.until(32)
    assert harness.reasons == ["timeout"]


@pytest.mark.parametrize(
    ("method", "status", "transport", "seconds"),
    [
        pytest.param(b"INVITE", 486, "udp", 32, id="timer-D-udp"),
        pytest.param(b"INVITE", 486, "tcp", 0, id="timer-D-tcp"),
        pytest.param(b"INVITE", 200, "udp", 32, id="timer-M-udp"),
        pytest.param(b"INVITE", 200, "tcp", 32, id="timer-M-tcp"),
        pytest.param(b"OPTIONS", 200, "udp", 5, id="timer-K-udp"),
        pytest.param(b"OPTIONS", 200, "tcp", 0, id="timer-K-tcp"),
    ],
)
def test_how_long_copies_of_the_final_response_are_absorbed(
    method: bytes, status: int, transport: str, seconds: int
) -> None:
    harness = Harness(method, transport)
    harness.respond(status)
    harness.until(seconds - 0.1)
    assert (not harness.ended) == (seconds > 0)
    harness.until(seconds + 1.1)
    assert harness.ended == [harness.transaction]


def test_the_user_hears_no_more_of_what_it_abandoned() -> None:
    harness = Harness()
    harness.transaction.abandon()
    assert harness.until(60) == []
    assert harness.reasons == []
    assert harness.ended == [harness.transaction]


def test_a_transaction_sends_to_another_address_than_its_flow_where_told_to() -> None:
    harness = Harness()
    transaction = ClientTransaction(
        harness,
        harness,
        (b"z9hG4bK1", b"INVITE"),
        request(b"INVITE"),
        harness.flow,
        None,
        ("192.0.2.77", 5070),
    )
    harness.outputs.clear()
    transaction.start(0.0)
    transaction.receive(response(486), harness.flow, 0.0)
    sent = [output for output in harness.outputs if isinstance(output, Send)]
    assert [output.address for output in sent] == [("192.0.2.77", 5070)] * 2


def test_the_record_tells_first_messages_from_copies() -> None:
    harness = Harness()
    harness.respond(486)
    harness.respond(486)
    kinds = [entry.kind for entry in harness.record.entries]
    assert kinds == ["sent", "received", "sent", "received again", "sent again"]


def test_the_ack_of_a_failure() -> None:
    assert failure_ack(request(b"INVITE"), response(486)) == (
        b"ACK sip:486@192.0.2.9 SIP/2.0\r\n"
        b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n"
        b"Max-Forwards: 70\r\n"
        b"Route: <sip:192.0.2.8;lr>\r\n"
        b"f: <sip:alice@192.0.2.1>;tag=a\r\n"
        b"To: <sip:486@192.0.2.9>;tag=b\r\n"
        b"Call-ID: c@192.0.2.1\r\n"
        b'Authorization: Digest username="alice"\r\n'
        b"CSeq: 7 ACK\r\n"
        b"Content-Length: 0\r\n\r\n"
    )


def test_the_ack_of_a_failure_without_to_takes_the_one_of_the_invite() -> None:
    bare = parse(b"SIP/2.0 486 Any\r\nContent-Length: 0\r\n\r\n")
    assert b"\r\nTo: <sip:486@192.0.2.9>\r\n" in failure_ack(request(b"INVITE"), bare)


def test_the_cancel_of_an_invite() -> None:
    assert cancellation(request(b"INVITE")) == (
        b"CANCEL sip:486@192.0.2.9 SIP/2.0\r\n"
        b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n"
        b"Max-Forwards: 70\r\n"
        b"Route: <sip:192.0.2.8;lr>\r\n"
        b"f: <sip:alice@192.0.2.1>;tag=a\r\n"
        b"To: <sip:486@192.0.2.9>\r\n"
        b"Call-ID: c@192.0.2.1\r\n"
        b"CSeq: 7 CANCEL\r\n"
        b"Content-Length: 0\r\n\r\n"
    )

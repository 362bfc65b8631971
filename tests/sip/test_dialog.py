"""A dialog by itself: each row of its table, the 2xx until the ACK, and requests of our own."""

from dataclasses import dataclass, field

import pytest

from responder.sip.client_transaction import ClientTransaction
from responder.sip.dialog import (
    ACK,
    ANSWERED,
    BYE,
    EARLY,
    ENDED,
    ESTABLISHED,
    EVENTS,
    NO_ACK,
    OK_SENT,
    REFUSED,
    STATES,
    TABLE,
    Dialog,
    record_routes,
    remote_target,
)
from responder.sip.errors import Misuse
from responder.sip.events import Flow, Output, Send
from responder.sip.layer import Layer
from responder.sip.message import Message, parse
from responder.sip.server_transaction import Log, ServerTransaction
from responder.sip.settings import Timing
from responder.sip.timers import Timers

INVITE = (
    b"INVITE sip:bob@192.0.2.1 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKa\r\n"
    b"From: <sip:alice@192.0.2.9>;tag=hers\r\n"
    b"To: <sip:bob@192.0.2.1>\r\n"
    b"Call-ID: c@192.0.2.9\r\n"
    b"CSeq: 7 INVITE\r\n"
    b"%b\r\n"
)
CONTACT = b"Contact: <sip:alice@192.0.2.9:5070>\r\n"


@dataclass
class Lines(Log):
    lines: list[str] = field(default_factory=list)

    def received(self, now: float, data: bytes, again: bool, flow: Flow | None = None) -> None:
        self.lines.append(f"-> {data.partition(b' ')[0].decode()}")

    def sent(self, now: float, data: bytes, again: bool, flow: Flow | None = None) -> None:
        self.lines.append(f"<- {data[:20].decode()}{' again' if again else ''}")

    def note(self, now: float, text: str) -> None:
        self.lines.append(text)


@dataclass
class Owner(Layer):
    """An endpoint that remembers what its dialog asked for, and a layer for its transactions."""

    timers: Timers = field(default_factory=Timers)
    timing: Timing = field(default_factory=Timing)
    outputs: list[Output] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open_request(self, dialog: Dialog, method: bytes, now: float) -> None:
        self.ask(dialog, method)

    def ask(self, dialog: Dialog, method: bytes, body: bytes = b"") -> ClientTransaction:
        dialog.own_number += 1
        self.asked.append(f"{method.decode()} {dialog.own_number}")
        via = b"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKours"
        data = dialog.request(method, dialog.own_number, via, b"", b"application/sdp", body)
        return ClientTransaction(self, self, (b"z9hG4bKours", method), data, dialog.flow, None)

    def dialog_unacknowledged(self, dialog: Dialog, now: float) -> None:
        self.asked.append("unacknowledged")

    def dialog_ended(self, dialog: Dialog, now: float) -> None:
        self.asked.append("ended")

    def send_trying(self, transaction: ServerTransaction, now: float) -> None:
        raise AssertionError

    def transaction_ended(
        self, transaction: ServerTransaction, acknowledged: bool, now: float
    ) -> None:
        self.asked.append("transaction ended")

    def client_transaction_ended(self, transaction: ClientTransaction) -> None:
        raise AssertionError

    def answered(
        self, transaction: ClientTransaction, response: Message, flow: Flow, now: float
    ) -> None:
        raise AssertionError

    def unanswered(self, transaction: ClientTransaction, reason: str, now: float) -> None:
        raise AssertionError

    def reopen(self, transaction: ServerTransaction) -> Flow:
        return Flow("tcp", transaction.flow.local, ("192.0.2.9", 5060))

    def run(self, until: float) -> list[float]:
        stops = []
        while (deadline := self.timers.next_deadline()) is not None and deadline <= until:
            before = len(self.outputs)
            self.timers.expire(deadline)
            stops += [deadline] * (len(self.outputs) - before)
        return stops


def begin(headers: bytes = CONTACT, transport: str = "udp") -> tuple[Owner, Dialog]:
    """Return an early dialog of an INVITE with these header fields."""
    owner = Owner()
    request = parse(INVITE % headers)
    flow = Flow(transport, ("192.0.2.1", 5060), ("192.0.2.9", 5070))
    transaction = ServerTransaction(owner, (b"k",), request, flow, None, 0.0)
    transaction.number = 7
    transaction.tag = b"ours"
    transaction.from_tag = b"hers"
    return owner, Dialog(owner, transaction, request)


def reach(state: int, headers: bytes = CONTACT, transport: str = "udp") -> tuple[Owner, Dialog]:
    owner, dialog = begin(headers, transport)
    if state in {ANSWERED, ESTABLISHED}:
        answer(dialog)
    if state == ESTABLISHED:
        dialog.acknowledge(0.0)
        dialog.invite = None
    if state == ENDED:
        dialog.end(REFUSED, 0.0)
    assert dialog.state == state
    owner.asked.clear()
    return owner, dialog


def answer(dialog: Dialog, number: int = 7, now: float = 0.0) -> None:
    transaction = dialog.invite
    assert transaction is not None
    transaction.number = number
    dialog.answered(transaction, b"200", now)


def reply(status: int, headers: bytes = b"") -> Message:
    return parse(b"SIP/2.0 %d X\r\nCSeq: 1 INVITE\r\n%b\r\n" % (status, headers))


@pytest.mark.parametrize("event", range(len(EVENTS)), ids=lambda event: EVENTS[event])
@pytest.mark.parametrize("state", range(len(STATES)), ids=lambda state: STATES[state])
def test_a_dialog_goes_where_its_table_says_and_nowhere_else(state: int, event: int) -> None:
    _, dialog = reach(state)
    if (state, event) in TABLE:
        dialog.step(event)
        assert dialog.state == TABLE[state, event]
    else:
        with pytest.raises(Misuse, match=r"dialog: .* while"):
            dialog.step(event)
        assert dialog.state == state


def test_the_table_lists_what_can_happen_in_each_state_and_no_more() -> None:
    assert {
        (STATES[state], EVENTS[event], STATES[after]) for (state, event), after in TABLE.items()
    } == {
        ("early", "2xx sent", "answered"),
        ("early", "300-699 sent", "ended"),
        ("early", "BYE", "ended"),
        ("answered", "2xx sent", "answered"),
        ("answered", "ACK", "established"),
        ("answered", "no ACK in time", "ended"),
        ("answered", "BYE", "ended"),
        ("established", "2xx sent", "answered"),
        ("established", "BYE", "ended"),
    }
    assert list(range(len(EVENTS))) == [OK_SENT, ACK, REFUSED, NO_ACK, BYE]


def test_a_dialog_is_known_by_call_id_our_tag_and_the_callers() -> None:
    _, dialog = begin()
    assert dialog.key == (b"c@192.0.2.9", b"ours", b"hers")
    assert dialog.local == b"<sip:bob@192.0.2.1>;tag=ours"
    assert dialog.remote == b"<sip:alice@192.0.2.9>;tag=hers"
    assert dialog.number == 7


# The 2xx until its ACK.


@pytest.mark.row("TXN-14")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_2xx_is_repeated_on_every_transport_until_64_t1_and_then_bye_is_sent(
    transport: str,
) -> None:
    owner, dialog = begin(transport=transport)
    answer(dialog)
    assert owner.run(100.0) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert owner.asked == ["ended", "unacknowledged", "BYE 1"]
    assert dialog.state == ENDED


@pytest.mark.row("TXN-12")
def test_the_ack_stops_the_repetitions() -> None:
    owner, dialog = begin()
    answer(dialog)
    assert owner.run(2.0) == [0.5, 1.5]
    assert dialog.awaits(7)
    assert not dialog.awaits(6)
    dialog.acknowledge(2.0)
    assert not dialog.awaits(7)
    assert owner.run(100.0) == []


def test_repetitions_are_logged_and_follow_a_caller_whose_connection_is_gone() -> None:
    owner, dialog = begin(transport="tcp")
    log = dialog.log = Lines()
    answer(dialog)
    dialog.flow.closed = True
    owner.run(0.5)
    output = owner.outputs[-1]
    assert isinstance(output, Send)
    assert output.flow.remote == ("192.0.2.9", 5060)
    assert log.lines == ["<- 200 again"]


# Hanging up.


@pytest.mark.row("BYE-03")
def test_hanging_up_before_the_ack_sends_bye_after_it() -> None:
    owner, dialog = reach(ANSWERED)
    dialog.hang_up(0.1)
    assert owner.asked == []
    dialog.acknowledge(1.0)
    assert owner.asked == ["ended", "BYE 1"]


@pytest.mark.row("BYE-03")
def test_hanging_up_without_an_ack_sends_one_bye_when_64_t1_are_over() -> None:
    owner, dialog = reach(ANSWERED)
    dialog.hang_up(0.1)
    owner.run(100.0)
    assert owner.asked.count("BYE 1") == 1


@pytest.mark.row("BYE-03")
@pytest.mark.parametrize("state", [EARLY, ENDED], ids=["early", "ended"])
def test_an_early_dialog_is_not_hung_up(state: int) -> None:
    owner, dialog = reach(state)
    dialog.hang_up(0.1)
    assert owner.asked == []


def test_hanging_up_an_established_dialog_ends_it_at_once() -> None:
    owner, dialog = reach(ESTABLISHED)
    dialog.hang_up(1.0)
    assert owner.asked == ["ended", "BYE 1"]
    assert dialog.state == ENDED


@pytest.mark.row("BYE-04")
@pytest.mark.parametrize("status", [200, 408, 481, 500])
def test_whatever_bye_is_answered_the_dialog_is_over(status: int) -> None:
    owner, dialog = reach(ESTABLISHED)
    bye = owner.ask(dialog, b"BYE")
    dialog.end(BYE, 1.0)
    owner.asked.clear()
    dialog.request_answered(bye, reply(status), 2.0)
    assert owner.asked == []
    assert dialog.state == ENDED


@pytest.mark.row("BYE-04")
def test_a_bye_that_nobody_answers_is_noted() -> None:
    owner, dialog = reach(ESTABLISHED)
    log = dialog.log = Lines()
    bye = owner.ask(dialog, b"BYE")
    dialog.end(BYE, 1.0)
    dialog.request_unanswered(bye, "timeout", 33.0)
    assert log.lines == ["our BYE was not answered: timeout"]
    dialog.log = None
    dialog.request_unanswered(bye, "timeout", 33.0)
    assert dialog.state == ENDED


# Requests of our own.


def ask(owner: Owner, dialog: Dialog, method: bytes = b"INVITE") -> ClientTransaction:
    made = owner.ask(dialog, method, b"v=0\r\n")
    if method == b"INVITE":
        dialog.own_invite = made
    else:
        dialog.own_offer = made
    owner.asked.clear()
    return made


def test_a_request_carries_its_body() -> None:
    owner, dialog = reach(ESTABLISHED)
    sent = parse(ask(owner, dialog).data)
    assert sent.uri == dialog.request_uri == b"sip:alice@192.0.2.9:5070"
    assert sent.fields[b"content-type"] == b"application/sdp"
    assert sent.body == b"v=0\r\n"


@pytest.mark.parametrize("state", [EARLY, ANSWERED, ENDED], ids=lambda state: STATES[state])
def test_a_reinvite_needs_an_established_dialog(state: int) -> None:
    assert not reach(state)[1].takes_invite()


def test_a_reinvite_must_not_cross_another_one() -> None:
    owner, dialog = reach(ESTABLISHED)
    assert dialog.takes_invite()
    invite = ask(owner, dialog)
    assert not dialog.takes_invite()
    dialog.request_answered(invite, reply(488), 1.2)
    assert dialog.takes_invite()
    dialog.invite = begin()[1].invite
    assert not dialog.takes_invite()


@pytest.mark.parametrize("method", [b"INVITE", b"UPDATE"])
def test_a_2xx_gives_another_target(method: bytes) -> None:
    owner, dialog = reach(ESTABLISHED)
    ok = reply(200, b"Contact: <sip:alice@192.0.2.77>\r\n")
    dialog.request_answered(ask(owner, dialog, method), ok, 1.2)
    assert dialog.target == b"sip:alice@192.0.2.77"
    assert dialog.own_invite is None
    assert dialog.own_offer is None


@pytest.mark.parametrize(
    ("method", "ok"),
    [(b"INVITE", b""), (b"INFO", b"Contact: <sip:alice@192.0.2.77>\r\n")],
    ids=["none", "INFO"],
)
def test_a_2xx_that_leaves_the_target(method: bytes, ok: bytes) -> None:
    owner, dialog = reach(ESTABLISHED)
    dialog.request_answered(ask(owner, dialog, method), reply(200, ok), 1.2)
    assert dialog.target == b"sip:alice@192.0.2.9:5070"


@pytest.mark.parametrize("status", [408, 481])
@pytest.mark.parametrize("method", [b"INVITE", b"INFO"])
def test_a_request_that_finds_no_dialog_there_ends_it_here(method: bytes, status: int) -> None:
    owner, dialog = reach(ESTABLISHED)
    dialog.request_answered(ask(owner, dialog, method), reply(status), 2.0)
    assert owner.asked == ["ended", "BYE 2"]


def test_a_request_that_is_refused_leaves_the_dialog() -> None:
    owner, dialog = reach(ESTABLISHED)
    dialog.request_answered(ask(owner, dialog), reply(488), 2.0)
    assert owner.asked == []
    assert dialog.state == ESTABLISHED


def test_a_request_that_nobody_answers_ends_the_dialog() -> None:
    owner, dialog = reach(ESTABLISHED)
    dialog.request_unanswered(ask(owner, dialog), "timeout", 33.0)
    assert owner.asked == ["ended", "BYE 2"]
    owner, dialog = reach(ESTABLISHED)
    invite = ask(owner, dialog)
    dialog.end(BYE, 2.0)
    dialog.request_unanswered(invite, "timeout", 33.0)
    assert owner.asked == ["ended"]


# Where our requests go.


@pytest.mark.parametrize(
    ("routes", "uri", "written"),
    [
        ([], b"sip:alice@192.0.2.9:5070", []),
        (
            [b"<sip:p1.example;lr>, <sip:p2.example;lr;x=1>", b"<sip:p3.example;lr>"],
            b"sip:alice@192.0.2.9:5070",
            [b"<sip:p1.example;lr>", b"<sip:p2.example;lr;x=1>", b"<sip:p3.example;lr>"],
        ),
        (
            [b"<sip:old.example;method=BYE;x=1?a=b>", b"<sip:p2.example;lr>"],
            b"sip:old.example;x=1",
            [b"<sip:p2.example;lr>", b"<sip:alice@192.0.2.9:5070>"],
        ),
        ([b"junk"], b"sip:alice@192.0.2.9:5070", [b"junk"]),
    ],
    ids=["none", "loose", "strict", "unreadable"],
)
def test_our_requests_follow_the_route_set(
    routes: list[bytes], uri: bytes, written: list[bytes]
) -> None:
    headers = b"".join([b"Record-Route: %b\r\n" % route for route in routes])
    _, dialog = begin(CONTACT + headers)
    made = parse(dialog.request(b"BYE", 1, b"SIP/2.0/UDP us", b"", b"", b""))
    assert made.uri == uri
    assert made.values(b"route") == written
    assert made.fields[b"from"] == b"<sip:bob@192.0.2.1>;tag=ours"
    assert made.fields[b"to"] == b"<sip:alice@192.0.2.9>;tag=hers"
    assert made.fields[b"cseq"] == b"1 BYE"
    assert made.fields[b"call-id"] == b"c@192.0.2.9"


def test_record_route_that_cannot_be_split_means_no_routes() -> None:
    assert record_routes(parse(INVITE % b'Record-Route: <sip:a;x="\r\n')) == []


@pytest.mark.parametrize(
    ("headers", "target"),
    [
        (b"Contact: <sip:a@b;x=1>;q=0.5\r\n", b"sip:a@b;x=1"),
        (b"Contact: sip:a@b;q=0.5\r\n", b"sip:a@b"),
        (b'Contact: "A <x>" <sip:a@b>\r\n', b"sip:a@b"),
        (b"Contact: <sip:a@b>, <sip:c@d>\r\n", b"sip:a@b"),
        (b"m: <sip:a@b>\r\n", b"sip:a@b"),
        (b"Contact: junk<\r\n", b""),
        (b"", b""),
    ],
    ids=["brackets", "bare", "quoted", "two", "compact", "junk", "none"],
)
def test_the_remote_target_is_the_first_contact(headers: bytes, target: bytes) -> None:
    assert remote_target(parse(INVITE % headers)) == target


@pytest.mark.parametrize(
    ("sender", "uri"),
    [
        (b"<sip:alice@192.0.2.9>;tag=hers", b"sip:alice@192.0.2.9"),
        (b"alice;tag=hers", b"sip:invalid.invalid"),
    ],
    ids=["uri", "junk"],
)
def test_without_a_contact_our_requests_go_to_from(sender: bytes, uri: bytes) -> None:
    _, dialog = begin(b"")
    dialog.remote = sender
    assert parse(dialog.request(b"BYE", 1, b"SIP/2.0/UDP us", b"", b"", b"")).uri == uri


def test_a_refreshed_target_stays_where_the_new_request_names_none() -> None:
    _, dialog = begin()
    dialog.refresh_target(parse(INVITE % b"Contact: <sip:new@b>\r\n"))
    dialog.refresh_target(parse(INVITE % b""))
    assert dialog.target == b"sip:new@b"


def test_faults_see_the_repetitions_of_a_2xx_in_place_of_the_wire() -> None:
    owner, dialog = begin()
    seen: list[tuple[bytes, float, bool]] = []

    class Withheld:
        def transmit(self, send: Send, now: float, again: bool) -> None:
            seen.append((send.data, now, again))

    log = dialog.log = Lines()
    assert dialog.invite is not None
    dialog.invite.faults = Withheld()
    answer(dialog)
    assert owner.run(2.0) == []
    assert [(now, again) for _, now, again in seen] == [(0.5, True), (1.5, True)]
    assert log.lines == []

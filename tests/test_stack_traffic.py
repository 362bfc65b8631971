"""Three callers that do what they like, while time passes: nothing breaks, and nothing stays."""

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from responder.sip.message import parse
from responder.sip.settings import Limits, Registering, Settings
from responder.sip.timers import COARSE
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.reinvites import reinvite

DIALLED = [
    "486",
    "200",
    "180",
    "000",
    "180-2-200",
    "180-000",
    "180-199-183-1-200",
    "401-200",
    "302",
    "408",
    "60-603",
]
METHODS = ["OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE", "BYE", "INFO", "FOO"]
INSIDE = ["INVITE", "UPDATE", "INFO", "REFER", "OPTIONS", "FOO"]
HOSTS = ("192.0.2.9", "192.0.2.8", "192.0.2.7")

SETTINGS = Settings(limits=Limits(calls=10), registering=Registering(maximum=300))

whose = st.integers(0, 2)
dialled = st.sampled_from(DIALLED)
bodies = st.sampled_from([b"", OFFER, b"junk"])


def left_over(stack: Stack) -> dict[str, int]:
    """Return how much of each kind a stack still holds."""
    endpoint = stack.endpoint
    held = {
        "transactions": len(endpoint.transactions),
        "clients": len(endpoint.clients),
        "dialogs": len(endpoint.dialogs),
        "merged": len(endpoint._merged),
        "pending": stack.uas.answers.pending,
        "bindings": sum(1 for _ in stack.uas.registrar.bindings(0.0)),
        "deadlines": 0 if stack.next_deadline() is None else 1,
    }
    return {kind: count for kind, count in held.items() if count}


class Traffic(RuleBasedStateMachine):
    """Any order of calls, answers, copies, faults and time."""

    @initialize(transport=st.sampled_from(["udp", "tcp"]))
    def begin(self, transport: str) -> None:
        self.stack = Stack(SETTINGS, counted_tokens())
        self.network = Network(self.stack)
        self.callers = [Caller(self.network, transport, (host, 5070)) for host in HOSTS]
        self.checked = 0
        self.finals: dict[tuple[bytes, ...], bytes] = {}

    @rule(
        who=whose,
        number=dialled,
        body=bodies,
        supported=st.sampled_from([None, "199"]),
        expires=st.sampled_from([None, "1", "30"]),
    )
    def call(
        self, who: int, number: str, body: bytes, supported: str | None, expires: str | None
    ) -> None:
        self.callers[who].call(number, {"Supported": supported, "Expires": expires}, body)

    @rule(who=whose, method=st.sampled_from(METHODS), number=dialled)
    def start(self, who: int, method: str, number: str) -> None:
        self.callers[who].start(method, number)

    @rule(who=whose, method=st.sampled_from(INSIDE), body=bodies)
    def inside(self, who: int, method: str, body: bytes) -> None:
        if self.callers[who].to_tag:
            self.callers[who].inside(method, body=body)

    @rule(who=whose)
    def acknowledge(self, who: int) -> None:
        caller = self.callers[who]
        caller.ladder()
        if any(
            each.status >= 200 and b"INVITE" in each.fields[b"cseq"] for each in caller.received
        ):
            caller.ack()

    @rule(who=whose)
    def cancel(self, who: int) -> None:
        if self.callers[who].invite:
            self.callers[who].cancel()

    @rule(who=whose)
    def bye(self, who: int) -> None:
        if self.callers[who].to_tag:
            self.callers[who].bye()

    @rule(who=whose)
    def repeat(self, who: int) -> None:
        # Once a transaction is over, a copy of its request would be another one.
        caller = self.callers[who]
        request = parse(caller.sent)
        branch = request.fields.get(b"via", b"").partition(b"branch=")[2]
        sent_by = f"{caller.remote[0]}:{caller.remote[1]}".encode()
        if (branch, sent_by, request.method) in self.stack.endpoint.transactions:
            caller.again()

    @rule(who=whose, status=st.sampled_from([100, 200, 408, 481, 491, 500]))
    def answer(self, who: int, status: int) -> None:
        caller = self.callers[who]
        caller.ladder()
        if any(each.method not in {b"", b"ACK"} for each in caller.received):
            caller.answer(status)

    @rule(who=whose, other=whose)
    def replace(self, who: int, other: int) -> None:
        named = self.callers[other]
        if named.to_tag:
            value = f"{named.call_id};to-tag={named.to_tag};from-tag={named.tag}"
            self.callers[who].call("200", {"Replaces": value})

    @rule(number=st.integers(0, 5))
    def offer_anew(self, number: int) -> None:
        for dialog in list(self.stack.endpoint.dialogs.values())[number : number + 1]:
            if dialog.takes_invite():
                reinvite(self.stack, dialog, self.network.now, OFFER)
        self.network.collect()

    @rule(who=whose, data=st.binary(max_size=40))
    def junk(self, who: int, data: bytes) -> None:
        if not self.callers[who].flow.reliable:
            self.network.receive(self.callers[who].flow, data)

    @rule(who=whose)
    def fail(self, who: int) -> None:
        flow = self.callers[who].flow
        self.stack.flow_failed(flow, flow.remote, "unreachable", self.network.now)
        self.network.collect()

    @rule(who=whose)
    def connect_again(self, who: int) -> None:
        if self.callers[who].flow.reliable:
            self.callers[who].disconnect()
            self.callers[who].connect()

    @rule(seconds=st.sampled_from([0.1, 0.5, 3.5, 32.0, 70.0]))
    def advance(self, seconds: float) -> None:
        self.network.advance(seconds)

    @rule(really=st.integers(0, 9))
    def shut_down(self, really: int) -> None:
        if really == 9 and not self.stack.uas.closing:
            self.stack.shut_down(self.network.now)
            self.network.collect()

    @invariant()
    def no_transaction_has_two_final_responses(self) -> None:
        for sent in self.network.sent[self.checked :]:
            message = sent.message
            if message.status >= 200:
                fields = message.fields
                key = (fields[b"via"], fields[b"cseq"], fields[b"call-id"], fields[b"to"])
                assert self.finals.setdefault(key, sent.data) == sent.data
        self.checked = len(self.network.sent)

    @invariant()
    def every_deadline_is_in_the_future(self) -> None:
        deadline = self.stack.next_deadline()
        assert deadline is None or deadline > self.network.now - COARSE

    @invariant()
    def counts_agree_with_what_there_is(self) -> None:
        waiting = [each for each in self.stack.endpoint.transactions.values() if each.invite]
        assert 0 <= self.stack.uas.answers.pending <= len(waiting)
        held = sum(record.size for record in self.stack.journal.records)
        assert held == self.stack.journal._ledger.size

    def teardown(self) -> None:
        self.stack.shut_down(self.network.now)
        self.network.advance(1000)
        assert left_over(self.stack) == {}
        assert self.stack.idle()


Traffic.TestCase.settings = hypothesis_settings(
    max_examples=60, stateful_step_count=30, deadline=None
)
TestTraffic = Traffic.TestCase

"""What changes from one request of an attempt to the next, and what stays."""

from responder.probe.attempt import Attempt
from responder.probe.series import Series
from responder.probe.targets import TargetSet
from responder.sip.events import Flow
from responder.sip.headers.uri import parse_uri
from responder.sip.login import Login
from responder.sip.message import Message, parse
from responder.testing.tokens import counted_tokens
from tests.probe.far_end import HERE, THERE

URI = parse_uri(b"sip:486@192.0.2.9")
FLOW = Flow("udp", HERE, THERE)


class Written:
    """A series, and what it wrote."""

    def __init__(self) -> None:
        tokens = counted_tokens()
        attempt = Attempt(URI, user=b"alice")
        self.series = Series(attempt, Login(b"alice", None, tokens), tokens)
        self.series.begin(FLOW)

    def one(self, branch: bytes) -> Message:
        data = self.series.written(FLOW, b"192.0.2.1:40000", TargetSet(URI).first, branch)
        return parse(data)


def test_the_next_request_differs_in_branch_and_number_alone() -> None:
    written = Written()
    first, second = written.one(b"z9hG4bK1"), written.one(b"z9hG4bK2")
    changed = {name for name, value in first.fields.items() if second.fields[name] != value}
    assert changed == {b"via", b"cseq"}
    assert [each.fields[b"cseq"] for each in (first, second)] == [b"1 INVITE", b"2 INVITE"]
    assert first.body == second.body


def test_the_number_of_what_was_not_sent_is_used_again() -> None:
    written = Written()
    written.one(b"z9hG4bK1")
    written.series.unsent()
    assert written.one(b"z9hG4bK2").fields[b"cseq"] == b"1 INVITE"

"""Any steps against any behaviour of the caller: nothing raises, and nothing is left behind."""

from hypothesis import given, settings
from hypothesis import strategies as st

from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import (
    Ask,
    Close,
    Hold,
    Program,
    Raw,
    Receive,
    Respond,
    Sdp,
    Silent,
    Step,
    Wait,
)
from responder.sip.settings import Limits, Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

METHODS = [b"ACK", b"BYE", b"CANCEL", b"INFO", b"INVITE", b"UPDATE", b"PRACK", b"REFER"]
REQUESTS = ["BYE", "INFO", "INVITE", "UPDATE", "PRACK", "MESSAGE", "REFER"]
CHALLENGE = {"WWW-Authenticate": 'Digest realm="r", nonce="n"', "Retry-After": "1"}

_receives = st.builds(
    Receive,
    method=st.sampled_from([b"", *METHODS]),
    lowest=st.sampled_from([100, 200]),
    highest=st.sampled_from([200, 299, 699]),
    within=st.sampled_from([None, 0.3, 5.0]),
    otherwise=st.sampled_from([None, 0, 1, 2]),
    answered=st.booleans(),
)
_asks = st.builds(
    Ask,
    st.sampled_from([b"BYE", b"INVITE", b"UPDATE", b"INFO", b"FOO"]),
    sdp=st.sampled_from([None, Sdp(b""), Sdp(direction="sendonly"), Sdp(b"v=?\r\n")]),
    user=st.sampled_from([b"", b"bob"]),
)
_statuses = st.builds(
    Respond,
    st.sampled_from([100, 180, 183, 199, 200, 202, 302, 401, 481, 486]),
    to=st.sampled_from([b"", b"", b"INFO", b"INVITE"]),
    reliable=st.booleans(),
)
_others: st.SearchStrategy[Step] = st.sampled_from(
    [Wait(0.0), Wait(0.4), Wait(40.0), Silent(), Hold(), Raw(b"\0"), Close(), Close(reset=True)]
)
_steps = st.lists(st.one_of(_receives, _asks, _statuses, _others), min_size=1, max_size=8)

_deeds = st.one_of(
    st.tuples(st.just("inside"), st.sampled_from(REQUESTS)),
    st.tuples(st.just("answer"), st.sampled_from([100, 180, 200, 401, 408, 481, 488, 491, 500])),
    st.tuples(st.just("advance"), st.sampled_from([0.0, 0.2, 2.0, 40.0])),
    st.tuples(st.sampled_from(["ack", "cancel", "again", "call", "options", "prack", "break"])),
)


def do(caller: Caller, deed: tuple[object, ...], body: bytes) -> None:
    """Have the caller do something, if it can."""
    match deed:
        case ("inside", str(method)):
            caller.inside(method, body=body if method in {"INVITE", "UPDATE"} else b"")
        case ("answer", int(status)):
            caller.answer(status, CHALLENGE, body)
        case ("advance", float(seconds)):
            caller.advance(seconds)
        case ("call",):
            caller.call("x", {"Supported": "100rel, 199"}, body)
        case ("options",):
            caller.start("OPTIONS", "x")
        case ("prack",):
            reliable = [each for each in caller.received if b"rseq" in each.fields]
            if reliable:
                number = reliable[-1].header("RSeq")
                caller.inside("PRACK", {"RAck": f"{number} {reliable[-1].header('CSeq')}"})
        case ("break",):
            if caller.flow.reliable:
                caller.disconnect()
                caller.connect()
        case (str(verb),):
            getattr(caller, verb)()


@settings(max_examples=400, deadline=None)
@given(
    steps=_steps,
    deeds=st.lists(_deeds, max_size=12),
    body=st.sampled_from([b"", OFFER, b"?"]),
    transport=st.sampled_from(["udp", "tcp"]),
)
def test_any_steps_against_any_caller(
    steps: list[Step], deeds: list[tuple[object, ...]], body: bytes, transport: str
) -> None:
    rules = Rules((Rule(Program("r", (tuple(steps),))),))
    stack = Stack(Settings(limits=Limits(call_time=500.0)), counted_tokens(), rules)
    caller = Caller(Network(stack), transport)
    caller.call("x", {"Supported": "100rel, 199"}, body)
    for deed in deeds:
        caller.ladder()
        if caller.flow.closed:
            caller.connect()
        try:
            do(caller, deed, body)
        except LookupError:
            continue  # there is nothing to answer or to acknowledge
    caller.advance(8_000.0)
    assert not stack.endpoint.transactions
    assert not stack.endpoint.clients
    assert not stack.endpoint.dialogs
    assert stack.uas.answers.pending == 0
    if transport == "udp":
        assert stack.next_deadline() is None

"""Judging the calls of a scripted caller."""

from responder.journal.record import Record
from responder.journal.verdicts import RULES, Attempts, Evidence, Verdict
from responder.scenario.rules import Rules
from responder.sip.settings import Settings
from responder.sip.users import EVERYONE, Users
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens


def caller(transport: str = "udp", rules: Rules | None = None) -> Caller:
    """Return a caller on a network of its own."""
    return Caller(Network(Stack(Settings(), counted_tokens(), rules)), transport)


def stack_of(who: Caller) -> Stack:
    """Return what the caller calls."""
    stack = who.network.core
    assert isinstance(stack, Stack)
    return stack


def evidence(who: Caller, number: int = 1, users: Users = EVERYONE) -> Evidence:
    """Return what there is about the call with this record number, as of the caller's present."""
    journal = stack_of(who).journal
    record = next(each for each in journal.records if each.number == number)
    attempts = Attempts(journal.records, journal.strays)
    return Evidence(record, attempts, now=who.network.now, users=users)


def judged(who: Caller, name: str, number: int = 1, users: Users = EVERYONE) -> Verdict:
    """Return the verdict of one rule on the call with this record number."""
    return RULES[name].verdict(evidence(who, number, users))


def outcome(who: Caller, name: str, number: int = 1, users: Users = EVERYONE) -> str:
    """Return what that verdict comes to."""
    return judged(who, name, number, users).outcome


def spoilt(who: Caller, status: int) -> Evidence:
    """Return what there is about the first call, each response of a status with a wrong branch."""
    kept = stack_of(who).journal.records[0]
    record = Record(1, kept.started, kept.method)
    record.request, record.flow, record.user = kept.request, kept.flow, kept.user
    for at, kind, data, flow in kept.entries:
        if kind.startswith("received"):
            record.received(at, data, kind.endswith("again"), flow)
        else:
            wrong = data.startswith(b"SIP/2.0 %d " % status)
            sent = data.replace(b"z9hG4bK", b"z9hG4bKwrong", 1) if wrong else data
            record.sent(at, sent, kind.endswith("again"), flow)
    return Evidence(record, now=who.network.now)


def again_at(who: Caller, *offsets: float) -> None:
    """Send the latest request again at these seconds after now."""
    request, passed = who.sent, 0.0
    for offset in offsets:
        who.advance(offset - passed)
        who.again(request)
        passed = offset

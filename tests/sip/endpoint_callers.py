"""Callers of a stack, and what their conversations have in common."""

from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Step
from responder.sip.message import parse
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

BACKOFF = ["+0.5 <- {} again", "+1 <- {} again", "+2 <- {} again", "+4 <- {} again"]


def stack_of(caller: Caller) -> Stack:
    """Return the stack that a caller calls."""
    core = caller.network.core
    assert isinstance(core, Stack)
    return core


def answered_by(*steps: Step, transport: str = "udp", trying: bool = True) -> Caller:
    """Return a caller of a stack that answers everything with these steps."""
    rules = Rules((Rule(Program("rule", (steps,), trying)),))
    return Caller(Network(Stack(Settings(), counted_tokens(), rules)), transport)


def plain_caller(transport: str = "udp") -> Caller:
    """Return a caller of a stack that does what is dialled."""
    return Caller(Network(Stack(Settings(), counted_tokens())), transport)


def tag(data: bytes) -> bytes:
    """Return the To tag of a message."""
    return parse(data).fields[b"to"].partition(b";tag=")[2]

"""Calls that a list of steps answers, and what became of them."""

from responder.journal.record import Record
from responder.testing.caller import Caller
from tests.scenario.scenarios import caller_of, stack_behind


def answered_by(steps: str, transport: str = "udp", method: str = "INVITE") -> Caller:
    """Return a caller whose requests of one method get these steps, in the flow style of YAML."""
    rule = f"{{name: r, match: {{method: {method}}}, respond: {steps}}}"
    return caller_of(f"rules: [{rule}]", transport=transport)


def record_of(caller: Caller) -> Record:
    """Return the record of the first call."""
    return stack_behind(caller).journal.records[0]


def notes(caller: Caller) -> list[str]:
    """Return what the record of the first call says beside its messages."""
    return record_of(caller).notes()


def assert_nothing_is_left(caller: Caller) -> None:
    """Let everything come to its end, and see that nothing is kept."""
    caller.advance(4 * 3600 + 300)
    stack = stack_behind(caller)
    assert not stack.endpoint.transactions
    assert not stack.endpoint.clients
    assert not stack.endpoint.dialogs
    assert stack.uas.answers.pending == 0
    assert stack.next_deadline() is None

"""Calls that are answered with faults, on the virtual clock."""

from dataclasses import dataclass
from itertools import cycle

from responder.faults.fault import Chance
from responder.faults.registry import compile_faults
from responder.journal.record import Record
from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond, Step
from responder.sip.settings import Limits, Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens


@dataclass(frozen=True, slots=True)
class Answered:
    """A caller, and the stack that answers all it asks by the steps of one rule."""

    stack: Stack
    alice: Caller

    @property
    def record(self) -> Record:
        return self.stack.journal.records[-1]

    @property
    def ladder(self) -> list[str]:
        return self.alice.ladder()

    def left_over(self) -> dict[str, int]:
        endpoint = self.stack.endpoint
        held = {
            "transactions": len(endpoint.transactions),
            "clients": len(endpoint.clients),
            "dialogs": len(endpoint.dialogs),
            "pending": self.stack.uas.answers.pending,
            "late": len(self.stack.uas.faults.late),
            "deadline": int(self.stack.next_deadline() is not None),
        }
        return {name: count for name, count in held.items() if count}


def faulty(status: int, fault: object) -> Respond:
    """A response with faults, as a file writes them."""
    return Respond(status, fault=compile_faults(fault))


def answering(*steps: Step, transport: str = "udp", chance: Chance | None = None) -> Answered:
    rules = Rules((Rule(Program("faulty", (steps,))),))
    settings = Settings(limits=Limits(call_time=100.0))
    stack = Stack(settings, counted_tokens(), rules, chance=chance)
    return Answered(stack, Caller(Network(stack), transport))


def called(*steps: Step, transport: str = "udp", chance: Chance | None = None) -> Answered:
    """Call, and have the steps answer."""
    answered = answering(*steps, transport=transport, chance=chance)
    answered.alice.call("1001")
    return answered


def drawing(*numbers: float) -> Chance:
    """A source of these numbers, over and over."""
    return cycle(numbers).__next__

"""The scenarios of the library, answering a scripted caller as ``responder serve`` would."""

import random

import pytest

from docs.library import SCENARIOS
from responder.agent.plan import Plan, by_scenarios
from responder.agent.scenario_files import read_scenarios
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

START = 1000.0
BOTH = pytest.mark.parametrize("transport", ["udp", "tcp"])


def plan_of(name: str) -> Plan:
    """Return what ``responder serve`` does with one scenario, without audio."""
    (path,) = SCENARIOS.glob(f"*/{name}.yaml")
    return by_scenarios(Plan(media_ports=None), read_scenarios([path]))


def answering(name: str) -> Stack:
    """Return a stack that answers by one scenario."""
    plan = plan_of(name)
    settings = Settings(
        timing=plan.timing,
        authentication=plan.authentication,
        registering=plan.registering,
    )
    chance = random.Random(plan.seed).random
    stack = Stack(settings, counted_tokens(), plan.rules, chance=chance)
    stack.impair(plan.impairments, START)
    stack.begin(START)
    return stack


def calling(name: str, transport: str = "udp") -> Caller:
    """Return a caller on a network of its own, who calls one scenario."""
    return Caller(Network(answering(name), START), transport)


def bob_beside(alice: Caller) -> Caller:
    """Return a second caller on the network of the first one."""
    return Caller(alice.network, alice.transport, ("192.0.2.10", 5080), "bob")


def register(alice: Caller, **headers: str) -> None:
    """Send a REGISTER of a call of its own; underscores in names are hyphens."""
    alice.start("REGISTER", headers=_named(headers))


def register_again(alice: Caller, **headers: str) -> None:
    """Send the next REGISTER of the same Call-ID."""
    alice.send(alice.request("REGISTER", alice.uri(""), _named(headers)))


def call_again(alice: Caller, user: str, headers: dict[str, str] | None = None) -> None:
    """Send the INVITE of a call once more as a new request, as after a challenge."""
    alice.send(alice.request("INVITE", alice.uri(user), headers))


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}

"""Whatever goes wrong on purpose: nothing raises, nothing leaks, and a seed decides it all."""

import random
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from responder.faults.bundle import Bundle
from responder.faults.fault import Fault
from responder.faults.impairment import Impairment
from responder.faults.parameter import Parameter, Unfit, parameters, read
from responder.faults.registry import FAULTS, make, parameters_of
from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond, Step, Wait
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Sent
from responder.testing.tokens import counted_tokens
from tests.torture.replay import Sea, left_over

LONG_AFTER = 9_000.0
HEADERS = ["Via", "To", "from", "i", "CSeq", "Contact", "X", "Content-Length"]


def values(parameter: Parameter) -> st.SearchStrategy[object]:
    if parameter.type == "choice":
        return st.sampled_from(parameter.choices)
    if parameter.type == "text":
        return st.sampled_from(HEADERS)
    if parameter.name == "rate":
        return st.sampled_from([100, 5_000])  # a slower line would not be done by then
    least, most = parameter.least, min(parameter.most, 40)
    if parameter.type == "integer":
        return st.integers(int(least), int(max(most, least)))
    return st.floats(least, max(most, least), allow_nan=False)


def written(parameters: tuple[Parameter, ...]) -> st.SearchStrategy[dict[str, object]]:
    required = {each.name: values(each) for each in parameters if each.required}
    optional = {
        each.name: values(each)
        for each in parameters
        if not each.required and each.type != "network"
    }
    return st.fixed_dictionaries(required, optional=optional)


@st.composite
def faults(draw: st.DrawFn) -> Bundle | None:
    found: list[Fault] = []
    for name in draw(st.lists(st.sampled_from(list(FAULTS)), max_size=4)):
        found += make(name, draw(written(parameters_of(FAULTS[name]))))
    try:
        return Bundle(found)
    except Unfit:
        return None


@st.composite
def steps(draw: st.DrawFn) -> tuple[Step, ...]:
    found: list[Step] = []
    for status in [*draw(st.lists(st.sampled_from([100, 180, 183]), max_size=2)), None]:
        final = status or draw(st.sampled_from([200, 302, 486, 503, 699]))
        found.append(Respond(final, fault=draw(faults())))
        found.append(Wait(draw(st.sampled_from([0.0, 0.3, 2.0]))))
    return tuple(found)


@st.composite
def impairments(draw: st.DrawFn) -> Impairment | None:
    fields: Mapping[str, object] = draw(written(parameters(Impairment)))
    try:
        return read(Impairment, fields, "impairment")
    except Unfit:
        return None


VERBS = ["cancel", "again", "ack", "bye", "options", "disconnect", "wait", "wait"]


def play(
    program: tuple[Step, ...],
    verbs: list[str],
    transport: str,
    seed: int,
    impairing: list[Impairment],
) -> tuple[Stack, list[tuple[float, bytes]]]:
    """Call, do as the verbs say, and wait until nothing can be left; return what was sent when."""
    rules = Rules((Rule(Program("faulty", (program,)), (b"INVITE",)),))
    stack = Stack(Settings(), counted_tokens(), rules, chance=random.Random(seed).random)
    network = Sea(stack)
    stack.impair(impairing, network.now)
    alice = Caller(network, transport)
    alice.call("1001", body=OFFER)
    for verb in verbs:
        match verb:
            case "cancel":
                alice.cancel()
            case "again":
                alice.again()
            case "ack" if any(each.status >= 200 for each in alice.received):
                _acknowledge(alice)
            case "bye":
                alice.bye()
            case "options":
                alice.start("OPTIONS", "1001")
            case "disconnect" if transport == "tcp" and not alice.flow.closed:
                network.disconnect(alice.flow)
            case _:
                network.advance(0.7)
    network.advance(LONG_AFTER)
    stack.shut_down(network.now)  # a call that was acknowledged goes on until somebody hangs up
    network.advance(LONG_AFTER)
    return stack, [_told(sent) for sent in network.sent]


def _told(sent: Sent) -> tuple[float, bytes]:
    return sent.at, sent.data


def _acknowledge(alice: Caller) -> None:
    try:
        alice.ack()
    except (LookupError, ValueError, IndexError):
        return  # the final response is too wrong to be acknowledged


@settings(max_examples=200, deadline=None)
@given(
    program=steps(),
    verbs=st.lists(st.sampled_from(VERBS), max_size=6),
    transport=st.sampled_from(["udp", "tcp"]),
    seed=st.integers(0, 2**32),
    impairing=st.lists(impairments().filter(lambda each: each is not None), max_size=2),
)
def test_any_faults(
    program: tuple[Step, ...],
    verbs: list[str],
    transport: str,
    seed: int,
    impairing: list[Impairment],
) -> None:
    stack, sent = play(program, verbs, transport, seed, impairing)
    assert left_over(stack) == {}
    assert stack.uas.faults.late == {}
    assert stack.next_deadline() is None
    assert play(program, verbs, transport, seed, impairing)[1] == sent

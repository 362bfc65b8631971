"""The core alone: parse, transaction, rule, build and record, without sockets."""

import itertools
import time
from collections.abc import Sequence

from benchmarks import requests
from benchmarks.ladders import ANSWERED, BUSY, Ladder
from responder.scenario.filling import templated
from responder.scenario.rules import Rule, Rules
from responder.scenario.steps import Program, Respond
from responder.sip.events import Core, Flow, Send
from responder.sip.settings import Settings
from responder.stack import Stack

RATE = 1_000
"""Calls a second on the clock that the core is shown, so timers end as they would in real life."""

SOURCE, TARGET = 40_000, 5_060
BATCH = 500


def new_stack(rules: Rules | None = None) -> Stack:
    """Return a core as ``responder serve -q`` makes one, with rules or without a scenario."""
    counter = itertools.count(1)
    stack = Stack(Settings(), lambda: b"%016x" % next(counter), rules)
    stack.uas.records.traces = False
    return stack


def busy_rules(count: int) -> Rules | None:
    """Return rules of which each refuses the calls to one number as busy; ``BUSY`` calls the last.

    Args:
        count: how many rules; None is returned for 0.
    """
    if not count:
        return None
    users = [*[b"%07d" % number for number in range(count - 1)], BUSY.user.encode()]
    return Rules(
        tuple(
            Rule(Program(f"rule {place}", ((Respond(486),),)), (b"INVITE",), user)
            for place, user in enumerate(users)
        )
    )


def template_rules() -> Rules:
    """Return a rule that refuses every INVITE as busy, with a header field that is a template."""
    busy = Respond(486, headers=((b"X-Caller", b"{{ request.to.user }}"),))
    step = templated(busy, "bench", (), lambda *_: None)
    return Rules((Rule(Program("rule", ((step,),)), (b"INVITE",)),))


def measure(core: Core, ladder: Ladder, calls: int) -> float:
    """Return the microseconds of CPU for each message received.

    What the caller needs to make its messages is not counted; the deadlines of the core are, as
    they fall due. The core's transactions of the first 32 s are part of what it carries.

    Args:
        core: what receives the messages.
        ladder: what each call looks like: ``BUSY`` or ``ANSWERED``.
        calls: how many calls.

    Raises:
        RuntimeError: a call did not end as its ladder does.
    """
    caller = requests.Caller(SOURCE, TARGET, ladder.user.encode())
    feed = Feed(core)
    for first in range(0, calls, BATCH):
        numbers = range(first, min(first + BATCH, calls))
        invites = [caller.invite(number) for number in numbers]
        if ladder is ANSWERED:
            tags = _tags(feed.give(invites), b"SIP/2.0 200 ", numbers)
            feed.give([caller.ack(number, tags[number]) for number in numbers])
            byes = [caller.bye(number, tags[number]) for number in numbers]
            _tags(feed.give(byes), b"SIP/2.0 200 ", numbers)
        else:
            tags = _tags(feed.give(invites), b"SIP/2.0 486 ", numbers)
            feed.give([caller.failure_ack(number, tags[number]) for number in numbers])
    return feed.spent / feed.messages / 1e3


def _tags(responses: list[bytes], start: bytes, numbers: Sequence[int]) -> dict[int, bytes]:
    """Return the To tag of each call's final response."""
    finals = [response for response in responses if not response.startswith(b"SIP/2.0 1")]
    found = {}
    for response in finals:
        number = requests.call_number(response)
        if number is None or not response.startswith(start):
            raise RuntimeError(f"not {start.decode()}but {response[:60]!r}")
        found[number] = requests.to_tag(response)
    if found.keys() != set(numbers):
        raise RuntimeError(f"{len(found)} final responses to {len(numbers)} requests")
    return found


class Feed:
    """Hands messages to a core, one by one, on a clock of its own.

    Attributes:
        spent: nanoseconds of CPU so far.
        messages: how many the core has had.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._flow = Flow("udp", ("127.0.0.1", TARGET), ("127.0.0.1", SOURCE))
        self._now = 0.0
        self.spent = 0
        self.messages = 0

    def give(self, messages: list[bytes]) -> list[bytes]:
        """Return what the core sent."""
        core, flow, now = self._core, self._flow, self._now
        sent: list[bytes] = []
        start = time.process_time_ns()
        for message in messages:
            now += 0.5 / RATE
            core.receive(flow, message, now)
            deadline = core.next_deadline()
            if deadline is not None and deadline <= now:
                core.expire(now)
            outputs = core.take_outputs()
            sent += [output.data for output in outputs if type(output) is Send]
        self.spent += time.process_time_ns() - start
        self.messages += len(messages)
        self._now = now
        return sent

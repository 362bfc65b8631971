"""The core alone: parse, transaction, rule, build and record, without sockets."""

import itertools
import time

from benchmarks import requests
from responder.sip.events import Core, Flow, Send
from responder.sip.settings import Settings
from responder.stack import Stack

RATE = 1_000
"""Calls a second on the clock that the core is shown, so timers end as they would in real life."""

SOURCE, TARGET = 40_000, 5_060
BATCH = 500


def new_stack() -> Stack:
    """Return a core as ``responder serve`` makes one when it is given no scenario."""
    counter = itertools.count(1)
    return Stack(Settings(), lambda: b"%016x" % next(counter))


def measure(core: Core, calls: int) -> float:
    """Return the microseconds of CPU for each message received, over calls INVITE-486-ACK.

    What the caller needs to make its messages is not counted; the deadlines of the core are, as
    they fall due. The core's transactions of the first 32 s are part of what it carries.

    Args:
        core: what receives the messages.
        calls: how many calls, two messages each.

    Raises:
        RuntimeError: a call was not answered with 486.
    """
    flow = Flow("udp", ("127.0.0.1", TARGET), ("127.0.0.1", SOURCE))
    spent = messages = 0
    now = 0.0
    for first in range(0, calls, BATCH):
        numbers = range(first, min(first + BATCH, calls))
        invites = [requests.invite(number, SOURCE, TARGET) for number in numbers]
        used, responses, now = _feed(core, flow, invites, now)
        if len(responses) != len(invites):
            raise RuntimeError(f"{len(responses)} responses to {len(invites)} INVITEs")
        acks = [_ack(response) for response in responses]
        spent += used
        used, _, now = _feed(core, flow, acks, now)
        spent += used
        messages += len(invites) + len(acks)
    return spent / messages / 1e3


def _ack(response: bytes) -> bytes:
    number = requests.call_number(response)
    if number is None or not response.startswith(b"SIP/2.0 486 "):
        raise RuntimeError(f"not a 486: {response[:60]!r}")
    return requests.ack(number, SOURCE, TARGET, requests.to_tag(response))


def _feed(
    core: Core, flow: Flow, messages: list[bytes], now: float
) -> tuple[int, list[bytes], float]:
    """Hand messages over one by one; return nanoseconds of CPU, what was sent, the new time."""
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
    return time.process_time_ns() - start, sent, now

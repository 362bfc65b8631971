"""One attempt over real sockets, for the commands that place requests."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from typing import TypeAlias

from responder.agent.tokens import fresh_tokens
from responder.cli.capturing import CaptureFile, Capturing
from responder.codes import lookup
from responder.journal.record import Entry
from responder.net.allow import Allow
from responder.net.driver import Driver
from responder.net.errors import NotLocated
from responder.net.listen import write_address
from responder.net.locate import Locator
from responder.probe.attempt import TRANSPORT, Attempt, Result
from responder.probe.caller import Caller
from responder.sip.events import Address, Core, Trace

OnEntry: TypeAlias = Callable[[Entry, Result], None]

_REFUSED = frozenset({"port unreachable", "connection refused"})


class Unplaced(Exception):
    """Nothing could be sent; the text is a sentence without its full stop."""


async def place(
    attempt: Attempt, on_entry: OnEntry | None = None, capture: CaptureFile | None = None
) -> Result:
    """Place one attempt and wait until all of it is over.

    The addresses of what is dialled are tried in order until one can be reached (RFC 3263 section
    4.3). The first SIGINT cancels or hangs up; a second one does what it always does.

    Args:
        attempt: what to do.
        on_entry: takes every entry of the record as it is made, with the result so far.
        capture: where every message is written as it passes.

    Raises:
        Unplaced: the host was not found, or this machine has no way to it.
    """
    uri = attempt.hop
    host = (uri.param(b"maddr") or uri.host).decode("ascii", "replace").strip("[]")
    try:
        addresses = await Locator().locate(host, uri.port or 0, attempt.transport)
    except NotLocated as miss:
        raise Unplaced(str(miss)) from None
    for address in addresses[:-1]:
        with contextlib.suppress(Unplaced):
            result = await _place_at(attempt, address, on_entry, capture)
            if result.end != TRANSPORT or result.statuses:
                return result
    return await _place_at(attempt, addresses[-1], on_entry, capture)


def explain(result: Result) -> str:
    """Return why no final response came in time, as a sentence without its full stop."""
    if result.end != TRANSPORT:
        return result.why
    where = f"{result.record.source} ({result.record.transport})"
    if result.why in _REFUSED:
        return f"nothing listens at {where}"
    return f"{where} was not reached: {result.why}"


async def _place_at(
    attempt: Attempt, address: Address, on_entry: OnEntry | None, capture: CaptureFile | None
) -> Result:
    # The registry is read from its file when first asked: not while a response waits.
    lookup(100)
    caller = Caller(attempt, fresh_tokens())
    over = asyncio.Event()
    faults: list[Exception] = []

    def on_trace(trace: Trace, now: float) -> None:
        del now
        entry = trace.facts.get("entry")
        if trace.kind == "settled":
            over.set()
        elif on_entry is not None and isinstance(entry, Entry):
            on_entry(entry, caller.result)

    def on_fault(fault: Exception) -> None:
        faults.append(fault)
        over.set()

    core: Core = caller if capture is None else Capturing(caller, capture, time.monotonic)
    driver = Driver(core, Allow(("any",)), on_trace=on_trace, on_fault=on_fault)
    await driver.start([])
    try:
        flow = driver.udp_flow(address)
        driver.submit(lambda: caller.start(flow, time.monotonic()))
        with _interrupted_by(
            lambda: driver.submit(lambda: caller.give_up("it was interrupted", time.monotonic()))
        ):
            await over.wait()
    except OSError as refusal:
        reason = (refusal.strerror or str(refusal)).lower()
        raise Unplaced(f"{write_address(*address)} was not reached: {reason}") from None
    finally:
        await driver.stop()
    if faults:
        raise faults[0]
    return caller.result


@contextlib.contextmanager
def _interrupted_by(action: Callable[[], None]) -> Iterator[None]:
    """Have SIGINT call ``action`` once, where this thread is the one that takes signals."""
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        action()

    with contextlib.suppress(RuntimeError, ValueError):
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        with contextlib.suppress(RuntimeError, ValueError):
            loop.remove_signal_handler(signal.SIGINT)

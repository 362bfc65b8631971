"""One attempt over real sockets, for the commands that place requests."""

import asyncio
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from responder.journal.record import Entry
from responder.net.allow import Allow
from responder.net.driver import Driver
from responder.net.errors import BindFailed, NotLocated
from responder.net.listen import write_address
from responder.probe.attempt import TRANSPORT, Attempt, Result
from responder.probe.caller import Caller
from responder.sip.events import Address, Trace

_REFUSED = frozenset({"port unreachable", "connection refused"})


class Unplaced(Exception):
    """Nothing could be sent; the text is one sentence."""


def token() -> bytes:
    """Return a fresh token (RFC 3261 section 19.3)."""
    return secrets.token_hex(8).encode()


async def place(
    attempt: Attempt, on_entry: Callable[[Entry, Result], None] | None = None
) -> Result:
    """Place one attempt and wait until all of it is over.

    The addresses of what is dialled are tried in order until one can be reached (RFC 3263 section
    4.3). SIGINT ends the attempt early: it is cancelled or hung up.

    Args:
        attempt: what to do.
        on_entry: takes every entry of the record as it is made.

    Raises:
        Unplaced: the host was not found, or this machine has no way to it.
    """
    uri = attempt.uri
    host = (uri.param(b"maddr") or uri.host).decode("ascii", "replace").strip("[]")
    result: Result | None = None
    for address in await _addresses(host, uri.port or 0, attempt.transport):
        result = await _place_at(attempt, address, on_entry)
        if result.end != TRANSPORT or result.statuses:
            break
    assert result is not None
    return result


def sentence(result: Result) -> str:
    """Return why an attempt got no final response in time, as a sentence without its full stop."""
    if result.end != TRANSPORT:
        return result.why
    where = f"{result.record.source} ({result.record.transport})"
    if result.why in _REFUSED:
        return f"nothing listens at {where}"
    return f"{where} was not reached: {result.why}"


async def _addresses(host: str, port: int, transport: str) -> list[Address]:
    driver = Driver(_Silent(), Allow(("any",)))
    try:
        return await driver.locate(host, port, transport)
    except NotLocated as miss:
        raise Unplaced(str(miss)) from None


async def _place_at(
    attempt: Attempt, address: Address, on_entry: Callable[[Entry, Result], None] | None
) -> Result:
    caller = Caller(attempt, token)
    over = asyncio.Event()
    faults: list[Exception] = []

    def on_trace(trace: Trace, now: float) -> None:
        del now
        if trace.kind == "settled":
            over.set()
        elif on_entry is not None:
            entry = trace.facts["entry"]
            assert isinstance(entry, Entry)
            on_entry(entry, caller.result)

    def on_fault(fault: Exception) -> None:
        faults.append(fault)
        over.set()

    driver = Driver(caller, Allow(("any",)), on_trace=on_trace, on_fault=on_fault)
    await driver.start([])
    try:
        flow = driver.udp_flow(address)
        driver.submit(lambda: caller.start(flow, time.monotonic()))
        with _interruptible(lambda: driver.submit(lambda: _interrupt(caller))):
            await over.wait()
    except (BindFailed, OSError) as refusal:
        reason = refusal.strerror or str(refusal)
        raise Unplaced(f"{write_address(*address)} cannot be reached: {reason.lower()}") from None
    finally:
        await driver.stop()
    if faults:
        raise faults[0]
    return caller.result

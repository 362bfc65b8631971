"""From INVITE to first response, as the caller sees it."""

import socket
import struct
import time
from dataclasses import dataclass

from benchmarks import requests
from benchmarks.answerer import Answerer

# SIPp's response times move in steps of its own clock, some milliseconds, so this caller is ours.
SO_TIMESTAMPNS = 35
"""Linux: each datagram comes with the time at which the kernel received it, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Quantiles over the calls of one run, in seconds, and how many calls stayed unanswered."""

    p50: float
    p99: float
    lost: int


def measure(answerer: Answerer, rate: int, calls: int) -> Latency:
    """Place calls that end with 486, evenly spaced, and time each first response.

    The end of each interval is the kernel's time stamp of the response, so what this caller needs
    in order to wake up is not counted.

    Args:
        answerer: who is called.
        rate: calls a second.
        calls: how many.
    """
    waits: list[int] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        caller.bind(("127.0.0.1", 0))
        writer = requests.Caller(caller.getsockname()[1], answerer.port)
        sent: dict[int, int] = {}
        begin = time.perf_counter()
        for number in range(calls):
            due = begin + number / rate
            _collect(caller, writer, answerer.port, due, sent, waits)
            request = writer.invite(number)
            sent[number] = time.time_ns()
            caller.sendto(request, ("127.0.0.1", answerer.port))
        _collect(caller, writer, answerer.port, time.perf_counter() + 0.5, sent, waits)
    if not waits:
        raise RuntimeError(f"{answerer.name} answered none of {calls} calls")
    waits.sort()
    return Latency(
        p50=waits[len(waits) // 2] / 1e9, p99=waits[len(waits) * 99 // 100] / 1e9, lost=len(sent)
    )


def _collect(
    caller: socket.socket,
    writer: requests.Caller,
    target: int,
    until: float,
    sent: dict[int, int],
    waits: list[int],
) -> None:
    while (left := until - time.perf_counter()) > 0:
        caller.settimeout(left)
        try:
            response, ancillary, _, _ = caller.recvmsg(4096, 64)
        except TimeoutError:
            return
        number = requests.call_number(response)
        if number is not None and (start := sent.pop(number, None)) is not None:
            waits.append(_stamp(ancillary) - start)
        if number is not None and not response.startswith(b"SIP/2.0 1"):
            acknowledgement = writer.failure_ack(number, requests.to_tag(response))
            caller.sendto(acknowledgement, ("127.0.0.1", target))


def _stamp(ancillary: list[tuple[int, int, bytes]]) -> int:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("qq", data[:16])
            return int(seconds) * 1_000_000_000 + int(nanoseconds)
    return time.time_ns()

"""Memory of an answerer that holds many transactions."""

import socket
import time
from dataclasses import dataclass

from benchmarks import requests
from benchmarks.answerer import Answerer

# An INVITE that is answered 486 and never acknowledged: both answerers must keep the response and
# repeat it, up to 64*T1 = 32 s (RFC 3261 section 17.2.1, timers G and H). Of a non-INVITE
# transaction (timer J) SIPp keeps next to nothing, so there would be nothing to compare.
# The caller is ours because it has to stay: SIPp ends with its last call, and the kernel would
# then refuse the repeated responses.
HELD = 32.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory, in bytes, before the load and at its highest, and calls answered."""

    idle: int
    peak: int
    answered: int


def measure(answerer: Answerer, transactions: int, rate: int, watch: float) -> Memory:
    """Open transactions, leave them unacknowledged, and watch the memory of the answerer.

    Args:
        answerer: who is called.
        transactions: how many INVITEs are sent.
        rate: how many of them in a second.
        watch: how long to watch from the first INVITE on, in seconds.
    """
    idle = peak = answerer.resident_bytes()
    answered: set[int] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        caller.bind(("127.0.0.1", 0))
        source = caller.getsockname()[1]
        writer = requests.Caller(source, answerer.port)
        begin = time.perf_counter()
        for number in range(transactions):
            _collect(caller, begin + number / rate, answered)
            caller.sendto(writer.invite(number), ("127.0.0.1", answerer.port))
        while (now := time.perf_counter()) < max(begin + watch, begin + transactions / rate + 0.5):
            _collect(caller, now + 0.1, answered)
            peak = max(peak, answerer.resident_bytes())
    return Memory(idle, peak, len(answered))


def _collect(caller: socket.socket, until: float, answered: set[int]) -> None:
    while (left := until - time.perf_counter()) > 0:
        caller.settimeout(left)
        try:
            response = caller.recv(4096)
        except TimeoutError:
            return
        number = requests.call_number(response)
        if number is not None and response.startswith(b"SIP/2.0 486 "):
            answered.add(number)

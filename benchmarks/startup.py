"""From starting a process to its first answer, and a responder inside a program that runs."""

import socket
import time

from benchmarks import requests
from benchmarks.answerer import Answerer
from responder import Responder

AGAIN = 0.005
"""How often the question is repeated, in seconds; the result is not finer than this."""


def measure(answerer: Answerer, limit: float = 20.0) -> float:
    """Return the seconds from the start of a process to its first answer to an OPTIONS over UDP.

    Args:
        answerer: just started, not waited for; it is stopped here.
        limit: when to give up, in seconds.

    Raises:
        RuntimeError: no answer came.
    """
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
            caller.bind(("127.0.0.1", 0))
            caller.settimeout(AGAIN)
            source = caller.getsockname()[1]
            request = requests.Caller(source, answerer.port).options(0)
            while time.perf_counter() - answerer.started < limit:
                caller.sendto(request, ("127.0.0.1", answerer.port))
                try:
                    caller.recv(4096)
                except TimeoutError:
                    continue
                return time.perf_counter() - answerer.started
    finally:
        answerer.stop()
    raise RuntimeError(f"{answerer.name} did not answer within {limit:.0f} s")


def inside() -> float:
    """Return the seconds until a responder listens that a running program starts in a thread.

    Its modules are imported, as they are from the second test of a suite on.
    """
    began = time.perf_counter()
    with Responder(listen="udp:127.0.0.1:0"):
        return time.perf_counter() - began

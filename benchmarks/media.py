"""Calls with audio that comes back, and what they cost the answerer."""

import re
import socket
import struct
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from benchmarks.answerer import SOCKET_BUFFER, Answerer
from benchmarks.requests import Caller, call_number, to_tag

RATE = 50
"""Packets a second of each call, each way."""

SLICES = 20
"""Parts of 20 ms into which the packets of all calls are spread."""

TOO_LATE = 0.1
"""Seconds by which the caller may lag behind its own clock before the figures suffer."""

PATIENCE = 0.5
"""Seconds without a packet after which those that are missing count as lost."""

HOST = "127.0.0.1"
_PORT = re.compile(rb"\nm=audio (\d+) ")
_HEADER = struct.Struct(">BBHII")
_PAYLOAD = b"\x55" * 160


@dataclass(frozen=True, slots=True)
class Echo:
    """What one load came to.

    Attributes:
        calls: how many stood.
        sent: packets sent to them.
        received: packets that came back.
        cpu: seconds of CPU that the answerer used.
        seconds: how long it took.
        late: the longest that a slice began after its time, in seconds: the caller was too slow.
        response: from OPTIONS to its answer while audio passed, in seconds: the slowest of all.
    """

    calls: int
    sent: int
    received: int
    cpu: float
    seconds: float
    late: float
    response: float

    @property
    def share(self) -> float:
        """The part of one CPU that the answerer used."""
        return self.cpu / self.seconds

    @property
    def cost(self) -> float:
        """Seconds of CPU for each packet that came back."""
        return self.cpu / self.received if self.received else 0.0


def measure(answerer: Answerer, calls: int, seconds: float) -> Echo:
    """Place calls, send audio to all of them, and count what comes back.

    The calls of a slice share a socket: each has a port of its own at the answerer, which sends
    back to where its packets come from. Once in 100 ms an OPTIONS asks whether SIP is still
    answered.

    Args:
        answerer: who is called.
        calls: how many.
        seconds: how long audio is sent.

    Raises:
        RuntimeError: a call was not answered.
    """
    with ExitStack() as opened:
        sip, *audio = (opened.enter_context(_bound()) for _ in range(1 + SLICES))
        sip.settimeout(5.0)
        caller = Caller(sip.getsockname()[1], answerer.port, b"echo")
        sip.connect((HOST, answerer.port))
        ports = [_call(sip, caller, number) for number in range(calls)]
        sip.setblocking(False)
        return _Talk(answerer, caller, sip, audio, ports).run(seconds)


def _bound() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER)
    sock.bind((HOST, 0))
    sock.setblocking(False)
    return sock


def _call(sip: socket.socket, caller: Caller, number: int) -> int:
    """Place one call; return its port."""
    sip.send(caller.invite(number))
    while True:
        try:
            response = sip.recv(4096)
        except TimeoutError:
            raise RuntimeError(f"call {number} was not answered") from None
        if call_number(response) == number and response.startswith(b"SIP/2.0 200"):
            break
    sip.send(caller.ack(number, to_tag(response)))
    found = _PORT.search(response)
    if found is None:
        raise RuntimeError(f"call {number} has no audio")
    return int(found[1])


class _Talk:
    """Sends slice by slice, and takes what comes back in between."""

    def __init__(
        self,
        answerer: Answerer,
        caller: Caller,
        sip: socket.socket,
        audio: list[socket.socket],
        ports: list[int],
    ) -> None:
        self._answerer = answerer
        self._caller = caller
        self._sip = sip
        self._audio = audio
        self._slices = [
            [(port, (HOST, port)) for port in ports[start::SLICES]] for start in range(SLICES)
        ]
        self._calls = len(ports)
        self._buffer = bytearray(2048)
        self._asked: dict[int, float] = {}
        self._number = len(ports)
        self.sent = 0
        self.received = 0
        self.response = 0.0

    def run(self, seconds: float) -> Echo:
        """Talk, wait for the last packets, and return what it came to."""
        packet = bytearray(_HEADER.size) + _PAYLOAD
        cpu, start = self._answerer.cpu_seconds(), time.perf_counter()
        late = 0.0
        width = 1 / RATE / SLICES
        for turn in range(round(seconds * RATE * SLICES)):
            due = start + turn * width
            while (left := due - time.perf_counter()) > 0:
                if not self._take():
                    time.sleep(min(left, 0.0005))
            late = max(late, -left)
            sequence = turn // SLICES
            send = self._audio[turn % SLICES].sendto
            for ssrc, place in self._slices[turn % SLICES]:
                _HEADER.pack_into(packet, 0, 0x80, 0, sequence & 0xFFFF, sequence * 160, ssrc)
                send(packet, place)
                self.sent += 1
            self._take()
            if turn % (5 * SLICES) == 0:
                self._ask()
        end = time.perf_counter()
        patience = end + PATIENCE
        while self.received < self.sent and time.perf_counter() < patience:
            if self._take():
                patience = time.perf_counter() + PATIENCE
            else:
                time.sleep(0.001)
        cpu = self._answerer.cpu_seconds() - cpu
        response = max(self.response, *(end - at for at in self._asked.values()), 0.0)
        return Echo(self._calls, self.sent, self.received, cpu, end - start, late, response)

    def _take(self) -> int:
        """Take all that has come; return how much it was."""
        taken = sum(self._drain(sock) for sock in self._audio)
        self.received += taken
        try:
            number = call_number(self._sip.recv(4096))
        except BlockingIOError:
            return taken
        asked = self._asked.pop(number, None) if number is not None else None
        if asked is not None:
            self.response = max(self.response, time.perf_counter() - asked)
        return taken

    def _drain(self, sock: socket.socket) -> int:
        receive, buffer = sock.recv_into, self._buffer
        taken = 0
        with suppress(BlockingIOError):
            while True:
                receive(buffer)
                taken += 1
        return taken

    def _ask(self) -> None:
        self._number += 1
        self._asked[self._number] = time.perf_counter()
        self._sip.send(self._caller.options(self._number))

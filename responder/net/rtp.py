"""RTP: a pair of UDP ports for each stream, all of them drained in one place.

The sockets have a watch of their own, whose descriptor is all that the event loop watches: a handle
of the loop for each packet would cost more than the packet.

To make, watch and close two sockets costs as much as the rest of an answered call. So a pair whose
stream is over rests for a while, bound and deaf, and is then given to a later stream.
"""

import asyncio
import errno
import socket
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from responder.media.pacer import Pacer
from responder.media.stream import BUFFER, Source, Stream
from responder.net.allow import Allow
from responder.net.bind import bind_udp
from responder.net.errors import BadAddress
from responder.net.kernel import source_for
from responder.net.pace import TICK, Pace
from responder.net.watch import WATCH

BATCH: Final = 128
"""Packets taken before other sockets and timers get their turn."""

_CLOSED_AT_ONCE: Final = 64
_SOON: Final = 0.01
_ATTEMPTS: Final = 64
_ANY_NUMBER: Final = 9  # a port is asked for; nothing is sent there


class Resting(NamedTuple):
    """How pairs of ports rest between two streams.

    Attributes:
        least: seconds until a pair is given out again: what is late for one call must not reach the
            next.
        crowded: the same from when as many rest as may until half as many do: a pair would have to
            be closed for each new one, whose number comes round in a range of ports about as soon.
        most: seconds after which it is closed.
        pairs: how many rest at one time; of more, those that have rested longest are closed.
    """

    least: float = 2.0
    crowded: float = 0.25
    most: float = 60.0
    pairs: int = 4_096


class PortRange(NamedTuple):
    """The ports that streams may use.

    Attributes:
        first: the lowest; 0 where the kernel picks any free one.
        last: the highest.
    """

    first: int = 10_000
    last: int = 19_999

    @property
    def lowest(self) -> int:
        """The lowest even port."""
        return self.first + self.first % 2

    @property
    def pairs(self) -> int:
        """How many even ports have their next one in the range."""
        return max(0, (self.last - self.lowest + 1) // 2)


USUAL_REST: Final = Resting()
DEFAULT_PORTS: Final = PortRange()
ANY_PORT: Final = PortRange(0, 0)


def parse_ports(text: str) -> PortRange | None:
    """Read one value of ``--media-ports``: ``10000-19999``, ``0`` for any, ``off`` for none.

    Raises:
        BadAddress: it is none of these; the text is one sentence.
    """
    if text == "off":
        return None
    if text == "0":
        return ANY_PORT
    first, dash, last = text.partition("-")
    if dash and text.isascii() and first.isdecimal() and last.isdecimal():
        ports = PortRange(int(first), int(last))
        if 0 < ports.first < ports.last < 65536 and ports.pairs:
            return ports
    raise BadAddress(
        f'"{text}" is not a range of ports; write one such as 10000-19999, with room for an even'
        " port and the next one, or 0 for any free ports, or off."
    )


class RtpPorts:
    """Binds and drains the ports of all streams, on the event loop that `start` runs on.

    It is a `responder.media.ports.Ports`.

    Attributes:
        unsent: packets that the kernel did not take.
    """

    def __init__(
        self,
        ports: PortRange,
        allow: Allow,
        clock: Callable[[], float],
        *,
        draw: Callable[[int], int],
        on_fault: Callable[[Exception], None],
        rest: Resting = USUAL_REST,
    ) -> None:
        """Take what all ports share; nothing is bound before `start` and `open`.

        Args:
            ports: the range.
            allow: the sources whose packets are taken.
            clock: seconds, on the clock of the core.
            draw: returns a random number from 0 to the one given; with it the first port is chosen,
                so that what is late for the calls of an earlier process meets none of ours.
            on_fault: takes every exception that a stream raised.
            rest: how pairs rest.
        """
        self.unsent = 0
        self.pacer = Pacer()
        self._resting: deque[_Pair] = deque()
        self._rest = rest
        self._crowded = False
        self._sweeper: asyncio.TimerHandle | None = None
        self._lowest, self._pairs = ports.lowest, ports.pairs
        self._allow = allow
        self._clock = clock
        self._on_fault = on_fault
        self._turn = draw(max(0, ports.pairs - 1))
        self._buffer = bytearray(BUFFER)
        self._view = memoryview(self._buffer)
        self._pace = Pace()
        self._ticker: asyncio.TimerHandle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = 0.0

    @property
    def in_use(self) -> int:
        """How many streams have their ports now."""
        return len(self.pacer.lines)

    def start(self) -> None:
        """Begin to watch the ports that will be opened."""
        self._loop = asyncio.get_running_loop()
        self._watch = WATCH()
        self._loop.add_reader(self._watch, self._readable)

    def close(self) -> None:
        """Close every port, and watch no longer."""
        now = self._clock()
        for port in list(self.pacer.lines):
            port.close(now)
        self._close_rested(len(self._resting))
        if self._ticker is None:
            self._loop.remove_reader(self._watch)
        for handle in (self._ticker, self._timer, self._sweeper):
            if handle is not None:
                handle.cancel()
        self._watch.close()

    # responder.media.ports.Ports

    def open(self, host: str, stream: Stream, now: float) -> "RtpPort | None":
        """Give out the ports of RTP and RTCP; None where none is left."""
        pair = self._rested(host, now) or self._new(host)
        if pair is None and self._resting:
            # Those that rest may be the ones that are wanting, or have the last descriptors.
            self._close_rested(len(self._resting))
            pair = self._new(host)
        if pair is None:
            return None
        port = RtpPort(self, stream, pair)
        self.pacer.add(port, now)
        if self._timer is None or stream.sound:
            self.arm()
        return port

    def reach(self, host: str) -> str | None:
        """Return the address from which the machine would send to a numeric address, or None."""
        try:
            return source_for((host, _ANY_NUMBER))
        except OSError:
            return None

    def take_back(self, port: "RtpPort", pair: "_Pair", now: float) -> None:
        """Let the ports of a stream that is over rest."""
        self.pacer.remove(port)
        pair.stream = None
        pair.since = now
        self._resting.append(pair)
        if len(self._resting) > self._rest.pairs:
            self._crowded = True
            self._close_rested(1)
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(self._rest.most, self._sweep)

    def arm(self) -> None:
        """Set the timer for what is sent by the clock."""
        due = self.pacer.next_due()
        if due is None or (self._timer is not None and self._armed_for <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed_for = due
        self._timer = self._loop.call_later(max(0.0, due - self._clock()), self._expire)

    # Resting

    def _rested(self, host: str, now: float) -> "_Pair | None":
        """Return the pair that has rested longest, if that was long enough."""
        resting, rest = self._resting, self._rest
        if not resting:
            return None
        if self._crowded and len(resting) <= rest.pairs // 2:
            self._crowded = False
        oldest = resting[0]
        least = rest.crowded if self._crowded else rest.least
        if oldest.host != host or now - oldest.since < least:
            return None
        return resting.popleft()

    def _sweep(self) -> None:
        """Close what has rested for so long that nobody seems to need it, some at a time."""
        self._sweeper = None
        due = self._clock() - self._rest.most
        count = 0
        while count < len(self._resting) and self._resting[count].since <= due:
            count += 1
        self._close_rested(min(count, _CLOSED_AT_ONCE))
        if self._resting:
            wait = _SOON if count > _CLOSED_AT_ONCE else self._resting[0].since - due
            self._sweeper = self._loop.call_later(max(_SOON, wait), self._sweep)

    def _close_rested(self, count: int) -> None:
        """Close the pairs that have rested longest."""
        for _ in range(count):
            pair = self._resting.popleft()
            for sock in (pair.media, pair.control):
                self._watch.drop(sock)
                sock.close()

    # Binding

    def _new(self, host: str) -> "_Pair | None":
        pair = self._bind(host)
        if pair is not None:
            self._watch.add(pair.media, _End(self, pair))
            self._watch.add(pair.control, _End(self, pair, control=True))
        return pair

    def _bind(self, host: str) -> "_Pair | None":
        if not self._lowest:
            return _bind_any(host)
        pairs = self._pairs
        for _ in range(pairs):
            number = self._lowest + 2 * self._turn
            self._turn = (self._turn + 1) % pairs
            try:
                return _bind_pair(host, number)
            except OSError as refusal:
                if refusal.errno != errno.EADDRINUSE:
                    return None
        return None

    # The loop

    def _readable(self) -> None:
        """Drain what is ready; under load, go over to looking by ticks."""
        now = self._clock()
        self._drain()
        if self._pace.woke(now):
            self._loop.remove_reader(self._watch)
            self._ticker = self._loop.call_later(TICK, self._tick)

    def _tick(self) -> None:
        """Drain what is ready; once it is calm, have the loop woken by it again."""
        taken = self._drain()
        if self._pace.ticked(taken, self._clock()):
            self._ticker = None
            self._loop.add_reader(self._watch, self._readable)
        else:
            self._ticker = self._loop.call_later(0 if taken == BATCH else TICK, self._tick)

    def _drain(self) -> int:
        """Take one packet from each of up to `BATCH` sockets; return how many were looked at."""
        ready = self._watch.ready(BATCH)
        clock, buffer, view = self._clock, self._buffer, self._view
        for end in ready:
            try:
                end.take(buffer, view, clock())
            except Exception as fault:
                self._on_fault(fault)
        return len(ready)

    def _expire(self) -> None:
        self._timer = None
        try:
            self.pacer.expire(self._clock())
        except Exception as fault:
            self._on_fault(fault)
        self.arm()

    def permits(self, host: str) -> bool:
        """Tell whether packets from a host may come in."""
        return self._allow.permits(host)


class _Pair:
    """The sockets of RTP and RTCP at one address.

    Attributes:
        host: the address.
        media: the socket of RTP.
        control: the socket of RTCP.
        number: the port of RTP.
        stream: what takes their packets; None while they rest: then nothing does.
        since: when they began to rest, in seconds.
    """

    __slots__ = ("control", "host", "media", "number", "since", "stream")

    def __init__(
        self, host: str, number: int, media: socket.socket, control: socket.socket
    ) -> None:
        self.host = host
        self.media = media
        self.control = control
        self.number = number
        self.stream: Stream | None = None
        self.since = 0.0


class _End:
    """Takes the packets of one socket of a pair."""

    __slots__ = ("_control", "_pair", "_ports", "_sock")

    def __init__(self, ports: RtpPorts, pair: _Pair, *, control: bool = False) -> None:
        self._ports = ports
        self._pair = pair
        self._control = control
        self._sock = pair.control if control else pair.media

    def take(self, buffer: bytearray, view: memoryview, now: float) -> None:
        """Take one packet and send its answer, if it has one."""
        try:
            size, source = self._sock.recvfrom_into(buffer)
        except OSError:
            return  # closed, nothing there any more, or an ICMP error for an earlier packet
        stream = self._pair.stream
        if stream is None:
            return
        if source != stream.source and not self._ports.permits(source[0]):
            stream.refuse()
            return
        if self._control:
            size = stream.receive_control(buffer, size, source, now)
        else:
            size = stream.receive(buffer, size, source, now)
        if size:
            try:
                self._sock.sendto(view[:size], source)
            except OSError:
                self._ports.unsent += 1


class RtpPort:
    """The sockets of one stream: a `responder.media.ports.Port` and a `responder.media.pacer.Line`.

    Attributes:
        number: the port of RTP.
        stream: what takes the packets.
    """

    __slots__ = ("_pair", "_ports", "number", "stream")

    def __init__(self, ports: RtpPorts, stream: Stream, pair: _Pair) -> None:
        self.number = pair.number
        self.stream = stream
        self._ports = ports
        self._pair = pair
        pair.stream = stream

    @property
    def media(self) -> socket.socket:
        """The socket of RTP."""
        return self._pair.media

    @property
    def control(self) -> socket.socket:
        """The socket of RTCP, used where it does not share that of RTP."""
        return self._pair.control

    def send(self, buffer: bytearray, size: int, destination: Source) -> None:
        """Send a packet of RTP."""
        try:
            self.media.sendto(memoryview(buffer)[:size], destination)
        except OSError:
            self._ports.unsent += 1

    def send_control(self, data: bytes, destination: Source) -> None:
        """Send a packet of RTCP."""
        try:
            (self.media if self.stream.agreed.mux else self.control).sendto(data, destination)
        except OSError:
            self._ports.unsent += 1

    def changed(self, now: float) -> None:
        """Take note that the stream plays another sound, or none any more."""
        self._ports.pacer.changed(self, now)
        if self.stream.sound:
            self._ports.arm()

    def close(self, now: float) -> None:
        """Say goodbye where RTCP was heard, and give the ports back."""
        stream = self.stream
        if self._pair.stream is not stream:
            return  # closed before
        if stream.control_source is not None:
            self.send_control(stream.goodbye(now), stream.control_source)
        self._ports.take_back(self, self._pair, now)


def _bind_pair(host: str, number: int) -> _Pair:
    """Bind an even port for RTP and the next one for RTCP (RFC 3550 section 11).

    Raises:
        OSError: one of them cannot be had; neither is left open.
    """
    media = bind_udp(host, number)
    try:
        number = number or media.getsockname()[1]
        if number % 2:
            raise OSError(errno.EADDRINUSE, "RTP wants an even port")
        return _Pair(host, number, media, bind_udp(host, number + 1))
    except OSError:
        media.close()
        raise


def _bind_any(host: str) -> _Pair | None:
    """Bind whatever is free; None where not even the kernel finds a pair."""
    for _ in range(_ATTEMPTS):
        try:
            return _bind_pair(host, 0)
        except OSError as refusal:
            if refusal.errno != errno.EADDRINUSE:
                return None
    return None

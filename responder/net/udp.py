"""UDP: one socket, drained on each readiness, and a flow for every peer that it meets."""

import asyncio
import ipaddress
import socket
from collections import deque
from typing import Final

from responder.net.bind import resolve_numeric
from responder.net.boundary import Boundary
from responder.net.errors import reason_of
from responder.net.icmp import SocketAddress, ask_for_errors, read_errors
from responder.net.kernel import (
    IP_PKTINFO,
    IPV6_PKTINFO,
    ask_for_local_addresses,
    count_drops,
    enlarge,
    kernel_source,
)
from responder.net.listen import Listen
from responder.net.pace import TICK, Pace
from responder.net.recent import Recent
from responder.sip.events import Address, Flow

DRAIN: Final = 64
"""Datagrams taken on one readiness, before other sockets and timers get their turn."""

BURST: Final = 8
"""Datagrams taken before their answers leave: the first of many must not wait for the last."""

DATAGRAM: Final = 65535
"""The largest datagram that IP carries, in bytes (RFC 3261 section 18.1.1)."""

FLOWS: Final = 8192
"""Peers remembered by a socket; twice as many at most."""

WAITING: Final = 1024
"""Datagrams kept by a socket while the kernel takes no more; any further ones are lost."""

_PKTINFO_SPACE: Final = socket.CMSG_SPACE(20)

_NO_PKTINFO: Final = b""
_ATTEMPTS: Final = 3


class UdpFlow(Flow):
    """A peer address seen on a socket, with all that sending to it takes.

    Attributes:
        port: the socket.
        destination: the peer as the socket calls take it.
        pktinfo: what the kernel told about the local address of the peer's packets; empty on a
            socket that has only one.
        control: the control message that sets the source address; empty where the kernel would
            choose the right one by itself.
    """

    __slots__ = ("control", "destination", "pktinfo", "port")

    def __init__(
        self, port: "UdpPort", local: Address, destination: SocketAddress, pktinfo: bytes
    ) -> None:
        super().__init__("udp", local, (destination[0], destination[1]), port, port.name)
        self.port = port
        self.destination = destination
        self.pktinfo = pktinfo
        self.control: list[tuple[int, int, bytes]] = []


class UdpPort:
    """A bound UDP socket and the flows of its peers.

    Attributes:
        listen: the address it is bound to, with the port that it got.
        name: what a scenario calls it; empty for none.
        receive_buffer: bytes that the kernel granted for waiting datagrams, as it counts them.
    """

    def __init__(
        self,
        sock: socket.socket,
        boundary: Boundary,
        loop: asyncio.AbstractEventLoop,
        name: str = "",
    ) -> None:
        """Take over a bound, non-blocking socket as `bind_udp` returns it, and begin to read."""
        host, port = sock.getsockname()[:2]
        self.listen = Listen("udp", host, port)
        self.name = name
        self.family = sock.family
        self._sock = sock
        self._boundary = boundary
        self._loop = loop
        self._flows: Recent[SocketAddress, UdpFlow] = Recent(FLOWS)
        self._second_flows: Recent[tuple[bytes, SocketAddress], UdpFlow] = Recent(FLOWS)
        self._diverted: Recent[SocketAddress, UdpFlow] = Recent(FLOWS)
        self._destinations: Recent[Address, SocketAddress] = Recent(FLOWS)
        self._sources: Recent[str, str] = Recent(FLOWS)
        self._waiting: deque[tuple[UdpFlow, bytes, SocketAddress]] = deque()
        self.receive_buffer = enlarge(sock)
        ask_for_errors(sock)
        self._wildcard = ipaddress.ip_address(host).is_unspecified
        tells = self._wildcard and ask_for_local_addresses(sock)
        self._drain = self._drain_anywhere if tells else self._drain_one_address
        self._pace = Pace()
        self._ticker: asyncio.TimerHandle | None = None
        loop.add_reader(sock, self._readable)

    def kernel_drops(self) -> int | None:
        """Return how many datagrams the kernel dropped at this socket; None if unknown."""
        return count_drops(self._sock)

    def flow_to(self, remote: Address) -> UdpFlow:
        """Return the flow to a numeric address, whether or not a packet from it has come."""
        destination = resolve_numeric(self.family, remote)
        flow = self._flows.find(destination)
        if flow is None:
            flow = self._open(destination)
        return flow

    def close(self) -> None:
        """Stop reading and close the socket; what still waits to be sent is lost."""
        if self._sock.fileno() < 0:
            return
        self._loop.remove_reader(self._sock)
        if self._ticker is not None:
            self._ticker.cancel()
        self._loop.remove_writer(self._sock)
        self._waiting.clear()
        self._sock.close()

    # Receiving

    def _readable(self) -> None:
        """Drain the socket; under load, go over to looking at it by ticks."""
        now = self._boundary.clock()
        self._drain(now)
        if self._pace.woke(now) and self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock)
            self._ticker = self._loop.call_later(TICK, self._tick)

    def _tick(self) -> None:
        """Drain the socket; once it is calm, have the loop woken by it again."""
        now = self._boundary.clock()
        taken = self._drain(now)
        if self._sock.fileno() < 0:
            return
        if self._pace.ticked(taken, now):
            self._ticker = None
            self._loop.add_reader(self._sock, self._readable)
        else:
            self._ticker = self._loop.call_later(0 if taken == DRAIN else TICK, self._tick)

    def _drain_one_address(self, now: float) -> int:
        """Take what waits at a socket that is bound to one address; return how much it was."""
        boundary = self._boundary
        taken = 0
        receive = boundary.core.receive
        recvfrom = self._sock.recvfrom
        flows = self._flows
        for turn in range(DRAIN):
            try:
                data, peer = recvfrom(DATAGRAM)
            except BlockingIOError:
                if turn == 0:
                    self._read_errors(now)
                break
            except OSError:
                self._read_errors(now)
                continue
            try:
                flow = flows[peer]
            except KeyError:
                met = self._meet(peer, now)
                if met is None:
                    continue
                flow = met
            try:
                receive(flow, data, now)
            except Exception as fault:
                boundary.on_fault(fault)
            taken += 1
            if taken % BURST == 0:
                boundary.flush(now)
        boundary.flush(now)
        return taken

    def _drain_anywhere(self, now: float) -> int:
        """Do the same where each packet may have come to another local address."""
        boundary = self._boundary
        taken = 0
        receive = boundary.core.receive
        recvmsg = self._sock.recvmsg
        flows = self._flows
        flow: UdpFlow | None
        for turn in range(DRAIN):
            try:
                data, control, _, peer = recvmsg(DATAGRAM, _PKTINFO_SPACE)
            except BlockingIOError:
                if turn == 0:
                    self._read_errors(now)
                break
            except OSError:
                self._read_errors(now)
                continue
            pktinfo = control[0][2] if control else _NO_PKTINFO
            try:
                flow = flows[peer]
            except KeyError:
                flow = None
            if flow is None or flow.pktinfo != pktinfo:
                flow = self._meet_anywhere(peer, pktinfo, now)
                if flow is None:
                    continue
            try:
                receive(flow, data, now)
            except Exception as fault:
                boundary.on_fault(fault)
            taken += 1
            if taken % BURST == 0:
                boundary.flush(now)
        boundary.flush(now)
        return taken

    def _meet(self, peer: SocketAddress, now: float) -> UdpFlow | None:
        if not self._boundary.permits("udp", (peer[0], peer[1]), now):
            return None
        return self._open(peer)

    def _open(self, peer: SocketAddress) -> UdpFlow:
        host = self.listen.host
        if self._wildcard:
            host = self._chosen(peer) or host
        flow = UdpFlow(self, (host, self.listen.port), peer, _NO_PKTINFO)
        return self._flows.keep(peer, flow)

    def _chosen(self, peer: SocketAddress) -> str:
        """Return the source address that the kernel chooses towards a peer; empty if none."""
        host: str = peer[0]
        chosen = self._sources.find(host)
        if chosen is None:
            chosen = self._sources.keep(host, kernel_source(self.family, peer))
        return chosen

    def _meet_anywhere(self, peer: SocketAddress, pktinfo: bytes, now: float) -> UdpFlow | None:
        """Make a flow, or find it where a peer reaches us at several addresses."""
        flow = self._second_flows.find((pktinfo, peer))
        if flow is not None:
            return flow
        known = self._flows.find(peer)
        if known is None and not self._boundary.permits("udp", (peer[0], peer[1]), now):
            return None
        host, control = self._reached(peer, pktinfo)
        if known is not None and not known.pktinfo and known.local[0] == host:
            # `flow_to` made it; now the kernel's word for its local address is known too.
            known.pktinfo = pktinfo
            return known
        flow = UdpFlow(self, (host, self.listen.port), peer, pktinfo)
        flow.control = control
        if known is None:
            return self._flows.keep(peer, flow)
        return self._second_flows.keep((pktinfo, peer), flow)

    def _reached(
        self, peer: SocketAddress, pktinfo: bytes
    ) -> tuple[str, list[tuple[int, int, bytes]]]:
        """Return the address that a packet came to, and the control message to answer from it.

        RFC 3581 section 4: the response leaves from the address at which the request arrived. Where
        the kernel would choose it anyway, a plain ``sendto`` is a microsecond cheaper.
        """
        chosen = self._chosen(peer)
        if not pktinfo:
            return chosen or self.listen.host, []
        if self.family == socket.AF_INET6:
            address = ipaddress.IPv6Address(pktinfo[:16])
            if address.is_multicast or str(address) == chosen:
                return chosen or str(address), []
            # The interface belongs to a link-local address; elsewhere it would override routing.
            interface = pktinfo[16:20] if address.is_link_local else bytes(4)
            from_there = pktinfo[:16] + interface
            return str(address), [(socket.IPPROTO_IPV6, IPV6_PKTINFO, from_there)]
        # in_pktinfo: interface, the local address of the packet, the address in its header. They
        # differ for a broadcast, which no answer can leave from.
        host = socket.inet_ntoa(pktinfo[4:8])
        if host == chosen:
            return host, []
        any_interface = bytes(4) + pktinfo[4:8] + bytes(4)
        return host, [(socket.IPPROTO_IP, IP_PKTINFO, any_interface)]

    # Sending

    def send(self, flow: UdpFlow, data: bytes, destination: SocketAddress, now: float) -> None:
        """Send one datagram to ``destination``, which need not be the flow's peer."""
        if self._waiting:
            self._wait(flow, data, destination)
            return
        try:
            if flow.control:
                self._sock.sendmsg((data,), flow.control, 0, destination)
            else:
                self._sock.sendto(data, destination)
        except BlockingIOError:
            self._wait(flow, data, destination)
        except OSError:
            self._send_again(flow, data, destination, now)

    def divert(self, flow: UdpFlow, data: bytes, destination: SocketAddress, now: float) -> None:
        """Send one datagram elsewhere than to the peer; an ICMP error is still the flow's."""
        self._diverted.keep(destination, flow)
        self.send(flow, data, destination, now)

    def destination_of(self, address: Address) -> SocketAddress | None:
        """Return an address as this socket takes it; None if it is a name, of the other family, or
        without a port.
        """
        try:
            return self._destinations[address]
        except KeyError:
            pass
        if not address[1]:
            return None
        try:
            return self._destinations.keep(address, resolve_numeric(self.family, address))
        except OSError:
            return None

    def _send_again(
        self, flow: UdpFlow, data: bytes, destination: SocketAddress, now: float
    ) -> None:
        """Send what the socket refused: it reports there the ICMP errors of earlier datagrams."""
        self._sources.forget()
        reason = ""
        for _ in range(_ATTEMPTS):
            self._read_errors(now)
            try:
                self._sock.sendmsg((data,), flow.control, 0, destination)
            except BlockingIOError:
                self._wait(flow, data, destination)
            except OSError as refusal:
                reason = reason_of(refusal)
                continue
            return
        self._boundary.failed(flow, (destination[0], destination[1]), reason, now)

    def _wait(self, flow: UdpFlow, data: bytes, destination: SocketAddress) -> None:
        if len(self._waiting) >= WAITING:
            self._boundary.counts.unsent += 1
            return
        if not self._waiting:
            self._loop.add_writer(self._sock, self._writable)
        self._waiting.append((flow, data, destination))

    def _writable(self) -> None:
        now = self._boundary.clock()
        while self._waiting:
            flow, data, destination = self._waiting[0]
            try:
                self._sock.sendmsg((data,), flow.control, 0, destination)
            except BlockingIOError:
                break
            except OSError:
                self._waiting.popleft()
                self._send_again(flow, data, destination, now)
            else:
                self._waiting.popleft()
        if not self._waiting:
            self._loop.remove_writer(self._sock)
        self._boundary.flush(now)

    def _read_errors(self, now: float) -> None:
        for destination, reason in read_errors(self._sock):
            address = (destination[0], destination[1])
            for flow in {self._flows.find(destination), self._diverted.find(destination)}:
                if flow is not None:
                    self._boundary.failed(flow, address, reason, now)

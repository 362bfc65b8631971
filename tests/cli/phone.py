"""A caller on plain sockets, which sends what it is told and reads message by message."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from responder.sip.framing import StreamFramer, Whole
from responder.sip.message import Message, parse

PATIENCE = 10.0


class Phone:
    """One caller on one UDP socket or TCP connection, with one call at a time."""

    def __init__(self, sock: socket.socket, transport: str, name: str) -> None:
        self._sock = sock
        self._transport = transport
        self._name = name
        self._framer = StreamFramer(65535, 65535)
        self._whole: list[bytes] = []
        self._calls = 0
        self.host, self.port = sock.getsockname()[:2]
        self.invite = ""
        self.final: Message | None = None

    async def send(self, text: str) -> None:
        await asyncio.get_running_loop().sock_sendall(self._sock, text.encode())

    async def receive(self) -> Message:
        """Return the next message."""
        loop = asyncio.get_running_loop()
        while not self._whole:
            data = await asyncio.wait_for(loop.sock_recv(self._sock, 65535), PATIENCE)
            assert data, "the connection was closed"
            if self._transport == "udp":
                self._whole.append(data)
            else:
                self._whole += [f.data for f in self._framer.feed(data) if isinstance(f, Whole)]
        return parse(self._whole.pop(0))

    async def statuses(self) -> list[int]:
        """Return the statuses of responses up to the first final one."""
        statuses = [0]
        while statuses[-1] < 200:
            self.final = await self.receive()
            statuses.append(self.final.status)
        return statuses[1:]

    async def call(self, dialled: str) -> None:
        self._calls += 1
        self.invite = self.request("INVITE", f"sip:{dialled}@127.0.0.1", f"inv{self._calls}")
        await self.send(self.invite)

    async def ack(self) -> None:
        assert self.final is not None
        branch = f"inv{self._calls}" if self.final.status >= 300 else f"ack{self._calls}"
        uri = self.invite.split(" ")[1]
        to = self.final.fields[b"to"].decode()
        await self.send(self.request("ACK", uri, branch, to))

    async def answer(self, request: Message) -> None:
        """Answer a request of the other side with 200."""
        copied = "".join(
            f"{name}: {request.fields[name.lower().encode()].decode()}\r\n"
            for name in ("Via", "From", "To", "Call-ID", "CSeq")
        )
        await self.send(f"SIP/2.0 200 OK\r\n{copied}Content-Length: 0\r\n\r\n")

    def request(self, method: str, uri: str, branch: str, to: str = "<sip:x@127.0.0.1>") -> str:
        return (
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self._transport.upper()} {self.host}:{self.port}"
            f";branch=z9hG4bK{self.port}{branch}\r\n"
            f"From: <sip:{self._name}@127.0.0.1>;tag=t{self._calls}\r\n"
            f"To: {to}\r\n"
            f"Call-ID: {self.port}-{self._calls}\r\n"
            f"CSeq: 1 {method}\r\n"
            "Max-Forwards: 70\r\n"
            f"Contact: <sip:{self._name}@{self.host}:{self.port};transport={self._transport}>\r\n"
            "Content-Length: 0\r\n\r\n"
        )


@asynccontextmanager
async def phone(address: str, name: str = "alice") -> AsyncIterator[Phone]:
    """Connect to an address such as ``udp:127.0.0.1:40001``."""
    transport, host, port = address.split(":")
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (host, int(port)))
        yield Phone(sock, transport, name)

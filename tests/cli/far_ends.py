"""Far ends on loopback sockets for the commands that place requests: threads with a script."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TypeAlias

from responder.sip.message import Message, parse
from tests.probe.far_end import response

Script: TypeAlias = Callable[[Message], list[bytes]]
"""Takes a request and returns what is sent back."""

PATIENCE = 10.0


class Seen(list[Message]):
    """The requests that came, in order.

    Attributes:
        port: where the far end listens.
    """

    port = 0


def by_user(request: Message) -> list[bytes]:
    """Answer the status that the Request-URI dials; other requests 200, ACK nothing."""
    if request.method == b"ACK":
        return []
    user = request.uri.partition(b":")[2].partition(b"@")[0]
    if request.method == b"CANCEL":
        cancelled = request.data.replace(b"CSeq: 1 CANCEL", b"CSeq: 1 INVITE")
        return [response(request, 200), response(parse(cancelled), 487, reason=b"Cancelled")]
    if request.method in {b"INVITE", b"OPTIONS", b"MESSAGE"} and user.isdigit():
        return [response(request, int(user), reason=b"As dialled")]
    return [response(request, 200, reason=b"OK")]


@contextlib.contextmanager
def udp(script: Script = by_user) -> Iterator[Seen]:
    """Run a far end that takes datagrams."""
    seen = Seen()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        seen.port = sock.getsockname()[1]

        def run() -> None:
            while True:
                data, peer = sock.recvfrom(65535)
                if not data:
                    return
                request = parse(data)
                seen.append(request)
                for answer in script(request):
                    sock.sendto(answer, peer)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield seen
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stop:
                stop.sendto(b"", ("127.0.0.1", seen.port))
            thread.join(PATIENCE)


@contextlib.contextmanager
def tcp(script: Script = by_user) -> Iterator[Seen]:
    """Run a far end that takes one connection after another; a message is taken as it is read."""
    seen = Seen()
    with socket.create_server(("127.0.0.1", 0)) as server:
        seen.port = server.getsockname()[1]
        stopping = threading.Event()

        def run() -> None:
            while True:
                connection, _ = server.accept()
                with connection, contextlib.suppress(OSError):
                    if stopping.is_set():
                        return
                    while data := connection.recv(65535):
                        _take(data, connection)

        def _take(data: bytes, connection: socket.socket) -> None:
            while data:
                request = parse(data)
                data = data[len(request.data) :]
                seen.append(request)
                for answer in script(request):
                    connection.sendall(answer)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield seen
        finally:
            stopping.set()
            socket.create_connection(("127.0.0.1", seen.port)).close()
            thread.join(PATIENCE)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port

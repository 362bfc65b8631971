"""Keep-alives as a question: over both transports, against who answers and who does not."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from responder.cli import commands
from responder.cli.keep_alive import keep_alive
from responder.cli.place import Unplaced
from responder.net.errors import NotLocated
from responder.net.locate import Locator
from responder.sip.stun import binding_response
from tests.cli.far_ends import free_port
from tests.serving import Serve

PATIENCE = 10.0


@contextlib.contextmanager
def datagrams(answer: Callable[[bytes, tuple[str, int]], list[bytes]]) -> Iterator[int]:
    """Run a far end that takes datagrams until an empty one comes; give its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))

        def run() -> None:
            while True:
                data, peer = sock.recvfrom(65535)
                if not data:
                    return
                for each in answer(data, peer):
                    sock.sendto(each, peer)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield sock.getsockname()[1]
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stop:
                stop.sendto(b"", sock.getsockname())
            thread.join(PATIENCE)


@contextlib.contextmanager
def connections(answer: bytes | None) -> Iterator[int]:
    """Run a far end that takes one connection, answers what comes and keeps it; None closes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65535)
                if answer is not None:
                    connection.sendall(answer)
                    connection.recv(65535)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join(PATIENCE)


def wait_ready(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["wait-ready", "--keep-alive", *arguments])


def test_a_responder_takes_it_for_no_message(serve: Serve, tmp_path: Path) -> None:
    capture = tmp_path / "passed.pcap"
    serving = serve("--pcap", str(capture))
    addresses = [f"{transport}:127.0.0.1:{serving.port(transport)}" for transport in ("udp", "tcp")]
    for address in addresses:
        assert wait_ready("--address", address).exit_code == 0
    asked = CliRunner().invoke(commands, ["wait-ready", "--address", addresses[0]])
    assert asked.exit_code == 0
    serving.stop()
    assert capture.read_bytes().count(b"CSeq: 1 OPTIONS") == 2


def test_an_answer_to_something_else_is_none() -> None:
    def another(data: bytes, peer: tuple[str, int]) -> list[bytes]:
        genuine = binding_response(data, peer)
        assert genuine is not None
        return [b"SIP/2.0 200 OK\r\n\r\n", genuine[:8] + bytes(12) + genuine[20:]]

    with datagrams(another) as port:
        result = wait_ready("--address", f"127.0.0.1:{port}", "--timeout", "0.2")
    assert result.exit_code == 4
    assert f"no answer came from 127.0.0.1:{port} (udp) within" in result.stderr


def test_an_error_is_an_answer() -> None:
    def error(data: bytes, peer: tuple[str, int]) -> list[bytes]:
        del peer
        return [b"\x01\x11" + bytes(2) + data[4:20]]

    with datagrams(error) as port:
        assert wait_ready("--address", f"127.0.0.1:{port}").exit_code == 0


def test_a_connection_that_is_answered() -> None:
    with connections(b"\r\n") as port:
        assert wait_ready("--address", f"tcp:127.0.0.1:{port}").exit_code == 0


@pytest.mark.parametrize(
    ("answer", "patience", "obstacle"),
    [(None, 20.0, "was not reached: closed"), (b"SIP", 0.2, "no answer came from")],
    ids=["closed", "no pong"],
)
async def test_a_connection_that_is_not(
    answer: bytes | None, patience: float, obstacle: str
) -> None:
    with connections(answer) as port, pytest.raises(Unplaced, match=obstacle):
        await keep_alive("127.0.0.1", port, "tcp", patience)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_nobody_listens(transport: str) -> None:
    port = free_port()
    result = wait_ready("--address", f"{transport}:127.0.0.1:{port}", "--timeout", "1")
    assert result.exit_code == 4
    assert f"nothing listens at 127.0.0.1:{port} ({transport})" in result.stderr


async def test_a_name_that_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(self: Locator, host: str, port: int, transport: str) -> list[object]:
        del self, port, transport
        raise NotLocated(f"{host} was not found")

    monkeypatch.setattr(Locator, "locate", nothing)
    with pytest.raises(Unplaced, match="pbx was not found"):
        await keep_alive("pbx", 0, "udp", 1.0)


async def test_the_addresses_of_a_name_are_tried_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    def genuine(data: bytes, peer: tuple[str, int]) -> list[bytes]:
        response = binding_response(data, peer)
        assert response is not None
        return [response]

    with datagrams(genuine) as port:

        async def two(self: Locator, host: str, _: int, transport: str) -> list[tuple[str, int]]:
            del self, host, transport
            await asyncio.sleep(0)
            return [("127.0.0.1", free_port()), ("127.0.0.1", port)]

        monkeypatch.setattr(Locator, "locate", two)
        await keep_alive("pbx", 0, "udp", PATIENCE)

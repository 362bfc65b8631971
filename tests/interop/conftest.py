"""Every test in this directory drives a program that was not written here."""

import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from tests import peers
from tests.interop.answerer import Answerer
from tests.serving import LISTEN, LISTEN_IPV6, Serve, Serving

HERE = Path(__file__).parent

Run: TypeAlias = Callable[..., str]

HOSTS = (
    pytest.param("127.0.0.1", id="ipv4"),
    pytest.param("[::1]", marks=pytest.mark.ipv6, id="ipv6"),
)
"""The addresses that tests use, as a URI writes them."""

each_host = pytest.mark.parametrize("host", HOSTS)
on_ipv4 = pytest.mark.parametrize("host", HOSTS[:1])


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark them, so that ``-m 'not interop'`` leaves them out."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.interop)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a program to its end in the test's directory and return what it printed.

    ``run(command)`` takes a list of words and paths; it fails the test unless the program ends
    with status 0 within ``within`` seconds.
    """

    def run_in_directory(command: Sequence[str | Path], within: float = 60.0) -> str:
        return peers.run(command, tmp_path, within)

    return run_in_directory


@pytest.fixture(scope="session")
def free_port() -> Callable[..., int]:
    """Find a port that is free for UDP and TCP, for programs that must be told one.

    ``free_port(host)`` looks on an address as a URI writes it, 127.0.0.1 without one.
    """

    def find_one(host: str = "127.0.0.1") -> int:
        family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
        while True:
            with socket.socket(family, socket.SOCK_DGRAM) as udp:
                udp.bind((host.strip("[]"), 0))
                number: int = udp.getsockname()[1]
                with socket.socket(family, socket.SOCK_STREAM) as tcp:
                    try:
                        tcp.bind((host.strip("[]"), number))
                    except OSError:
                        continue
                    return number

    return find_one


@pytest.fixture
def serving_at(serve: Serve, host: str) -> Serving:
    """One ``responder serve`` on UDP and TCP of the address of the test."""
    return serve(listen=(f"udp:{host}:0", f"tcp:{host}:0"))


@pytest.fixture
def answerer() -> Iterator[Answerer]:
    """An answering side in the test's own process, whose verdicts can be asked for."""
    with Answerer() as running:
        yield running


@pytest.fixture
def guarded(serve: Serve, tmp_path: Path) -> Serving:
    """A ``responder serve`` that knows one user, alice, whose password is secret."""
    users = tmp_path / "users"
    users.write_text("alice:secret\n")
    return serve("--users", str(users))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One ``responder serve`` for all tests of a file; it has to end cleanly after them.

    It listens on IPv4 first, and on IPv6 where there is any.
    """
    serving = Serving(
        (), (*LISTEN, *(LISTEN_IPV6 if peers.ipv6() else ())), tmp_path_factory.mktemp("shared")
    )
    yield serving
    ending = serving.stop()
    assert ending.stderr == ""
    assert ending.status == 0


@pytest.fixture(autouse=True)
def _busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the timers of clients be late: here they share the processor with other tests."""
    monkeypatch.setattr("responder.journal.verdicts.schedule.SLACK", 0.4)

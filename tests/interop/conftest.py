"""Every test in this directory drives a program that was not written here."""

import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from tests import peers
from tests.serving import LISTEN, Serving

HERE = Path(__file__).parent

Run: TypeAlias = Callable[..., str]


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
def free_port() -> Callable[[], int]:
    """Find a port of 127.0.0.1 that is free for UDP and TCP, for programs that must be told one."""

    def find_one() -> int:
        while True:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                udp.bind(("127.0.0.1", 0))
                number: int = udp.getsockname()[1]
                with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
                    try:
                        tcp.bind(("127.0.0.1", number))
                    except OSError:
                        continue
                    return number

    return find_one


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One ``responder serve`` for all tests of a file; it has to end cleanly after them."""
    serving = Serving((), LISTEN, tmp_path_factory.mktemp("shared"))
    yield serving
    ending = serving.stop()
    assert ending.stderr == ""
    assert ending.status == 0

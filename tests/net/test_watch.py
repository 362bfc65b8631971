"""Sockets that are watched together."""

import select
import socket
from collections.abc import Callable, Iterator

import pytest

from responder.net.watch import WATCH, EpollWatch, SelectorWatch, Watch

HOST = "127.0.0.1"
KINDS = [SelectorWatch, pytest.param(EpollWatch, marks=pytest.mark.skipif(
    WATCH is SelectorWatch, reason="there is no epoll"))]  # fmt: skip


class Nobody:
    """Takes nothing."""

    def take(self, buffer: bytearray, view: memoryview, now: float) -> None:
        raise AssertionError


@pytest.fixture(params=KINDS)
def watch(request: pytest.FixtureRequest) -> Iterator[Watch]:
    made: Watch = request.param()
    yield made
    made.close()


@pytest.fixture
def bind() -> Iterator[Callable[[], socket.socket]]:
    opened: list[socket.socket] = []

    def bound() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.append(sock)
        sock.bind((HOST, 0))
        return sock

    yield bound
    for sock in opened:
        sock.close()


def send(to: socket.socket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", to.getsockname())


def test_only_what_something_came_to_is_ready(
    watch: Watch, bind: Callable[[], socket.socket]
) -> None:
    first, second = Nobody(), Nobody()
    watch.add(bind(), first)
    sock = bind()
    watch.add(sock, second)
    assert watch.ready(8) == []
    send(sock)
    assert watch.ready(8) == [second]
    sock.recv(1)
    assert watch.ready(8) == []


def test_all_have_their_turn_however_few_are_taken_at_once(
    watch: Watch, bind: Callable[[], socket.socket]
) -> None:
    takers = [Nobody() for _ in range(5)]
    for taker in takers:
        sock = bind()
        watch.add(sock, taker)
        send(sock)
    looks = [watch.ready(2) for _ in range(3)]
    assert all(len(look) <= 2 for look in looks)
    assert {id(taker) for look in looks for taker in look} == {id(taker) for taker in takers}


def test_what_is_dropped_is_ready_no_more(watch: Watch, bind: Callable[[], socket.socket]) -> None:
    sock = bind()
    watch.add(sock, Nobody())
    send(sock)
    watch.drop(sock)
    assert watch.ready(8) == []


def test_its_descriptor_is_readable_while_something_waits(
    watch: Watch, bind: Callable[[], socket.socket]
) -> None:
    sock = bind()
    watch.add(sock, Nobody())
    assert select.select([watch.fileno()], [], [], 0) == ([], [], [])
    send(sock)
    assert select.select([watch.fileno()], [], [], 0) == ([watch.fileno()], [], [])

"""Which ICMP errors are failures to send."""

import socket
import struct
import sys

import pytest

from responder.net.icmp import ask_for_errors, failure, read_errors


def extended_error(origin: int, kind: int, code: int) -> bytes:
    return struct.pack("=IBBBBII", 111, origin, kind, code, 0, 0, 0)


@pytest.mark.row("TRN-10")
@pytest.mark.parametrize(
    ("origin", "kind", "code", "reason"),
    [
        pytest.param(2, 3, 0, "network unreachable", id="icmp-network"),
        pytest.param(2, 3, 1, "host unreachable", id="icmp-host"),
        pytest.param(2, 3, 2, "protocol unreachable", id="icmp-protocol"),
        pytest.param(2, 3, 3, "port unreachable", id="icmp-port"),
        pytest.param(2, 3, 13, "destination unreachable", id="icmp-prohibited"),
        pytest.param(2, 12, 0, "parameter problem", id="icmp-parameter"),
        pytest.param(2, 3, 4, None, id="icmp-fragmentation-needed"),
        pytest.param(2, 4, 0, None, id="icmp-source-quench"),
        pytest.param(2, 11, 0, None, id="icmp-time-exceeded"),
        pytest.param(3, 1, 0, "network unreachable", id="icmp6-no-route"),
        pytest.param(3, 1, 3, "host unreachable", id="icmp6-address"),
        pytest.param(3, 1, 4, "port unreachable", id="icmp6-port"),
        pytest.param(3, 1, 1, "destination unreachable", id="icmp6-prohibited"),
        pytest.param(3, 4, 1, "parameter problem", id="icmp6-parameter"),
        pytest.param(3, 2, 0, None, id="icmp6-too-big"),
        pytest.param(3, 3, 0, None, id="icmp6-time-exceeded"),
        pytest.param(1, 3, 3, None, id="local"),
    ],
)
def test_unreachable_and_parameter_problem_count_the_rest_is_ignored(
    origin: int, kind: int, code: int, reason: str | None
) -> None:
    assert failure(extended_error(origin, kind, code)) == reason


@pytest.mark.skipif(sys.platform != "linux", reason="the error queue is Linux's")
def test_the_error_queue_names_the_destination_and_is_emptied() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock,
    ):
        sock.setblocking(False)
        ask_for_errors(sock)
        closed.bind(("127.0.0.1", 0))
        nowhere = closed.getsockname()
        closed.close()
        sock.sendto(b"x", nowhere)
        assert list(read_errors(sock)) == [(nowhere, "port unreachable")]
        assert list(read_errors(sock)) == []


def test_elsewhere_nothing_is_asked_and_nothing_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "other")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        ask_for_errors(sock)
        assert list(read_errors(sock)) == []

"""What cannot be had, said in one sentence."""

import errno
import os
import socket

import pytest

from responder.net.errors import BindFailed, reason_of


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (
            errno.EADDRINUSE,
            (
                "udp:127.0.0.1:5060 is already in use by another program; "
                "choose another with --listen."
            ),
        ),
        (
            errno.EACCES,
            "udp:127.0.0.1:5060 may not be opened by this user; ports below 1024 need a privilege.",
        ),
        (
            errno.EADDRNOTAVAIL,
            "udp:127.0.0.1:5060 cannot be opened, because this machine has no such address.",
        ),
        (
            errno.EAFNOSUPPORT,
            "udp:127.0.0.1:5060 cannot be opened, because this machine has no such address family.",
        ),
        (errno.EMFILE, f"udp:127.0.0.1:5060 cannot be opened: {os.strerror(errno.EMFILE)}."),
    ],
)
def test_a_failed_bind_says_why(number: int, sentence: str) -> None:
    failure = BindFailed("udp:127.0.0.1:5060", OSError(number, os.strerror(number)))
    assert str(failure) == sentence
    assert (failure.errno, failure.listen) == (number, "udp:127.0.0.1:5060")


def test_a_cause_without_a_number_is_told_as_it_is() -> None:
    assert str(BindFailed("tcp:[::1]:1", OSError("odd"))) == "tcp:[::1]:1 cannot be opened: odd."


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed"), "connection refused"),
        (TimeoutError(), "no connection in time"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "name or service not"),
        (OSError("Odd"), "odd"),
    ],
    ids=["number", "time", "look-up", "text"],
)
def test_a_reason_is_a_few_words(fault: OSError, reason: str) -> None:
    assert reason_of(fault).startswith(reason)

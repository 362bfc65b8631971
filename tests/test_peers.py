"""A missing peer skips a test of a plain user, and fails one of the project's own machines."""

import asyncio
import socket
import sys
from pathlib import Path

import pytest

from tests import peers


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_options: None)


@pytest.mark.usefixtures("missing")
def test_a_missing_peer_skips_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(peers.REQUIRED, raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"^SIPp is not installed \(Debian: sip-tes"):
        peers.find("sipp")


@pytest.mark.usefixtures("missing")
def test_a_missing_peer_fails_where_peers_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(peers.REQUIRED, "1")
    with pytest.raises(pytest.fail.Exception, match="SIPp is not installed"):
        peers.find("sipp")


@pytest.mark.parametrize(("refusal", "expected"), [(None, True), (OSError(), False)])
def test_a_machine_may_have_no_ipv6(
    monkeypatch: pytest.MonkeyPatch, refusal: OSError | None, expected: bool
) -> None:
    class Socket(socket.socket):
        def bind(self, address: object, /) -> None:
            assert address == ("::1", 0)
            if refusal is not None:
                raise refusal

    monkeypatch.setattr("socket.socket", Socket)
    assert peers.ipv6.__wrapped__() is expected


def test_what_a_program_prints_is_returned(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('rang')"]
    assert peers.run(command, tmp_path, 20.0) == "rang\n"


def test_a_program_that_fails_fails_the_test(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no dial tone')"]
    with pytest.raises(pytest.fail.Exception, match=r"status 1\nno dial tone"):
        peers.run(command, tmp_path, 20.0)


def test_a_program_that_does_not_end_fails_the_test(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import threading; threading.Event().wait()"]
    with pytest.raises(pytest.fail.Exception, match=r"not within 0\.2 s"):
        peers.run(command, tmp_path, 0.2)


async def test_asyncio_runs_in_debug_mode() -> None:
    assert asyncio.get_running_loop().get_debug()

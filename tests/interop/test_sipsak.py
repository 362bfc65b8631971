"""sipsak as the client: OPTIONS, REGISTER, and an INVITE from a file."""

import os
import re
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from responder.sip.users import Users
from tests.interop.answerer import Answerer
from tests.serving import Serve, Serving

PATIENCE = 20.0
SUCCESS, REFUSED, GAVE_UP = 0, 1, 2
"""The exit statuses of sipsak for a 2xx, another final response, and a trouble of its own."""


def four_digit_port() -> int:
    """Find a free port below 10000, as sipsak cuts longer ones; each xdist worker has its own."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 6100 + worker % 35 * 100
    for port in range(first, first + 100):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            try:
                udp.bind(("127.0.0.1", port))
                tcp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"no port from {first} on is free")


@pytest.fixture
def reachable(serve: Serve) -> Serving:
    port = four_digit_port()
    return serve(listen=(f"udp:127.0.0.1:{port}", f"tcp:127.0.0.1:{port}"))


class Sipsak:
    """sipsak over one transport, and the responses it heard."""

    def __init__(self, program: Path, transport: str, port: int) -> None:
        self._program = program
        self._transport = transport
        self.port = port
        self.printed = ""

    def __call__(self, user: str, *options: str | Path) -> int:
        """Run it against one user of the responder; return its exit status."""
        ended = subprocess.run(
            [
                self._program,
                "-vvv",
                "-E",
                self._transport,
                "--local-ip=127.0.0.1",
                "-H",
                "127.0.0.1",
                "-s",
                f"sip:{user}@127.0.0.1:{self.port}",
                *options,
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        self.printed = ended.stdout.decode().replace("\r", "")
        return ended.returncode

    def statuses(self) -> list[int]:
        """Return the responses in order; sipsak shows the last one twice, so repeats are one."""
        found = [int(status) for status in re.findall(r"(?m)^ *SIP/2\.0 (\d{3}) ", self.printed)]
        return [each for each, before in zip(found, [0, *found], strict=False) if each != before]


@pytest.fixture(params=["udp", "tcp"])
def sipsak(
    reachable: Serving, peer: Callable[[str], Path], request: pytest.FixtureRequest
) -> Sipsak:
    return Sipsak(peer("sipsak"), request.param, reachable.port(request.param))


@pytest.mark.parametrize(
    ("user", "status", "ending"),
    [("200", 200, SUCCESS), ("404", 404, REFUSED), ("503", 503, REFUSED)],
    ids=["200", "404", "503"],
)
def test_options(sipsak: Sipsak, user: str, status: int, ending: int) -> None:
    assert sipsak(user) == ending
    assert sipsak.statuses() == [status]


def test_register(sipsak: Sipsak) -> None:
    contact = "sip:alice@127.0.0.1:5099"
    assert sipsak("alice", "-U", "-x", "300", "-C", contact) == SUCCESS
    assert sipsak.statuses() == [200]
    assert f"\nContact: <{contact}>;expires=300\n" in sipsak.printed


def test_register_after_a_challenge(sipsak: Sipsak) -> None:
    """sipsak understands the challenge and comes again with credentials."""
    login = ["-a", "secret", "-x", "300", "-C", "sip:alice@127.0.0.1:5099"]
    assert sipsak("401-200", "-U", *login) == SUCCESS
    assert sipsak.statuses() == [401, 200]
    assert "\nAuthorization: Digest " in sipsak.printed


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("password", "statuses", "ending"),
    [("secret", [401, 200], SUCCESS), ("wrong", [401], GAVE_UP)],
    ids=["right", "wrong"],
)
def test_registering_takes_the_right_password(
    serve: Serve,
    peer: Callable[[str], Path],
    tmp_path: Path,
    transport: str,
    password: str,
    statuses: list[int],
    ending: int,
) -> None:
    """sipsak tries a wrong password twice, and then gives up."""
    users = tmp_path / "users"
    users.write_text("alice:secret\n")
    port = four_digit_port()
    listen = (f"udp:127.0.0.1:{port}", f"tcp:127.0.0.1:{port}")
    guarded = serve("--users", str(users), listen=listen)
    sipsak = Sipsak(peer("sipsak"), transport, guarded.port(transport))
    login = ["-a", password, "-u", "alice", "-x", "300", "-C", "sip:alice@127.0.0.1:5099"]
    assert sipsak("alice", "-U", *login) == ending
    assert sipsak.statuses() == statuses


@pytest.mark.parametrize(
    ("user", "statuses", "ending"),
    [("486", [486], REFUSED), ("603", [603], REFUSED), ("202", [202], SUCCESS)],
    ids=["486", "603", "202"],
)
def test_invite_from_a_file(
    sipsak: Sipsak, tmp_path: Path, user: str, statuses: list[int], ending: int
) -> None:
    """No 100 comes first: sipsak takes two messages in one TCP segment for one."""
    host = f"127.0.0.1:{sipsak.port}"
    lines = [
        f"INVITE sip:{user}@{host};trying=no SIP/2.0",
        "From: <sip:sipsak@127.0.0.1>;tag=sipsak",
        f"To: <sip:{user}@{host}>",
        "Call-ID: from-a-file@127.0.0.1",
        "CSeq: 1 INVITE",
        "Contact: <sip:sipsak@127.0.0.1:5099>",
        "Max-Forwards: 70",
        "Content-Length: 0",
        "",
        "",
    ]
    message = tmp_path / "invite.sip"
    message.write_text("\n".join(lines))
    assert sipsak(user, "-f", message) == ending
    assert sipsak.statuses() == statuses


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("user", "options", "calls", "correct"),
    [
        ("404", [], 1, set()),
        (
            "401-200",
            ["-U", "-a", "secret", "-x", "300", "-C", "sip:alice@127.0.0.1:5099"],
            2,
            {"challenge", "call-id"},
        ),
    ],
    ids=["options", "register"],
)
def test_sipsak_is_judged_correct(
    peer: Callable[[str], Path],
    transport: str,
    user: str,
    options: list[str],
    calls: int,
    correct: set[str],
) -> None:
    port = four_digit_port()
    with Answerer(listens=(f"udp:127.0.0.1:{port}", f"tcp:127.0.0.1:{port}")) as answerer:
        Sipsak(peer("sipsak"), transport, port)(user, *options)
        answerer.wait_for(calls)
        assert answerer.faults(Users([(user, b"secret")])) == {}
        always = {"tags", "cseq", "branch", "via", "max-forwards", "content-length"}
        assert answerer.correct() >= correct | always

"""`responder wait-ready` against far ends on loopback sockets."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from responder.cli import commands
from responder.cli import wait_ready as module
from responder.cli.wait_ready import Place
from tests.cli.far_ends import free_port, tcp, udp


def wait_ready(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["wait-ready", *arguments])


def test_it_succeeds_once_options_are_answered() -> None:
    with udp() as seen:
        result = wait_ready("--address", f"udp:127.0.0.1:{seen.port}")
    assert (result.exit_code, result.output) == (0, "")
    assert [message.method for message in seen] == [b"OPTIONS"]


def test_over_tcp() -> None:
    with tcp() as seen:
        assert wait_ready("--address", f"tcp:127.0.0.1:{seen.port}").exit_code == 0


def test_nobody_listens() -> None:
    port = free_port()
    result = wait_ready("--address", f"127.0.0.1:{port}", "--timeout", "0.3")
    assert result.exit_code == 4
    assert result.stderr == (
        f"No responder answered within 0.3 s: nothing listens at 127.0.0.1:{port} (udp).\n"
    )


def test_somebody_listens_and_says_nothing() -> None:
    with udp(lambda _: []) as seen:
        result = wait_ready("--address", f"127.0.0.1:{seen.port}", "--timeout", "0.2")
    assert result.exit_code == 4
    assert "no response came within" in result.stderr


def test_it_comes_late(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([False, True])

    def script(request: object) -> list[bytes]:
        del request
        return []

    monkeypatch.setattr(module, "_PATIENCE", 0.1)
    with udp() as late, udp(script) as silent:
        places = {True: late.port, False: silent.port}
        monkeypatch.setattr(
            module, "_from_file", lambda _: Place(f"127.0.0.1:{places[next(answers)]}")
        )
        assert wait_ready("--port-file", "any").exit_code == 0


def test_the_first_address_of_a_port_file(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    with udp() as seen:
        addresses = [f"udp:0.0.0.0:{seen.port}", "tcp:127.0.0.1:1"]
        file.write_text(json.dumps({"sip": addresses, "http": None}))
        assert wait_ready("--port-file", str(file)).exit_code == 0
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("content", "obstacle"),
    [
        (None, "no such file or directory"),
        ("{", "names no SIP address"),
        ("{}", "names no SIP address"),
        ('{"sip": []}', "names no SIP address"),
        ("[]", "names no SIP address"),
        ('{"sip": [1]}', "names no SIP address"),
        ('{"sip": ["udp:x y"]}', "names no SIP address"),
    ],
)
def test_a_port_file_that_is_not_there_or_not_whole(
    tmp_path: Path, content: str | None, obstacle: str
) -> None:
    file = tmp_path / "ports.json"
    if content is not None:
        file.write_text(content)
    result = wait_ready("--port-file", str(file), "--timeout", "0.2")
    assert result.exit_code == 4
    assert result.stderr.strip().endswith(f"{obstacle}.")


@pytest.mark.parametrize(
    ("text", "transport", "host_port"),
    [
        ("udp:127.0.0.1:5060", "udp", b"127.0.0.1:5060"),
        ("TCP:[::]:5070", "tcp", b"[::1]:5070"),
        ("0.0.0.0", "udp", b"127.0.0.1"),
        ("localhost:5061", "udp", b"localhost:5061"),
        ("responder", "udp", b"responder"),
    ],
)
def test_how_an_address_is_read(text: str, transport: str, host_port: bytes) -> None:
    place = Place(text)
    assert (place.transport, place.uri.host_port) == (transport, host_port)


@pytest.mark.parametrize("text", ["", "udp:", "a@b", "b;x=1", "b?h=1", "x y"])
def test_what_is_no_address(text: str) -> None:
    result = wait_ready("--address", text)
    assert result.exit_code == 2
    assert f'"{text}" is no address' in result.stderr

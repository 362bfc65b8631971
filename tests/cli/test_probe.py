"""`responder probe` against far ends on loopback sockets."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from responder.cli import commands
from responder.cli import probe as module
from responder.cli.probe import Expected
from responder.net.errors import NotLocated
from responder.net.locate import Locator
from responder.probe.caller import Caller
from responder.sip.events import Address
from responder.sip.message import Message
from tests.cli.far_ends import Seen, by_user, free_port, tcp, udp
from tests.probe.far_end import response
from tests.report.dissection import packets

CHALLENGE = b'WWW-Authenticate: Digest realm="r", nonce="1", qop="auth"'


@pytest.fixture
def far() -> Iterator[Seen]:
    with udp() as seen:
        yield seen


def probe(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(commands, ["probe", *arguments], env=environment)


def test_a_call_is_drawn_as_a_ladder(far: Seen) -> None:
    result = probe(f"sip:486@127.0.0.1:{far.port}")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["probe", f"127.0.0.1:{far.port}", "(udp)"]
    assert f"│ INVITE sip:486@127.0.0.1:{far.port} (SDP) ─" in lines[1]
    assert lines[2].endswith("─ 486 As dialled │")
    assert "│ ACK ─" in lines[3]
    assert lines[4] == ""
    assert lines[5].startswith("486 As dialled after ")
    assert len(lines) == 6


def test_the_scheme_may_be_left_out_and_parameters_stay(far: Seen) -> None:
    result = probe(f"486@127.0.0.1:{far.port};retry-after=30", "-q")
    assert (result.exit_code, result.output) == (0, "")
    assert far[0].uri == b"sip:486@127.0.0.1:%d;retry-after=30" % far.port


@pytest.mark.parametrize("written", ["127.0.0.1:{port}", "sip:127.0.0.1:{port};lr"])
def test_an_outbound_proxy_is_asked_for_a_host_that_only_it_knows(written: str) -> None:
    # What came is looked at once the far end has stopped: by then it has read the ACK, too.
    with udp() as far:
        proxy = written.format(port=far.port)
        result = probe("486@pbx.invalid", "--proxy", proxy, "--expect", "486")
    assert result.exit_code == 0, result.output
    assert f"127.0.0.1:{far.port} (udp)" in result.stdout.splitlines()[0]
    assert [each.method for each in far] == [b"INVITE", b"ACK"]
    assert [each.uri for each in far] == [b"sip:486@pbx.invalid"] * 2
    assert [each.fields[b"route"] for each in far] == [b"<sip:127.0.0.1:%d;lr>" % far.port] * 2


def test_the_proxy_says_how_to_get_there() -> None:
    with tcp() as far:
        proxy = f"127.0.0.1:{far.port};transport=tcp"
        result = probe("486@pbx.invalid;transport=udp", "--proxy", proxy, "-q", "--expect", "486")
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize(
    ("proxy", "sentence"),
    [
        ("", '"" is no SIP URI'),
        ("127.0.0.1?Subject=x", "has header fields; write HOST or HOST:PORT"),
        ("sips:127.0.0.1", "TLS is not offered by this version"),
    ],
)
def test_a_proxy_that_is_none_is_told_of(proxy: str, sentence: str) -> None:
    result = probe("486@127.0.0.1", "--proxy", proxy)
    assert result.exit_code == 2
    assert "--proxy" in result.stderr
    assert sentence in " ".join(result.stderr.split())


def test_the_request_is_as_asked_for(far: Seen, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"0123456789")
    options = ["--method", "MESSAGE", "--header", "X-Test:  one ", "--header", "To: <sip:t@x>"]
    options += ["--body", f"@{body}", "--content-type", "text/x", "--user", "alice"]
    uri = f"sip:202@127.0.0.1:{far.port}?Subject=hello%20you"
    assert probe(uri, *options).exit_code == 0
    [message] = far
    assert message.method == b"MESSAGE"
    assert message.uri == b"sip:202@127.0.0.1:%d" % far.port
    assert message.fields[b"x-test"] == b"one"
    assert message.values(b"to") == [b"<sip:t@x>"]
    assert message.fields[b"subject"] == b"hello you"
    assert message.fields[b"content-type"] == b"text/x"
    assert message.body == b"0123456789"
    assert message.fields[b"from"].startswith(b"<sip:alice@127.0.0.1>;tag=")
    assert message.fields[b"user-agent"].startswith(b"sip-responder/")


def test_a_body_on_the_command_line(far: Seen) -> None:
    assert probe(f"486@127.0.0.1:{far.port}", "--body", "").exit_code == 0
    assert far[0].body == b""


@pytest.mark.parametrize(
    ("expect", "status"), [("486", 0), ("4xx", 0), ("4XX", 0), ("480", 1), ("2xx", 1)]
)
def test_the_exit_status_says_whether_the_status_was_expected(
    far: Seen, expect: str, status: int
) -> None:
    result = probe(f"486@127.0.0.1:{far.port}", "--expect", expect)
    assert result.exit_code == status
    told = f"It was to end with {expect}, not with 486.\n"
    assert result.stderr == (told if status else "")
    assert probe(f"486@127.0.0.1:{far.port}", "--expect", expect, "-q").output == ""


def test_an_answered_call_is_hung_up(far: Seen) -> None:
    result = probe(f"200@127.0.0.1:{far.port}", "--hold", "0.01")
    assert result.exit_code == 0
    assert [message.method for message in far] == [b"INVITE", b"ACK", b"BYE"]
    assert "200 OK (BYE)" in result.stdout


def test_a_call_that_only_rings_is_cancelled(far: Seen) -> None:
    result = probe(f"180@127.0.0.1:{far.port}", "--timeout", "0.1")
    assert result.exit_code == 4
    assert result.stderr == "No final response came within 0.1 s.\n"
    assert "CANCEL" in result.stdout
    assert "200 Any (CANCEL)" in result.stdout
    assert "487 Cancelled" in result.stdout


def test_the_final_response_of_a_cancelled_call_can_be_expected(far: Seen) -> None:
    uri = f"180@127.0.0.1:{far.port}"
    assert probe(uri, "--timeout", "0.1", "--expect", "487").exit_code == 0


def test_a_far_end_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GRACE", 0.05)
    with udp(lambda _: []) as seen:
        result = probe(f"000@127.0.0.1:{seen.port}", "--timeout", "0.1")
    assert result.exit_code == 4
    assert result.stderr.startswith("No response came within 0.1")
    assert "a CANCEL has to wait for a provisional response" in result.stdout


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_port_that_nobody_listens_on(transport: str) -> None:
    port = free_port()
    result = probe(f"486@127.0.0.1:{port};transport={transport}", "--timeout", "5")
    assert result.exit_code == 3
    assert result.stderr == f"Nothing listens at 127.0.0.1:{port} ({transport}).\n"


def test_expecting_a_status_does_not_hide_that_nothing_was_sent() -> None:
    assert probe(f"486@127.0.0.1:{free_port()}", "--expect", "486").exit_code == 3


def test_a_connection_that_breaks() -> None:
    with tcp(lambda _: [b"SIP/2.0 100 Trying\r\nContent-Length: -1\r\n\r\n"]) as seen:
        result = probe(f"486@127.0.0.1:{seen.port}", "--transport", "tcp")
    assert result.exit_code == 3
    assert result.stderr.endswith("the stream cannot be read on: Content-Length: not a number.\n")


def test_over_tcp() -> None:
    with tcp() as seen:
        result = probe(f"200@127.0.0.1:{seen.port}", "--transport", "tcp", "--expect", "200")
    assert result.exit_code == 0
    assert seen[0].fields[b"via"].startswith(b"SIP/2.0/TCP 127.0.0.1:")
    assert "transport" not in seen[0].uri.decode()


def test_a_host_that_has_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    async def locate(*arguments: object) -> list[Address]:
        raise NotLocated(f"{arguments[1]} was not found: there is no such name")

    monkeypatch.setattr(Locator, "locate", locate)
    result = probe("486@nosuch.example")
    assert result.exit_code == 3
    assert result.stderr == "nosuch.example was not found: there is no such name.\n"


def authenticated(request: Message) -> list[bytes]:
    if request.method != b"ACK" and b"authorization" not in request.fields:
        return [response(request, 401, CHALLENGE)]
    return by_user(request)


@pytest.mark.parametrize("variable", ["", "RESPONDER_PASSWORD", "RESPONDER_PROBE_PASSWORD"])
def test_a_challenge_is_answered_and_the_password_never_shown(variable: str) -> None:
    with udp(authenticated) as seen:
        arguments = [f"486@127.0.0.1:{seen.port}", "--user", "alice", "-v"]
        if variable:
            result = probe(*arguments, **{variable: "secret"})
        else:
            result = probe(*arguments, "--password", "secret")
    assert result.exit_code == 0
    assert "486 As dialled" in result.stdout
    assert "secret" not in result.output
    assert "response=" not in result.output
    assert [message.method for message in seen] == [b"INVITE", b"ACK", b"INVITE", b"ACK"]


def test_a_redirection_is_followed(far: Seen) -> None:
    contact = b"Contact: <sip:486@127.0.0.1:%d>" % far.port

    def redirect(request: Message) -> list[bytes]:
        return [] if request.method == b"ACK" else [response(request, 302, contact)]

    with udp(redirect) as first:
        result = probe(f"302@127.0.0.1:{first.port}", "--follow", "--expect", "486")
    assert result.exit_code == 0
    assert "· following to sip:486@127.0.0.1" in result.stdout


def test_the_result_as_json(far: Seen) -> None:
    result = probe(f"sip:486@127.0.0.1:{far.port}", "--json")
    data = json.loads(result.stdout)
    assert data["end"] == "failed"
    assert (data["status"], data["reason"], data["statuses"]) == (486, "As dialled", [486])
    assert data["remote"] == f"127.0.0.1:{far.port}"
    assert [entry["kind"] for entry in data["entries"]] == ["sent", "received", "sent"]
    assert 0 <= data["first_response_seconds"] <= data["final_response_seconds"]


def test_json_without_any_response() -> None:
    result = probe(f"486@127.0.0.1:{free_port()}", "--json")
    data = json.loads(result.stdout)
    assert (data["end"], data["why"]) == ("transport", "port unreachable")
    assert data["status"] is data["first_response_seconds"] is None


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_capture_file_and_a_picture_of_the_call(tmp_path: Path, transport: str) -> None:
    capture, picture = tmp_path / "call.pcapng", tmp_path / "call.svg"
    with {"udp": udp, "tcp": tcp}[transport]() as seen:
        uri = f"486@127.0.0.1:{seen.port}"
        files = ["--pcap", str(capture), "--svg", str(picture)]
        assert probe(uri, "--transport", transport, *files).exit_code == 0
    messages = [packet for packet in packets(capture.read_bytes()) if packet.payload]
    assert [(packet.protocol, packet.payload.split(b" ")[0]) for packet in messages] == [
        (transport, b"INVITE"),
        (transport, b"SIP/2.0"),
        (transport, b"ACK"),
    ]
    assert messages[0].destination == ("127.0.0.1", seen.port)
    assert messages[0].at > 1_700_000_000
    drawn = ElementTree.parse(picture).getroot()
    text = " ".join(" ".join(drawn.itertext()).split())
    assert f"INVITE sip:{uri}" in text
    assert f"127.0.0.1:{seen.port} ({transport})" in text


@pytest.mark.parametrize("option", ["--pcap", "--svg"])
def test_a_file_that_cannot_be_written_is_one_sentence(
    far: Seen, tmp_path: Path, option: str
) -> None:
    path = tmp_path / "missing" / "file"
    result = probe(f"486@127.0.0.1:{far.port}", option, str(path))
    assert result.exit_code == 2
    assert result.stderr.endswith(f"{path} cannot be written: No such file or directory.\n")


def test_a_capture_file_that_cannot_be_written_any_more(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    readers = [os.open(path, os.O_RDONLY | os.O_NONBLOCK)]

    def script(request: Message) -> list[bytes]:
        while readers:
            os.close(readers.pop())
        return by_user(request)

    with udp(script) as seen:
        result = probe(f"486@127.0.0.1:{seen.port}", "--pcap", str(path))
    assert result.exit_code == 0
    assert result.stderr.startswith(f"{path} cannot be written any more: Broken pipe.")


def test_raw_messages_are_shown_without_what_a_terminal_obeys() -> None:
    def script(request: Message) -> list[bytes]:
        return [response(request, 486, reason=b"\x1b[31mBusy")] if request.body else []

    with udp(script) as seen:
        result = probe(f"486@127.0.0.1:{seen.port}", "-vv")
    assert "\n    INVITE sip:486@127.0.0.1" in result.stdout
    assert "\n    SIP/2.0 486 \\x1b[31mBusy\n" in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("terminal", ["dumb", "xterm"])
def test_a_dumb_terminal_gets_ascii(far: Seen, terminal: str) -> None:
    result = probe(f"486@127.0.0.1:{far.port}", TERM=terminal)
    assert result.stdout.isascii() == (terminal == "dumb")


@pytest.mark.parametrize("status", ["200", "302", "486"])
def test_a_terminal_gets_colours(far: Seen, status: str) -> None:
    result = probe(
        f"{status}@127.0.0.1:{far.port}", FORCE_COLOR="1", TERM="xterm-256color", COLUMNS="60"
    )
    assert "\x1b[" in result.stdout


def test_options_have_environment_variables(far: Seen) -> None:
    environment = {"RESPONDER_PROBE_METHOD": "OPTIONS", "RESPONDER_PROBE_EXPECT": "480"}
    assert probe(f"486@127.0.0.1:{far.port}", **environment).exit_code == 1
    assert far[0].method == b"OPTIONS"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["a b"], '"a b" is no SIP URI', id="space"),
        pytest.param(["tel:123"], '"tel:123" is no SIP URI; write one such', id="tel"),
        pytest.param(["https://h/"], "is no SIP URI", id="https"),
        pytest.param(["sips:486@127.0.0.1"], "TLS is not offered", id="sips"),
        pytest.param(["486@h;transport=tls"], "TLS is not offered", id="tls"),
        pytest.param(["486@h;transport=sctp"], "use udp or tcp", id="sctp"),
        pytest.param(["486@h?Via=x"], "Via is written by the transaction", id="uri-header"),
        pytest.param(["486@h", "--header", "X"], 'write "Name: value"', id="no-colon"),
        pytest.param(["486@h", "--header", "X Y: 1"], 'write "Name: value"', id="no-name"),
        pytest.param(["486@h", "--header", "X: 1\r\nY: 2"], "several lines", id="lines"),
        pytest.param(["486@h", "--header", "CSeq: 1"], "cannot be replaced", id="cseq"),
        pytest.param(["486@h", "--method", "A B"], '"A B" is no method', id="method"),
        pytest.param(["486@h", "--method", "CANCEL"], "follows another request", id="cancel"),
        pytest.param(["486@h", "--expect", "180"], '"180" is no final status', id="provisional"),
        pytest.param(["486@h", "--expect", "7xx"], '"7xx" is no final status', id="class"),
        pytest.param(["486@h", "--timeout", "0"], "timeout", id="timeout"),
        pytest.param(["486@h", "--body", "@/nonexistent"], "cannot be read", id="body"),
        pytest.param([], "Missing argument 'URI'", id="none"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(arguments: list[str], sentence: str) -> None:
    result = probe(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("text", "met", "missed"),
    [("486", [486], [485, 487]), ("2xx", [200, 299], [199, 300]), ("6XX", [600, 699], [599])],
)
def test_expectations(text: str, met: list[int], missed: list[int]) -> None:
    expected = Expected(text)
    assert all(expected.meets(status) for status in met)
    assert not any(expected.meets(status) for status in missed)


def test_an_interrupt_ends_the_call() -> None:
    def script(request: Message) -> list[bytes]:
        if request.method == b"ACK":
            os.kill(os.getpid(), signal.SIGINT)
        return by_user(request)

    with udp(script) as seen:
        result = probe(f"200@127.0.0.1:{seen.port}", "--hold", "3600")
    assert result.exit_code == 0
    assert [message.method for message in seen] == [b"INVITE", b"ACK", b"BYE"]


def test_a_fault_of_our_own_is_not_hidden(far: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(Caller, "receive", broken)
    result = probe(f"486@127.0.0.1:{far.port}", "-q")
    assert isinstance(result.exception, RuntimeError)


def test_durations() -> None:
    duration: Callable[[float], str] = module._duration
    assert [duration(0.0123), duration(2.5)] == ["12.3 ms", "2.500 s"]

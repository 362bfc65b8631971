"""`responder match`: the verdict of each rule on a message."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from responder.cli import commands
from responder.testing.caller import Caller
from responder.testing.network import Network
from tests.asking import network_with

SCENARIO = """\
scenario: trunk
rules:
  - name: qualify
    match: {method: OPTIONS}
    respond: 200
  - name: second line
    match:
      method: INVITE
      uri.user: {regex: "^2"}
      source: 10.0.0.0/8
      transport: tcp
      header: {Subject: hi}
    respond: [180, {wait: 2s}, 486]
  - name: all
    match: {method: INVITE, uri.user: "2001"}
    respond: 503
"""


def invite(dialled: str = "2001", method: str = "INVITE", **headers: str) -> str:
    network: Network = network_with()
    caller = Caller(network)
    caller.start(method, dialled, headers)
    return caller.sent.decode()


def match(tmp_path: Path, message: str, *options: str, text: str = SCENARIO) -> Result:
    (tmp_path / "s.yaml").write_text(text)
    arguments = ["match", *options, str(tmp_path / "s.yaml"), "-"]
    return CliRunner().invoke(commands, arguments, input=message.encode())


def lines(result: Result, tmp_path: Path) -> list[str]:
    return result.output.replace(f"{tmp_path}/", "").splitlines()


def test_each_rule_has_its_verdict_and_each_miss_its_fields(tmp_path: Path) -> None:
    result = match(tmp_path, invite())
    assert result.exit_code == 0
    assert lines(result, tmp_path) == [
        "trunk/qualify      misses  (s.yaml:3)",
        "  method  wanted OPTIONS, got INVITE  (s.yaml:4)",
        "trunk/second line  misses  (s.yaml:6)",
        "  header Subject  wanted hi, got nothing  (s.yaml:12)",
        "  source          wanted 10.0.0.0/8, got 127.0.0.1  (s.yaml:10)",
        "  transport       wanted tcp, got udp  (s.yaml:11)",
        "trunk/all          answers: 503  (s.yaml:14)",
    ]


def test_where_it_comes_from_is_as_told(tmp_path: Path) -> None:
    result = match(
        tmp_path, invite(Subject="hi"), "--source", "10.1.2.3:5070", "--transport", "tcp"
    )
    assert lines(result, tmp_path)[2:] == [
        "trunk/second line  answers: 180, 2 s, then 486  (s.yaml:6)",
        "trunk/all          matches too  (s.yaml:14)",
    ]


def test_lines_may_end_in_lf_alone_and_the_message_may_be_a_file(tmp_path: Path) -> None:
    message = tmp_path / "invite.sip"
    message.write_text(invite().replace("\r\n", "\n"))
    (tmp_path / "s.yaml").write_text(SCENARIO)
    result = CliRunner().invoke(commands, ["match", str(tmp_path / "s.yaml"), str(message)])
    assert result.exit_code == 0
    assert "answers: 503" in result.output


@pytest.mark.parametrize(
    ("dialled", "told", "status"),
    [
        ("180-486", "dialling answers: 100, 180, then 486", 0),
        ("bob", "dialling answers: it spells nothing, which is 200", 0),
    ],
)
def test_what_no_rule_matches_is_dialled(
    dialled: str, told: str, status: int, tmp_path: Path
) -> None:
    result = match(tmp_path, invite(dialled))
    assert (lines(result, tmp_path)[-1], result.exit_code) == (told, status)


def test_what_is_unmatched_is_status_1(tmp_path: Path) -> None:
    result = match(tmp_path, invite("bob"), text="unmatched: 404\n" + SCENARIO)
    assert (lines(result, tmp_path)[-1], result.exit_code) == ("unmatched: 404", 1)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("", "no rule gets this message: it is answered 400"),
        ("INVITE sip:x@h SIP/2.0\r\n\r\n", "answered 400 Bad Request (missing To, From"),
        ("SIP/2.0 200 OK\r\n\r\n", "this is a response; a rule answers requests"),
    ],
)
def test_what_is_no_request_is_told(message: str, said: str, tmp_path: Path) -> None:
    result = match(tmp_path, message)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_source_is_an_address(tmp_path: Path) -> None:
    result = match(tmp_path, invite(), "--source", "udp")
    assert result.exit_code == 2
    assert "write an IP address" in result.output


def test_a_listener_is_asked_for_by_its_name(tmp_path: Path) -> None:
    text = "listen: {a: 'udp:127.0.0.1:0'}\nrules: [{match: {listener: a}, respond: 486}]"
    said = match(tmp_path, invite(), "--listener", "a", text=text)
    assert lines(said, tmp_path) == ["s/rule 1  answers: 486  (s.yaml:2)"]
    assert "listener  wanted a, got nothing" in match(tmp_path, invite(), text=text).output

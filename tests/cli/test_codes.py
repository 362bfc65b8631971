"""`responder codes` shows the registry to people and to programs."""

import json

import pytest
from click.testing import CliRunner, Result
from rich.console import Console
from rich.text import Text

from responder.cli import codes as module
from responder.cli.codes import codes
from responder.codes import CLASS_NAMES, all_codes, lookup


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(codes, arguments)


def _lines(*arguments: str) -> list[str]:
    result = _run(*arguments)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout.splitlines()


def test_without_argument_every_code_has_a_line_under_its_class() -> None:
    lines = _lines()
    for code in all_codes():
        line = next(line for line in lines if line.startswith(f"{code.status} "))
        assert code.phrase in line
        assert code.rfc in line
        assert line.endswith(" ".join(code.methods))
        assert lines.index(f"{code.klass}xx {CLASS_NAMES[code.klass]}") < lines.index(line)


def test_what_is_piped_has_no_colour_and_no_blanks_at_the_end_of_a_line() -> None:
    for arguments in [(), ("200",), ("busy",)]:
        lines = _lines(*arguments)
        assert not any("\x1b" in line or line != line.rstrip() for line in lines)


def test_a_code_that_is_not_current_says_so_in_its_line() -> None:
    assert any("Conflict (deprecated)" in line for line in _lines())
    assert any("Payment Required (reserved)" in line for line in _lines())


def test_page_of_a_code() -> None:
    assert _lines("417") == [
        "417 Unknown Resource-Priority",
        lookup(417).description,
        "",
        "also written  Uknown Resource-Priority",
        "class         4xx Client Error",
        "defined in    RFC 4412 §4.6.2, RFC 4412 §12.4",
        "state         current",
        "methods       INVITE MESSAGE SUBSCRIBE UPDATE REFER PUBLISH",
        "dial it       sip:417@HOST",
        "",
        "Recommended headers",
        "  Accept-Resource-Priority  wps.0, wps.1, wps.2, wps.3, wps.4  always",
        "  Error-Info                <sip:{host}>                       only when asked for",
        "",
        "{...} is worked out for each response.",
    ]


def test_page_of_a_code_without_headers() -> None:
    lines = _lines("555")
    assert lines[-1] == "dial it     sip:555@HOST (as the To of a REGISTER)"


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ("486", "dial it     sip:486@HOST"),
        ("400", "dial it     sip:400@HOST"),
        ("489", "dial it     sip:489@HOST (in a SUBSCRIBE)"),
        ("423", "dial it     sip:423@HOST (as the To of a REGISTER)"),
        ("409", "state       deprecated, not listed by IANA"),
        ("400", "methods     any but ACK"),
        ("499", "treated by  RFC 3261 §8.1.3.2"),
    ],
)
def test_facts_of_a_page(status: str, line: str) -> None:
    assert line in _lines(status)


@pytest.mark.parametrize(
    ("status", "rule"),
    [
        (
            "200",
            "Path {request:Path} to REGISTER, if the request carries it, if the caller supports",
        ),
        ("180", "Contact {contact} if the response belongs to a dialog"),
        ("180", "RSeq {rseq} if sent reliably (100rel)"),
        ("183", "Content-Type application/sdp if there is a body"),
        (
            "415",
            "Accept-Encoding {accept-encoding} if the body's encoding is the cause, one of these",
        ),
        ("424", "Geolocation {request:Geolocation} if the request carries it, only when"),
        (
            "421",
            "Security-Server {security-server} if the caller does not support sec-agree, only when",
        ),
    ],
)
def test_circumstances_of_a_header_in_words(status: str, rule: str) -> None:
    lines = [" ".join(line.split()) for line in _lines(status)]
    assert any(line.startswith(rule) for line in lines)


def test_every_condition_of_the_registry_has_words() -> None:
    for code in all_codes():
        _lines(str(code.status))


def test_words_give_the_codes_that_match() -> None:
    assert [line[:3] for line in _lines("busy", "here")] == ["486"]
    assert [line[:3] for line in _lines("60x")] == ["600", "603", "604", "606", "607", "608"]


def test_json_of_a_code_is_an_object() -> None:
    assert json.loads(_run("486", "--json").stdout) == lookup(486).as_data()


def test_json_of_a_code_without_entry() -> None:
    assert json.loads(_run("499", "--json").stdout)["known"] is False


@pytest.mark.parametrize(("arguments", "count"), [((), 77), (("60x",), 6), (("uknown",), 1)])
def test_json_of_many_is_a_list(arguments: tuple[str, ...], count: int) -> None:
    found = json.loads(_run("--json", *arguments).stdout)
    assert isinstance(found, list)
    assert len(found) == count


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("bussy", "No status code matches 'bussy'; did you mean 'Busy'?"),
        ("retry-aftr", "No status code matches 'retry-aftr'; did you mean 'Retry-After'?"),
        ("xyzzyx", "No status code matches 'xyzzyx'."),
        ("79", "No status code starts with 79: they go from 100 to 699."),
        ("700", "No status code starts with 700: they go from 100 to 699."),
        ("000", "No status code starts with 000: they go from 100 to 699."),
    ],
)
def test_nothing_found_is_one_sentence_and_status_2(text: str, sentence: str) -> None:
    result = _run(text)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == f"{sentence}\n"


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("argument", ["", "200", "488"])
def test_a_terminal_gets_colour_and_lines_that_fit(
    monkeypatch: pytest.MonkeyPatch, width: int, argument: str
) -> None:
    def terminal(*, highlight: bool) -> Console:
        return Console(
            highlight=highlight, force_terminal=True, width=width, color_system="standard"
        )

    monkeypatch.setattr(module, "Console", terminal)
    result = CliRunner().invoke(codes, [argument], color=True)
    assert result.exit_code == 0
    assert "\x1b[1" in result.stdout
    lines = [Text.from_ansi(line).plain for line in result.stdout.splitlines()]
    assert max(map(len, lines)) <= width
    assert not any("…" in line for line in lines)

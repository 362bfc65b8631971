"""The group of commands: what is imported, what is the default, how a mistake is told."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from responder import __version__
from responder.cli import COMMANDS, Commands, commands, main


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Have the default command do nothing but note its arguments."""
    calls: list[list[str]] = []

    @click.command(context_settings={"ignore_unknown_options": True})
    @click.argument("arguments", nargs=-1)
    def serve(arguments: tuple[str, ...]) -> None:
        calls.append(list(arguments))

    def get_command(group: Commands, ctx: click.Context, name: str) -> click.Command | None:
        return serve if name == "serve" else genuine(group, ctx, name)

    genuine = Commands.get_command
    monkeypatch.setattr(Commands, "get_command", get_command)
    return calls


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ([], []),
        (["serve"], []),
        (["--listen", "udp:127.0.0.1:0"], ["--listen", "udp:127.0.0.1:0"]),
        (["-q"], ["-q"]),
        (["serve", "-q"], ["-q"]),
    ],
    ids=" ".join,
)
def test_serve_is_the_default(
    line: list[str], arguments: list[str], called: list[list[str]]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(line)
    assert end.value.code == 0
    assert called == [arguments]


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_is_that_of_the_group_and_names_every_command(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main([option])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    listed = [line.split()[0] for line in shown.partition("Commands:\n")[2].splitlines()]
    assert listed == list(COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"responder {__version__}\n"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (["bogus"], "No such command 'bogus'; there are serve, "),
        (["serv"], "No such command 'serv'; did you mean 'serve'?"),
        (["--bogus"], "No such option"),
        (["codes", "--bogus"], "No such option"),
        (["codes", "--json", "--bogus"], "No such option"),
        (["--listen", "tls:127.0.0.1"], "tls is not offered by this version"),
        (["--advertise", "a b"], '"a b" is not a host'),
        (["--max-uri", "none"], '"none" is not a number'),
        (["--log", "xml"], "is not one of 'console', 'json'"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_a_mistake_is_told_in_one_line(
    line: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(line)
    assert end.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("responder: ")
    assert sentence in printed.err
    assert printed.err.count("\n") == 1


def test_the_status_of_a_command_is_that_of_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["codes", "no such thing at all"])
    assert end.value.code == 2
    assert capsys.readouterr().err != ""


def test_an_interrupted_command_ends_as_by_sigint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Commands, "get_command", lambda *_: interrupted)
    with pytest.raises(SystemExit) as end:
        main(["codes"])
    assert end.value.code == 130
    assert capsys.readouterr().out == ""


def test_there_is_no_other_command() -> None:
    context = click.Context(commands)
    assert commands.get_command(context, "wait_ready") is None
    for name in COMMANDS:
        command = commands.get_command(context, name)
        assert command is not None
        assert command.name == name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_variable_named_after_it(name: str) -> None:
    command = commands.get_command(click.Context(commands), name)
    assert command is not None
    own = f"RESPONDER_{name.upper().replace('-', '_')}_"
    prefix = "RESPONDER_" if name in {"serve", "run"} else own
    for param in command.params:
        if isinstance(param, click.Option):
            variables = [param.envvar] if isinstance(param.envvar, str) else param.envvar
            option = max(param.opts, key=len).removeprefix("--")
            assert variables is not None
            assert prefix + option.upper().replace("-", "_") in variables


def test_options_of_other_commands_have_variables_too() -> None:
    result = CliRunner().invoke(commands, ["codes", "486"], env={"RESPONDER_CODES_JSON": "1"})
    assert json.loads(result.stdout)["phrase"] == "Busy Here"


def test_a_command_pays_only_for_what_it_uses() -> None:
    """Start-up counts: no event loop for a table, no table printer for a server."""
    script = (
        "import json, sys\n"
        "from importlib import import_module\n"
        "import_module('responder.cli').commands.get_command(None, sys.argv[1])\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    loaded = {}
    for name in ("codes", "serve"):
        done = subprocess.run(
            [sys.executable, "-c", script, name], capture_output=True, check=True, text=True
        )
        loaded[name] = set(json.loads(done.stdout))
    assert not loaded["codes"] & {"asyncio", "responder.stack", "structlog"}
    unused = {"structlog", "rich.table", "responder.probe.caller", "pydantic", "ruamel.yaml", "re2"}
    assert not loaded["serve"] & unused


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "responder", "--version"],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
        text=True,
    )
    assert done.stdout == f"responder {__version__}\n"
    assert import_module("responder.__main__").main is main

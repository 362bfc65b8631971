"""docs/cli.md names every option of every command, with its variable and its default."""

import re

import click
import pytest

from responder.cli import COMMANDS, commands, jsonlog
from tests.pages import PAGES, code

PAGE = PAGES["docs/cli.md"]


def options(name: str) -> list[click.Option]:
    command = commands.get_command(click.Context(commands), name)
    assert command is not None
    return [param for param in command.params if isinstance(param, click.Option)]


def table(name: str) -> list[tuple[str, ...]]:
    """Return the table of a command's options; none for a command that has none."""
    columns = (f"option of {name}", "variable", "default", "what it does")
    return PAGE.table(*columns) if options(name) else []


@pytest.mark.parametrize("name", COMMANDS)
def test_options_are_those_of_the_command(name: str) -> None:
    rows = table(name)
    told = {frozenset(code(row[0])): set(code(row[1])) for row in rows}
    genuine = {}
    for option in options(name):
        variables = option.envvar
        genuine[frozenset(option.opts)] = {variables} if isinstance(variables, str) else variables
    assert told == {names: set(variables or ()) for names, variables in genuine.items()}


@pytest.mark.parametrize("name", COMMANDS)
def test_defaults_are_those_of_the_command(name: str) -> None:
    rows = table(name)
    told = {code(row[0])[0]: row[2].strip("`") for row in rows}
    shown = 0
    for option in options(name):
        if option.show_default is True:
            shown += 1
            default = str(option.default)
            assert told[max(option.opts, key=len)] == re.sub(r"\.0$", "", default)
    assert shown or name in {"check", "codes", "schema"}


@pytest.mark.parametrize("name", COMMANDS)
def test_exit_statuses_are_told(name: str) -> None:
    rows = PAGE.table(f"exit status of {name}", "when")
    assert rows[0][0] == "0"
    assert rows[1][0] in {"1", "2"}


def test_events_of_the_json_log_are_told() -> None:
    events = re.findall(r"^``([a-z-]+)``  ", jsonlog.__doc__ or "", re.MULTILINE)
    assert {"start", "call", "stop"} < set(events)
    assert set(events) - {"event"} <= set(PAGE.inline())

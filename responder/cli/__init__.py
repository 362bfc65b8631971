"""The command line: one group, one file for each command."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, NoReturn

import click

from responder import __version__

COMMANDS: Final = ("serve", "run", "check", "codes", "match", "probe", "schema", "wait-ready")
"""Every command, in the order of the help text.

Each stands in the module of its name (``wait-ready`` in ``responder.cli.wait_ready``), as the
attribute of that name.
"""

DEFAULT: Final = "serve"
ANSWERING: Final = frozenset({"serve", "run"})
"""Those that answer: their options have no command's name in their variables."""

_OF_THE_GROUP: Final = frozenset({"--help", "-h", "--version"})


class Commands(click.Group):
    """The group of all commands.

    A command's module is imported when it is asked for: ``responder codes`` pays for no event loop,
    and ``responder serve`` for no table printer.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names for the help text."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(import_module(f"responder.cli.{name}"), name)
        assert isinstance(command, click.Command)
        _name_variables(cmd_name, command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments begin with; if there is none, say what is like it."""
        if args[0] not in COMMANDS:
            like = import_module("difflib").get_close_matches(args[0], COMMANDS, n=1)
            names = f"did you mean {like[0]!r}?" if like else f"there are {', '.join(COMMANDS)}."
            raise click.UsageError(f"No such command {args[0]!r}; {names}")
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put in the default command where an option of it, or nothing at all, comes first."""
        if not args or (args[0].startswith("-") and args[0] not in _OF_THE_GROUP):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=Commands,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
)
@click.version_option(__version__, prog_name="responder", message="%(prog)s %(version)s")
def commands() -> None:
    """Answer any SIP request with any status.

    Without a command it serves: "responder --listen udp:127.0.0.1:0" is the same as
    "responder serve --listen udp:127.0.0.1:0".
    """


def _name_variables(name: str, command: click.Command) -> None:
    """Give every option the environment variable that its own name spells.

    ``--port-file`` of a command that answers is RESPONDER_PORT_FILE, ``--port-file`` of another one
    has the command's name in it too: RESPONDER_WAIT_READY_PORT_FILE.
    """
    prefix = "responder" if name in ANSWERING else f"responder-{name}"
    for param in command.params:
        if isinstance(param, click.Option) and param.envvar is None:
            option = max(param.opts, key=len)
            param.envvar = f"{prefix}-{option.lstrip('-')}".replace("-", "_").upper()


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process with its exit status.

    What a person asked wrongly is told in one sentence on standard error.

    Args:
        args: what stands after the program's name; by default that of this process.
    """
    try:
        status = commands.main(
            args if args is None else list(args), prog_name="responder", standalone_mode=False
        )
    except click.ClickException as mistake:
        click.echo(f"responder: {mistake.format_message()}", err=True)
        sys.exit(mistake.exit_code)
    except click.Abort:
        sys.exit(130)
    sys.exit(status if isinstance(status, int) else 0)

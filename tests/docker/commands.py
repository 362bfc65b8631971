"""What the command line of the responder makes of words and variables that containers give it."""

from collections.abc import Sequence

import click

from responder.cli import commands


def read(words: Sequence[str]) -> click.Context:
    """Return the context of a command, with its parameters, without running it.

    Raises:
        click.UsageError: the words are wrong.
    """
    top = click.Context(commands)
    name, *rest = words
    command = commands.get_command(top, name)
    assert command is not None, name
    return command.make_context(name, list(rest), parent=top)


def variables() -> set[str]:
    """Return every environment variable that some command reads."""
    top = click.Context(commands)
    found: set[str] = set()
    for name in commands.list_commands(top):
        command = commands.get_command(top, name)
        assert command is not None
        for param in command.params:
            names = param.envvar or ()
            found |= {names} if isinstance(names, str) else set(names)
    return found

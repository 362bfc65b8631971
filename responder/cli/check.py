"""`responder check`: what is wrong with scenario files, line by line."""

from pathlib import Path

import click

from responder.cli.scenarios import usable_scenarios


@click.command(short_help="Say what is wrong with scenarios, line by line.")
@click.argument(
    "scenarios", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SCENARIO..."
)
def check(scenarios: tuple[Path, ...]) -> None:
    """Read scenario files, or all in a directory, and say what is wrong or odd with them.

    They are checked as they would be served together.
    """
    rules = len(usable_scenarios(scenarios).rules.rules)
    click.echo(f"{rules} rule{'' if rules == 1 else 's'}, no errors")

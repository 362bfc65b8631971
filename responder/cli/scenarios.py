"""Scenarios that a command is given: usable, or told to be wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from responder.agent.scenario_files import read_scenarios
from responder.scenario.compiler import Compiled
from responder.scenario.findings import BadScenario

UNUSABLE: Final = 2
"""Exit status when a scenario cannot be used."""


def usable_scenarios(paths: Sequence[Path]) -> Compiled:
    """Return the rules of scenario files; tell a person what is wrong or odd with them.

    Raises:
        click.exceptions.Exit: with 2, when one cannot be used.
    """
    try:
        compiled = read_scenarios(paths)
    except BadScenario as fault:
        for finding in fault.findings:
            click.echo(str(finding), err=True)
        raise click.exceptions.Exit(UNUSABLE) from None
    for finding in compiled.findings:
        click.echo(str(finding), err=True)
    return compiled

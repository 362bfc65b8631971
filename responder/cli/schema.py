"""`responder schema`: the JSON Schema of scenario files."""

import json

import click

from responder.fault_files import FaultFiles
from responder.scenario.schema import scenario_schema


@click.command(short_help="Print the JSON Schema of scenario files.")
def schema() -> None:
    """Print the JSON Schema of scenario files, with which an editor completes and checks them.

    Name it in the first line of a scenario: "# yaml-language-server: $schema=scenario.schema.json".
    """
    click.echo(json.dumps(scenario_schema(FaultFiles()), indent=2))

"""`responder schema`: the JSON Schema on standard output."""

import json

from click.testing import CliRunner

from responder.cli import commands
from responder.fault_files import FaultFiles
from responder.scenario.schema import scenario_schema


def test_it_prints_the_schema_and_nothing_else() -> None:
    result = CliRunner().invoke(commands, ["schema"])
    assert result.exit_code == 0
    assert json.loads(result.output) == scenario_schema(FaultFiles())

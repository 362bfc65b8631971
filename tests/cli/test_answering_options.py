"""The options that commands which answer have in common, and the plan that they make."""

from pathlib import Path
from typing import Unpack

import click
import pytest
from click.testing import CliRunner

from responder.agent.plan import Plan
from responder.cli.answering_options import Options, answering_options, plan_of, verbosity_of
from responder.net.listen import DEFAULT_LISTENS
from tests.scenario.scenarios import compiled


def given(*arguments: str) -> Options:
    """Return what a command gets that is called with these arguments."""
    taken: list[Options] = []

    @click.command
    @answering_options
    def command(**options: Unpack[Options]) -> None:
        taken.append(options)

    result = CliRunner().invoke(command, arguments)
    assert (result.exit_code, result.output) == (0, "")
    return taken[0]


def test_a_command_gets_each_of_them() -> None:
    assert given().keys() == Options.__annotations__.keys()


def test_without_any_the_plan_is_the_usual_one() -> None:
    assert plan_of(given(), (), None, 7.0) == Plan(listens=DEFAULT_LISTENS, epoch=7.0)


def test_a_scenario_goes_into_the_plan() -> None:
    made = compiled('seed: 4\nlisten: {a: "udp:127.0.0.1:0"}\nrules: [{respond: 486}]\n')
    plan = plan_of(given(), [Path("a.yaml")], made, 0.0)
    assert (plan.seed, plan.rules, plan.files) == (4, made.rules, [Path("a.yaml")])
    assert plan_of(given("--seed", "5"), (), made, 0.0).seed == 5


@pytest.mark.parametrize(
    ("arguments", "told"), [((), 0), (("-v",), 1), (("-vv",), 2), (("-vv", "-q"), -1)]
)
def test_how_much_is_told(arguments: tuple[str, ...], told: int) -> None:
    options = given(*arguments)
    assert verbosity_of(options) == told
    assert plan_of(options, (), None, 0.0).traces is (told >= 0)
    assert plan_of(options, (), None, 0.0).messages is (told > 1)

"""The scenarios that a responder is given: paths, text, mappings, or several of them."""

import os
import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from responder.api.spot import Spot

if TYPE_CHECKING:
    from responder.scenario.compiler import Compiled
    from responder.scenario.loader import Loaded

One: TypeAlias = str | os.PathLike[str] | Mapping[str, object]
Scenarios: TypeAlias = One | Sequence[One]
"""A path of a file or a directory, the text of a file, or its values; or several of these."""

_TEXT: Final = "<text>"


class ScenarioWarning(UserWarning):
    """A scenario is well formed, and something in it is odd."""


def compiled(scenarios: Scenarios, spot: Spot, stacklevel: int = 2) -> "Compiled":
    """Return what scenarios come to; what is odd about them is a `ScenarioWarning`.

    A text of more than one line, or with ``: `` in it, is a scenario; any other one is a path.
    Files that a text names are looked for from the working directory, those that a mapping names
    from the directory of the program.

    Args:
        scenarios: the scenarios.
        spot: where the program wrote them.
        stacklevel: whose line a warning names, as `warnings.warn` counts it.

    Raises:
        BadScenario: with everything that is wrong with them.
    """
    if isinstance(scenarios, (str, os.PathLike, Mapping)):
        scenarios = [scenarios]
    # Not at the top: pydantic and ruamel.yaml take longer to import than all the rest.
    files = import_module("responder.agent.scenario_files")
    made = [_scenario(each, number, spot) for number, each in enumerate(scenarios, 1)]
    found: Compiled = files.read_scenarios(made)
    for finding in found.findings:
        warnings.warn(str(finding), ScenarioWarning, stacklevel=stacklevel)
    return found


def _scenario(given: One, number: int, spot: Spot) -> "Loaded | Path":
    loader = import_module("responder.scenario.loader")
    name = spot.stem if number == 1 else f"{spot.stem} {number}"
    loaded: Loaded
    if isinstance(given, Mapping):
        written = import_module("responder.api.written")
        loaded = loader.model_of(written.table(given, spot.place), spot.file, name)
        return loaded
    text = os.fspath(given)
    if isinstance(given, str) and ("\n" in given or ": " in given):
        loaded = loader.load(text, _TEXT, name)
        return loaded
    return Path(text)

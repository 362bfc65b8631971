"""Scenario files read: text to a checked model that knows where each of its parts stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from responder.scenario import sentences
from responder.scenario.findings import BadScenario, Place
from responder.scenario.model import Scenario
from responder.scenario.shape import Shapes
from responder.scenario.yaml_text import Table, read_yaml


@dataclass(frozen=True, slots=True)
class Loaded:
    """One scenario file.

    Attributes:
        file: the file as it was named.
        name: what its scenario is called.
        scenario: what it says.
        data: its values, which know their places.
    """

    file: str
    name: str
    scenario: Scenario
    data: Table

    def place(self, path: Sequence[str | int]) -> Place:
        """Return where a part of it stands, such as ``("rules", 0, "match")``."""
        return sentences.place_of(self.data, path)

    def line(self, path: Sequence[str | int]) -> str:
        """Return the same as ``file:line``."""
        return f"{self.file}:{self.place(path).line}"


def load(text: str, file: str, stem: str) -> Loaded:
    """Read one scenario file.

    Args:
        text: what it holds.
        file: the file as it was named, for findings.
        stem: what the scenario is called when it does not say so; characters that a name may not
            have become dashes.

    Raises:
        BadScenario: with everything that is wrong with it.
    """
    return model_of(read_yaml(text, file), file, stem)


def model_of(data: Table, file: str, stem: str) -> Loaded:
    """Check the values of one scenario, wherever they were written; see `load`.

    Raises:
        BadScenario: with everything that is wrong with them.
    """
    shapes: Shapes = {}
    try:
        scenario = Scenario.model_validate(data, context={"shapes": shapes})
    except ValidationError as fault:
        raise BadScenario(sentences.findings(fault, data, shapes, file)) from None
    name = scenario.scenario or "".join(
        c if c.isprintable() and c not in "()\\" else "-" for c in stem
    )
    return Loaded(file, name[:64], scenario, data)

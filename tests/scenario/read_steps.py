"""Steps read and compiled by themselves."""

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from responder.fault_files import FaultFiles
from responder.scenario import steps
from responder.scenario.step_list import Steps, compile_steps
from responder.scenario.step_model import Surroundings
from responder.scenario.when_model import Around

READ: TypeAdapter[Any] = TypeAdapter(Steps)


def compiled(value: object) -> tuple[steps.Step, ...]:
    """Return what steps compile to; nothing may be wrong with them."""
    noted: list[str] = []
    around = Surroundings(
        read=lambda name: f"<{name}>".encode(),
        locate=lambda name: str(Path("here") / name),
        note=lambda _, text: noted.append(text),
        faults=FaultFiles(),
        around=Around(
            "s",
            {"state": "up"},
            frozenset(),
            lambda path: "f.yaml:" + ".".join(map(str, path)),
            lambda _, text: noted.append(text),
        ),
    )
    made = compile_steps(READ.validate_python(value), around, ())
    assert not noted
    return made

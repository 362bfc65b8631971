"""A Dockerfile taken apart: its stages, and the instructions of each."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

DOCKER = Path(__file__).parents[2] / "docker"

_FLAG = re.compile(r"--(\S+)\s+")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction.

    Attributes:
        name: such as ``RUN``.
        flags: what stands before its arguments, such as ``from=build``.
        text: all that follows, continued lines joined.
    """

    name: str
    flags: tuple[str, ...]
    text: str

    def words(self) -> list[str]:
        """Return the words of the exec form, a JSON list.

        Raises:
            ValueError: it has the form that a shell reads.
        """
        words = json.loads(self.text)
        if not isinstance(words, list):
            raise ValueError(f"{self.name} {self.text}")
        return words

    def pairs(self) -> dict[str, str]:
        """Return the names and values of ENV, LABEL or ARG."""
        parts = (pair.partition("=") for pair in shlex.split(self.text))
        return {name: value for name, _, value in parts}


@dataclass(slots=True)
class Stage:
    """What is built from one base.

    Attributes:
        base: what FROM names.
        name: what other stages call it; empty for the last one.
        instructions: in order, without FROM.
    """

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[Instruction]:
        """Return the instructions of a name, in order."""
        return [each for each in self.instructions if each.name == name]

    def one(self, name: str) -> Instruction:
        """Return the only instruction of a name."""
        [found] = self.all(name)
        return found

    def settings(self, name: str = "ENV") -> dict[str, str]:
        """Return what all ENV, LABEL or ARG instructions set."""
        return {key: value for each in self.all(name) for key, value in each.pairs().items()}

    def healthcheck(self) -> list[str]:
        """Return the words of the health check's command."""
        return Instruction("CMD", (), self.one("HEALTHCHECK").text.removeprefix("CMD ")).words()


def read(path: Path) -> list[Stage]:
    """Return the stages of a Dockerfile; ARG instructions before the first FROM are left out."""
    # Comments and empty lines may stand inside an instruction that goes on.
    lines = [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]
    stages: list[Stage] = []
    for whole in "\n".join(lines).replace("\\\n", "").splitlines():
        name, _, text = whole.partition(" ")
        flags = []
        text = text.strip()
        while found := _FLAG.match(text):
            flags.append(found[1])
            text = text[found.end() :]
        if name == "FROM":
            base, _, alias = text.partition(" AS ")
            stages.append(Stage(base, alias))
        elif stages:
            stages[-1].instructions.append(Instruction(name, tuple(flags), text))
    return stages

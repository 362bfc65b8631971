"""Where in a Python program something was said to the responder."""

import os
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Final

from responder.scenario.findings import Place

_OWN: Final = ("responder.api.", "responder.pytest_plugin")


@dataclass(frozen=True, slots=True)
class Spot:
    """A call in a Python program.

    Attributes:
        file: its file, seen from the working directory where it is below it.
        place: its line and column.
    """

    file: str
    place: Place

    @property
    def line(self) -> str:
        """The same as ``file:line``."""
        return f"{self.file}:{self.place.line}"

    @property
    def stem(self) -> str:
        """The name of the file, less its extension."""
        return Path(self.file).stem


def spot() -> Spot:
    """Return where the program called the responder: the nearest call that is none of its own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_OWN):
        frame = frame.f_back
    if frame is None:
        return Spot("<python>", Place(0, 0))
    positions = islice(frame.f_code.co_positions(), frame.f_lasti // 2, None)
    line, _, column, _ = next(positions, (None, None, None, None))
    file = frame.f_code.co_filename
    below = os.path.relpath(file) if Path(file).is_absolute() else file
    return Spot(
        file if below.startswith(os.pardir) else below,
        Place(line or frame.f_lineno, 1 if column is None else column + 1),
    )

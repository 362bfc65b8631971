"""Scenario files that are watched: read again when they change, and swapped if they are good.

Importing this file costs what reading scenarios costs, and the watcher: it is imported where files
are watched.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from watchfiles import awatch

from responder.agent.reloading import Reloading
from responder.agent.scenario_files import SUFFIXES
from responder.scenario.findings import BadScenario

STEP: Final = 50
"""Milliseconds of quiet after which a change is over: an editor writes in several steps."""

LONGEST: Final = 500
"""Milliseconds after which a change is looked at although others follow it."""

Stamp: TypeAlias = tuple[int, int, int]


async def changes(paths: Sequence[Path]) -> AsyncIterator[object]:
    """Yield whenever something changed where scenarios lie.

    The directories of files are watched, not the files: an editor may put another file in the place
    of one, which nobody sees who looks at the first.
    """
    places = {path if path.is_dir() else path.parent for path in paths}
    async for change in awatch(
        *places, watch_filter=None, step=STEP, debounce=LONGEST, recursive=False
    ):
        yield change


async def keep_in_step(files: Reloading, changed: AsyncIterator[object]) -> None:
    """Read scenarios again at each change of their files.

    Args:
        files: the scenarios. Wrong ones leave everything as it was.
        changed: yields at each change, as `changes` does.
    """
    seen = _stamps(files.paths)
    async for _ in changed:
        stamps = _stamps(files.paths)
        if stamps == seen:
            continue
        seen = stamps
        with contextlib.suppress(BadScenario):
            await files.reload()


def _stamps(paths: Sequence[Path]) -> dict[Path, Stamp | None]:
    """Return what tells one content of each scenario file from another, as far as one can see."""
    files = [
        each
        for path in paths
        for each in (
            sorted(each for each in path.iterdir() if each.suffix in SUFFIXES)
            if path.is_dir()
            else [path]
        )
    ]
    return {file: _stamp(file) for file in files}


def _stamp(file: Path) -> Stamp | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino

"""Scenario files that are watched: read again when they change, and swapped if they are good.

Importing this file costs what reading scenarios costs, and the watcher: it is imported where files
are watched.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from watchfiles import awatch

from responder.agent.scenario_files import SUFFIXES, read_scenarios
from responder.scenario.compiler import Compiled
from responder.scenario.findings import BadScenario

STEP: Final = 50
"""Milliseconds of quiet after which a change is over: an editor writes in several steps."""

LONGEST: Final = 500
"""Milliseconds after which a change is looked at although others follow it."""

_HELD: Final = ("seed", "timing", "registering", "listens")
_WORDS: Final = {"timing": "timers", "registering": "registrar", "listens": "listen"}

Stamp: TypeAlias = tuple[int, int, int]


class Told(Protocol):
    """What is told of files that are read again; see `responder.cli.log.Log`."""

    def reloaded(self, rules: int) -> None:
        """Tell that other rules answer from now on, and how many they are."""

    def warning(self, text: str) -> None:
        """Tell a sentence of what is wrong."""


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


async def keep_in_step(
    paths: Sequence[Path],
    adopt: Callable[[Compiled], None],
    told: Told,
    changed: AsyncIterator[object],
) -> None:
    """Read scenarios again at each change, and hand them over where they are good.

    Args:
        paths: the files and directories.
        adopt: takes what they come to; calls in progress go on by what they began with.
        told: is told what became of each change. A bad file leaves everything as it was.
        changed: yields at each change, as `changes` does.
    """
    seen, held = _stamps(paths), _read(paths)
    async for _ in changed:
        stamps = _stamps(paths)
        if stamps == seen:
            continue
        seen = stamps
        try:
            compiled = read_scenarios(paths)
        except BadScenario as bad:
            for finding in bad.findings:
                told.warning(str(finding))
            told.warning("the scenarios are wrong: what was read before still holds.")
            continue
        for finding in compiled.findings:
            told.warning(str(finding))
        adopt(compiled)
        told.reloaded(len(compiled.rules.rules))
        if held is not None:
            later = [key for key in _HELD if getattr(compiled, key) != getattr(held, key)]
            if later:
                words = ", ".join(_WORDS.get(key, key) for key in later)
                told.warning(f"{words}: what has changed there holds from the next start.")
        held = compiled


def _read(paths: Sequence[Path]) -> Compiled | None:
    try:
        return read_scenarios(paths)
    except BadScenario:
        return None


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

"""Scenario files read again, while calls go on by what was read before.

Importing this file costs what reading scenarios costs: it is imported where there are scenarios.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from responder.agent.scenario_files import read_scenarios
from responder.scenario.compiler import Compiled
from responder.scenario.findings import BadScenario, Finding

HELD: Final = ("seed", "timing", "registering", "listens")
_WORDS: Final = {"timing": "timers", "registering": "registrar", "listens": "listen"}


class Told(Protocol):
    """What is told of files that are read again; see `responder.cli.log.Log`."""

    def reloaded(self, rules: int) -> None:
        """Tell that other rules answer from now on, and how many they are."""

    def warning(self, text: str) -> None:
        """Tell a sentence of what is wrong."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of files when they were last read again.

    Attributes:
        at: when, in seconds since 1970.
        findings: what was wrong with them; empty if they were taken.
    """

    at: float
    findings: Sequence[Finding] = ()


class Reloading:
    """The scenario files of a process.

    Args:
        paths: the files and directories.
        adopt: takes what they come to; calls in progress go on by what they began with.
        told: is told what became of each reading. A bad file leaves everything as it was.
        held: what they came to at the start; None if they were wrong then.

    Attributes:
        paths: as given.
        latest: the latest reading; None before the first.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        adopt: Callable[[Compiled], None],
        told: Told,
        held: Compiled | None = None,
    ) -> None:
        self.paths = paths
        self.latest: Reading | None = None
        self._adopt = adopt
        self._told = told
        self._held = held
        self._turn = asyncio.Lock()

    async def reload(self) -> Compiled:
        """Read the files, and have what they say hold from now on; return what they come to.

        They are read in a thread, since it may take longer than a caller waits for an answer.

        Raises:
            BadScenario: they are wrong, of which it was told already.
        """
        async with self._turn:
            try:
                compiled = await asyncio.to_thread(read_scenarios, self.paths)
            except BadScenario as bad:
                self.latest = Reading(time.time(), bad.findings)
                for finding in bad.findings:
                    self._told.warning(str(finding))
                self._told.warning("the scenarios are wrong: what was read before still holds.")
                raise
            self.latest = Reading(time.time())
            for finding in compiled.findings:
                self._told.warning(str(finding))
            self._adopt(compiled)
            self._told.reloaded(len(compiled.rules.rules))
            self._tell_of_what_holds_later(compiled)
            self._held = compiled
            return compiled

    def _tell_of_what_holds_later(self, compiled: Compiled) -> None:
        if self._held is None:
            return
        later = [key for key in HELD if getattr(compiled, key) != getattr(self._held, key)]
        if later:
            words = ", ".join(_WORDS.get(key, key) for key in later)
            self._told.warning(f"{words}: what has changed there holds from the next start.")

"""The command that a run is about: a process in a group of its own."""

import asyncio
import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from responder.agent.places import places_to_dial, uri_to_dial

GRACE: Final = 5.0
"""Seconds that a command has to end once it is told to."""

GLANCE: Final = 0.05
"""Seconds between two looks at whether the last of its processes has ended."""


class CannotStart(Exception):
    """A command cannot be started; the text is one sentence."""


class Command:
    """A process, and those that it starts in its process group.

    It writes where we write. It reads what we read, but nothing from a terminal, which belongs to
    the group of the one who called us.

    Attributes:
        words: its program and arguments.
        status: how it ended, as a shell tells it (128 and the number of a signal); None before.
        told: whether it was told to end.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.status: int | None = None
        self.told = False
        self._process: asyncio.subprocess.Process | None = None
        self._left_others = False

    def __str__(self) -> str:
        return shlex.join(self.words)

    @property
    def failed(self) -> bool:
        """Whether it ended by itself, and not with status 0."""
        return not self.told and bool(self.status)

    async def start(self, environment: Mapping[str, str]) -> None:
        """Start it.

        Args:
            environment: all its variables.

        Raises:
            CannotStart: it cannot be started.
        """
        terminal = sys.stdin is not None and sys.stdin.isatty()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.words,
                env=environment,
                stdin=subprocess.DEVNULL if terminal else None,
                process_group=0,
            )
        except OSError as failure:
            raise CannotStart(f"{self.words[0]}: {failure.strerror}.") from None

    async def wait(self) -> None:
        """Wait for its end; what it has started may go on."""
        assert self._process is not None
        status = await self._process.wait()
        if self.status is None:
            self.status = 128 - status if status < 0 else status
            # Its number stays that of the group for as long as there is one.
            self._left_others = self._reach(0)

    async def end(self, number: int = signal.SIGTERM) -> None:
        """Tell what is left of it to end by a signal, and end it for good if it does not."""
        if self._process is None or (self.status is not None and not self._left_others):
            return
        self.told = self.told or self._process.returncode is None
        self._reach(number)
        if not await self._gone(GRACE):
            self.kill()
        await self.wait()
        self._left_others = False

    def kill(self) -> None:
        """End what is left of it at once."""
        if self._process is not None and (self.status is None or self._left_others):
            self._reach(signal.SIGKILL)

    async def _gone(self, seconds: float) -> bool:
        """Wait until the whole group has ended; return whether it has, within this time."""
        loop = asyncio.get_running_loop()
        latest = loop.time() + seconds
        while self._reach(0):
            if loop.time() >= latest:
                return False
            await asyncio.sleep(GLANCE)
        return True

    def _reach(self, number: int) -> bool:
        """Send a signal to the group, 0 for none; return whether there is one."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
            return True
        return False


def environment_of(
    addresses: Sequence[str],
    listeners: Mapping[str, str],
    advertise: tuple[str, int | None] | None,
    pages: Sequence[str] = (),
) -> dict[str, str]:
    """Return the variables that tell a command where to call.

    Args:
        addresses: what is listened on, such as ``udp:127.0.0.1:40001``.
        listeners: those of them that a scenario names.
        advertise: the host and port that peers are told, if any.
        pages: where the HTTP interface is, as URLs.
    """
    if not addresses:
        return {}

    def place(address: str) -> str:
        return places_to_dial([address], advertise)[0]

    first = place(addresses[0])
    host, _, port = first.rpartition(":")
    found = {
        "RESPONDER_SIP": " ".join(addresses),
        "RESPONDER_URI": uri_to_dial(addresses[0], advertise),
        "RESPONDER_HOST": host,
        "RESPONDER_PORT": port,
    }
    for page in pages[:1]:
        place_of_it, _, token = page.partition("#token=")
        found["RESPONDER_HTTP"] = place_of_it.rstrip("/")
        if token:
            found["RESPONDER_HTTP_TOKEN"] = token
    for address in reversed(addresses):
        found[f"RESPONDER_{address.partition(':')[0].upper()}"] = place(address)
    for name, address in listeners.items():
        variable = re.sub(r"\W", "_", name, flags=re.ASCII).upper()
        found[f"RESPONDER_LISTENER_{variable}"] = place(address)
    return found

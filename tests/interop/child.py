"""A client that runs until it is told to stop, and the log that it writes meanwhile."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

PATIENCE = 20.0
"""How long something that has to come may take, in seconds. Only a failure waits that long."""

LAST = 5.0
"""How long it has for its end before it is killed, in seconds."""


class Child:
    """A process; leaving its context ends it.

    Attributes:
        log: the file in which both its output streams end up.
    """

    def __init__(
        self, command: Sequence[str | Path], directory: Path, environment: Mapping[str, str]
    ) -> None:
        self.log = directory / "console"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=directory,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # How it ends is its own affair: linphonec hangs where SIGTERM comes during its "quit".
        with suppress(subprocess.TimeoutExpired):
            self._process.terminate()
            self._process.wait(LAST)
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()

    def stop(self) -> None:
        """Ask it to end with SIGTERM, and wait until it has."""
        self._process.terminate()
        self._process.wait(PATIENCE)

    def type(self, line: str) -> None:
        """Give it a line to read."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def wait_for(self, text: str, log: Path | None = None) -> None:
        """Wait until a text stands in its log, or in another file that it writes."""
        deadline = time.monotonic() + PATIENCE
        while True:
            # Whether it has ended is asked first: what it wrote last is then in the file.
            ended = self._process.poll() is not None
            written = self.read(log)
            if text in written:
                return
            assert not ended, f"it ended before {text!r}:\n{written}"
            assert time.monotonic() < deadline, f"no {text!r} in:\n{written}"
            time.sleep(0.02)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until something holds that it brings about, told as ``what`` if it never does."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self._process.poll() is None, f"it ended before {what}:\n{self.read()}"
            assert time.monotonic() < deadline, f"never {what}:\n{self.read()}"
            time.sleep(0.02)

    def read(self, log: Path | None = None) -> str:
        """Return what it has written so far, with plain line ends."""
        path = log or self.log
        written = path.read_bytes() if path.exists() else b""
        return written.decode(errors="replace").replace("\r", "")

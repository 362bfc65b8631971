"""A real ``responder serve`` in a process of its own, for tests that need one."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

PATIENCE = 20.0
"""How long a process may take to start or to end, in seconds. Only a failure waits that long."""

LISTEN = ("udp:127.0.0.1:0", "tcp:127.0.0.1:0")
LISTEN_IPV6 = ("udp:[::1]:0", "tcp:[::1]:0")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended: its exit status, and all that it wrote."""

    status: int
    stdout: str
    stderr: str


class Serving:
    """One process.

    Attributes:
        process: the process itself.
        sip: what was bound, in the order of the command line, such as ``udp:127.0.0.1:40001``.
        http: the port that was bound for HTTP; 0 for none.
        ending: how it ended; None until `stop` has been called.
    """

    def __init__(
        self,
        arguments: tuple[str, ...],
        listen: tuple[str, ...],
        home: Path,
        before: Sequence[str] = (),
    ) -> None:
        """Start it, and wait until it answers.

        Args:
            arguments: further ones of the command line.
            listen: what it listens on.
            home: an empty directory, where it runs.
            before: words to put before the command, such as those that run it in a namespace.
        """
        self._stdout = home / "stdout"
        self._stderr = home / "stderr"
        port_file = home / "ports.json"
        command = [*before, sys.executable, "-m", "responder", "serve"]
        command += ["--port-file", str(port_file), "-q"]
        command += ["--media-ports", "0"]
        if "--http" not in arguments:
            command += ["--http", "off"]
        for address in listen:
            command += ["--listen", address]
        # Settings of whoever runs the tests are not the server's; nor is the tests' debug mode,
        # which would have it write about slow callbacks.
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("RESPONDER_", "PYTHONASYNCIO", "PYTHONDEVMODE"))
        }
        with self._stdout.open("wb") as out, self._stderr.open("wb") as err:
            self.process = subprocess.Popen(
                [*command, *arguments],
                cwd=home,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
        self.ending: Ending | None = None
        try:
            self.sip = self._bound(port_file)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def _bound(self, port_file: Path) -> list[str]:
        deadline = time.monotonic() + PATIENCE
        while not port_file.exists():
            status = self.process.poll()
            if status is not None:
                wrote = self._stderr.read_text()
                raise AssertionError(f"responder serve ended at once, status {status}: {wrote}")
            if time.monotonic() > deadline:
                raise AssertionError("responder serve wrote no port file")
            time.sleep(0.01)
        bound = json.loads(port_file.read_text())
        self.http = int(bound.get("http", ":0").rpartition(":")[2])
        addresses: list[str] = bound["sip"]
        return addresses

    def port(self, transport: str = "udp", host: str = "") -> int:
        """Return the port of the first listener of a transport, on one address or on any.

        Raises:
            LookupError: there is none.
        """
        for address in self.sip:
            if address.startswith(f"{transport}:{host}"):
                return int(address.rpartition(":")[2])
        raise LookupError(f"nothing listens on {transport}: {self.sip}")

    def stop(self, *signals: signal.Signals) -> Ending:
        """Send the signals (default: SIGTERM), wait for the end, and return how it was."""
        if self.ending is None:
            for number in signals or (signal.SIGTERM,):
                self.process.send_signal(number)
            try:
                status = self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("responder serve did not end when it was told to") from None
            self.ending = Ending(status, self._stdout.read_text(), self._stderr.read_text())
        return self.ending


Serve: TypeAlias = Callable[..., Serving]
"""Takes further arguments of the command line, and ``listen=`` for other listeners."""

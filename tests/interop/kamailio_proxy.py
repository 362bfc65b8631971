"""Kamailio as a child process, on loopback ports of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

CONFIG = Path(__file__).parent / "kamailio" / "kamailio.cfg"
PATIENCE = 20.0
"""How long it may take to start or to end, in seconds. Only a failure waits that long."""


class Proxy:
    """A running Kamailio that takes UDP and TCP on one port.

    Args:
        program: where Kamailio is.
        port: what it listens on, or is told to by the options.
        directory: an empty one, for what it writes.
        host: the address that it listens on, as a URI writes it.
        config: its configuration.
        options: what tells it the addresses; by default host and port.
        before: words to put before the command, such as those that run it in a namespace.

    Attributes:
        host: the address that it listens on, as a URI writes it.
        port: that port.
    """

    def __init__(
        self,
        program: Path,
        port: int,
        directory: Path,
        host: str = "127.0.0.1",
        *,
        config: Path = CONFIG,
        options: Sequence[str] = (),
        before: Sequence[str] = (),
    ) -> None:
        self.host = host
        self.port = port
        self._log = directory / "kamailio.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *before,
                    program,
                    *("-f", config, "-DD", "-E", "-m", "32", "-M", "4"),
                    *(options or ("-l", f"udp:{host}:{port}", "-l", f"tcp:{host}:{port}")),
                    *("-w", directory, "-Y", directory),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            if before:
                self._wait_there(before)
            else:
                self._wait_until_alive()
        except BaseException:
            self.stop()
            raise

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def relayed(self, since: int = 0) -> list[str]:
        """Return the methods of the requests that were relayed, in order."""
        lines = self.log[since:].splitlines()
        return [line.rpartition(" ")[2] for line in lines if ": relayed " in line]

    def stop(self) -> None:
        """End it and its children, which are a process group of their own."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def _wait_there(self, before: Sequence[str]) -> None:
        """Ask from where it runs, which may be a network that this process is not in."""
        ask = [sys.executable, "-m", "responder", "wait-ready", "--timeout", str(PATIENCE)]
        address = f"udp:{self.host}:{self.port}"
        done = subprocess.run(
            [*before, *ask, "--address", address], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise AssertionError(f"Kamailio did not start: {done.stderr}\n{self.log}")

    def _wait_until_alive(self) -> None:
        deadline = time.monotonic() + PATIENCE
        family = socket.AF_INET6 if self.host.startswith("[") else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((self.host.strip("[]"), self.port))
            asking.settimeout(0.1)
            here = f"{self.host}:{asking.getsockname()[1]}"
            question = "\r\n".join(
                [
                    f"OPTIONS sip:{self.host}:{self.port} SIP/2.0",
                    f"Via: SIP/2.0/UDP {here};branch=z9hG4bKalive",
                    f"From: <sip:tests@{here}>;tag=1",
                    f"To: <sip:{self.host}:{self.port}>",
                    "Call-ID: alive",
                    "CSeq: 1 OPTIONS",
                    "Content-Length: 0\r\n\r\n",
                ]
            ).encode()
            while time.monotonic() < deadline and self._process.poll() is None:
                try:
                    asking.send(question)
                    if asking.recv(65535).startswith(b"SIP/2.0 200"):
                        return
                except ConnectionRefusedError:
                    # Not bound yet; the pace is the kernel's, which would answer at once.
                    time.sleep(0.02)
                except TimeoutError:
                    continue
        raise AssertionError(f"Kamailio did not start:\n{self.log}")

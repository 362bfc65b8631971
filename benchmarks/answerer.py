"""The process that answers: the responder, or SIPp in its place."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")
SOCKET_BUFFER = 4 * 1024 * 1024
"""Receive buffer given to every SIPp, in bytes, so that it is not the first to lose datagrams."""


class Answerer:
    """A process that listens for SIP on one UDP port of 127.0.0.1, and what it costs.

    Use it as a context manager: it is ready inside, and has ended after.
    """

    def __init__(self, name: str, command: Sequence[str], port: int, cpu: int | None) -> None:
        self.name = name
        self.port = port
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        pin(self.process.pid, cpu)

    def __enter__(self) -> Self:
        try:
            self._wait_until_bound(time.perf_counter() + 20)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait_until_bound(self, deadline: float) -> None:
        # The kernel's own list tells, so the answerer is not sent anything that it would count.
        entry = f":{self.port:04X} "
        while entry not in Path("/proc/net/udp").read_text():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended at once, status {self.process.returncode}")
            if time.perf_counter() > deadline:
                raise RuntimeError(f"{self.name} did not listen on UDP port {self.port}")
            time.sleep(0.01)

    def stop(self) -> None:
        """End the process: SIGTERM, and after 10 s SIGKILL."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu_seconds(self) -> float:
        """CPU time, user and system, that all threads of the process have used.

        The scheduler's count is in nanoseconds; a kernel without it leaves the clock ticks of
        ``stat``, which are usually 10 ms.
        """
        tasks = Path(f"/proc/{self.process.pid}/task")
        with suppress(FileNotFoundError):
            return sum(
                int((task / "schedstat").read_text().split()[0]) / 1e9 for task in tasks.iterdir()
            )
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def resident_bytes(self) -> int:
        """Memory of the process that is in RAM now, in bytes."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE


class Start(Protocol):
    """Starts an answerer."""

    def __call__(self, script: Path, cpu: int | None, options: Sequence[str] = (), /) -> Answerer:
        """Start it.

        Args:
            script: SIPp's file for it.
            cpu: the CPU to run on; None for any.
            options: of the responder's command line.
        """


def start_ours(script: Path, cpu: int | None, options: Sequence[str] = ()) -> Answerer:
    """Start ``responder serve`` with no scenario, and with the users beside SIPp's file, if any."""
    return _start_serve([sys.executable], script, cpu, options)


def start_compiled(python: str) -> Start:
    """Return what starts the same of the build that is installed beside another Python.

    Args:
        python: that Python's path.
    """
    # -P: what is installed, not the sources in the current directory.
    return lambda script, cpu, options=(): _start_serve([python, "-P"], script, cpu, options)


def _start_serve(
    python: list[str], script: Path, cpu: int | None, options: Sequence[str]
) -> Answerer:
    port = free_port()
    listen = f"udp:127.0.0.1:{port}"
    command = [*python, "-m", "responder", "serve", "--listen", listen, "-q", *options]
    users = script.with_suffix(".users")
    if users.exists():
        command += ["--users", str(users)]
    return Answerer("responder", command, port, cpu)


def start_sipp(script: Path, cpu: int | None, _options: Sequence[str] = ()) -> Answerer:
    """Start SIPp as a UAS that follows ``script``."""
    port = free_port()
    command = ["sipp", "-sf", str(script), "-i", "127.0.0.1", "-p", str(port), "-nostdin"]
    command += ["-buff_size", str(SOCKET_BUFFER)]
    return Answerer("sipp", command, port, cpu)


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """Return a port of 127.0.0.1 that nobody uses now, of UDP or of another kind."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def pin(process: int, cpu: int | None) -> None:
    """Keep a process (0: this one) on one CPU; None leaves it where the kernel puts it."""
    if cpu is not None:
        os.sched_setaffinity(process, {cpu})


def two_cpus() -> tuple[int, int] | tuple[None, None]:
    """Return a CPU for the answerer and another for the caller; none where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)

"""SIPp as the caller: places calls at a rate and reads its own statistics."""

import csv
import resource
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.answerer import SOCKET_BUFFER, Answerer, free_port, pin
from benchmarks.ladders import Ladder

ENOUGH = 0.97
"""The part of a rate asked for that counts as having kept it."""

PATIENCE = 10.0
"""How long calls that are still open after the last was placed are waited for, in seconds."""


@dataclass(frozen=True, slots=True)
class Load:
    """What SIPp counted.

    Attributes:
        calls: calls placed.
        failed: calls that did not follow the ladder to its end in the time that they had.
        retransmissions: requests that SIPp sent again.
        seconds: from its start to its end.
    """

    calls: int
    failed: int
    retransmissions: int
    seconds: float

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.seconds if self.seconds else 0.0

    @property
    def clean(self) -> bool:
        """No call failed and nothing had to be sent again."""
        return self.failed == 0 and self.retransmissions == 0

    def kept(self, rate: float) -> bool:
        """Whether the caller managed to place calls as fast as it was asked to."""
        return self.rate >= ENOUGH * rate


def read_statistics(text: str) -> Load:
    """Read the file that SIPp's ``-trace_stat`` wrote; its last line holds the totals.

    Raises:
        ValueError: there is no line of figures, or a column is missing.
    """
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    if not rows:
        raise ValueError("SIPp wrote no statistics")
    last = rows[-1]
    try:
        return Load(
            calls=int(last["TotalCallCreated"]),
            failed=int(last["TotalCallCreated"]) - int(last["SuccessfulCall(C)"]),
            retransmissions=int(last["Retransmissions(C)"]),
            seconds=_instant(last["CurrentTime"]) - _instant(last["StartTime"]),
        )
    except KeyError as missing:
        raise ValueError(f"SIPp's statistics have no column {missing}") from None


def _instant(field: str) -> float:
    # date, time of day and seconds since 1970, separated by tabs
    return float(field.rpartition("\t")[2])


def place(
    ladder: Ladder, answerer: Answerer, rate: int, calls: int, cpu: int | None, directory: Path
) -> Load:
    """Place calls and wait for their end.

    Args:
        ladder: what each call looks like.
        answerer: who is called.
        rate: calls a second.
        calls: how many.
        cpu: the CPU for SIPp.
        directory: where SIPp may leave files.

    Raises:
        RuntimeError: SIPp could not run.
    """
    statistics = directory / "statistics.csv"
    statistics.unlink(missing_ok=True)
    limit = calls / rate + PATIENCE
    process = subprocess.Popen(
        _command(ladder, answerer.port, rate, calls, limit, statistics),
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    pin(process.pid, cpu)
    try:
        errors = process.communicate(timeout=limit + PATIENCE)[1]
    except subprocess.TimeoutExpired:
        # Under too much load its own time limit does not end it; what it wrote each second stands.
        process.kill()
        errors = process.communicate()[1]
    # 0: all calls went well; 1: some did not, which the statistics tell
    if process.returncode not in {0, 1, -signal.SIGKILL} or not statistics.exists():
        raise RuntimeError(f"SIPp ended with status {process.returncode}: {errors.strip()}")
    return read_statistics(statistics.read_text())


def _command(
    ladder: Ladder, port: int, rate: int, calls: int, limit: float, statistics: Path
) -> list[str]:
    # SIPp sets one descriptor aside for each call that may be open, whether it needs it or not
    open_calls = min(20_000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
    command = ["sipp", f"127.0.0.1:{port}", "-sf", str(ladder.caller), "-s", ladder.user]
    command += ["-i", "127.0.0.1", "-p", str(free_port()), "-t", "u1", "-nostdin"]
    command += ["-r", str(rate), "-m", str(calls), "-l", str(open_calls)]
    command += ["-buff_size", str(SOCKET_BUFFER), "-timeout", f"{limit:.0f}"]
    command += ["-trace_stat", "-stf", str(statistics), "-fd", "1"]
    return command

"""Every measure of the core alone by its name, in this process or in one of another build."""

import gc
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import core, registering
from benchmarks.ladders import ANSWERED, AUTHENTICATED, BUSY, REGISTERED, Ladder
from responder.cli.serving import spare_the_collector
from responder.scenario.rules import Rules


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured.

    Attributes:
        unit: what it is told in.
        measure: takes how many calls there are to be; returns microseconds of CPU.
    """

    unit: str
    measure: Callable[[int], float]


def _calls(ladder: Ladder, rules: Callable[[], Rules | None] = lambda: None) -> Case:
    def measure(calls: int) -> float:
        return core.measure(core.new_stack(rules()), ladder, calls)

    return Case("us/message", measure)


CASES = {
    BUSY.name: _calls(BUSY),
    ANSWERED.name: _calls(ANSWERED),
    "10 rules": _calls(BUSY, lambda: core.busy_rules(10)),
    "10,000 rules": _calls(BUSY, lambda: core.busy_rules(10_000)),
    "a template": _calls(BUSY, core.template_rules),
    REGISTERED.name: Case("us/call", lambda count: registering.measure(count, False)),
    AUTHENTICATED.name: Case("us/call", lambda count: registering.measure(count, True)),
}
"""Every case by its name in the table."""


def measure(name: str, calls: int, python: str | None = None) -> float:
    """Return what one case costs, in its unit.

    Args:
        name: the case.
        calls: how many calls.
        python: the Python beside which the build is installed that is measured, in a process of
            its own; None for this one.

    Raises:
        RuntimeError: a call did not end as it should, here or there.
    """
    if python is None:
        with _collector_spared():
            return CASES[name].measure(calls)
    with tempfile.TemporaryDirectory(prefix="responder-bench-") as directory:
        # The benchmarks alone: with -P the sources beside them are not seen.
        Path(directory, "benchmarks").symlink_to(Path(__file__).parent)
        done = subprocess.run(
            [python, "-P", "-m", "benchmarks.alone", name, str(calls)],
            env={"PYTHONPATH": directory},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"the core of {python}: {done.stderr.strip()}")
    return float(done.stdout)


@contextmanager
def _collector_spared() -> Iterator[None]:
    """Have the collector of reference cycles run as seldom as in ``responder serve``."""
    thresholds = gc.get_threshold()
    spare_the_collector()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


if __name__ == "__main__":
    print(measure(sys.argv[1], int(sys.argv[2])))

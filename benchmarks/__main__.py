"""Measures the responder beside SIPp: ``python -m benchmarks``."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.answerer import pin, start_compiled, start_ours, start_sipp, two_cpus
from benchmarks.suite import MEASURES, OF_THE_BUILD, QUICK, Bench, Plan
from benchmarks.table import Row, render


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and print the table; return the exit status."""
    options = _parser().parse_args(arguments)
    if sys.platform != "linux":
        print("The benchmarks read /proc, so they need Linux.", file=sys.stderr)
        return 2
    if shutil.which("sipp") is None:
        print("SIPp is not installed (Debian: sip-tester).", file=sys.stderr)
        return 2
    plan = QUICK if options.quick else Plan()
    plan = replace(plan, pairs=options.pairs or plan.pairs, rate=options.rate or plan.rate)
    server_cpu, caller_cpu = two_cpus()
    pin(0, caller_cpu)
    with tempfile.TemporaryDirectory(prefix="responder-bench-") as directory:
        bench = Bench(
            ours=start_sipp if options.control else start_ours,
            peer=start_sipp,
            server_cpu=server_cpu,
            caller_cpu=caller_cpu,
            directory=Path(directory),
            plan=plan,
            say=lambda line: print(f"... {line}", file=sys.stderr, flush=True),
        )
        names = options.only or list(MEASURES)
        rows, failures = _measure(names, bench)
        if options.compiled and not options.control:
            bench = replace(bench, ours=start_compiled(options.compiled), python=options.compiled)
            more, missed = _measure([name for name in names if name in OF_THE_BUILD], bench)
            rows += [replace(row, measure=f"{row.measure}, compiled") for row in more]
            failures += missed
    if options.control:
        print("Control run: both columns are SIPp, so every ratio should be near 1.")
    print(render(rows))
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def _measure(names: Iterable[str], bench: Bench) -> tuple[list[Row], list[str]]:
    """Return the rows, and what went wrong: one measure that fails leaves the others' rows."""
    rows: list[Row] = []
    failures = []
    for name in names:
        try:
            for row in MEASURES[name](bench):
                rows.append(row)
                bench.say("  ".join(row.cells()))
        except RuntimeError as error:
            failures.append(f"{name}: {error}")
    return rows, failures


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the responder beside SIPp."
    )
    parser.add_argument(
        "--quick", action="store_true", help="show that it works; the figures mean nothing"
    )
    parser.add_argument(
        "--only", action="append", choices=MEASURES, help="one measure (repeatable)"
    )
    parser.add_argument(
        "--compiled", metavar="PYTHON", help="measure the build installed beside this Python too"
    )
    parser.add_argument("--pairs", type=_positive, help="pairs of measurements")
    parser.add_argument("--rate", type=_positive, help="calls a second while CPU is measured")
    parser.add_argument(
        "--control", action="store_true", help="SIPp on both sides: how far off is a ratio of 1?"
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())

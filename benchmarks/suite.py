"""What one run measures, and in which order."""

import socket
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias, TypeVar

from benchmarks import alone, cost, latency, media, memory, startup, watching
from benchmarks.answerer import Answerer, Start, free_port
from benchmarks.highest import highest
from benchmarks.ladders import (
    ANSWERED,
    BUSY,
    LADDERS,
    OPTIONS_ANSWER,
    WITHOUT_PORTS,
    Ladder,
)
from benchmarks.load import Load, place
from benchmarks.pairs import Pair, compare
from benchmarks.table import Row

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        pairs: pairs of measurements.
        few: pairs for the highest rate, which takes long; runs of the core alone.
        rate: calls a second while CPU time is measured; half of it for answered calls.
        seconds: length of one load.
        settle: how long both are watched before the first load, in seconds.
        after: how long CPU time is counted on after the last load, in seconds.
        floor: lowest rate tried when looking for the highest, in calls a second.
        ceiling: highest rate tried.
        trial: length of one trial of a rate, in seconds.
        step: how finely the highest rate is told, a factor.
        latency_rate: calls a second while response times are measured.
        transactions: how many are held while memory is watched.
        watch: how long it is watched, in seconds.
        core_calls: calls in one run of the core alone.
        audio_calls: calls that stand at a time while audio is measured.
        audio_seconds: how long audio is sent.
        sure: whether a failed trial of a rate is repeated once.
    """

    pairs: int = 9
    few: int = 6
    rate: int = 4_000
    seconds: float = 5.0
    settle: float = 3.0
    after: float = memory.HELD + 2
    floor: int = 500
    ceiling: int = 40_000
    trial: float = 2.0
    step: float = 1.05
    latency_rate: int = 1_000
    transactions: int = 10_000
    watch: float = memory.HELD + 1
    core_calls: int = 40_000
    audio_calls: int = 1_000
    audio_seconds: float = 10.0
    sure: bool = True


QUICK = Plan(
    pairs=1,
    few=1,
    rate=200,
    seconds=0.5,
    settle=0.2,
    after=0.0,
    floor=100,
    ceiling=200,
    trial=0.5,
    step=2.0,
    latency_rate=200,
    transactions=100,
    watch=0.5,
    core_calls=500,
    audio_calls=10,
    audio_seconds=0.5,
    sure=False,
)
"""Shows that everything works; its figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Who is measured, where, and how much.

    Attributes:
        ours: starts the responder.
        peer: starts SIPp.
        server_cpu: the CPU for answerers.
        caller_cpu: the CPU for callers.
        directory: where files may be left.
        plan: how much.
        say: takes one line of progress.
        python: the Python beside which the build that is measured is installed; None for this one.
    """

    ours: Start
    peer: Start
    server_cpu: int | None
    caller_cpu: int | None
    directory: Path
    plan: Plan
    say: Callable[[str], None]
    python: str | None = None

    def load(self, ladder: Ladder, answerer: Answerer, rate: int, seconds: float) -> Load:
        """Place calls of one kind for some seconds."""
        calls = max(1, round(rate * seconds))
        return place(ladder, answerer, rate, calls, self.caller_cpu, self.directory)

    def in_turn(
        self, script: Path, count: int, measure: Callable[[Answerer], Seen]
    ) -> list[tuple[Seen, Seen]]:
        """Measure ours and the peer in turn, a fresh process each time."""
        turns = []
        for _ in range(count):
            with self.ours(script, self.server_cpu) as answerer:
                ours = measure(answerer)
            with self.peer(script, self.server_cpu) as answerer:
                turns.append((ours, measure(answerer)))
        return turns


def measure_cpu(bench: Bench) -> Iterator[Row]:
    """CPU time for each call, at a rate that both sustain."""
    for ladder in LADDERS:
        rate = bench.plan.rate // 2 if ladder.user == ANSWERED.user else bench.plan.rate
        bench.say(f"CPU time, {ladder.name}, {rate:,} calls/s")
        with (
            bench.ours(ladder.answerer, bench.server_cpu, ladder.options) as ours,
            bench.peer(ladder.answerer, bench.server_cpu) as peer,
        ):
            found = cost.measure(
                ours,
                peer,
                _loading(bench, ladder, rate),
                bench.plan.pairs,
                bench.plan.settle,
                bench.plan.after,
            )
        note = f"{found.disturbed} loads disturbed" if found.disturbed else ""
        row = Row(f"CPU {ladder.name}", "us/call", compare(found.pairs), note=note)
        yield row
        whole = compare([found.whole])
        yield replace(row, measure="  with all its timers", comparison=whole, note="")


def _loading(bench: Bench, ladder: Ladder, rate: int) -> Callable[[Answerer], Load]:
    return lambda answerer: bench.load(ladder, answerer, rate, bench.plan.seconds)


def measure_rate(bench: Bench) -> Iterator[Row]:
    """Highest rate at which no call fails and no request is sent again."""
    for ladder in (BUSY, ANSWERED, WITHOUT_PORTS):
        bench.say(f"highest rate, {ladder.name}")
        short: list[int] = []
        pairs = [
            Pair(
                _highest_rate(bench, bench.ours, ladder, short),
                _highest_rate(bench, bench.peer, ladder, short),
            )
            for _ in range(bench.plan.few)
        ]
        note = "the caller was the limit at times" if short else ""
        if all(pair.peer for pair in pairs):
            yield Row(f"rate {ladder.name}", "calls/s", compare(pairs), note=note)
        else:
            ours = statistics.median(pair.ours for pair in pairs)
            note = f"SIPp did not keep {bench.plan.floor} calls/s"
            yield Row(f"rate {ladder.name}", "calls/s", alone=ours, note=note)


def _highest_rate(bench: Bench, start: Start, ladder: Ladder, short: list[int]) -> int:
    plan = bench.plan

    def attempt(rate: int) -> bool:
        # A new process each time: what a failed trial left would disturb the next for 32 s.
        with start(ladder.answerer, bench.server_cpu, ladder.options) as answerer:
            load = bench.load(ladder, answerer, rate, plan.trial)
        if load.clean and not load.kept(rate):
            short.append(rate)
        return load.clean and load.kept(rate)

    def holds(rate: int) -> bool:
        return attempt(rate) or (plan.sure and attempt(rate))

    return highest(holds, plan.floor, plan.ceiling, plan.step)


def measure_latency(bench: Bench) -> Iterator[Row]:
    """Time from INVITE to first response."""
    rate = bench.plan.latency_rate
    calls = round(rate * bench.plan.seconds)
    bench.say(f"time to the first response, {BUSY.name}, {rate:,} calls/s")
    runs = bench.in_turn(
        BUSY.answerer, bench.plan.pairs, lambda answerer: latency.measure(answerer, rate, calls)
    )
    lost = sum(ours.lost + peer.lost for ours, peer in runs)
    note = f"{lost} calls unanswered" if lost else ""
    medians = compare([Pair(ours.p50 * 1e6, peer.p50 * 1e6) for ours, peer in runs])
    tails = compare([Pair(ours.p99 * 1e6, peer.p99 * 1e6) for ours, peer in runs])
    yield Row("first response p50", "us", medians, note=note)
    yield Row("first response p99", "us", tails, note=note)


def measure_memory(bench: Bench) -> Iterator[Row]:
    """Resident memory with many transactions held."""
    plan = bench.plan
    bench.say(f"memory, {plan.transactions:,} transactions")
    [(ours, peer)] = bench.in_turn(
        BUSY.answerer,
        1,
        lambda answerer: memory.measure(answerer, plan.transactions, plan.rate // 2, plan.watch),
    )
    answered = min(ours.answered, peer.answered)
    note = "" if answered == plan.transactions else f"only {answered:,} answered"
    peaks = compare([Pair(ours.peak / 1e6, peer.peak / 1e6)])
    yield Row(f"memory, {plan.transactions:,} held", "MB", peaks, note=note)
    grown = [(seen.peak - seen.idle) / plan.transactions / 1e3 for seen in (ours, peer)]
    if grown[1] > 0:
        yield Row("  each", "kB", compare([Pair(*grown)]), note=note)
    else:
        yield Row("  each", "kB", alone=grown[0], note="SIPp's memory did not grow")


def measure_startup(bench: Bench) -> Iterator[Row]:
    """Time from the start of the process to its first answer."""
    bench.say("start to first answer")
    pairs = [
        Pair(
            startup.measure(bench.ours(OPTIONS_ANSWER, bench.server_cpu)),
            startup.measure(bench.peer(OPTIONS_ANSWER, bench.server_cpu)),
        )
        for _ in range(bench.plan.pairs)
    ]
    yield Row("start to first answer", "s", compare(pairs))
    startup.inside()
    runs = [startup.inside() * 1000 for _ in range(bench.plan.pairs)]
    note = f"median of {len(runs)}, {min(runs):.1f}-{max(runs):.1f}"
    yield Row("start inside a program", "ms", alone=statistics.median(runs), note=note)


def measure_core(bench: Bench) -> Iterator[Row]:
    """CPU time of the core for each message it receives; there is nothing to compare it with."""
    for name, case in alone.CASES.items():
        bench.say(f"the core alone, {name}")
        runs = [
            alone.measure(name, bench.plan.core_calls, bench.python) for _ in range(bench.plan.few)
        ]
        note = f"median of {len(runs)}, {min(runs):.1f}-{max(runs):.1f}"
        yield Row(f"core alone {name}", case.unit, alone=statistics.median(runs), note=note)


def measure_media(bench: Bench) -> Iterator[Row]:
    """CPU time for each packet of audio that is sent back; SIPp keeps no streams."""
    plan = bench.plan
    bench.say(f"audio, {plan.audio_calls:,} calls")
    runs = []
    for _ in range(plan.few):
        with bench.ours(ANSWERED.answerer, bench.server_cpu) as answerer:
            runs.append(media.measure(answerer, plan.audio_calls, plan.audio_seconds))
    lost = sum(run.sent - run.received for run in runs)
    notes = [f"{lost:,} packets lost" if lost else ""]
    if any(run.late > media.TOO_LATE for run in runs):
        notes.append("the caller was late at times")
    note = "; ".join(filter(None, notes))
    what = f"audio of {plan.audio_calls:,} calls"
    cost = statistics.median(run.cost for run in runs)
    yield Row(f"CPU {what}", "us/packet", alone=cost * 1e6, note=note)
    yield Row("  share of one CPU", "%", alone=100 * statistics.median(run.share for run in runs))
    slowest = max(run.response for run in runs)
    yield Row("  slowest OPTIONS meanwhile", "ms", alone=slowest * 1e3)


def measure_watched(bench: Bench) -> Iterator[Row]:
    """CPU time for each call while the page is open and metrics are read, beside no HTTP at all."""
    if bench.ours is bench.peer:
        return
    rate = bench.plan.rate
    bench.say(f"CPU time, {BUSY.name}, {rate:,} calls/s, page open")
    port = free_port(socket.SOCK_STREAM)
    served = ("--http", f"127.0.0.1:{port}")
    with (
        bench.ours(BUSY.answerer, bench.server_cpu, served) as watched,
        bench.ours(BUSY.answerer, bench.server_cpu, ("--http", "off")) as unwatched,
        watching.Watching(port) as watcher,
    ):
        load = _loading(bench, BUSY, rate)
        found = cost.measure(watched, unwatched, load, bench.plan.pairs, bench.plan.settle, 0.0)
    notes = ["in the column of SIPp: the responder without HTTP"]
    if found.disturbed:
        notes.append(f"{found.disturbed} loads disturbed")
    if not watcher.events:
        notes.append("nobody watched")
    yield Row(f"CPU {BUSY.name}, page open", "us/call", compare(found.pairs), note="; ".join(notes))


Measure: TypeAlias = Callable[[Bench], Iterator[Row]]

MEASURES: dict[str, Measure] = {
    "cpu": measure_cpu,
    "rate": measure_rate,
    "latency": measure_latency,
    "memory": measure_memory,
    "startup": measure_startup,
    "core": measure_core,
    "media": measure_media,
    "watched": measure_watched,
}
"""Every measure by the name that the command line has for it."""

OF_THE_BUILD = ("cpu", "rate", "latency", "core")
"""Those in which the compiled build differs; they are taken of it too."""

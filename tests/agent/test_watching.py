"""Scenario files that change: read again, swapped if they are good. No file is watched here."""

import contextlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from responder.agent.plan import Plan, by_scenarios
from responder.agent.reloading import Reloading
from responder.agent.scenario_files import read_scenarios
from responder.agent.user_agent import UserAgent
from responder.agent.watching import keep_in_step
from responder.scenario.compiler import Compiled
from responder.scenario.findings import BadScenario
from responder.testing.caller import Caller
from responder.testing.network import Network

BUSY = "rules: [{match: {method: INVITE}, respond: [180, {wait: 5s}, 486]}]"


class Kept:
    """What was adopted and told."""

    def __init__(self) -> None:
        self.adopted: list[Compiled] = []
        self.told: list[str] = []

    def reloaded(self, rules: int) -> None:
        self.told.append(f"{rules} rules")

    def warning(self, text: str) -> None:
        self.told.append(text)


async def steps(*actions: Callable[[], object]) -> AsyncIterator[object]:
    """Do one thing after another; each is a change."""
    for action in actions:
        yield action()


def write(path: Path, text: str) -> Callable[[], object]:
    """Return how to write a file so that it is told from the one before, however fast it goes."""

    def act() -> None:
        stamp = path.stat().st_mtime_ns if path.exists() else 0
        path.write_text(text)
        os.utime(path, ns=(stamp + 10**9, stamp + 10**9))

    return act


async def kept(paths: list[Path], *actions: Callable[[], object]) -> Kept:
    found = Kept()
    held: Compiled | None = None
    with contextlib.suppress(BadScenario):
        held = read_scenarios(paths)
    files = Reloading(paths, found.adopted.append, found, held)
    await keep_in_step(files, steps(*actions))
    return found


async def test_a_bad_file_keeps_the_last_good_one_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(BUSY)
    found = await kept([path], write(path, "rules: [{respnd: 1}]"), write(path, "{}"))
    assert found.told == [
        f'{path}:1:10: unknown key "respnd" in a rule; did you mean "respond"?',
        "the scenarios are wrong: what was read before still holds.",
        "0 rules",
    ]
    assert len(found.adopted) == 1


async def test_another_file_in_its_place_is_seen_and_a_stranger_is_not(tmp_path: Path) -> None:
    path, other = tmp_path / "s.yaml", tmp_path / "other"
    path.write_text(BUSY)
    other.write_text(BUSY)
    found = await kept(
        [path],
        lambda: (tmp_path / "notes.txt").write_text("x"),
        lambda: other.replace(path),
    )
    assert found.told == ["1 rules"]


async def test_a_file_that_is_gone_for_a_moment_is_told_and_taken_again(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(BUSY)
    found = await kept([path], path.unlink, write(path, BUSY))
    assert found.told[0] == f"{path}: no such file or directory"
    assert found.told[2:] == ["1 rules"]


async def test_files_come_and_go_in_a_directory(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BUSY)
    found = await kept([tmp_path], write(tmp_path / "b.yaml", BUSY), (tmp_path / "b.yaml").unlink)
    assert found.told == ["2 rules", "1 rules"]


async def test_what_holds_from_a_start_only_is_told_of_once(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("{}")
    text = "{seed: 1, timers: {t1: 1s}, registrar: {maximum: 60s}, listen: {a: '127.0.0.1:0'}}"
    found = await kept([path], write(path, text), write(path, text + "\n"))
    assert found.told == [
        "0 rules",
        "seed, timers, registrar, listen: what has changed there holds from the next start.",
        "0 rules",
    ]


async def test_what_began_wrong_is_taken_once_it_is_right(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("rules: 1")
    assert (await kept([path], write(path, BUSY))).told == ["1 rules"]


async def test_calls_in_progress_go_on_by_what_they_began_with(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("state: up\n" + BUSY)
    agent = UserAgent(
        by_scenarios(Plan(listens=[], media_ports=None), read_scenarios([path])),
        on_trace=lambda *_: None,
        on_fault=lambda _: None,
    )
    network = Network(agent.stack)
    alice, bob = Caller(network), Caller(network, remote=("192.0.2.20", 5070))
    alice.call("x")
    new = "impair: {duplicate: 1}\n" + BUSY.replace("486", "480")
    await agent.start()
    write(path, new)()
    agent.adopt(read_scenarios([path]))
    assert [each.duplicate for each in agent.stack.impairments] == [1]
    agent.adopt(read_scenarios([path]))
    bob.call("x")
    network.advance(5.0)
    assert alice.statuses()[-1] == 486
    assert bob.statuses()[-1] == 480
    await agent.stop()


async def test_what_is_odd_with_a_good_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("{}")
    found = await kept([path], write(path, "rules: [{respond: 486}, {respond: 480}]"))
    assert found.told == [
        f"{path}:1:25: warning: never reached: the rule in line 1 matches all that this one does",
        "2 rules",
    ]

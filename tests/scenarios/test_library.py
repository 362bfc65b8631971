"""The library: each scenario says what it is for, has its test, and is on the page of the index."""

import asyncio
import shlex
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from docs.library import GROUPS, PAGE, SCENARIOS, Entry, entries, page, read
from responder.agent.scenario_files import read_scenarios
from responder.agent.user_agent import UserAgent
from responder.cli.probe import probe
from responder.judge.expectations import Judged, judge_expectations
from tests.judging import outcome, stack_of
from tests.pages import PAGES, ROOT
from tests.scenarios.library import calling, plan_of

LIBRARY = [entry for group in entries().values() for entry in group]
EACH = pytest.mark.parametrize("entry", LIBRARY, ids=lambda entry: entry.name)
PATIENCE = 60.0
TOO_LONG = {"dead-after-answer"}
"""Scenarios in which the probe gives its BYE up only after 32 s."""

WITHOUT_FINAL = {3, 4}


def verdicts(entry: Entry) -> set[str]:
    """Return the verdicts that a scenario names."""
    callers = [each.get("caller", {}) for each in entry.expected]
    return {name for caller in callers if isinstance(caller, dict) for name in caller}


def test_every_scenario_is_in_a_group() -> None:
    assert {entry.path for entry in LIBRARY} == {*SCENARIOS.rglob("*.yaml")}
    assert {each.name for each in SCENARIOS.iterdir() if each.is_dir()} == {*GROUPS}
    assert all(len(group) >= 4 for group in entries().values())


@EACH
def test_each_says_what_it_is_for(entry: Entry) -> None:
    text = entry.path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../scenario.schema.json\n#\n# When: ")
    assert (entry.path.parent / "../scenario.schema.json").exists()
    assert entry.name == entry.path.stem
    assert f"\nscenario: {entry.name}\nabout: " in text
    assert read_scenarios([entry.path]).findings == ()


@EACH
def test_each_has_its_test(entry: Entry) -> None:
    group = entry.path.parent.name.replace("-", "_")
    tests = (ROOT / "tests" / "scenarios" / f"test_{group}.py").read_text(encoding="utf-8")
    assert f"\ndef test_{entry.name.replace('-', '_')}(" in tests
    for verdict in verdicts(entry):
        assert f'"{verdict}"' in tests, verdict


def test_a_comment_without_its_parts_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("# When: ever.\nscenario: x\nabout: Nothing.\nrules: []\n", encoding="utf-8")
    with pytest.raises(ValueError, match='its comment has no "A correct client: "'):
        read(path)


def test_the_page_is_that_of_the_files() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run docs/library.py again"


def test_the_readme_counts_them() -> None:
    assert f"has {len(LIBRARY)} ready ones" in PAGES["README.md"].text


def test_all_of_them_can_be_read_together() -> None:
    made = read_scenarios([SCENARIOS])
    assert made.findings == ()
    assert len(made.rules.rules) >= len(LIBRARY)


def invites(entry: Entry) -> bool:
    """Tell whether the scenario answers a call for good, whoever makes it."""
    return "ack" in verdicts(entry) and "--method" not in entry.tries[0]


@pytest.mark.parametrize(
    "entry", [each for each in LIBRARY if invites(each)], ids=lambda each: each.name
)
def test_a_caller_that_never_acknowledges_is_judged_wrong(entry: Entry) -> None:
    words = shlex.split(entry.tries[0])
    transport = "tcp" if "tcp" in words else "udp"
    headers = [words[at + 1].split(": ") for at, word in enumerate(words) if word == "--header"]
    alice = calling(entry.name, transport)
    alice.call(words[-1].partition("@")[0].partition(":")[2], dict(headers))
    alice.advance(10.0)
    if stack_of(alice).journal.records[0].status < 200:
        alice.cancel()
    alice.advance(100.0)
    assert outcome(alice, "ack") == "wrong"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of the commands of a scenario: their exit statuses, and what was expected."""

    name: str
    ended: dict[str, object]
    judged: list[Judged]


async def tried(entry: Entry) -> Tried:
    """Run the commands of a scenario against it, over real sockets."""
    plan = plan_of(entry.name)
    free = [each._replace(host="127.0.0.1", port=0) for each in plan.listens]
    faults: list[Exception] = []
    agent = UserAgent(replace(plan, listens=free), on_trace=lambda *_: None, on_fault=faults.append)
    ended: dict[str, object] = {}
    try:
        await agent.start()
        bound = zip(plan.listens, agent.driver.addresses, strict=True)
        ports = {(each.transport, each.port): at.rpartition(":")[2] for each, at in bound}
        for line in entry.tries:
            _, command, *words = shlex.split(line)
            assert command == "probe"
            uri, _, written = words[-1].partition("127.0.0.1")
            port = ports["tcp" if "tcp" in words else "udp", int(written.strip(":") or 5060)]
            words[-1] = f"{uri}127.0.0.1:{port}"
            ended[line] = await asyncio.to_thread(run_probe, [*words, "--quiet"])
    finally:
        await agent.stop()
    assert faults == []
    expected = read_scenarios([entry.path]).expectations
    now = time.monotonic()
    judged = judge_expectations(
        expected, agent.stack.journal, now, over=True, users=plan.authentication.users
    )
    return Tried(entry.name, ended, judged)


def run_probe(words: list[str]) -> object:
    return probe.main(words, standalone_mode=False)


@pytest.mark.parametrize("group", GROUPS)
async def test_the_commands_show_what_they_should(group: str) -> None:
    """One that expects nothing gets no final response, or loses its connection.

    The probe is a correct caller: it fails no expectation, even where it meets none. How long it
    takes, a busy machine has a say in too; and what takes a phone, a REFER or a hold that is
    accepted, steps may wait for in vain.
    """
    scenarios = [each for each in entries()[group] if each.name not in TOO_LONG]
    for each in await asyncio.wait_for(asyncio.gather(*map(tried, scenarios)), PATIENCE):
        for line, status in each.ended.items():
            assert status in ({0} if "--expect" in line else WITHOUT_FINAL), line
        failed = [one.why for one in each.judged if one.state == "failed"]
        if any("--password wrong" in line for line in each.ended):
            failed = [why for why in failed if "is not the digest of the password" not in why]
        odd = [why for why in failed if not why.startswith(("timer-", "call 1 failed: no "))]
        assert odd == [], each.name

"""`responder run`: its options, its reports, and whole processes from start to exit status."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from junitparser import JUnitXml

from responder.agent.plan import Plan
from responder.cli import commands
from responder.cli import run as module
from responder.cli.judging import Judging, Wanted
from responder.cli.serving import Answering
from responder.judge.standing import Until
from tests.cli.phone import PATIENCE

BUSY = """
scenario: desk
rules: [{name: busy, match: {uri.user: busy}, respond: 486}]
unmatched: 404
expect:
  - {rule: busy, calls: 1, caller: {ack: correct}}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    file = tmp_path / "busy.yaml"
    file.write_text(BUSY)
    return file


class Noted(Judging):
    """A judging that notes what was wanted of it, and by which plan it was answered."""

    wanted: list[Wanted]
    plans: list[Plan]

    def __init__(self, wanted: Wanted, tell: Callable[[str], None]) -> None:
        super().__init__(wanted, tell)
        self.wanted.append(wanted)

    @asynccontextmanager
    async def beside(self, answering: Answering) -> AsyncIterator[None]:
        self.plans.append(answering.plan)
        async with super().beside(answering):
            yield


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> type[Noted]:
    monkeypatch.setattr(Noted, "wanted", [], raising=False)
    monkeypatch.setattr(Noted, "plans", [], raising=False)
    monkeypatch.setattr(module, "Judging", Noted)
    return Noted


def run(*arguments: str | Path, **environment: str) -> Result:
    """Run with a free port of this machine, and with next to no time."""
    words = ["run", "--listen", "udp:127.0.0.1:0", "--http", "off", *map(str, arguments)]
    env = {"RESPONDER_TIMEOUT": "0.05", "RESPONDER_MEDIA_PORTS": "0", **environment}
    return CliRunner().invoke(commands, words, env=env)


# Options


def test_a_run_in_which_nothing_comes(scenario: Path, noted: type[Noted]) -> None:
    result = run(scenario)
    assert result.exit_code == 4
    assert "✗ a call or request comes\n    no request came at all\n" in result.stdout
    assert result.stdout.endswith("2 of 2 failed; exit status 4\n")
    (plan,), (each,) = noted.plans, noted.wanted
    assert plan.rules is not None
    assert [rule.program.name for rule in plan.rules.rules] == ["desk/busy"]
    assert (each.until, each.timeout, each.command) == (Until("decided"), 0.05, None)
    assert [expectation.name for expectation in each.expectations] == [
        "desk/busy: calls 1, ack correct"
    ]


def test_its_variables_are_those_of_serve_and_its_own(
    scenario: Path, noted: type[Noted], tmp_path: Path
) -> None:
    report = tmp_path / "run.xml"
    result = run(
        scenario,
        RESPONDER_UNTIL="calls:2",
        RESPONDER_SEED="42",
        RESPONDER_JUNIT=str(report),
        RESPONDER_QUIET="1",
    )
    assert result.exit_code == 4
    assert result.stdout == ""
    assert result.stderr.startswith("✗ desk/busy: calls 1, ack correct  (")
    assert noted.plans[0].seed == 42
    assert noted.wanted[0].until == Until("calls", calls=2)
    assert report.exists()


@pytest.mark.parametrize(
    ("arguments", "until", "seconds"),
    [
        (["--", "true"], Until("command"), 600.0),
        (["--until", "decided", "--", "true"], Until("decided"), 600.0),
        (["--timeout", "0.05", "--", "sleep", "60"], Until("command"), 0.05),
    ],
    ids=str,
)
def test_what_a_run_with_a_command_lasts_for(
    arguments: list[str],
    until: Until,
    seconds: float,
    scenario: Path,
    noted: type[Noted],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ends(_answering: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Answering, "run", ends)
    run(scenario, *arguments, RESPONDER_TIMEOUT="")
    (each,) = noted.wanted
    assert (each.until, each.timeout) == (until, seconds)
    assert each.command is not None
    assert {"RESPONDER_LISTEN", "RESPONDER_JUNIT"} <= each.hidden


def test_without_a_command_it_lasts_a_minute(
    scenario: Path, noted: type[Noted], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(_answering: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Answering, "run", ends)
    run(scenario, RESPONDER_TIMEOUT="")
    assert noted.wanted[0].timeout == 60.0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing is expected, so nothing can be decided: give a scenario an expect, or say"),
        (["--until", "command"], "--until command needs a command: put it last, behind --."),
        (["--until", "soon"], '"soon" does not say until when; write decided, calls:3, idle:5s or'),
        (["--"], "no command stands behind --."),
        (["--", "no-such-command"], "no-such-command is no command that can be found and run."),
        (["--junit", "nowhere/run.xml", "--", "true"], "there is no directory nowhere."),
        (["--html", ".", "--", "true"], "is a directory"),
        (["--watch", "--", "true"], "No such option"),
    ],
    ids=str,
)
def test_a_wrong_command_line_is_one_sentence_and_status_2(arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_command_that_cannot_be_started_is_one_sentence(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/nowhere/at/all\n")
    script.chmod(0o755)
    result = run("--", script)
    assert result.exit_code == 2
    assert "script: No such file or directory." in result.stderr


def test_a_wrong_scenario_is_status_2(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("rulez: []\n")
    result = run(file)
    assert result.exit_code == 2
    assert f"{file}:1:1: " in result.stderr


def test_a_taken_port_is_status_3(scenario: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        result = run(scenario, "--listen", f"udp:127.0.0.1:{taken.getsockname()[1]}")
    assert result.exit_code == 3
    assert "is already in use by another program" in result.stderr


def test_a_report_that_cannot_be_written_at_the_end_is_told(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "run.json"

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    result = run(scenario, "--json", report)
    assert result.exit_code == 2
    assert f"{report} cannot be written: No space left on device." in result.stderr


def test_what_a_run_is_called(scenario: Path, tmp_path: Path) -> None:
    def name(*arguments: str | Path) -> str:
        report = tmp_path / "run.json"
        run(*arguments, "--json", report)
        found: str = json.loads(report.read_text())["name"]
        return found

    plain = tmp_path / "plain.yaml"
    plain.write_text("rules: []\n")
    assert name(scenario, plain) == "desk"
    assert name(plain, "--until", "calls:1") == "plain"
    assert name("--until", "calls:1") == "responder"


def test_help_tells_of_the_command_and_of_options_alone() -> None:
    shown = run("--help").output
    assert shown.startswith(
        "Usage: commands run [OPTIONS] SCENARIO... [-- COMMAND [ARGUMENT...]]\n"
    )
    assert "\n  SCENARIO..." not in shown
    assert re.search(r"--html FILE +Write the whole run, as a web page", shown)


# Whole processes


def process(*arguments: str | Path, cwd: Path) -> subprocess.Popen[str]:
    own = ("RESPONDER_", "PYTHONASYNCIO", "PYTHONDEVMODE")
    command = [sys.executable, "-m", "responder", "run", "--listen", "udp:127.0.0.1:0"]
    return subprocess.Popen(
        [*command, "--media-ports", "0", *map(str, arguments)],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if not name.startswith(own)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def probing(*users: str) -> list[str]:
    """Return a command that calls some users, one after another."""
    place = "${RESPONDER_UDP}"
    probe = f"{sys.executable} -m responder probe -q"
    return [
        "sh",
        "-c",
        " && ".join([*(f"{probe} sip:{each}@{place}" for each in users), "echo .."]),
    ]


def test_a_run_that_holds_and_all_its_reports(scenario: Path, tmp_path: Path) -> None:
    reports = ["--junit", "run.xml", "--json", "run.json", "--html", "run.html"]
    running = process(
        scenario, *reports, "--pcap", "run.pcapng", "--", *probing("busy"), cwd=tmp_path
    )
    out, err = running.communicate(timeout=PATIENCE * 3)
    assert (running.returncode, err) == (0, "")
    assert out.splitlines()[-2:] == [
        f"✓ desk/busy: calls 1, ack correct  ({scenario}:6)",
        "1 of 1: all held",
    ]
    assert "\n..\n" in out
    (suite,) = JUnitXml.fromfile(str(tmp_path / "run.xml"))
    assert (suite.name, suite.tests, suite.failures) == ("desk", 1, 0)
    assert json.loads((tmp_path / "run.json").read_text())["held"] is True
    assert "The expectation held." in (tmp_path / "run.html").read_text()
    assert b"INVITE sip:busy@" in (tmp_path / "run.pcapng").read_bytes()


def test_a_run_that_fails_says_why(scenario: Path, tmp_path: Path) -> None:
    running = process(
        scenario, "--log", "json", "--junit", "run.xml", "--", *probing("bussy"), cwd=tmp_path
    )
    out, _ = running.communicate(timeout=PATIENCE * 3)
    assert running.returncode == 1
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    failed = [line for line in lines if line["event"] == "outcome"]
    assert [line["name"] for line in failed] == [
        "desk/busy: calls 1, ack correct",
        "INVITE bussy from probe (call 1) is matched by a rule",
    ]
    assert "  uri.user  wanted busy, got bussy" in failed[0]["why"]
    assert lines[-1] | {"timestamp": ""} == {
        "timestamp": "",
        "level": "error",
        "event": "result",
        "exit_status": 1,
        "outcomes": 2,
        "failed": 2,
    }
    (suite,) = JUnitXml.fromfile(str(tmp_path / "run.xml"))
    assert (suite.tests, suite.failures) == (2, 2)


def test_a_second_signal_ends_everything_at_once(scenario: Path, tmp_path: Path) -> None:
    stubborn = "trap 'echo told' TERM; echo $$; while :; do sleep 60 & wait; done"
    running = process(scenario, "-q", "--", "sh", "-c", stubborn, cwd=tmp_path)
    assert running.stdout is not None
    command = int(running.stdout.readline())
    running.send_signal(signal.SIGTERM)
    assert running.stdout.readline() == "told\n"
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    state = Path(f"/proc/{command}/stat")
    assert not state.exists() or re.search(r"\) Z ", state.read_text())

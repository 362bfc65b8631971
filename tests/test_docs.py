"""The documentation does what it says: its commands run, its code runs, its tables hold."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet
from junitparser import JUnitXml
from ruamel.yaml import YAML

from responder.cli import COMMANDS
from responder.codes import all_codes
from responder.control.server import OPERATIONS
from responder.fault_files import FaultFiles
from responder.judge.expectations import verdict_words
from responder.scenario import dial
from responder.scenario.call_model import Auth, RawBytes
from responder.scenario.compiler import Files, compile_scenarios
from responder.scenario.dial import compile_dial
from responder.scenario.expect_model import ExpectShape
from responder.scenario.loader import load
from responder.scenario.match_model import Match, Wanted
from responder.scenario.model import Part, RuleShape, Scenario, Timers
from responder.scenario.registration_model import Authenticate, RegistrarShape
from responder.scenario.shape import Shape
from responder.scenario.step_list import KINDS
from responder.scenario.step_model import Body, HeaderValue, Media, Sdp
from responder.sip.settings import Limits, Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests import peers
from tests.pages import PAGES, ROOT, Block, Page, code
from tests.serving import Serve

README = PAGES["README.md"]
DIALLING = PAGES["docs/dialling.md"]
SCENARIOS = PAGES["docs/scenarios.md"]
TO_WRITE = ("bash", "cfg")
"""What stands as a file where the commands of the pages are run."""

TO_RUN = ("console", "shell", "python", "yaml", *TO_WRITE)
TO_READ = frozenset({"", "json", "promql", "text", "toml", "sip"})
PATIENCE = 60.0

HTTP = "127.0.0.1:8060"
HERE = re.compile(r"127\.0\.0\.1(:5060)?(?![\d:])")
_STATUS = re.compile(r"\x01(\d+)\n")
_NORMAL = (
    (re.compile(r"\d\d:\d\d:\d\d"), "TIME"),
    (re.compile(r"(?<![\d.])\d+\.\d+(?![\d.])"), "NUMBER"),
    (re.compile(r"(?:NUMBER|<1|\d+) m?s\b"), "DURATION"),
    (re.compile(r"\b(tag=|nonce=\"|branch=z9hG4bK)[\w-]+"), r"\1TOKEN"),
    (re.compile(r"(?m)[ \t]+$"), ""),
    (re.compile(r"─{2,}"), "─"),
    (re.compile(r" {2,}"), " "),
)
_FILE = re.compile(r"(?:#!.*\n)?# ([\w-]+\.(?:yaml|sh|cfg))\n")
"""The first line of what stands as a file where the commands of the pages are run."""

_PIPELINE = re.compile(r"# (\.[\w./-]+\.yml)\n")
"""The first line of what a CI service reads."""
_TESTS = re.compile(r"# (test_\w+\.py)\n")
_OFFSET = re.compile(r"`(\d{3})`|(\d+) (ms|s) later")


def shell_lines() -> list[ParameterSet]:
    return [
        pytest.param(line, id=f"{block} {line}")
        for page in PAGES.values()
        for block in page.blocks("shell")
        for line in block.lines()
    ]


def blocks(language: str) -> list[Block]:
    return [block for page in PAGES.values() for block in page.blocks(language)]


def pipelines() -> list[Block]:
    return [block for block in blocks("yaml") if _PIPELINE.match(block.text)]


def file_of_tests(block: Block) -> str:
    """Return the file of tests that a block says it is in its first line; empty for none."""
    found = _TESTS.match(block.text)
    return found[1] if found is not None else ""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the commands of the pages are run.

    Attributes:
        serve: starts further responders.
        port: the UDP and TCP port of the one that runs, in place of 5060.
        http: its port of HTTP, in place of 8060.
        home: the directory that they run in.
    """

    serve: Serve
    port: int
    http: int
    home: Path

    def run(self, commands: Sequence[str]) -> list[tuple[int, str]]:
        """Run commands in one shell, and return the status of each and what it printed."""
        script = ["mark() { local status=$?; printf '\\001%d\\n' $status; return $status; }"]
        for command in commands:
            here = command.replace(HTTP, f"127.0.0.1:{self.http}")
            script += [HERE.sub(f"127.0.0.1:{self.port}", here), "mark"]
        done = subprocess.run(
            ["bash", "-c", "\n".join(script)],
            cwd=self.home,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
        parts = _STATUS.split(done.stdout.decode())
        return [
            (int(status), output) for output, status in zip(parts[::2], parts[1::2], strict=False)
        ]

    def _environment(self) -> dict[str, str]:
        programs = self.home / ".venv" / "bin"
        if not programs.exists():
            programs.mkdir(parents=True)
            command = programs / "responder"
            command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m responder "$@"\n')
            command.chmod(0o755)
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("RESPONDER_", "PYTHONASYNCIO", "PYTHONDEVMODE", "COLUMNS"))
        }
        return environment | {
            "PATH": f"{programs}:{environment['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "RESPONDER_WAIT_READY_ADDRESS": f"udp:127.0.0.1:{self.port}",
        }


@pytest.fixture
def machine(serve: Serve, tmp_path: Path) -> Machine:
    port = free_port()
    where = (f"udp:127.0.0.1:{port}", f"tcp:127.0.0.1:{port}")
    http = serve("--http", "127.0.0.1:0", listen=where).http
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    write_files(tmp_path)
    return Machine(serve, port, http, tmp_path)


def write_files(home: Path) -> set[str]:
    """Put the files of the pages into a directory; return their names."""
    names: list[str] = []
    for block in [block for language in ("yaml", *TO_WRITE) for block in blocks(language)]:
        named = _FILE.match(block.text)
        if named is not None:
            names.append(named[1])
            (home / named[1]).write_text(block.text, encoding="utf-8")
            (home / named[1]).chmod(0o755 if block.language == "bash" else 0o644)
    assert len(names) == len(set(names)), names
    return set(names)


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free for UDP and TCP: the pages name only one."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", 0))
            port: int = udp.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
                try:
                    tcp.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return port


def normal(text: str, port: int = 5060) -> str:
    """Return a text without what differs from run to run: times, tokens, ports, widths."""
    text = HERE.sub("HERE", text.replace(f"127.0.0.1:{port}", "127.0.0.1"))
    for pattern, replacement in _NORMAL:
        text = pattern.sub(replacement, text)
    return text.strip("\n")


def as_pattern(expected: str) -> str:
    """Return a pattern for an output, in which a line of three dots stands for any lines."""
    lines = [
        r"(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in expected.split("\n")
    ]
    return "".join(lines)


# Commands


@pytest.mark.parametrize("block", blocks("console"), ids=str)
def test_a_session_goes_as_shown(block: Block, machine: Machine) -> None:
    commands = block.session()
    for command in commands:
        program = shlex.split(command.words)[0]
        if program in peers.PEERS:
            peers.find(program)
    results = machine.run([command.words for command in commands])
    assert len(results) == len(commands)
    asked = [*(command.words.startswith("echo $?") for command in commands[1:]), False]
    for command, (status, output), told in zip(commands, results, asked, strict=True):
        printed = normal(output, machine.port)
        expected = normal("\n".join(command.expected))
        assert re.fullmatch(as_pattern(expected), printed + "\n"), f"{command.words}\n{output}"
        assert status == 0 or told, f"{command.words}: status {status}\n{output}"


@pytest.mark.parametrize("line", shell_lines())
def test_a_command_runs(line: str, machine: Machine) -> None:
    words = shlex.split(line, comments=True)
    if words[0] == "make":
        there_is_a_target(words[1])
    elif words[:2] == ["pip", "install"]:
        is_installable(words[2])
    elif words[0] == "responder" and (words[1:2] == ["serve"] or not "".join(words[1:2]).isalpha()):
        machine.serve(*serving(words[1:], machine.home), listen=())
    else:
        a_command_succeeds(line, machine)


@pytest.mark.parametrize(
    "line", [code(row[1])[0] for row in README.table("caller", "how")[:2]], ids=lambda line: line
)
def test_a_program_that_was_not_written_here_calls(line: str, machine: Machine) -> None:
    a_command_succeeds(line, machine)


def a_command_succeeds(line: str, machine: Machine) -> None:
    program = shlex.split(line)[0]
    if program in peers.PEERS:
        peers.find(program)
    ((status, output),) = machine.run([line])
    assert status == 0, output


def there_is_a_target(target: str) -> None:
    """See what make would do; the doing is the work of other tests, and of whoever runs them."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    done = subprocess.run(
        ["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def is_installable(what: str) -> None:
    """See that the project is there with the extras that are named; ``make run`` installs it."""
    place, _, extras = what.rstrip("]").partition("[")
    assert place == "."
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == "sip-responder"
    assert project["scripts"]["responder"] == "responder.cli:main"
    assert set(extras.split(",")) - {""} <= project["optional-dependencies"].keys()


def serving(words: Sequence[str], home: Path) -> list[str]:
    """Return the arguments of ``responder serve`` with free ports of this machine to listen on.

    Scenarios are those in ``home``.
    """
    arguments = [word for word in words if word != "serve"]
    for place, word in enumerate(arguments):
        if (home / word).exists():
            arguments[place] = str(home / word)
        if word == "--listen":
            transport = "tcp" if arguments[place + 1].startswith("tcp:") else "udp"
            arguments[place + 1] = f"{transport}:127.0.0.1:0"
    return arguments if "--listen" in arguments else [*arguments, "--listen", "udp:127.0.0.1:0"]


def test_every_block_is_run_or_only_to_be_read() -> None:
    for page in PAGES.values():
        assert page.languages() <= {*TO_RUN, *TO_READ}, page.name


# Code


@pytest.mark.parametrize("block", [b for b in blocks("python") if not file_of_tests(b)], ids=str)
def test_code_runs(block: Block) -> None:
    source = "\n" * block.line + block.text
    names: dict[str, object] = {"__name__": "example"}
    exec(compile(source, ROOT / block.page, "exec"), names)
    for name, value in list(names.items()):
        if name.startswith("test_") and callable(value):
            value()


def test_tests_pass(tmp_path: Path) -> None:
    """What a page calls a file of tests is run beside the program under test of the sample."""
    shutil.copy(ROOT / "tests" / "sample_project" / "conftest.py", tmp_path)
    shutil.copy(ROOT / "tests" / "sample_project" / "pytest.ini", tmp_path)
    write_files(tmp_path)
    shown = {file_of_tests(block): block for block in blocks("python") if file_of_tests(block)}
    for name, block in shown.items():
        (tmp_path / name).write_text(block.text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert len(shown) == 4


# Pipelines


def steps(pipeline: object) -> list[str]:
    """Return the commands of what a CI service reads, wherever they stand."""
    found: list[str] = []
    if isinstance(pipeline, dict):
        for key, value in pipeline.items():
            if key in {"run", "script"}:
                found += [value] if isinstance(value, str) else value
            else:
                found += steps(value)
    elif isinstance(pipeline, list):
        for each in pipeline:
            found += steps(each)
    return found


@pytest.mark.parametrize("block", pipelines(), ids=str)
def test_a_pipeline_goes_through(block: Block, machine: Machine) -> None:
    """What installs the responder is looked at; what calls it is run."""
    pipeline = YAML(typ="safe", pure=True).load(block.text)
    install, *rest = steps(pipeline)
    assert install == "pip install ./sip-responder"
    assert rest
    for status, output in machine.run(rest):
        assert status == 0, output
    junit = JUnitXml.fromfile(str(machine.home / "sip.xml"))
    assert (junit.tests, junit.failures) == (2, 0)
    for name in ("sip.xml", "sip.html", "sip.pcapng"):
        assert name in block.text
        assert (machine.home / name).exists(), name


def test_the_pbx_in_a_container(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command of the name of docker starts the same PBX, with the same files, beside it."""
    kamailio = peers.find("kamailio")
    docker = machine.home / "in-place" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER.format(python=sys.executable, kamailio=kamailio))
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PBX_PORT", str(free_port()))
    (command,) = re.findall(r"^responder run two-trunks.*$", PAGES["docs/ci.md"].text, re.MULTILINE)
    ((status, output),) = machine.run([command])
    log = machine.home / "pbx.log"
    assert status == 0, output + (log.read_text() if log.exists() else "")
    assert output.endswith("3 of 3: all held\n")
    assert "stopped" in (machine.home / "docker.log").read_text()


DOCKER = """\
#!{python}
import os, signal, subprocess, sys

asked, words = sys.argv[1], sys.argv[2:]
name = {{}}
if asked == "stop":
    os.killpg(int(open(words[0] + ".pid").read()), signal.SIGTERM)
    open("docker.log", "a").write("stopped\\n")
    sys.exit()
assert asked == "run"
given = {{}}
while words[0].startswith("--"):
    option = words.pop(0)
    if option not in ("--rm", "--detach"):
        given.setdefault(option, []).append(words.pop(0))
image, *arguments = words
assert given["--network"] == ["host"] and given["--entrypoint"] == ["kamailio"]
assert all(each in os.environ for each in given["--env"])
for volume in given["--volume"]:
    here, there, _ = volume.split(":")
    arguments = [here if each == there else each for each in arguments]
home = os.getcwd()
pbx = subprocess.Popen(
    ["{kamailio}", "-m", "32", "-M", "4", "-w", home, "-Y", home, *arguments],
    stdin=subprocess.DEVNULL,
    stdout=open("pbx.log", "w"),
    stderr=subprocess.STDOUT,
    start_new_session=True,
)
open(given["--name"][0] + ".pid", "w").write(str(pbx.pid))
"""


def test_every_file_of_the_pages_is_used(tmp_path: Path) -> None:
    text = "".join(page.text for page in PAGES.values())
    for name in write_files(tmp_path):
        assert text.count(name) > 1, name


# Scenarios


@pytest.mark.parametrize(
    "block", [block for block in blocks("yaml") if block not in pipelines()], ids=str
)
def test_a_scenario_can_be_served(block: Block) -> None:
    loaded = load(block.text, block.page, "example")
    made = compile_scenarios(
        [loaded], Files(lambda *_: b"", lambda *_: "", FaultFiles(), verdicts=verdict_words())
    )
    assert made.findings == ()


def test_every_operation_of_the_http_api_is_told() -> None:
    rows = PAGES["docs/http.md"].table("request", "what it does")
    told = [code(row[0])[0] for row in rows]
    assert sorted(told) == sorted(f"{each.method} {each.path}" for each in OPERATIONS)


def test_every_key_of_a_scenario_is_told() -> None:
    pages = [SCENARIOS, PAGES["docs/calls.md"]]
    told = " ".join([text for page in pages for text in page.inline()])
    told += " ".join([block.text for page in pages for block in page.blocks("yaml")])
    words = set(re.findall(r"[\w.-]+", told))
    shapes: list[type[Shape]] = [Scenario, Timers, RuleShape, Part, Match, Wanted, ExpectShape]
    shapes += [*KINDS, HeaderValue, Body, Sdp, Media, Auth, RawBytes]
    shapes += [Authenticate, RegistrarShape]
    keys = {key.rpartition(".param.")[0] or key for each in shapes for key in each.key_names()}
    assert keys <= words


# Links


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Page) -> None:
    for link in page.links():
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page.name).parent / path if path else ROOT / page.name
        assert target.exists(), link
        if anchor:
            assert anchor in PAGES[str(target.resolve().relative_to(ROOT))].anchors(), link


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Page) -> None:
    folders = ("responder/", "scenarios/", "tests/", "docs/", "benchmarks/", "docker/", ".ci/")
    named = [text for text in page.inline() if text.startswith(folders) and " " not in text]
    missing = [text for text in named if not (ROOT / text).exists()]
    assert not missing


def test_every_page_is_reached_from_the_readme() -> None:
    assert {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} <= set(README.links())


# The picture


def test_the_picture_is_a_run_of_this_version(tmp_path: Path) -> None:
    picture = tmp_path / "terminal.svg"
    subprocess.run(
        [
            sys.executable,
            ROOT / "docs" / "terminal.py",
            *("--port", str(free_port())),
            *("--output", picture),
        ],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=PATIENCE,
        check=True,
    )
    drawn = ladders(picture)
    assert drawn == ladders(ROOT / "docs" / "terminal.svg"), "run docs/terminal.py again"
    assert any("486 Busy Here" in line for line in drawn)


def ladders(picture: Path) -> list[str]:
    """Return the lines of a picture that are part of a ladder."""
    lines: dict[float, str] = {}
    for place, text in re.findall(
        r'<text[^>]*? y="([\d.]+)"[^>]*>([^<]*)</text>', picture.read_text(encoding="utf-8")
    ):
        lines[float(place)] = lines.get(float(place), "") + text.replace("&#160;", " ")
    drawn = [re.sub(r":\d{4,5}", "", line) for line in lines.values() if "│" in line]
    return [normal(line) for line in drawn]


# Tables


def dials() -> list[tuple[str, str]]:
    rows = README.table("dial", "an INVITE gets", "which is")
    return [(dialled, row[1]) for row in rows for dialled in code(row[0])]


def caller() -> Caller:
    return Caller(Network(Stack(Settings(), counted_tokens())))


def promised(cell: str) -> list[list[tuple[float, int]]]:
    """Return what a cell says: for each attempt, the statuses and how long after the INVITE."""
    attempts = []
    for text in cell.split("; then"):
        at = 0.0
        attempt = []
        for status, number, unit in _OFFSET.findall(text):
            if status:
                attempt.append((at, int(status)))
            else:
                at += int(number) / (1000 if unit == "ms" else 1)
        attempts.append(attempt)
    return attempts


def gets(alice: Caller, dialled: str) -> list[tuple[float, int]]:
    """Return what a call gets, without retransmissions."""
    before, start = len(alice.network.sent), alice.network.now
    alice.call(dialled)
    alice.advance(20.0)
    told: list[tuple[float, int]] = []
    for sent in alice.network.sent[before:]:
        if (message := sent.message).status not in {status for _, status in told}:
            told.append((round(sent.at - start, 6), message.status))
    if told and told[-1][1] >= 200:
        alice.ack()
    return told


@pytest.mark.parametrize(("dialled", "cell"), dials(), ids=[dialled for dialled, _ in dials()])
def test_what_is_dialled_gives_what_the_readme_says(dialled: str, cell: str) -> None:
    alice = caller()
    attempts = promised(cell)
    assert ("nothing" in cell) is (attempts == [[]])
    assert [gets(alice, dialled) for _ in attempts] == attempts
    assert gets(alice, dialled) == attempts[0]


def test_the_readme_tells_which_words_spell_something() -> None:
    spelled = {
        dialled: compile_dial(dialled.encode(), (), b"INVITE") is not None for dialled, _ in dials()
    }
    assert [dialled for dialled, known in spelled.items() if not known] == ["alice", "1001"]


def test_what_rings_is_ended_by_the_caller_and_silence_is_not() -> None:
    alice = caller()
    alice.call("180")
    alice.cancel()
    assert alice.statuses() == [100, 180, 200, 487]
    alice.call("silent")
    alice.cancel()
    alice.advance(60.0)
    assert alice.statuses() == [100, 180, 200, 487, *[487] * 10]


def test_other_methods_get_the_final_status_only() -> None:
    alice = caller()
    for method, status in (("MESSAGE", 480), ("SUBSCRIBE", 489)):
        assert f"`{method} sip:{status}@HOST`" in README.text
        alice.start(method, f"180-{status}")
        assert alice.statuses()[-1] == status
    alice.start("REGISTER", "", {"To": "<sip:403@192.0.2.1>"})
    assert alice.statuses() == [480, 489, 403]


def test_the_table_of_attempts() -> None:
    for row in DIALLING.table("dial", "first call", "second call", "third call"):
        alice = caller()
        for cell in row[1:]:
            expected = [int(status) for status in re.findall(r"\b\d{3}\b", cell)]
            got = gets(alice, code(row[0])[0])
            assert [status for _, status in got if status != 100] == expected, row
            wait = re.search(r"after (\d+) s", cell)
            assert not got or got[-1][0] == (float(wait[1]) if wait else 0.0), row


def test_the_grammar_and_the_parameters_are_those_of_the_module() -> None:
    grammar, _, parameters = (dial.__doc__ or "").partition("URI parameters")
    told = [part for row in DIALLING.table("part", "meaning") for part in code(row[0])]
    assert told == first_column(grammar)
    told = [code(row[0])[0] for row in DIALLING.table("parameter", "value", "effect")]
    assert told == first_column(parameters)


def first_column(text: str) -> list[str]:
    """Return the pieces of code in the first column of the table in a docstring."""
    lines = text.splitlines()
    width = next(line.index("  ") for line in lines if line.startswith("=")) + 2
    cells = [line[:width] for line in lines if line.startswith("``")]
    return [part for cell in cells for part in re.findall(r"``([^`]+)``", cell)]


def test_the_commands_are_those_of_the_command_line() -> None:
    named = [code(row[0])[0].split()[1] for row in README.table("command", "what it does")]
    assert named == list(COMMANDS)


def test_the_table_of_limits() -> None:
    limits = Limits()
    rows = PAGES["docs/protocol.md"].table("limit", "default", "answer", "option")
    for row in rows:
        name = code(row[3])[0].removeprefix("--max-").replace("-", "_")
        assert getattr(limits, name) == int(row[1].replace(",", "")), row
    assert len(rows) == 9


def test_the_number_of_codes() -> None:
    assert f"the {len(all_codes())} status codes" in " ".join(README.text.split())

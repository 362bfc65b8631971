"""SIPp, baresip and linphonec tested by `responder run`: right ones pass, others fail for it."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from junitparser import JUnitXml

from tests.interop import test_baresip, test_linphone
from tests.interop.capture import Trace
from tests.interop.test_chromium import shown

SIPP = Path(__file__).parent / "sipp"
PATIENCE = 120.0
"""How long a run may take, in seconds. Only a failure waits that long."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: its exit status, and what it and its command wrote."""

    status: int
    output: str


def run(home: Path, scenario: str, *options: str | Path, command: str) -> Ended:
    """Run a command, given as a shell has it, against a scenario, in a directory of its own."""
    (home / "scenario.yaml").write_text(scenario)
    own = ("RESPONDER_", "PYTHONASYNCIO", "PYTHONDEVMODE")
    words = [sys.executable, "-m", "responder", "run", "scenario.yaml"]
    words += ["--listen", "udp:127.0.0.1:0", "--media-ports", "0", "--timeout", "60s"]
    done = subprocess.run(
        [*words, *map(str, options), "--", "sh", "-c", command],
        cwd=home,
        env={name: value for name, value in os.environ.items() if not name.startswith(own)}
        | {"HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
        check=False,
    )
    return Ended(done.returncode, done.stdout.decode(errors="replace"))


# SIPp

OVERLOADED = """
scenario: overloaded
unmatched: 404
rules:
  - name: trunk
    match: {method: INVITE, uri.user: trunk}
    respond: {status: 503, headers: {Retry-After: 1}}
expect:
  - {rule: trunk, calls: 2}
  - {rule: trunk, caller: {retry-after: honoured, ack: correct}}
"""


def refused(sipp: Path, pace: str, user: str = "trunk") -> str:
    """Return the command of a SIPp that calls twice, and is refused twice."""
    options = f"-sf {SIPP / 'refused.xml'} -s {user} -m 2 {pace}"
    ends = "-i 127.0.0.1 -nostdin -timeout 30 -timeout_error"
    return f"exec {sipp} {options} {ends} $RESPONDER_UDP >sipp.log 2>&1"


def test_a_sipp_that_waits_as_long_as_it_is_told_to_passes(
    peer: Callable[[str], Path], tmp_path: Path
) -> None:
    # A call every two seconds.
    ended = run(tmp_path, OVERLOADED, command=refused(peer("sipp"), "-r 1 -rp 2000"))
    assert ended.status == 0, ended.output
    assert ended.output.endswith("2 of 2: all held\n")


def test_a_sipp_that_comes_back_at_once_fails_and_every_report_says_so(
    peer: Callable[[str], Path], tmp_path: Path
) -> None:
    reports = ["--junit", "run.xml", "--json", "run.json", "--html", "run.html"]
    reports += ["--pcap", "run.pcapng"]
    ended = run(tmp_path, OVERLOADED, *reports, command=refused(peer("sipp"), "-r 100"))
    assert ended.status == 1, ended.output
    name = "overloaded/trunk: retry-after honoured, ack correct"
    why = "retry-after honoured expected, and it is wrong: in call 1 INVITE came "
    assert f"✗ {name}  (scenario.yaml:10)\n    {why}" in ended.output
    assert "503 Service Unavailable │" in ended.output
    assert ended.output.endswith("1 of 2 failed; exit status 1\n")

    (suite,) = JUnitXml.fromfile(str(tmp_path / "run.xml"))
    assert (suite.name, suite.tests, suite.failures) == ("overloaded", 2, 1)
    right, wrong = suite
    assert right.is_passed
    (failure,) = wrong.result
    assert (wrong.name, failure.message.startswith(why)) == (name, True)
    assert "at scenario.yaml:10" in failure.text
    assert "◀" in failure.text
    assert "wrong retry-after: INVITE came " in failure.text

    document = json.loads((tmp_path / "run.json").read_text())
    assert [outcome["held"] for outcome in document["outcomes"]] == [True, False]
    assert [call["statuses"][-1] for call in document["calls"]] == [503, 503]
    judged = {each["name"]: each["outcome"] for each in document["calls"][0]["verdicts"]}
    assert (judged["retry-after"], judged["ack"]) == ("wrong", "correct")

    page = shown(tmp_path / "run.html", tmp_path / "profile")
    assert "✗ 1 of 2 expectations failed." in page
    assert ">2 of 2</span>" in page
    assert "wrong retry-after: INVITE came " in page

    starts = [message.start for message in Trace(tmp_path / "run.pcapng").messages()]
    assert sum(start.startswith("Request: INVITE sip:trunk@") for start in starts) == 2
    assert sum(start.startswith("Status: 503 Service Unavailable") for start in starts) == 2
    assert sum(start.startswith("Request: ACK sip:trunk@") for start in starts) == 2


def test_a_sipp_that_calls_another_number_fails_with_what_was_near(
    peer: Callable[[str], Path], tmp_path: Path
) -> None:
    ended = run(tmp_path, OVERLOADED, command=refused(peer("sipp"), "-r 100", "trnk"))
    # It is not refused as it expects to be: its own failure is passed on.
    assert ended.status == 1
    assert "command succeeds: " in ended.output
    assert "    2 calls expected, 0 came\n    nearest to overloaded/trunk: call " in ended.output
    assert "      uri.user  wanted trunk, got trnk  (scenario.yaml:6)\n" in ended.output


# baresip

HANGS_UP = """
scenario: hangs-up
unmatched: 404
timers: {t1: 100ms}
rules:
  - name: desk
    match: {method: INVITE, uri.user: desk}
    respond:
      - 180
      - {status: 200 FAULT}
      - {receive: ACK, within: 3s}
      - {send: BYE}
      - {receive: 200, within: 10s}
expect:
  - {rule: desk, calls: 1, status: 200}
  - {rule: desk, caller: {ack: correct}}
"""


def baresip(program: Path, home: Path) -> str:
    """Return the command of a baresip that calls the desk, and then stays."""
    folder = home / "baresip"
    folder.mkdir()
    config = test_baresip.CONFIG.format(
        host="127.0.0.1", listen="127.0.0.1", modules=test_baresip.modules()
    )
    (folder / "config").write_text(config)
    (folder / "accounts").write_text("<sip:alice@127.0.0.1>;regint=0\n")
    (folder / "contacts").touch()
    dial = '"/dial sip:desk@$RESPONDER_UDP"'
    return f"exec {program} -4 -f {folder} -e {dial} >baresip.log 2>&1"


def test_a_baresip_that_is_hung_up_passes(peer: Callable[[str], Path], tmp_path: Path) -> None:
    command = baresip(peer("baresip"), tmp_path)
    scenario = HANGS_UP.replace(" FAULT", "")
    ended = run(tmp_path, scenario, "--until", "decided", command=command)
    assert ended.status == 0, ended.output
    assert ended.output.endswith("2 of 2: all held\n")


def test_a_baresip_whose_answer_is_lost_fails_for_want_of_an_ack(
    peer: Callable[[str], Path], tmp_path: Path
) -> None:
    command = baresip(peer("baresip"), tmp_path)
    scenario = HANGS_UP.replace(" FAULT", ", fault: {drop: 100}")
    ended = run(tmp_path, scenario, "--until", "calls:1", command=command)
    assert ended.status == 1, ended.output
    assert "✗ hangs-up/desk: calls 1, status 200  (scenario.yaml:15)\n" in ended.output
    assert "    call 1 failed: " in ended.output
    assert "ACK" in ended.output.partition("    call 1 failed: ")[2].partition("\n")[0]


# linphonec

DECLINED = """
scenario: declined
unmatched: 404
rules:
  - name: desk
    match: {method: INVITE, uri.user: desk}
    respond: [180, {wait: 250ms}, 603]
expect:
  - {rule: desk, calls: 1, status: 603}
  - {rule: desk, caller: {ack: correct, tags: correct}}
"""


def linphonec(program: Path, home: Path, port: int, user: str) -> str:
    """Return the command of a linphonec that calls somebody, and then stays."""
    (home / ".local" / "share" / "linphone").mkdir(parents=True)
    config = test_linphone.CONFIG.format(
        udp=port, tcp=0, host="127.0.0.1", address="127.0.0.1", ipv6=0
    )
    (home / "linphonerc").write_text(config)
    typed = f'echo "call sip:{user}@$RESPONDER_UDP"; exec sleep 60'
    return f"{{ {typed}; }} | {shlex.quote(str(program))} -c linphonerc >linphone.log 2>&1"


def test_a_linphone_that_is_declined_passes(
    peer: Callable[[str], Path], free_port: Callable[[], int], tmp_path: Path
) -> None:
    command = linphonec(peer("linphonec"), tmp_path, free_port(), "desk")
    ended = run(tmp_path, DECLINED, "--until", "decided", command=command)
    assert ended.status == 0, ended.output
    assert ended.output.endswith("2 of 2: all held\n")


def test_a_linphone_that_calls_another_number_fails_for_it(
    peer: Callable[[str], Path], free_port: Callable[[], int], tmp_path: Path
) -> None:
    command = linphonec(peer("linphonec"), tmp_path, free_port(), "dessk")
    ended = run(tmp_path, DECLINED, "--until", "calls:1", command=command)
    assert ended.status == 1, ended.output
    assert "✗ declined/desk: calls 1, status 603  (scenario.yaml:9)\n" in ended.output
    assert "      uri.user  wanted desk, got dessk  (scenario.yaml:6)\n" in ended.output
    assert "is matched by a rule\n    no rule matched call 1, INVITE dessk <- " in ended.output

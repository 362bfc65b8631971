"""The command of a run: how it starts, where it is told to call, how it ends."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from responder.cli import command as module
from responder.cli.command import CannotStart, Command, environment_of
from tests.cli.phone import PATIENCE
from tests.cli.waiting import until


def gone(process: int) -> bool:
    """Whether there is no such process any more; one that nobody waits for counts as gone."""
    try:
        return ") Z " in Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return True


async def run(*words: str) -> Command:
    """Return a command that has ended by itself."""
    command = Command(words)
    await command.start(os.environ)
    await asyncio.wait_for(command.wait(), PATIENCE)
    return command


@pytest.mark.parametrize(
    ("script", "status", "failed"),
    [("exit 0", 0, False), ("exit 3", 3, True), ("kill -9 $$", 137, True)],
)
async def test_how_a_command_ends_by_itself(script: str, status: int, failed: bool) -> None:
    command = await run("sh", "-c", script)
    assert (command.status, command.failed, command.told) == (status, failed, False)
    await command.end()
    command.kill()
    assert (command.status, command.failed, command.told) == (status, failed, False)


async def test_it_gets_its_variables_and_its_words(tmp_path: Path) -> None:
    command = Command(["sh", "-c", 'echo "$WHERE" "$1" > "$0"', str(tmp_path / "said"), "a b"])
    await command.start({"WHERE": "there", "PATH": os.environ["PATH"]})
    await asyncio.wait_for(command.wait(), PATIENCE)
    assert (tmp_path / "said").read_text() == "there a b\n"
    assert str(Command(["sipp", "-s", "a b"])) == "sipp -s 'a b'"


async def test_it_reads_nothing_from_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    assert (await run("sh", "-c", "read line || exit 5")).status == 5


# Not SIGINT: where these tests run in the background, it may be ignored from the start.
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
async def test_it_is_told_to_end(number: signal.Signals) -> None:
    command = Command(["sleep", "60"])
    await command.start(os.environ)
    await asyncio.wait_for(command.end(number), PATIENCE)
    assert (command.status, command.failed, command.told) == (128 + number, False, True)


async def test_what_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE", 0.1)
    ready = tmp_path / "ready"
    command = Command(["sh", "-c", f"trap '' TERM; echo > {ready}; exec sleep 60"])
    await command.start(os.environ)
    await until(ready.exists)
    await asyncio.wait_for(command.end(), PATIENCE)
    assert (command.status, command.failed) == (137, False)


async def test_what_it_leaves_behind_is_ended(tmp_path: Path) -> None:
    left = tmp_path / "left"
    command = await run("sh", "-c", f"sleep 60 & echo $! > {left}")
    process = int(left.read_text())
    os.kill(process, 0)
    await asyncio.wait_for(command.end(), PATIENCE)
    await until(lambda: gone(process))
    assert (command.status, command.told) == (0, False)


async def test_it_can_be_killed_at_once() -> None:
    command = Command(["sleep", "60"])
    command.kill()
    await command.start(os.environ)
    command.kill()
    await asyncio.wait_for(command.wait(), PATIENCE)
    assert command.status == 137


async def test_a_command_that_never_started_needs_no_end() -> None:
    await Command(["sleep", "60"]).end()


async def test_what_cannot_be_started_is_told(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/nowhere/at/all\n")
    script.chmod(0o755)
    with pytest.raises(CannotStart, match=r"script: No such file or directory\.$"):
        await Command([str(script)]).start(os.environ)


def test_where_it_is_told_to_call() -> None:
    addresses = ["udp:127.0.0.1:40001", "tcp:127.0.0.1:40001", "udp:[::1]:40002"]
    assert environment_of(addresses, {"b-leg": "udp:127.0.0.1:5062"}, None) == {
        "RESPONDER_SIP": "udp:127.0.0.1:40001 tcp:127.0.0.1:40001 udp:[::1]:40002",
        "RESPONDER_URI": "sip:127.0.0.1:40001",
        "RESPONDER_HOST": "127.0.0.1",
        "RESPONDER_PORT": "40001",
        "RESPONDER_UDP": "127.0.0.1:40001",
        "RESPONDER_TCP": "127.0.0.1:40001",
        "RESPONDER_LISTENER_B_LEG": "127.0.0.1:5062",
    }


def test_where_it_is_told_to_call_from_elsewhere() -> None:
    found = environment_of(["tcp:0.0.0.0:5060"], {}, ("pbx.test", 5070))
    assert found["RESPONDER_URI"] == "sip:pbx.test:5070;transport=tcp"
    assert (found["RESPONDER_HOST"], found["RESPONDER_PORT"]) == ("pbx.test", "5070")
    assert environment_of(["udp:[::]:5060"], {}, None)["RESPONDER_HOST"] == "[::1]"
    assert environment_of([], {}, None) == {}


def test_where_it_finds_the_http_interface() -> None:
    def http(*pages: str) -> dict[str, str]:
        found = environment_of(["udp:127.0.0.1:1"], {}, None, pages)
        return {name: value for name, value in found.items() if "HTTP" in name}

    assert http() == {}
    assert http("http://127.0.0.1:8060/") == {"RESPONDER_HTTP": "http://127.0.0.1:8060"}
    assert http("http://10.1.2.3:80/#token=abc", "http://x/") == {
        "RESPONDER_HTTP": "http://10.1.2.3:80",
        "RESPONDER_HTTP_TOKEN": "abc",
    }

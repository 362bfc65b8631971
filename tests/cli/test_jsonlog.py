"""What a program reads."""

import json
from typing import Any

import pytest

from responder import __version__
from responder.cli.jsonlog import JsonLog
from responder.cli.log import BUSY, Result, Start, Stop
from responder.report.outcome import Outcome
from responder.sip.events import Flow, Trace
from responder.testing.network import LOCAL, REMOTE
from tests.cli.calls import EPOCH, START, Calls

AT = "2023-11-14T22:13:20.000Z"


class Lines:
    """A log and its lines."""

    def __init__(self, quiet: bool = False) -> None:
        self.written = ""
        self.log = JsonLog(self._write, epoch=EPOCH, quiet=quiet)
        self.calls = Calls(self.log)

    def _write(self, text: str) -> None:
        assert text.endswith("\n")
        assert text.isascii()
        assert text[:-1].isprintable()
        self.written += text

    def objects(self) -> list[dict[str, Any]]:
        """Return what was written since the last time."""
        objects = [json.loads(line) for line in self.written.splitlines()]
        self.written = ""
        assert all(list(each)[:3] == ["timestamp", "level", "event"] for each in objects)
        return objects

    def one(self) -> dict[str, Any]:
        """Return the only object, without the time at which it was written."""
        (found,) = self.objects()
        assert found.pop("timestamp").endswith("Z")
        return found


def test_a_call() -> None:
    lines = Lines()
    alice = lines.calls.caller()
    alice.call("180-250ms-486", {"Authorization": 'Digest username="alice", response="secret"'})
    alice.advance(0.75)
    alice.ack()
    lines.calls.tell()
    assert "secret" not in lines.written
    assert lines.one() == {
        "level": "info",
        "event": "call",
        "number": 1,
        "at": AT,
        "method": "INVITE",
        "caller": "alice",
        "target": "180-250ms-486",
        "transport": "udp",
        "source": "192.0.2.9:5070",
        "call_id": "call-1@192.0.2.9",
        "rule": "dial",
        "unmatched": False,
        "status": 486,
        "statuses": [100, 180, 486],
        "answered_ms": 250.0,
        "retransmissions": 1,
        "notes": [],
    }


def test_an_answered_call_has_an_end() -> None:
    lines = Lines()
    alice = lines.calls.caller()
    alice.call("200")
    alice.ack()
    lines.calls.tell()
    assert lines.one()["status"] == 200
    alice.advance(60)
    alice.bye()
    lines.calls.tell()
    assert lines.one() == {
        "level": "info",
        "event": "call-ended",
        "number": 1,
        "call_id": "call-1@192.0.2.9",
        "lasted_ms": 60000.0,
        "retransmissions": 0,
        "notes": [],
        "media": None,
    }


def test_a_call_that_is_never_answered() -> None:
    lines = Lines()
    lines.calls.caller().call("silent")
    lines.calls.network.advance(300)
    lines.calls.tell()
    call = lines.one()
    assert (call["status"], call["statuses"], call["answered_ms"]) == (0, [], None)


def test_notes_are_kept_and_long_values_cut_off() -> None:
    lines = Lines()
    alice = lines.calls.caller(user="b" * 1000)
    alice.call("199-486", {"Call-ID": "c" * 1000})
    alice.ack({"Call-ID": "c" * 1000})
    lines.calls.tell()
    call = lines.one()
    assert call["notes"] == ["199 left out: the INVITE does not list it in Supported (RFC 6228)"]
    assert call["caller"] == "b" * 256
    assert call["call_id"] == "c" * 256


@pytest.mark.parametrize("name", ["\x1b[31m", "\u202e", "\x7f", "\xff", "\n"])
def test_what_a_peer_writes_stays_within_its_value(name: str) -> None:
    lines = Lines()
    lines.calls.stack.uas.stray(Flow("udp", LOCAL, REMOTE), b"Authorization: x", name, 481, START)
    lines.calls.tell()
    assert lines.one() == {
        "level": "info",
        "event": "stray",
        "at": AT,
        "transport": "udp",
        "source": "192.0.2.9:5070",
        "why": name,
        "status": 481,
    }


def test_a_refused_source_is_a_warning() -> None:
    lines = Lines()
    lines.calls.stack.source_refused("tcp", ("8.8.8.8", 5060), START)
    lines.calls.tell()
    assert lines.one() == {
        "level": "warning",
        "event": "source-refused",
        "transport": "tcp",
        "source": "8.8.8.8",
    }


def test_under_load_a_summary_takes_the_place_of_the_rest() -> None:
    lines = Lines()
    lines.calls.busy(BUSY)
    assert len(lines.objects()) == BUSY
    caller = lines.calls.caller()
    stack = lines.calls.stack
    stack.uas.stray(caller.flow, b"", "odd", 0, START)
    stack.source_refused("udp", ("8.8.8.8", 5060), START)
    caller.call("200")
    caller.ack()
    caller.bye()
    lines.calls.tell()
    assert lines.objects() == []
    lines.log.tick(0, START + 1)
    assert lines.one() == {
        "level": "info",
        "event": "summary",
        "calls": BUSY + 1,
        "outcomes": {"486": BUSY, "200": 1},
        "retransmissions": 0,
        "strays": 1,
        "refused": 1,
        "drops": 0,
    }
    lines.log.tick(0, START + 2)
    assert lines.one()["calls"] == 0
    lines.log.tick(0, START + 3)
    assert lines.objects() == []
    lines.calls.busy(1)
    assert lines.one()["event"] == "call"


def test_datagrams_that_the_kernel_dropped_are_a_warning() -> None:
    lines = Lines()
    lines.log.tick(12, START)
    told = lines.one()
    assert (told["level"], told["event"], told["drops"]) == ("warning", "summary", 12)


def test_start_and_stop() -> None:
    lines = Lines()
    lines.log.started(Start(("udp:127.0.0.1:5060",), ("any",), ("127.0.0.1:5060",), 42))
    assert lines.one() == {
        "level": "info",
        "event": "start",
        "version": __version__,
        "listen": ["udp:127.0.0.1:5060"],
        "allow": ["any"],
        "seed": 42,
        "rules": 0,
        "pages": [],
    }
    lines.log.stopping("SIGTERM")
    assert lines.one() == {"level": "info", "event": "stopping", "reason": "SIGTERM"}
    lines.log.stopped(Stop(1.23456, 7, {"strays": 2}, None))
    assert lines.one() == {
        "level": "info",
        "event": "stop",
        "seconds": 1.235,
        "requests": 7,
        "counts": {"strays": 2},
        "drops": None,
    }


def test_a_fault_of_its_own_is_an_error_even_when_quiet() -> None:
    lines = Lines(quiet=True)
    try:
        raise ValueError("odd\nthing")
    except ValueError as fault:
        lines.log.fault(fault)
    told = lines.one()
    assert (told["level"], told["event"]) == ("error", "fault")
    assert told["error"] == "ValueError('odd\\nthing')"
    assert "test_jsonlog.py" in told["traceback"]


def test_scenarios_that_were_read_again_are_told_of() -> None:
    lines = Lines()
    lines.log.reloaded(5)
    told = lines.one()
    assert (told["level"], told["event"], told["rules"]) == ("info", "reloaded", 5)


def test_a_warning_is_written_even_when_quiet() -> None:
    lines = Lines(quiet=True)
    lines.log.warning("the disk is full.")
    told = lines.one()
    assert (told["level"], told["event"]) == ("error", "warning")
    assert told["text"] == "the disk is full."


def test_quiet_writes_nothing_else() -> None:
    lines = Lines(quiet=True)
    lines.log.started(Start((), (), (), None))
    lines.calls.busy(BUSY + 1)
    lines.calls.stack.source_refused("tcp", ("8.8.8.8", 5060), START)
    lines.calls.tell()
    lines.log.tick(5, START)
    lines.log.stopping("SIGTERM")
    lines.log.stopped(Stop(1, 1, {}, 5))
    assert lines.written == ""


def test_raw_messages_and_unknown_traces_are_not_written() -> None:
    lines = Lines()
    flow = Flow("udp", LOCAL, REMOTE)
    lines.log.message(flow, b"Authorization: secret", True, START)
    lines.log.trace(Trace("weather", sky="blue"), START)
    assert lines.written == ""


OUTCOMES = (
    Outcome("trunk: calls 1", True, "1 came", file="trunk.yaml", line=12),
    Outcome("a call comes", False, "none came"),
)


def test_what_became_of_a_run() -> None:
    lines = Lines()
    lines.log.judged(Result(OUTCOMES, 1), START)
    held, failed, result = lines.objects()
    assert held["event"] == failed["event"] == "outcome"
    assert (held["level"], held["held"], held["file"], held["line"]) == (
        "info",
        True,
        "trunk.yaml",
        12,
    )
    assert (failed["level"], failed["why"], failed["file"], failed["line"]) == (
        "error",
        "none came",
        None,
        None,
    )
    assert (result["event"], result["level"]) == ("result", "error")
    assert (result["exit_status"], result["outcomes"], result["failed"]) == (1, 2, 1)


def test_where_only_errors_are_wanted_it_is_what_failed() -> None:
    lines = Lines(quiet=True)
    lines.log.judged(Result(OUTCOMES, 1), START)
    assert [line["event"] for line in lines.objects()] == ["outcome", "result"]
    lines = Lines(quiet=True)
    lines.log.judged(Result(OUTCOMES[:1], 0), START)
    assert lines.objects() == []

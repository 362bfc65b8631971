"""What a person sees."""

import re
import time
from collections.abc import Iterator

import pytest

from responder import __version__
from responder.cli.console import NARROWEST_PARTY, Console
from responder.cli.log import BUSY, Result, Start, Stop
from responder.report.outcome import Outcome
from responder.report.verdicts import faults_of
from responder.scenario.rules import Rules
from responder.sip.events import Flow, Trace
from responder.testing.network import LOCAL, REMOTE
from tests.cli.calls import EPOCH, START, Calls
from tests.scenario.scenarios import compiled

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Screen:
    """A console, what it printed, and what it complained of."""

    def __init__(
        self,
        verbosity: int = 0,
        *,
        colour: bool = False,
        unicode: bool = True,
        width: int = 80,
        rules: Rules | None = None,
    ) -> None:
        self.printed = ""
        self.complaints = ""
        self.console = Console(
            self._print,
            self._complain,
            epoch=EPOCH,
            verbosity=verbosity,
            colour=colour,
            unicode=unicode,
            width=width,
            faults=faults_of,
        )
        self.calls = Calls(self.console, rules)

    def _print(self, text: str) -> None:
        assert text.endswith("\n")
        self.printed += text

    def _complain(self, text: str) -> None:
        assert text.endswith("\n")
        self.complaints += text

    def lines(self) -> list[str]:
        """Return what was printed since the last time."""
        lines = self.printed.splitlines()
        self.printed = ""
        return lines


# Calls


def test_a_call_is_one_line() -> None:
    screen = Screen()
    alice = screen.calls.caller()
    for again in range(2):
        alice.call("180-503-180-486", {"To": "<sip:1001@192.0.2.1>"})
        alice.advance(0.5 * again)
        alice.ack()
        screen.calls.tell()
        alice.advance(32)
    assert screen.lines() == [
        "22:13:20.000 INVITE 180-503-180-486 <- alice  udp  180 503  [dial 1/2]   <1 ms",
        "22:13:52.000 INVITE 180-503-180-486 <- alice  udp  180 486  [dial 2/2]   <1 ms  rtx 1",
    ]


SCENARIO = """
scenario: flaky-trunk
unmatched: 404
rules:
  - name: trunk
    match: {method: INVITE, uri.user: trunk}
    sequence: [{times: 2, respond: 503}, {respond: 200}]
"""


def test_the_line_of_a_rule_says_which_request_it_was() -> None:
    screen = Screen(rules=compiled(SCENARIO).rules)
    alice = screen.calls.caller()
    for _ in range(2):
        alice.call("trunk")
        alice.ack()
    screen.calls.tell()
    assert screen.lines()[-1] == (
        "22:13:20.000 INVITE trunk <- alice  udp  503      [flaky-trunk/trunk 2/3]   <1 ms"
    )


@pytest.mark.parametrize("colour", [False, True])
def test_what_is_unmatched_says_which_rule_came_nearest(colour: bool) -> None:
    screen = Screen(colour=colour, rules=compiled(SCENARIO).rules)
    alice = screen.calls.caller()
    alice.call("2001")
    alice.ack()
    screen.calls.tell()
    (line,) = screen.lines()
    assert ANSI.sub("", line) == (
        "22:13:20.000 INVITE 2001 <- alice  udp  404      UNMATCHED"
        "  nearest flaky-trunk/trunk: uri.user"
    )
    assert (ANSI.search(line) is not None) is colour


def test_what_is_unmatched_without_rules_says_no_more() -> None:
    screen = Screen(rules=compiled("unmatched: 404").rules)
    alice = screen.calls.caller()
    alice.call("2001")
    alice.ack()
    screen.calls.tell()
    assert screen.lines()[0].endswith("404      UNMATCHED")


def test_an_unmatched_call_that_was_evicted_is_told_without_its_rule() -> None:
    screen = Screen(rules=compiled(SCENARIO).rules)
    alice = screen.calls.caller()
    alice.call("2001")
    screen.calls.stack.journal.records[0].evict()
    alice.ack()
    screen.calls.tell()
    assert screen.lines()[0].endswith("UNMATCHED")


def test_the_line_is_that_of_the_documentation() -> None:
    screen = Screen()
    alice = screen.calls.caller()
    alice.call("1001")
    alice.advance(0.3)
    alice.ack()
    screen.calls.tell()
    alice.call("180-412ms-503")
    alice.advance(0.412)
    alice.ack()
    screen.calls.tell()
    first, second = screen.lines()
    assert first == "22:13:20.000 INVITE 1001 <- alice  udp  200      [dial]   <1 ms"
    assert second.startswith("22:13:20.300 INVITE 180-412ms-503 <- alice  udp  180 503  [dial]")
    assert second.endswith("  412 ms")


def test_columns_stand_below_each_other() -> None:
    screen = Screen()
    alice = screen.calls.caller()
    lines = []
    for dialled in ("486", "180-503-200", "180-503-200", "486", "200"):
        alice.call(dialled)
        alice.ack()
        screen.calls.tell()
        lines += screen.lines()
    tcp = screen.calls.caller("tcp")
    tcp.call("486")
    tcp.ack()
    screen.calls.tell()
    lines += screen.lines()
    assert {line.index("[dial") for line in lines[1:]} == {lines[1].index("[dial")}
    assert {line.index("<1 ms") for line in lines[1:]} == {lines[1].index("<1 ms")}
    assert "  tcp  486  " in lines[-1]
    assert len(lines[0].partition("  udp")[0]) == len("22:13:20.000 ") + NARROWEST_PARTY


def test_a_number_as_long_as_a_message_keeps_its_line_short() -> None:
    screen = Screen()
    alice = screen.calls.caller(user="b" * 500)
    alice.call("a" * 500)
    alice.advance(0)
    alice.ack()
    screen.calls.tell()
    (line,) = screen.lines()
    assert "INVITE " + "a" * 29 + "... <- " + "b" * 29 + "...  udp  200" in line


def test_any_method_has_its_line_without_an_ack() -> None:
    screen = Screen()
    screen.calls.caller().start("MESSAGE", "480")
    screen.calls.tell()
    (line,) = screen.lines()
    assert line == "22:13:20.000 MESSAGE 480 <- alice  udp  480      [dial]   <1 ms"


def test_what_was_not_sent_is_noted() -> None:
    screen = Screen()
    alice = screen.calls.caller()
    alice.call("199-486")
    alice.ack()
    screen.calls.tell()
    (line,) = screen.lines()
    assert line.endswith("<1 ms  199 left out: the INVITE does not list it in Supported (RFC 6228)")


def test_a_call_that_is_never_answered_says_so() -> None:
    screen = Screen()
    screen.calls.caller().call("silent")
    screen.calls.network.advance(300)
    screen.calls.tell()
    (line,) = screen.lines()
    assert line.startswith("22:13:20.000 INVITE silent <- alice  udp  silent   [dial]")


def test_100_is_shown_only_where_it_is_all_there_was() -> None:
    screen = Screen()
    alice = screen.calls.caller()
    alice.call("100")
    alice.cancel()
    alice.ack()
    screen.calls.tell()
    (line,) = screen.lines()
    assert "  udp  487      [dial]" in line


def test_what_no_rule_answered_names_none() -> None:
    screen = Screen()
    alice = screen.calls.caller()
    alice.call("486", {"Require": "teleport"})
    alice.ack()
    screen.calls.tell()
    (line,) = screen.lines()
    assert "  udp  420  " in line
    assert "[" not in line


# Ladders and messages


def test_a_ladder_follows_each_finished_call() -> None:
    screen = Screen(1)
    alice = screen.calls.caller()
    alice.call("486")
    alice.ack()
    screen.calls.tell()
    line, heading, *ladder, last = screen.lines()
    assert " INVITE 486 <- alice " in line
    assert heading.split() == ["192.0.2.9:5070", "responder"]
    words = [re.sub(r"[│─▶◀ ]+", " ", each).strip() for each in ladder]
    assert words == [
        "0.000 INVITE sip:486@192.0.2.1",
        "0.000 100 Trying",
        "0.000 486 Busy Here",
        "0.000 ACK",
    ]
    assert last == ""


def test_the_ladder_of_an_answered_call_follows_its_end() -> None:
    screen = Screen(1)
    alice = screen.calls.caller()
    alice.call("200")
    alice.ack()
    screen.calls.tell()
    assert len(screen.lines()) == 1
    alice.advance(7)
    alice.bye()
    screen.calls.tell()
    ladder = screen.lines()
    assert any("7.000 │ BYE ─" in line for line in ladder)
    assert any("7.000 │◀─" in line and "200 OK (BYE) │" in line for line in ladder)


def test_the_ladder_of_a_call_that_ends_within_one_look_is_drawn_once() -> None:
    screen = Screen(1)
    alice = screen.calls.caller()
    alice.call("200")
    alice.ack()
    alice.bye()
    screen.calls.tell()
    assert sum("INVITE sip:200" in line for line in screen.lines()) == 1


def test_the_ladder_of_a_call_that_we_hang_up_has_the_answer_to_our_bye() -> None:
    screen = Screen(
        1, rules=compiled("rules: [{respond: [200, {receive: ACK}, {send: BYE}]}]").rules
    )
    alice = screen.calls.caller()
    alice.call("1001")
    alice.ack()
    screen.calls.tell()
    screen.console.tick(0, screen.calls.network.now)
    assert len(screen.lines()) == 1
    alice.advance(1.0)
    alice.answer(200)
    screen.console.tick(0, screen.calls.network.now)
    ladder = screen.lines()
    assert any("│◀─" in line and "BYE │" in line for line in ladder)
    assert any("200 Answer (BYE) ─" in line for line in ladder)
    screen.console.tick(0, screen.calls.network.now + 1.0)
    assert screen.lines() == []


def test_a_ladder_that_waits_is_drawn_at_the_end() -> None:
    screen = Screen(
        1, rules=compiled("rules: [{respond: [200, {receive: ACK}, {send: BYE}]}]").rules
    )
    alice = screen.calls.caller()
    alice.call("1001")
    alice.ack()
    screen.calls.tell()
    screen.console.stopped(Stop(1.0, 1, {}, 0))
    assert any("BYE │" in line for line in screen.lines())


def test_what_the_caller_did_wrong_stands_below_its_ladder() -> None:
    screen = Screen(1)
    alice = screen.calls.caller()
    alice.call("486", {"Max-Forwards": None})
    alice.ack()
    screen.calls.tell()
    *_, fault, last = screen.lines()
    sentence = "no Max-Forwards in the INVITE; expected one, of 70 (RFC 3261 8.1.1.6)"
    assert fault == f"    wrong max-forwards: {sentence}"
    assert last == ""


def test_no_ladder_is_drawn_unless_asked_for() -> None:
    screen = Screen()
    alice = screen.calls.caller()
    alice.call("200")
    alice.ack()
    alice.bye()
    screen.calls.tell()
    assert len(screen.lines()) == 1


def test_ladders_keep_to_ascii_where_the_terminal_knows_no_more() -> None:
    screen = Screen(1, unicode=False)
    screen.calls.caller().start("OPTIONS", "486", {"Max-Forwards": "\u00fc"})
    screen.calls.tell()
    assert screen.printed.isascii()


@pytest.mark.parametrize("width", [60, 80, 100])
def test_ladders_fit_the_terminal(width: int) -> None:
    screen = Screen(1, width=width)
    screen.calls.caller().start("OPTIONS", "4" * 200)
    screen.calls.tell()
    _, *ladder = screen.lines()
    assert max(len(line) for line in ladder) == width


def test_raw_messages_are_shown_as_they_pass() -> None:
    screen = Screen(2)
    flow = Flow("udp", LOCAL, ("2001:db8::1", 5070))
    screen.console.message(flow, b"OPTIONS sip:x SIP/2.0\r\nX: \x1b[2J\r\n\r\n", True, START)
    screen.console.message(flow, b"SIP/2.0 200 OK\r\n\r\n", False, START + 0.25)
    assert screen.lines() == [
        "22:13:20.000 <- udp [2001:db8::1]:5070  34 bytes",
        "    OPTIONS sip:x SIP/2.0",
        "    X: \\x1b[2J",
        "    ",
        "22:13:20.250 -> udp [2001:db8::1]:5070  18 bytes",
        "    SIP/2.0 200 OK",
        "    ",
    ]


# What belongs to no call


def test_a_stray_message_is_one_line() -> None:
    screen = Screen()
    network = screen.calls.network
    response = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n\r\n"
    network.receive(network.datagrams(), response)
    screen.calls.tell()
    (line,) = screen.lines()
    assert line.startswith("22:13:20.000 stray from 192.0.2.9:5070  udp  ")


def test_a_stray_request_shows_its_answer() -> None:
    screen = Screen()
    screen.calls.stack.uas.stray(Flow("udp", LOCAL, REMOTE), b"BYE", "no such call", 481, START)
    screen.calls.tell()
    (line,) = screen.lines()
    assert line == "22:13:20.000 stray from 192.0.2.9:5070  udp  481  no such call"


def test_a_refused_source_is_told_once_and_how_to_let_it_in() -> None:
    screen = Screen()
    for _ in range(3):
        screen.calls.stack.source_refused("tcp", ("8.8.8.8", 5060), START)
    screen.calls.tell()
    (line,) = screen.lines()
    assert line.startswith("22:13:20.000 refused 8.8.8.8       tcp  not an allowed source")
    assert line.endswith("; let it in with --allow 8.8.8.8")


def test_a_trace_that_it_does_not_know_is_left_out() -> None:
    screen = Screen()
    screen.console.trace(Trace("weather", sky="blue"), START)
    assert screen.lines() == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b2J", "\\x9b2J"),
        ("evil\u202egnp", "evil\\u202egnp"),
        ("\u2067x", "\\u2067x"),
    ],
    ids=["escape", "one-byte-escape", "override", "isolate"],
)
@pytest.mark.parametrize("verbosity", [0, 1, 2])
def test_nothing_from_the_wire_acts_on_the_terminal(name: str, shown: str, verbosity: int) -> None:
    screen = Screen(verbosity)
    network = screen.calls.network
    flow = network.datagrams()
    for number, (method, caller, user) in enumerate(
        [(f"SUBSCRIBE{name}", "a", "486"), ("OPTIONS", name, "486"), ("OPTIONS", "a", name)]
    ):
        message = (
            f"{method} sip:{user}@x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5070"
            f";branch=z9hG4bK{number}\r\nFrom: <sip:{caller}@x>;tag=1\r\nTo: <sip:x@x>\r\n"
            f"Call-ID: {number}\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\n\r\n"
        )
        screen.console.message(flow, message.encode(), True, START)
        network.receive(flow, message.encode())
    screen.calls.stack.uas.stray(flow, b"", f"odd {name}", 0, START)
    screen.calls.tell()
    assert shown in screen.printed
    assert all(line.isprintable() for line in screen.lines())


# Load


def test_a_load_becomes_one_line_a_second_and_back() -> None:
    screen = Screen(1)
    screen.calls.busy(BUSY + 3)
    lines = [line for line in screen.lines() if line.startswith("22:")]
    assert len(lines) == BUSY + 1
    assert lines[-1].endswith("more than 50 events in a second: one line a second from here")
    screen.console.tick(0, START + 1)
    assert screen.lines() == ["22:13:21  53 calls/s  486 x53  rtx 0  drops 0"]
    screen.calls.busy(1240)
    assert screen.lines() == []
    screen.console.tick(7, START + 2)
    assert screen.lines() == ["22:13:22  1,240 calls/s  486 x1,240  rtx 0  drops 7"]
    screen.calls.busy(3)
    screen.console.tick(7, START + 3)
    assert screen.lines() == [
        "22:13:23  3 calls/s  486 x3  rtx 0  drops 0",
        "22:13:23.000 each call has its line again",
    ]
    screen.calls.busy(1)
    assert " INVITE 486 <- alice " in screen.lines()[0]


def test_the_second_with_nothing_in_it_only_ends_the_load() -> None:
    screen = Screen()
    screen.calls.busy(BUSY + 1)
    screen.console.tick(0, START + 1)
    screen.lines()
    screen.console.tick(0, START + 2)
    assert screen.lines() == ["22:13:22.000 each call has its line again"]


def test_the_line_of_a_second_counts_all_that_it_replaces() -> None:
    screen = Screen(2)
    screen.calls.busy(BUSY)
    screen.lines()
    alice = screen.calls.caller()
    stack = screen.calls.stack
    for number in range(4):
        stack.uas.stray(alice.flow, b"", "odd", 0, START)
        stack.source_refused("udp", (f"8.8.8.{number}", 5060), START)
    alice.call("180-486")
    alice.advance(0.5)
    alice.ack()
    alice.call("200")
    alice.ack()
    alice.bye()
    screen.console.message(alice.flow, b"x", True, START)
    screen.calls.tell()
    screen.console.message(alice.flow, b"x", True, START)
    assert [line.partition(" ")[2] for line in screen.lines()[2:]] == [
        "more than 50 events in a second: one line a second from here"
    ]
    screen.calls.caller().call("silent")
    screen.calls.network.advance(300)
    screen.calls.tell()
    screen.console.tick(None, START + 1)
    (line,) = screen.lines()
    assert line.startswith("22:13:21  53 calls/s  486 x51  200 x1  unanswered x1  rtx 1  drops 0")
    assert line.endswith("  strays 4  refused sources 4")


def test_datagrams_that_the_kernel_dropped_are_told_without_a_load_too() -> None:
    screen = Screen()
    screen.console.tick(0, START)
    screen.console.tick(1200, START + 1)
    assert screen.lines() == [
        "22:13:21.000 the kernel dropped 1,200 datagrams, its receive buffer was full"
    ]


# Start and stop

HERE = Start(("udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"), (), ("127.0.0.1:5060",), None)


def test_the_first_lines_say_where_it_listens_and_what_to_dial() -> None:
    screen = Screen()
    screen.console.started(HERE)
    assert screen.lines() == [
        f"SIP responder {__version__}",
        "  listens on  udp:127.0.0.1:5060 tcp:127.0.0.1:5060",
        "  answers to  loopback, private and link-local addresses",
        "  dial        sip:486@127.0.0.1:5060",
        "  or run      responder probe sip:486@127.0.0.1:5060",
        "",
    ]


def test_the_first_lines_name_networks_and_seed_where_they_were_given() -> None:
    screen = Screen()
    screen.console.started(Start(("tcp:[::]:1",), ("10.0.0.0/8", "any"), (), 42))
    assert screen.lines()[1:] == [
        "  listens on  tcp:[::]:1",
        "  answers to  10.0.0.0/8 any",
        "  seed        42",
        "  dial        ",
        "",
    ]


def test_the_start_with_rules_says_how_many_and_what_to_call_first() -> None:
    screen = Screen()
    screen.console.started(
        Start(
            ("udp:127.0.0.1:5060",),
            (),
            ("127.0.0.1:5060",),
            None,
            rules=2,
            first="trunk",
            pages=("http://127.0.0.1:8060/", "http://10.0.0.5:8060/"),
        )
    )
    assert screen.lines()[3:] == [
        "  page        http://127.0.0.1:8060/ or http://10.0.0.5:8060/",
        "  answers by  2 rules",
        "  dial        sip:trunk@127.0.0.1:5060",
        "  or run      responder probe sip:trunk@127.0.0.1:5060",
        "",
    ]


@pytest.mark.parametrize(
    ("stop", "line"),
    [
        (Stop(0.0001, 0, {}, None), "stopped; 0 requests in <1 ms"),
        (Stop(2.5, 1, {}, 0), "stopped; 1 request in 2500 ms"),
        (
            Stop(12.34, 1234, {"strays": 2000, "unsent": 0}, 5),
            "stopped; 1,234 requests in 12.3 s, strays 2,000, datagrams dropped by the kernel 5",
        ),
        (Stop(1500, 2, {}, 0), "stopped; 2 requests in 25 min"),
        (Stop(7500, 2, {}, 0), "stopped; 2 requests in 2 h 05 min"),
    ],
    ids=["nothing", "seconds", "counts", "minutes", "hours"],
)
def test_the_last_line_says_what_there_was(stop: Stop, line: str) -> None:
    screen = Screen()
    screen.console.stopping("SIGTERM")
    screen.console.stopped(stop)
    assert screen.lines() == ["SIGTERM: ending the calls in progress", line]


def test_quiet_prints_errors_only() -> None:
    screen = Screen(-1)
    screen.console.started(HERE)
    screen.calls.busy(BUSY + 1)
    screen.calls.stack.source_refused("udp", ("8.8.8.8", 5060), START)
    screen.calls.tell()
    screen.console.tick(99, START + 1)
    screen.console.stopping("SIGINT")
    screen.console.stopped(Stop(1, 1, {}, 99))
    assert screen.printed == screen.complaints == ""


@pytest.mark.parametrize("verbosity", [-1, 0])
def test_a_fault_of_its_own_is_an_error_with_its_traceback(verbosity: int) -> None:
    screen = Screen(verbosity)
    try:
        raise ValueError("odd \x1b[2J thing")
    except ValueError as fault:
        screen.console.fault(fault)
    first, *traceback = screen.complaints.splitlines()
    assert first == "responder: a fault of its own; it goes on answering"
    assert traceback[-1] == "  ValueError: odd \\x1b[2J thing"
    assert any("test_console.py" in line for line in traceback)
    assert screen.printed == ""


@pytest.mark.parametrize("verbosity", [-1, 0])
def test_a_warning_is_seen_whatever_is_printed(verbosity: int) -> None:
    screen = Screen(verbosity)
    screen.console.warning("it is \x1b[2J full.")
    assert screen.complaints == "responder: it is \\x1b[2J full.\n"
    assert screen.printed == ""


@pytest.mark.parametrize(("rules", "said"), [(1, "1 rule"), (5, "5 rules")])
def test_scenarios_that_were_read_again_are_told_of_unless_quiet(rules: int, said: str) -> None:
    screen, quiet = Screen(0), Screen(-1)
    screen.console.reloaded(rules)
    quiet.console.reloaded(rules)
    assert screen.printed == f"the scenarios have changed: {said} from now on\n"
    assert quiet.printed == ""


# Colour


def story(screen: Screen) -> None:
    screen.console.started(HERE)
    alice = screen.calls.caller()
    for dialled in ("200", "302", "486", "503", "603"):
        alice.call(dialled)
        alice.advance(0.5)
        alice.ack()
    screen.calls.stack.source_refused("udp", ("8.8.8.8", 5060), START)
    screen.calls.tell()
    screen.console.tick(4, START)
    screen.calls.busy(BUSY)
    screen.console.tick(9, START)


@pytest.mark.parametrize("verbosity", [0, 1])
def test_colour_changes_nothing_but_the_colour(verbosity: int) -> None:
    plain, coloured = Screen(verbosity), Screen(verbosity, colour=True)
    for screen in (plain, coloured):
        story(screen)
    assert "\x1b" not in plain.printed
    assert ANSI.sub("", coloured.printed) == plain.printed
    for status, colour in (("200", 32), ("302", 36), ("486", 33), ("503", 31), ("603", 31)):
        assert f"\x1b[{colour}m{status}\x1b[0m" in coloured.printed


def test_a_call_that_its_steps_call_failed_is_told_of_when_it_ends() -> None:
    screen = Screen(rules=compiled("rules: [{respond: [200, {receive: INFO, within: 1s}]}]").rules)
    alice = screen.calls.caller()
    alice.call("1001")
    alice.ack()
    screen.calls.tell()
    alice.advance(2.0)
    screen.calls.tell()
    first, second = screen.lines()
    assert "200" in first
    assert "INVITE 1001 <- alice  the call failed: " in second
    assert "INFO" in second


# A run that is judged


def judged(screen: Screen, status: int = 1) -> None:
    """Have a screen show what became of one expectation that held, and two that failed."""
    alice = screen.calls.caller()
    alice.call("486")
    alice.ack()
    call = screen.calls.stack.journal.records[-1]
    outcomes = [
        Outcome("trunk: calls 1", True, "1 came", 0.5, [call], "trunk.yaml", 12),
        Outcome("trunk: ack correct", False, "no ACK came", 0.5, [call], "trunk.yaml", 13),
        Outcome("trunk: status 503", False, "486 sent", 0.5, [call], "trunk.yaml", 14),
    ]
    screen.lines()
    screen.console.judged(Result(outcomes, status), START)


def test_what_failed_is_told_with_the_ladder_of_its_call() -> None:
    screen = Screen()
    judged(screen)
    lines = screen.lines()
    assert lines[:4] == [
        "✓ trunk: calls 1  (trunk.yaml:12)",
        "✗ trunk: ack correct  (trunk.yaml:13)",
        "    no ACK came",
        "    call 1: INVITE 486 from alice, rule dial",
    ]
    assert sum("ACK ──" in line for line in lines) == 1
    assert lines[-3:] == [
        "✗ trunk: status 503  (trunk.yaml:14)",
        "    486 sent",
        "2 of 3 failed; exit status 1",
    ]
    assert screen.complaints == ""


def test_where_only_errors_are_wanted_what_failed_is_one() -> None:
    screen = Screen(-1)
    judged(screen)
    assert screen.printed == ""
    assert screen.complaints.splitlines() == [
        "✗ trunk: ack correct  (trunk.yaml:13)",
        "    no ACK came",
        "✗ trunk: status 503  (trunk.yaml:14)",
        "    486 sent",
    ]


def test_what_failed_is_red() -> None:
    screen = Screen(colour=True)
    judged(screen)
    lines = screen.lines()
    assert lines[0].startswith("\x1b[32m✓")
    assert lines[1].startswith("\x1b[31m\x1b[1m✗")
    assert lines[-1].startswith("\x1b[31m")

"""A responder inside a program: in a thread of its own, and on the program's event loop."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from responder import Responder
from responder.net.errors import BindFailed
from responder.rulebook import Added
from responder.scenario.findings import BadScenario
from responder.scenario.matching import Condition
from responder.scenario.rules import Rule
from responder.scenario.steps import Program, Respond
from responder.scenario.view import View
from responder.waiting import Goal, Wait
from tests.api.calls import goal
from tests.cli.phone import phone
from tests.interop.plain_caller import PlainCaller

PATIENCE = 20.0


@pytest.fixture
def answering() -> Iterator[Responder]:
    with Responder(listen="udp:127.0.0.1:0") as responder:
        yield responder


@pytest.fixture
def caller(answering: Responder) -> Iterator[PlainCaller]:
    made = PlainCaller("udp", answering.port)
    yield made
    made.close()


def ask(caller: PlainCaller, number: str, method: str = "INVITE") -> int:
    """Send a request and acknowledge its answer where that is due; return the final status."""
    call = caller.dial(number, method=method)
    caller.receive(lambda: bool(call.finals()))
    if method == "INVITE":
        caller.acknowledge(call)
    return call.finals()[0]


def dial(caller: PlainCaller, *numbers: str) -> list[int]:
    """Call numbers one after another; return the final statuses."""
    return [ask(caller, number) for number in numbers]


# Life


def test_it_answers_in_a_thread_until_its_context_is_left() -> None:
    responder = Responder()
    assert (responder.addresses, repr(responder)) == ((), "<Responder not started>")
    with responder:
        assert [each.partition(":")[0] for each in responder.addresses] == ["udp", "tcp"]
        assert responder.uri == f"sip:127.0.0.1:{responder.port}"
        assert repr(responder) == f"<Responder {' '.join(responder.addresses)}>"
        caller = PlainCaller("tcp", responder.port)
        assert dial(caller, "486") == [486]
        caller.close()
    assert "sip-responder" not in [each.name for each in threading.enumerate()]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", responder.port))
    assert [call.final_status for call in responder.calls] == [486]


async def test_it_answers_on_the_loop_of_the_program() -> None:
    before = threading.active_count()
    async with Responder(listen="udp:127.0.0.1:0") as responder:
        assert threading.active_count() == before
        responder.expect_invite(to_user="x").respond(503)
        async with phone(responder.addresses[0]) as alice:
            await alice.call("1001")
            assert await alice.statuses() == [503]
            waiting = responder.wait_for_call_async(status=503)
            await alice.ack()
            call = await waiting
        assert call.verdicts["ack"].outcome == "correct"
        assert await responder.wait_for_async(count=1) == [call]
        assert await call.wait_until_async("ended") is call
        with pytest.raises(RuntimeError, match="await the form with _async"):
            responder.wait_for_call()


def test_it_starts_once() -> None:
    with Responder() as responder, pytest.raises(RuntimeError, match="make another one"):
        responder.start()
    responder.stop()


async def test_it_starts_once_on_a_loop_too() -> None:
    async with Responder() as responder:
        with pytest.raises(RuntimeError, match="make another one"):
            await responder.__aenter__()


def test_an_address_that_cannot_be_had_is_told_and_leaves_nothing() -> None:
    with Responder(listen="udp:127.0.0.1:0") as responder:
        taken = Responder(listen=responder.addresses[0])
        with pytest.raises(BindFailed):
            taken.start()
        taken.stop()
    assert "sip-responder" not in [each.name for each in threading.enumerate()]


def fails(_view: View) -> bool:
    raise ZeroDivisionError("of its own")


def test_faults_of_its_own_are_told_at_the_end() -> None:
    responder = Responder(listen="udp:127.0.0.1:0")
    broken = Condition("field", "wanted", "", fails, str)
    rule = Rule(Program("broken", ((Respond(200),),)), (b"INVITE",), conditions=(broken,))
    responder.rulebook.put("me", Added(rule, None))
    responder.start()
    caller = PlainCaller("udp", responder.port)
    caller.dial("486")
    caller.dial("486", method="OPTIONS")
    assert responder.wait_for_call(method="OPTIONS", timeout=PATIENCE)
    caller.close()
    with pytest.raises(ExceptionGroup, match="failed at its own work"):
        responder.stop()


def test_calls_get_their_end(answering: Responder, caller: PlainCaller) -> None:
    dial(caller, "200")
    answering.wait_for_call()
    answering.stop()
    [call] = answering.calls
    assert [each.method for each in call.messages if each.sent][-1] == "BYE"


# Where it is


def test_uris(answering: Responder) -> None:
    port = answering.port
    assert answering.uri_for("486") == f"sip:486@127.0.0.1:{port}"
    with pytest.raises(LookupError, match="nothing is listened on by tcp: udp:127"):
        answering.uri_for(transport="tcp")
    with Responder(listen=["tcp:0.0.0.0:0"], advertise="pbx.test") as responder:
        assert responder.uri_for("a") == f"sip:a@pbx.test:{responder.port};transport=tcp"
    with pytest.raises(LookupError, match="nothing is listened on: it has not started"):
        _ = Responder().uri


# What it answers


def test_rules_before_the_start_and_while_it_runs(tmp_path: Path) -> None:
    path = tmp_path / "trunk.yaml"
    path.write_text("rules: [{match: {method: INVITE, uri.user: trunk}, respond: 503}]")
    responder = Responder(path, listen="udp:127.0.0.1:0")
    responder.expect_invite(to="1001").respond(486)
    with responder:
        caller = PlainCaller("udp", responder.port)
        responder.expect_invite(to="trunk").once().respond(480)
        responder.expect_register().respond(403)
        responder.expect_options().respond(486)
        responder.expect(["MESSAGE", "INFO"], from_="plain").respond(488)
        assert dial(caller, "1001", "trunk", "trunk") == [486, 480, 503]
        for method, status in (("REGISTER", 403), ("OPTIONS", 486), ("MESSAGE", 488)):
            assert ask(caller, "x", method) == status
        caller.close()
        responder.assert_all_used()
        responder.assert_all_matched()
        assert [use.answered for use in responder.rules] == [1] * 6


def test_a_reset(answering: Responder, caller: PlainCaller) -> None:
    answering.expect_invite(to="1001").respond(486)
    answering.expect_invite(to="1002")
    dial(caller, "1001")
    answering.reset()
    assert (answering.calls, answering.rules, answering.strays) == ([], [], [])
    answering.assert_all_used()
    assert dial(caller, "1001") == [200]


# What came


def test_waiting_in_another_thread_ends_when_it_happens(
    answering: Responder, caller: PlainCaller
) -> None:
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(answering.wait_for_call, to="480", timeout=PATIENCE)
        both = threads.submit(answering.wait_for, count=2, status=range(400, 500), timeout=PATIENCE)
        dial(caller, "486", "480")
        assert first.result().target == "480"
        assert [call.target for call in both.result()] == ["486", "480"]


def test_each_call_is_waited_for_once(answering: Responder, caller: PlainCaller) -> None:
    dial(caller, "486", "480")
    assert answering.wait_for_call().final_status == 486
    assert answering.wait_for_call().final_status == 480
    with pytest.raises(AssertionError, match="returned by an earlier"):
        answering.wait_for_call(timeout=0.01)


def test_a_provisional_status_is_there_as_soon_as_it_is_sent(
    answering: Responder, caller: PlainCaller
) -> None:
    call = caller.dial("180")
    rings = answering.wait_for_call(status=180, timeout=PATIENCE)
    assert rings.final_status is None
    caller.cancel(call)
    caller.receive(lambda: 487 in call.statuses())
    assert rings.wait_until("answered", PATIENCE).final_status == 487


def test_a_call_that_does_not_come_so_far_is_told(
    answering: Responder, caller: PlainCaller
) -> None:
    dial(caller, "200")
    call = answering.wait_for_call()
    with pytest.raises(AssertionError, match="wanted ended, got settled; it goes on"):
        call.wait_until(timeout=0.01)
    with pytest.raises(ValueError, match='found "over", expected began, answered'):
        call.wait_until("over")


def test_who_waits_is_told_of_the_end(
    answering: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ThreadPoolExecutor(1) as threads:
        begun = threading.Event()
        begin = answering._waits.begin

        def began(goal: Goal) -> Wait:
            begun.set()
            return begin(goal)

        monkeypatch.setattr(answering._waits, "begin", began)
        waiting = threads.submit(answering.wait_for_call, timeout=PATIENCE)
        assert begun.wait(PATIENCE)
        answering.stop()
        with pytest.raises(AssertionError, match="the responder stopped"):
            waiting.result()


def test_before_the_start_and_after_the_end_nobody_is_kept_waiting() -> None:
    responder = Responder()
    with pytest.raises(AssertionError, match="the responder does not run"):
        responder.wait_for_call()


async def test_a_wait_in_vain_beside_an_event_loop(answering: Responder) -> None:
    with pytest.raises(AssertionError, match="not within 0"):
        await answering.wait_for_call_async(timeout=0.01)
    waiting = asyncio.ensure_future(answering.wait_for_async(timeout=PATIENCE))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert answering.ask(lambda: list(answering._waits.pending)) == []


def test_what_comes_at_the_last_moment_counts(answering: Responder, caller: PlainCaller) -> None:
    dial(caller, "486")
    answering.wait_for(count=1)
    wait = answering.ask(lambda: answering._waits.begin(goal()))
    assert [call.target for call in answering._in_vain(wait, 5.0)] == ["486"]


def test_calls_are_found_by_what_a_rule_could_ask(
    answering: Responder, caller: PlainCaller
) -> None:
    dial(caller, "486", "480")
    assert [call.target for call in answering.find_calls(to="480")] == ["480"]
    assert answering.find_calls(method="OPTIONS") == []
    with pytest.raises(BadScenario, match='did you mean "uri'):
        answering.find_calls(match={"uri.usr": "1"})


def test_what_belongs_to_no_call_is_kept(answering: Responder, caller: PlainCaller) -> None:
    caller._send(b"GARBAGE\r\n\r\n")
    dial(caller, "486")
    [stray] = answering.strays
    assert stray.data.startswith(b"GARBAGE")


# Judgement


def test_rules_that_were_not_used(answering: Responder, caller: PlainCaller) -> None:
    answering.expect_invite(to="1001").times(2).respond(486)
    answering.expect_invite(to="1002")
    dial(caller, "1001")
    with pytest.raises(AssertionError) as raised:
        answering.assert_all_used()
    first, last = str(raised.value).splitlines()
    assert first.endswith("answered 1, expected 2")
    assert last.endswith("what is expected here was never told what to respond")
    answering.assert_all_used(of="files")
    with pytest.raises(AssertionError):
        answering.assert_all_used(of="added")


def test_what_a_file_expects() -> None:
    said = """
    scenario: s
    listen: {trunk: udp:127.0.0.1:0}
    rules: [{name: busy, match: {uri.user: 1001, listener: trunk}, respond: 486}]
    expect: [{rule: busy, calls: 2}]
    """
    with Responder(said) as responder:
        assert responder.listeners == {"trunk": responder.addresses[0]}
        responder.expect("OPTIONS", listener="trunk").respond(486)
        caller = PlainCaller("udp", responder.port)
        dial(caller, "1001")
        with pytest.raises(AssertionError, match=r"^<text>:5: .*2 calls expected, 1 came"):
            responder.assert_expected()
        dial(caller, "1001")
        assert ask(caller, "x", "OPTIONS") == 486
        caller.close()
    responder.assert_expected()


def test_requests_that_match_no_rule(answering: Responder, caller: PlainCaller) -> None:
    answering.expect_invite(to="1001").respond(486)
    dial(caller, "1002")
    assert [call.target for call in answering.unmatched] == ["1002"]
    with pytest.raises(AssertionError, match="no rule matched call 1, INVITE 1002 <- plain"):
        answering.assert_all_matched()
    assert "INVITE sip:1002@" in answering.summary()

"""When a run is over, and when it is not yet."""

import pytest

from responder.journal.journal import Journal
from responder.judge.counting import Counting
from responder.judge.standing import QUIET, Standing, Standings, Until, read_until
from responder.scenario.rules import Rules
from responder.testing.caller import Caller
from responder.testing.network import Network
from tests.scenario.scenarios import stack_of


class Run:
    """A caller, and what has come of it so far."""

    def __init__(self, text: str = "rules: []", calls: int = 1_000) -> None:
        stack = stack_of(text)
        stack.journal.calls = calls
        self.alice = Caller(Network(stack))
        self.began = self.alice.network.now
        self._standings = Standings(stack.journal, Counting(stack.uas.rules))

    def stands(self) -> tuple[int, int, float]:
        standing = self._standings.look()
        latest = standing.latest - self.began if standing.came else 0.0
        return standing.came, standing.going_on, latest


def test_nothing_has_come() -> None:
    assert Run().stands() == (0, 0, 0.0)


def test_a_refused_call_goes_on_until_its_ack() -> None:
    run = Run()
    run.alice.call("180-1s-486")
    assert run.stands() == (1, 1, 0.0)
    run.alice.advance(1.5)
    assert run.stands() == (1, 1, 1.0)
    run.alice.ack()
    assert run.stands() == (1, 0, 1.5)


def test_without_an_ack_it_goes_on_until_that_is_given_up() -> None:
    run = Run()
    run.alice.call("486")
    run.alice.advance(31.0)
    assert run.stands()[:2] == (1, 1)
    run.alice.advance(2.0)
    assert run.stands() == (1, 0, 32.0)


def test_an_answered_call_goes_on_until_it_is_hung_up() -> None:
    run = Run()
    run.alice.call("200")
    run.alice.ack()
    run.alice.advance(5.0)
    assert run.stands() == (1, 1, 0.0)
    run.alice.bye()
    assert run.stands() == (1, 0, 5.0)


def test_another_request_is_over_with_its_answer() -> None:
    run = Run()
    run.alice.start("MESSAGE", "480")
    assert run.stands() == (1, 0, 0.0)


def test_what_runs_in_the_background_is_not_looked_at() -> None:
    run = Run()
    run.alice.start("OPTIONS", "alice")
    run.alice.start("REGISTER", "")
    assert run.stands() == (0, 0, 0.0)


def test_a_late_copy_is_not_looked_at() -> None:
    run = Run()
    run.alice.call("486")
    run.alice.ack()
    run.alice.advance(60.0)
    run.alice.again(run.alice.invite)
    assert run.stands() == (1, 0, 0.0)


def test_what_the_record_drops_stays_counted() -> None:
    run = Run(calls=2)
    for _ in range(5):
        run.alice.start("OPTIONS", "alice")
        run.alice.start("MESSAGE", "480")
        run.alice.advance(1.0)
    assert run.stands() == (5, 0, 4.0)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("decided", Until("decided")),
        ("command", Until("command")),
        ("calls:3", Until("calls", calls=3)),
        ("idle:5s", Until("idle", seconds=5.0)),
        ("idle:250ms", Until("idle", seconds=0.25)),
    ],
)
def test_the_forms_of_until(text: str, until: Until) -> None:
    assert read_until(text) == until


@pytest.mark.parametrize(
    "text", ["", "calls", "calls:0", "calls:x", "idle", "idle:5", "idle:0s", "idle:", "for:5s"]
)
def test_what_is_no_form_of_until(text: str) -> None:
    with pytest.raises(ValueError, match=r"write decided, calls:3, idle:5s or command\.$"):
        read_until(text)


@pytest.mark.parametrize(
    ("until", "standing", "settled", "over"),
    [
        ("decided", Standing(), True, False),
        ("decided", Standing(1, 1, 10.0), True, False),
        ("decided", Standing(1, 0, 10.0), True, True),
        ("decided", Standing(1, 0, 10.0), False, False),
        ("decided", Standing(1, 0, 19.5), True, False),
        ("calls:2", Standing(1, 0, 10.0), True, False),
        ("calls:2", Standing(2, 1, 10.0), True, False),
        ("calls:2", Standing(2, 0, 19.9), False, True),
        ("calls:2", Standing(3, 0, 19.9), False, True),
        ("idle:5s", Standing(), True, False),
        ("idle:5s", Standing(1, 1, 10.0), True, False),
        ("idle:5s", Standing(1, 0, 10.0), False, True),
        ("idle:5s", Standing(1, 0, 16.0), True, False),
        ("command", Standing(1, 0, 10.0), True, False),
    ],
    ids=str,
)
def test_when_a_run_is_over(until: str, standing: Standing, settled: bool, over: bool) -> None:
    assert standing.over(read_until(until), 20.0, lambda: settled) is over


def test_expectations_are_not_asked_while_something_happens() -> None:
    def settled() -> bool:
        raise AssertionError

    busy = Standing(1, 0, 20.0 - QUIET / 2)
    assert not busy.over(Until("decided"), 20.0, settled)
    assert not Standing(1, 1, 0.0).over(Until("decided"), 20.0, settled)


def test_a_journal_without_records() -> None:
    assert Standings(Journal(), Counting(Rules())).look() == Standing()

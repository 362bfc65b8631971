"""What has come about: variables, what is still to come, calls, times."""

import pytest

from responder.scenario.circumstances import AboveRate
from responder.scenario.situation import CallsInProgress, Situation
from responder.scenario.steps import Change, Set
from responder.scenario.view import View
from responder.sip.timers import Timers
from tests.scenario.requests import flow, request

TRUNK = ("s", "trunk")
VIEW = View(request(), flow())


def situation(**values: str) -> tuple[Situation, Timers]:
    timers = Timers()
    made = Situation(timers)
    made.adopt({("s", name): value for name, value in values.items()})
    return made, timers


def test_other_rules_keep_what_they_share_with_those_before() -> None:
    made, timers = situation(trunk="up", count="0")
    list(made.change(Set((Change(TRUNK, "down"),)), 0.0))
    list(made.change(Set((Change(("s", "count"), None, 1.0),), 5.0), 0.0))
    made.adopt({TRUNK: "up", ("s", "new"): "x"})
    assert made.values == {TRUNK: "down", ("s", "new"): "x"}
    timers.expire(10.0)
    assert made.values == {TRUNK: "down", ("s", "new"): "x"}


def test_a_call_on_old_rules_changes_nothing_that_is_no_more() -> None:
    made, _ = situation()
    assert list(made.change(Set((Change(TRUNK, "down"),)), 0.0)) == []
    assert made.values == {}


def test_only_the_latest_change_that_is_to_come_comes() -> None:
    made, timers = situation(trunk="up")
    for seconds in (5.0, 10.0):
        list(made.change(Set((Change(TRUNK, f"after {seconds:g}"),), seconds), 0.0))
    timers.expire(5.0)
    assert made.values[TRUNK] == "up"
    timers.expire(10.0)
    assert made.values[TRUNK] == "after 10"
    list(made.change(Set((Change(TRUNK, "late"),), 5.0), 10.0))
    list(made.change(Set((Change(TRUNK, "now"),)), 11.0))
    timers.expire(20.0)
    assert made.values[TRUNK] == "now"


def test_a_reset_begins_anew_but_for_the_calls_in_progress() -> None:
    made, timers = situation(trunk="up")
    made.begin(0.0)
    made.taken("s", True, 1.0)
    made.calls.start("a", "s", "s/x")
    list(made.change(Set((Change(TRUNK, "down"),)), 2.0))
    list(made.change(Set((Change(TRUNK, "late"),), 5.0), 2.0))
    made.reset({TRUNK: "up"}, 10.0)
    timers.expire(20.0)
    assert made.values == {TRUNK: "up"}
    assert made.elapsed("s", "start", 12.0) == 2.0
    assert made.elapsed("s", "first-call", 12.0) == 0.0
    assert len(made.calls) == 1


@pytest.mark.parametrize(
    ("before", "add", "after"),
    [("0", 1.0, "1"), ("1.5", -2.0, "-0.5"), ("1e15", 1e15, "1e+15"), ("up", 1.0, "up")],
)
def test_numbers_are_added_within_bounds(before: str, add: float, after: str) -> None:
    made, _ = situation(trunk=before)
    made.set(Change(TRUNK, None, add))
    assert made.values[TRUNK] == after


def test_calls_are_counted_by_scenario_and_rule_and_end_once() -> None:
    calls = CallsInProgress()
    calls.start("a", "s", "s/x")
    calls.start("b", "s", "s/y")
    assert (calls.of(["s"]), calls.of(["s/x"]), calls.of(["s/x", "s/y"])) == (2, 1, 2)
    calls.end("a")
    calls.end("a")
    calls.end("c")
    assert (calls.of(["s"]), calls.of(["s/x"]), len(calls)) == (1, 0, 1)


def test_without_a_beginning_the_first_look_is_one() -> None:
    made, _ = situation()
    assert made.elapsed("s", "start", 100.0) == 0.0
    assert made.elapsed("s", "start", 107.0) == 7.0
    made.begin(105.0)
    assert made.elapsed("s", "start", 107.0) == 2.0


def test_the_first_of_each_scenario_is_kept() -> None:
    made, _ = situation()
    made.taken("s", False, 10.0)
    made.taken("s", True, 20.0)
    made.taken("s", True, 30.0)
    assert made.elapsed("s", "first-request", 40.0) == 30.0
    assert made.elapsed("s", "first-call", 40.0) == 20.0
    assert made.elapsed("other", "first-call", 40.0) == 0.0


def test_a_copy_can_be_asked_and_leaves_the_situation_alone() -> None:
    made, timers = situation(trunk="up")
    made.begin(0.0)
    made.taken("s", True, 1.0)
    rate = AboveRate("when.rate", "above 1 in 1 s", "f:1", 1, 1.0, 0.0)
    assert not rate.holds(made, VIEW, 2.0)
    copied = made.copy()
    assert rate.holds(copied, VIEW, 2.1)
    assert len(made.windows[rate].times) == 1
    assert copied.values == made.values
    assert copied.elapsed("s", "first-call", 3.0) == 2.0
    assert copied.elapsed("s", "start", 3.0) == 3.0
    list(copied.change(Set((Change(TRUNK, "down"),)), 3.0))
    made.calls.start("a", "s", "s/x")
    timers.expire(10.0)
    assert (made.values[TRUNK], len(copied.calls)) == ("up", 1)

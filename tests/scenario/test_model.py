"""A scenario file as a whole; what is wrong with one is in broken.txt."""

from responder.scenario.model import RuleShape, Scenario, Timers
from responder.sip.settings import Timing


def test_a_scenario_may_say_nothing() -> None:
    scenario = Scenario.model_validate({})
    assert (scenario.rules, scenario.unmatched, scenario.timers) == ([], None, None)


def test_timers_that_are_not_named_are_those_of_the_rfc() -> None:
    timers = Timers.model_validate({"t1": "100ms", "trying": "1s"})
    assert timers.timing() == Timing(t1=0.1, trying=1.0)
    assert Timers.model_validate({}).timing() == Timing()


def test_the_attempts_of_a_rule_know_their_places() -> None:
    rule = RuleShape.model_validate({"sequence": [{"times": 2, "respond": 503}, {"respond": 200}]})
    assert [(times, where) for times, _, where in rule.parts()] == [
        (2, ("sequence", 0, "respond")),
        (1, ("sequence", 1, "respond")),
    ]
    (alone,) = RuleShape.model_validate({"respond": 486}).parts()
    assert (alone[0], alone[2]) == (1, ("respond",))

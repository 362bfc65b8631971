"""What a run comes to, with what came nearest."""

from responder.judge.outcomes import MOST_UNMATCHED, Judgement
from responder.report.outcome import Outcome
from responder.testing.caller import Caller
from responder.testing.network import Network
from tests.scenario.scenarios import compiled, stack_behind, stack_of

TRUNK = """
scenario: s
unmatched: 404
rules:
  - {name: trunk, match: {method: INVITE, uri.user: trunk}, respond: 503}
  - {name: busy, match: {uri.user: busy}, respond: 486}
"""


class Run:
    """A caller of a scenario, and the judgement of what came."""

    def __init__(self, *expected: str) -> None:
        text = TRUNK + "expect: [" + ", ".join(f"{{{each}}}" for each in expected) + "]\n"
        self.alice = Caller(Network(stack_of(text)))
        stack = stack_behind(self.alice)
        self.began = self.alice.network.now
        self.judgement = Judgement(compiled(text).expectations, stack.uas.rules, stack.journal)

    def call(self, *users: str) -> None:
        for user in users:
            self.alice.call(user)
            self.alice.ack()
            self.alice.advance(1.0)

    def settled(self) -> bool:
        return self.judgement.settled(self.alice.network.now)

    def outcomes(self) -> list[Outcome]:
        return self.judgement.outcomes(self.began, self.alice.network.now)

    def why(self) -> list[str]:
        (outcome,) = self.outcomes()
        assert not outcome.held
        return outcome.why.splitlines()


def test_a_run_is_settled_when_it_could_end_as_it_is() -> None:
    run = Run("rule: trunk, calls: 2", "rule: busy, calls: 0")
    assert not run.settled()
    run.call("trunk")
    assert not run.settled()
    run.call("trunk")
    assert run.settled()
    assert [each.held for each in run.outcomes()] == [True, True]


def test_what_has_failed_for_good_is_settled() -> None:
    run = Run("rule: trunk, calls: 1")
    run.call("trunk", "trunk")
    assert run.settled()
    assert [each.held for each in run.outcomes()] == [False]


def test_a_run_without_expectations_is_settled_and_comes_to_nothing() -> None:
    run = Run()
    run.call("busy")
    assert run.settled()
    assert run.outcomes() == []


def test_what_came_nearest_to_a_rule_that_answered_too_little() -> None:
    run = Run("unmatched: 1", "rule: trunk, calls: 1")
    run.call("1001")
    held, failed = run.outcomes()
    assert held.held
    assert failed.why.splitlines() == [
        "1 call expected, 0 came",
        "nearest to s/trunk: call 1, INVITE 1001 <- alice from 192.0.2.9:5070 (udp), got 404",
        "  uri.user  wanted trunk, got 1001  (a.yaml:5)",
    ]
    assert [each.number for each in failed.calls] == [1]


def test_nothing_is_near_where_all_was_the_rule_s() -> None:
    run = Run("rule: trunk, statuses: [503, 503]")
    run.call("trunk")
    assert run.why() == ["statuses 503 503 expected, 503 sent"]


def test_what_came_nearest_to_a_rule_that_is_missing_in_the_order() -> None:
    run = Run("order: [busy, trunk]")
    run.call("busy")
    why, near, missed = run.why()
    assert why == "s/busy, s/trunk expected in this order, s/busy came"
    assert near.startswith("nearest to s/trunk: call 1, INVITE busy <- alice from 192.0.2.9:5070")
    assert missed == "  uri.user  wanted trunk, got busy  (a.yaml:5)"


def test_nothing_came_at_all() -> None:
    missed, nothing = Run("rule: trunk, calls: 1").outcomes()
    assert missed.why == "1 call expected, 0 came"
    assert (nothing.name, nothing.held) == ("a call or request comes", False)
    assert nothing.why == "no request came at all"


def test_nothing_came_that_counts() -> None:
    run = Run("rule: trunk, calls: 0")
    run.alice.start("OPTIONS", "nobody")
    run.alice.start("OPTIONS", "nobody")
    held, nothing = run.outcomes()
    assert held.held
    assert nothing.why == "nothing came but what clients send by themselves: 2 OPTIONS"


def test_a_request_that_no_rule_matched_has_not_held() -> None:
    run = Run()
    run.call("1001")
    run.alice.start("OPTIONS", "1001")
    (outcome,) = run.outcomes()
    assert outcome.name == "INVITE 1001 from alice (call 1) is matched by a rule"
    assert outcome.why.splitlines()[:2] == [
        "no rule matched call 1, INVITE 1001 <- alice from 192.0.2.9:5070 (udp), got 404",
        "nearest rule: s/trunk (a.yaml:5)",
    ]
    assert (outcome.held, outcome.seconds) == (False, 0.0)
    assert [each.number for each in outcome.calls] == [1]


def test_many_of_them_are_told_together() -> None:
    run = Run()
    run.call(*["1001"] * (MOST_UNMATCHED + 3))
    *_, last = run.outcomes()
    assert len(run.outcomes()) == MOST_UNMATCHED + 1
    assert (last.name, last.held) == ("3 more requests are matched by rules", False)


def test_how_many_may_be_unmatched_can_be_said() -> None:
    run = Run('unmatched: "<=1"')
    run.call("1001")
    assert [each.held for each in run.outcomes()] == [True]
    run.call("1002")
    assert run.why()[:3] == [
        "at most 1 unmatched requests expected, 2 came",
        "no rule matched call 1, INVITE 1001 <- alice from 192.0.2.9:5070 (udp), got 404",
        "nearest rule: s/trunk (a.yaml:5)",
    ]

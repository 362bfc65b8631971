"""What becomes of expectations while a run goes on, and at its end."""

import pytest

from responder.journal.journal import Journal
from responder.judge.expectations import Judged, judge_expectations, verdict_words
from responder.testing.caller import Caller
from responder.testing.network import Network
from tests.answering import ALICE, login
from tests.scenario.scenarios import compiled, stack_behind, stack_of

TRUNK = """
scenario: s
rules:
  - {name: trunk, match: {uri.user: trunk}, sequence: [{times: 2, respond: 503}, {respond: 200}]}
  - {name: busy, match: {uri.user: busy}, respond: 486}
  - {name: dead, match: {uri.user: dead}, respond: [180]}
  - {name: wants, match: {uri.user: wants}, respond: [200, {receive: INFO, within: 1s}]}
unmatched: 404
"""


class Run:
    """A caller of a scenario, and what it expects."""

    def __init__(self, *expected: str) -> None:
        text = TRUNK + "expect:\n" + "".join(f"  - {{{each}}}\n" for each in expected)
        self.alice = Caller(Network(stack_of(text)))
        self.journal = stack_behind(self.alice).journal
        self.began = self.alice.network.now
        self.expectations = compiled(text).expectations

    def call(self, *users: str, every: float = 1.0) -> None:
        for user in users:
            self.alice.call(user)
            if self.alice.statuses()[-1] >= 200:
                self.alice.ack()
            self.alice.advance(every)

    def judged(self, over: bool = False) -> list[Judged]:
        now = self.alice.network.now
        return judge_expectations(self.expectations, self.journal, now, over)

    def states(self, over: bool = False) -> list[str]:
        return [each.state for each in self.judged(over)]

    def why(self, over: bool = True) -> str:
        (one,) = self.judged(over)
        return f"{one.state}: {one.why}"


@pytest.mark.parametrize(
    ("expected", "calls", "during", "at_end"),
    [
        ("calls: 2", 1, "undecided", "failed"),
        ("calls: 2", 2, "undecided", "held"),
        ("calls: 2", 3, "failed", "failed"),
        ('calls: ">=2"', 1, "undecided", "failed"),
        ('calls: ">=2"', 2, "held", "held"),
        ('calls: "<=2"', 2, "undecided", "held"),
        ('calls: "<=2"', 3, "failed", "failed"),
        ("calls: 1..2", 0, "undecided", "failed"),
        ("calls: 1..2", 2, "undecided", "held"),
        ("calls: 0", 0, "undecided", "held"),
        ("calls: 0", 1, "failed", "failed"),
        ("status: 503", 0, "undecided", "failed"),
        ("status: 503", 2, "undecided", "held"),
        ("status: 503", 3, "failed", "failed"),
        ("statuses: [503, 503, 200]", 2, "undecided", "failed"),
        ("statuses: [503, 503, 200]", 3, "undecided", "held"),
        ("statuses: [503, 503, 200]", 4, "failed", "failed"),
        ("statuses: [503, 200]", 2, "failed", "failed"),
    ],
)
def test_what_a_rule_answers_is_counted(
    expected: str, calls: int, during: str, at_end: str
) -> None:
    run = Run(f"rule: trunk, {expected}")
    run.call(*["trunk"] * calls, "busy")
    assert (run.states(), run.states(over=True)) == ([during], [at_end])


def test_a_call_that_has_no_final_status_yet_is_open() -> None:
    run = Run("rule: dead, status: 486", "rule: dead, statuses: [180]")
    run.call("dead")
    assert run.states() == ["undecided", "undecided"]
    assert run.states(over=True) == ["failed", "failed"]


def test_within_counts_from_the_first_and_decides_before_the_end() -> None:
    run = Run("rule: trunk, calls: 3, within: 10s", "rule: trunk, calls: 2, within: 10s")
    run.call("trunk", "trunk", every=4.0)
    assert run.states() == ["undecided", "undecided"]
    run.alice.advance(4.0)
    run.call("trunk")
    assert run.states() == ["failed", "held"]


def test_a_call_that_its_steps_call_failed_fails_what_counts_it() -> None:
    run = Run("rule: wants, calls: 1", "rule: busy, calls: 1")
    run.call("wants", "busy", every=2.0)
    assert run.states(over=True) == ["failed", "held"]
    assert run.judged(over=True)[0].why.startswith("call 1 failed: ")
    assert "INFO" in run.judged(over=True)[0].why


def test_without_a_rule_all_of_the_scenario_count() -> None:
    run = Run("calls: 2")
    run.call("trunk", "busy", "nowhere")
    assert run.states(over=True) == ["held"]


def test_the_order_of_rules_is_that_of_their_first_calls() -> None:
    run = Run("order: [trunk, busy]", "order: [busy, trunk]", "order: [trunk, dead]")
    run.call("trunk")
    assert run.states() == ["undecided", "failed", "undecided"]
    run.call("busy", "trunk")
    assert run.states() == ["held", "failed", "undecided"]
    assert run.states(over=True) == ["held", "failed", "failed"]


def test_what_no_rule_matches_is_counted() -> None:
    run = Run("unmatched: 0", 'unmatched: ">=1"')
    assert run.states() == ["undecided", "undecided"]
    run.call("nowhere")
    assert run.states() == ["failed", "held"]
    first, second = run.judged()
    assert first.why == "0 unmatched requests expected, 1 came"
    assert [each.unmatched for each in second.calls] == [True]


def test_a_verdict_on_the_caller_holds_at_the_end_and_fails_at_once() -> None:
    run = Run("rule: busy, caller: {ack: correct}", "rule: busy, caller: {ack: wrong}")
    assert run.states() == ["undecided", "undecided"]
    run.call("busy")
    assert run.states() == ["undecided", "undecided"]
    assert run.states(over=True) == ["held", "failed"]
    run.alice.call("busy")
    run.alice.advance(40.0)
    assert run.states() == ["failed", "held"]
    assert "expected" in run.judged()[0].why


def test_a_verdict_that_was_never_seen_is_no_success() -> None:
    run = Run(
        "rule: busy, caller: {retry-after: honoured}",
        "rule: busy, caller: {retry-after: not-seen}",
        "rule: busy, caller: {ack: not-seen}",
    )
    run.call("busy")
    assert run.states(over=True) == ["undecided", "held", "failed"]
    outcome = run.judged(over=True)[0].outcome(run.began)
    assert not outcome.held
    assert outcome.why.startswith("undecided: retry-after honoured expected")


def test_all_parts_must_hold_and_the_sentence_is_of_those_that_decide() -> None:
    run = Run("rule: trunk, calls: 2, status: 200, caller: {ack: correct}")
    run.call("trunk", "trunk")
    assert run.why() == "failed: status 200 expected, 503 sent"


def test_records_that_were_dropped_leave_nothing_decided_but_an_excess() -> None:
    run = Run("rule: busy, calls: 2", "rule: trunk, calls: 0", "order: [trunk, busy]")
    run.journal.calls = 2
    run.call("trunk", "busy", "busy")
    assert run.states(over=True) == ["undecided", "undecided", "undecided"]
    assert run.judged()[0].why == (
        "1 record was dropped, which may have decided it:"
        " keep more with journal-calls and journal-bytes"
    )
    run.call("trunk")
    assert run.states(over=True)[1] == "failed"


def test_a_report_gets_the_place_the_calls_and_the_time() -> None:
    run = Run("rule: busy, calls: 1")
    run.alice.advance(2.5)
    run.call("busy")
    outcome = run.judged(over=True)[0].outcome(run.began)
    assert outcome.name == "s/busy: calls 1"
    assert outcome.held
    assert outcome.why == "1 call expected, 1 came"
    assert outcome.seconds == 2.5
    assert [record.status for record in outcome.calls] == [486]
    assert outcome.place == "a.yaml:10"


def test_what_is_undecided_took_until_it_was_looked_at() -> None:
    run = Run("rule: busy, caller: {bye: correct}")
    run.call("busy", every=2.5)
    (judged,) = run.judged(over=True)
    assert judged.outcome(run.began).seconds == 2.5
    assert judged.outcome(run.began).why.startswith("undecided: ")


def test_an_options_decides_nothing_unless_its_rule_is_named() -> None:
    run = Run("calls: 1", "rule: busy, calls: 1", "unmatched: 0", "status: 486")
    run.alice.start("OPTIONS", "busy")
    run.alice.start("OPTIONS", "nobody")
    assert run.states(over=True) == ["failed", "held", "held", "failed"]
    asked = "OPTIONS counts only where its rule is named"
    assert [asked in each.why for each in run.judged(over=True)] == [True, False, False, True]


def test_a_copy_that_comes_after_all_was_over_is_no_other_call() -> None:
    run = Run("rule: busy, calls: 1", "rule: busy, statuses: [486]")
    run.call("busy", every=60.0)
    run.alice.again(run.alice.invite)
    run.alice.ack()
    assert len(run.journal.records) == 2
    assert run.states(over=True) == ["held", "held"]


def test_each_verdict_has_its_words() -> None:
    assert "honoured" in verdict_words()["retry-after"]
    assert {"correct", "wrong", "not-seen"} <= set(verdict_words()["ack"])


def test_without_expectations_nothing_is_judged() -> None:
    assert judge_expectations((), Journal(), 0.0, True) == []


@pytest.mark.parametrize(("password", "state"), [(b"secret", "held"), (b"wrong", "failed")])
def test_the_digest_is_computed_where_the_password_is_known(password: bytes, state: str) -> None:
    text = """
scenario: s
users: {alice: secret}
rules:
  - name: account
    match: {method: REGISTER}
    authenticate: {status: 401, wrong: 403}
    respond: 200
expect:
  - {rule: account, caller: {challenge: answered}}
"""
    alice = Caller(Network(stack_of(text)))
    alice.start("REGISTER")
    uri = alice.uri("")
    logged_in = login(alice, uri, "REGISTER", password=password)
    alice.send(alice.request("REGISTER", uri, logged_in))
    journal = stack_behind(alice).journal
    assert [record.status for record in journal.records] == [401, 200 if state == "held" else 403]
    (expected,) = compiled(text).expectations
    now = alice.network.now
    (judged,) = judge_expectations([expected], journal, now, over=True, users=ALICE)
    assert judged.state == state
    if state == "failed":
        assert "the response of user alice is not the digest of the password" in judged.why
    (unknowing,) = judge_expectations([expected], journal, now, over=True)
    assert unknowing.state == "held"

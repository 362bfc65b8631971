"""The rules of a responder in their order, and what they were used for."""

import pytest

from responder.report.misses import described
from responder.rulebook import Added
from responder.scenario.rules import Rule, Rules
from tests.api.calls import Owner
from tests.scenario.scenarios import compiled


def rule(name: str, respond: object, match: str = "{}") -> Rule:
    """Return a rule; a limited one of it is made with a ``sequence``."""
    said = f"scenario: s\nrules: [{{name: {name}, match: {match}, {respond}}}]"
    return compiled(said).rules.rules[0]


def once(name: str, status: int) -> Added:
    return Added(rule(name, f"sequence: [{{respond: {status}}}], then: unmatched"), 1)


def always(name: str, status: int, match: str = "{}") -> Added:
    return Added(rule(name, f"respond: {status}", match), None)


@pytest.fixture
def owner() -> Owner:
    return Owner(compiled("rules: [{name: file, respond: 603}]").rules)


def names(owner: Owner) -> list[str]:
    return [use.name for use in owner.rulebook.uses()]


def test_limited_rules_go_first_then_the_latest_then_files(owner: Owner) -> None:
    added = (always("a", 480), once("b", 503), always("c", 486), once("d", 500))
    for number, each in enumerate(added):
        owner.rulebook.put(number, each)
    assert names(owner) == ["s/b", "s/d", "s/c", "s/a", "a/file"]
    assert owner.dial(*["x"] * 4) == [503, 500, 486, 486]


def test_a_rule_takes_the_place_of_the_one_before(owner: Owner) -> None:
    owner.rulebook.put("me", always("a", 480))
    owner.rulebook.put("me", always("b", 486))
    assert names(owner) == ["s/b", "a/file"]
    owner.rulebook.remove("me")
    owner.rulebook.remove("me")
    assert names(owner) == ["a/file"]
    assert owner.dial("x") == [603]


def test_the_sequence_of_a_rule_that_is_another_one_begins_anew(owner: Owner) -> None:
    one = compiled(
        "scenario: s\nrules: [{name: a, sequence: [{respond: 480}], then: unmatched}]"
    ).rules
    owner.rulebook.include("s", one)
    assert owner.dial("x", "x") == [480, 603]
    owner.rulebook.replace(one.rules[0])
    assert owner.dial("x", "x") == [480, 603]
    assert owner.rulebook.take_out("s/a")
    owner.rulebook.include("s", one)
    assert owner.dial("x", "x") == [480, 603]


def test_uses_are_counted_by_rule_and_outlive_the_record(owner: Owner) -> None:
    owner.rulebook.put("me", once("a", 503))
    owner.dial("x", "x", "x")
    owner.rulebook.count()
    owner.stack.journal.records.clear()
    first, second = owner.rulebook.uses()
    assert (first.answered, first.times, first.used, first.place) == (1, 1, True, "a.yaml:2")
    assert (second.answered, second.times, second.used) == (2, None, True)


def test_a_limited_rule_is_used_when_it_answered_all(owner: Owner) -> None:
    both = Added(rule("a", "sequence: [{times: 2, respond: 503}], then: unmatched"), 2)
    owner.rulebook.put("me", both)
    owner.dial("x")
    assert [use.used for use in owner.rulebook.uses()] == [False, False]
    owner.dial("x")
    assert [use.used for use in owner.rulebook.uses()] == [True, False]


def test_a_reset_leaves_the_rules_of_files(owner: Owner) -> None:
    owner.rulebook.put("me", once("a", 503))
    owner.dial("x", "x")
    owner.rulebook.reset()
    owner.stack.reset(2.0)
    assert names(owner) == ["a/file"]
    assert list(owner.rulebook.unused_lines("all")) == [
        "rule a/file (a.yaml:1) answered 0, expected a request"
    ]
    assert list(owner.rulebook.unused_lines("files")) == []
    assert owner.dial("x") == [603]


def test_names_are_free_once(owner: Owner) -> None:
    book = owner.rulebook
    assert [book.free_name("s", "a") for _ in range(3)] == ["a", "a #2", "a #3"]
    assert book.free_name("a", "file") == "file #2"
    assert [book.claim("s/b"), book.claim("s/b"), book.claim("a/file")] == [True, False, False]
    book.reset()
    assert book.claim("s/a")
    assert not book.claim("a/file")


# What is wrong


def test_unused_rules_are_told_with_what_came_nearest(owner: Owner) -> None:
    owner.rulebook.put("me", always("a", 480, "{uri.user: 1001, method: INVITE}"))
    owner.rulebook.put("you", once("b", 503))
    assert list(owner.rulebook.unused_lines("added")) == [
        "rule s/b (a.yaml:2) answered 0, expected 1",
        "rule s/a (a.yaml:2) answered 0, expected a request",
    ]
    owner.dial("1002")
    assert list(owner.rulebook.unused_lines("added")) == [
        "rule s/a (a.yaml:2) answered 0, expected a request",
        "  nearest: call 1, INVITE 1002 <- alice from 192.0.2.9:5070 (udp), got 503 by s/b",
        "    uri.user  wanted 1001, got 1002  (a.yaml:2)",
    ]
    assert [line[:11] for line in owner.rulebook.unused_lines("files")] == ["rule a/file"]


def unmatched(owner: Owner) -> list[int]:
    return [record.number for record in owner.rulebook.unmatched()]


def test_what_neither_matches_nor_spells_anything_is_unmatched() -> None:
    owner = Owner()
    owner.dial("1002")
    assert unmatched(owner) == []
    owner.rulebook.put("me", always("a", 480, "{uri.user: 1001}"))
    assert unmatched(owner) == [1]
    owner.dial("486", "1001", "1003")
    owner.alice.start("OPTIONS", "1002")
    owner.alice.start("MESSAGE", "1002")
    assert unmatched(owner) == [1, 4, 6]
    assert owner.stack.journal.unmatched == 2, "there was no rule yet when the first one came"
    assert list(owner.rulebook.unmatched_lines())[:3] == [
        f"no rule matched {described(owner.stack.journal.records[0])}",
        "  nearest rule: s/a (a.yaml:2)",
        "    uri.user  wanted 1001, got 1002  (a.yaml:2)",
    ]
    owner.stack.journal.records[0].evict()
    assert unmatched(owner) == [4, 6]


def test_what_was_dropped_from_the_record_is_still_counted() -> None:
    owner = Owner()
    owner.stack.journal.calls = 2
    owner.rulebook.put("me", always("a", 480, "{uri.user: 1001}"))
    for number in ("1002", "1003", "1004"):
        owner.dial(number)
        owner.rulebook.count()
    owner.dial("1001", "1001")
    assert list(owner.rulebook.unmatched_lines()) == [
        "no rule matched 3 more, whose records were dropped to make room"
    ]


def test_what_a_file_calls_unmatched_is_so() -> None:
    owner = Owner(compiled("{unmatched: 404, rules: []}").rules)
    assert owner.dial("x") == [404]
    assert unmatched(owner) == [1]


def test_what_the_protocol_refuses_matches_nothing_and_is_not_unmatched() -> None:
    owner = Owner()
    owner.rulebook.put("me", always("a", 480, "{uri.user: 1001}"))
    owner.alice.start("BYE", "1002")
    assert owner.alice.statuses()[-1] == 481
    assert unmatched(owner) == []


# Rules that come as scenarios


def of(text: str) -> Rules:
    return compiled(text).rules


def test_a_scenario_is_tried_in_its_order_before_what_is_there(owner: Owner) -> None:
    book = owner.rulebook
    book.include("m", of("scenario: m\nrules: [{respond: 480}]"))
    book.include("n", of("scenario: n\nrules: [{name: a, respond: 486}, {name: b, respond: 487}]"))
    assert names(owner) == ["n/a", "n/b", "m/rule 1", "a/file"]
    assert book.overrides == ["n/a", "n/b", "m/rule 1"]
    assert owner.dial("x") == [486]


def test_what_a_scenario_says_of_all_requests_holds_until_a_reset() -> None:
    owner = Owner(of("scenario: a\nunmatched: 404\nrules: []"))
    assert owner.dial("x") == [404]
    owner.rulebook.include("m", of("scenario: m\nstate: up\nunmatched: 604\nrules: []"))
    owner.rulebook.include("n", of("scenario: n\nstate: {door: open}\nrules: []"))
    assert owner.dial("x") == [604]
    assert owner.stack.uas.rules.states == {("m", "state"): "up", ("n", "door"): "open"}
    owner.rulebook.reset()
    assert owner.dial("x") == [404]
    assert owner.stack.uas.rules.states == {}


def test_a_rule_stands_in_for_one_of_a_file_until_it_is_taken_out(owner: Owner) -> None:
    book = owner.rulebook
    instead = of("scenario: a\nrules: [{name: file, respond: 488}]").rules[0]
    before = book.revision
    book.replace(instead)
    assert book.revision > before
    assert (owner.dial("x"), book.overrides) == ([488], ["a/file"])
    book.include("m", of("scenario: m\nrules: [{name: a, match: {uri.user: y}, respond: 480}]"))
    book.replace(of("scenario: m\nrules: [{name: a, match: {uri.user: y}, respond: 481}]").rules[0])
    assert names(owner) == ["m/a", "a/file"]
    assert owner.dial("y", "x") == [481, 488]
    with pytest.raises(LookupError):
        book.replace(rule("nobody", "respond: 486"))
    assert book.take_out("a/file")
    assert book.take_out("m/a")
    assert not book.take_out("a/file")
    assert (owner.dial("x"), book.overrides) == ([603], [])


def test_other_files_leave_what_was_added(owner: Owner) -> None:
    book = owner.rulebook
    book.put("x", always("a", 480, "{uri.user: y}"))
    book.replace(
        of("scenario: a\nrules: [{name: file, match: {uri.user: z}, respond: 488}]").rules[0]
    )
    book.adopt(of("scenario: a\nrules: [{name: other, respond: 600}]"))
    assert names(owner) == ["a/file", "s/a", "a/other"]
    assert owner.dial("y", "z", "x") == [480, 488, 600]
    assert book.take_out("a/file")
    assert names(owner) == ["s/a", "a/other"]


def test_what_is_dropped_before_anybody_looked_is_counted_once(owner: Owner) -> None:
    journal = owner.stack.journal
    journal.calls, journal.leaving = 2, owner.rulebook.leave
    owner.dial("a", "b", "c")
    assert owner.rulebook.uses()[0].answered == 3
    owner.dial("d", "e")
    assert owner.rulebook.uses()[0].answered == 5

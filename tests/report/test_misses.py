"""What was wanted and what came, as lines."""

from responder.journal.record import Record
from responder.queries import conditions_of
from responder.report.misses import Miss, described, lines, nearest_rule, shown, wanted_words
from responder.scenario.rules import Rules
from tests.api.calls import Owner
from tests.scenario.scenarios import compiled, loaded


def test_a_line_a_miss() -> None:
    assert lines([]) == []
    told = lines([Miss("to.user", "1001", "1002", "a.py:4"), Miss("x", "y", "\x1b[31m")])
    assert told == [
        "  to.user  wanted 1001, got 1002  (a.py:4)",
        "  x        wanted y, got \N{MIDDLE DOT}[31m",
    ]


def test_what_is_wanted_in_a_few_words() -> None:
    asked = loaded("rules: [{match: {method: INVITE, uri.user: {regex: ^2}}, respond: 200}]")
    assert wanted_words(conditions_of(asked)) == "method INVITE, uri.user /^2/"


def test_a_call_in_one_line() -> None:
    owner = Owner()
    owner.dial("486")
    owner.alice.call("silent")
    told = [described(record) for record in owner.stack.journal.records]
    assert told == [
        "call 1, INVITE 486 <- alice from 192.0.2.9:5070 (udp), got 100 486 by dial",
        "call 2, INVITE silent <- alice from 192.0.2.9:5070 (udp), got nothing by dial",
    ]
    record = Record(3, 0.0, "INV\nITE")
    assert "\n" not in described(record)


def test_the_nearest_rule_of_a_request() -> None:
    owner = Owner()
    owner.dial("1001")
    [record] = owner.stack.journal.records
    rules = compiled("rules: [{name: busy, match: {uri.user: 1002}, respond: 486}]").rules
    assert nearest_rule(rules, record) == [
        "nearest rule: a/busy (a.yaml:1)",
        "  uri.user  wanted 1002, got 1001  (a.yaml:1)",
    ]
    assert nearest_rule(Rules(), record) == []
    record.evict()
    assert nearest_rule(rules, record) == []


def test_text_is_fit_to_be_shown() -> None:
    assert shown("a\tb\u202e") == "a\N{MIDDLE DOT}b\N{MIDDLE DOT}"

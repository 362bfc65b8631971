"""Records selected by what a rule could ask, and those that come nearest."""

import pytest

from responder.journal.record import Record
from responder.queries import conditions_of, meets, nearest, rule_of, select
from responder.scenario.matching import Condition
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.scenario.scenarios import loaded


def asked(match: str) -> tuple[Condition, ...]:
    return conditions_of(loaded(f"rules: [{{match: {match}, respond: 200}}]"))


@pytest.fixture
def records() -> list[Record]:
    """An INVITE to 486 and one to 480, both by alice, and an OPTIONS to 486."""
    stack = Stack(Settings(), counted_tokens())
    alice = Caller(Network(stack))
    for dialled in ("486", "480"):
        alice.call(dialled)
        alice.ack()
    alice.start("OPTIONS", "486")
    return list(stack.journal.records)


def numbers(records: list[Record]) -> list[int]:
    return [record.number for record in records]


def test_records_are_selected_as_a_rule_selects_requests(records: list[Record]) -> None:
    assert numbers(select(records, asked("{uri.user: 486}"))) == [1, 3]
    assert numbers(select(records, asked("{method: INVITE, from.user: {prefix: al}}"))) == [1, 2]
    assert numbers(select(records, asked("{uri.user: 603}"))) == []
    assert numbers(select(records, ())) == [1, 2, 3]


def test_a_rule_without_a_match_asks_nothing() -> None:
    assert conditions_of(loaded("rules: [{respond: 200}]")) == ()


def test_the_nearest_has_the_fewest_misses_and_is_the_latest_of_them(
    records: list[Record],
) -> None:
    near = nearest(records, asked("{method: INVITE, uri.user: 603}"))
    told = [(each.record.number, [miss.condition.field for miss in each.misses]) for each in near]
    assert told == [(2, ["uri.user"]), (1, ["uri.user"]), (3, ["method", "uri.user"])]
    assert (near[0].misses[0].got, near[0].misses[0].condition.place) == ("480", "f.yaml:1")


def test_what_meets_everything_is_not_near(records: list[Record]) -> None:
    assert numbers([each.record for each in nearest(records, asked("{uri.user: 486}"))]) == [2]


def test_an_evicted_record_meets_nothing(records: list[Record]) -> None:
    records[0].evict()
    assert not meets(records[0], ())
    assert numbers(select(records, asked("{uri.user: 486}"))) == [3]
    assert numbers([each.record for each in nearest(records, asked("{uri.user: 1}"))]) == [3, 2]


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("trunk/a", "trunk/a"),
        ("trunk/a 2/3", "trunk/a"),
        ("trunk/b 1/2", "trunk/b 1/2"),
        ("trunk/c", ""),
        ("trunk/a b", ""),
        ("dial 1/2", ""),
        ("", ""),
    ],
)
def test_the_rule_that_answered(said: str, rule: str) -> None:
    record = Record(1, 0.0, "INVITE")
    record.rule = said
    assert rule_of(record, {"trunk/a", "trunk/b 1/2"}) == rule

"""Waits: what ends them, and what is said of one in vain."""

from dataclasses import replace

import pytest

from responder.queries import conditions_of
from responder.report.misses import nothing_came
from responder.scenario.matching import Condition
from responder.waiting import STAGES, Wait, Waits, progress
from tests.api.calls import Owner, goal
from tests.scenario.scenarios import loaded


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def waits(owner: Owner) -> Waits:
    return Waits(owner.stack.journal)


def asked(match: str) -> tuple[Condition, ...]:
    return conditions_of(loaded(f"rules: [{{match: {match}, respond: 200}}]"))


def given(wait: Wait) -> list[int] | None:
    """Return the numbers of the calls that ended a wait; None while it goes on."""
    return [record.number for record in wait.result.result()] if wait.result.done() else None


def test_a_call_goes_through_its_stages(owner: Owner, waits: Waits) -> None:
    alice = owner.alice
    began, answered, settled, ended = [
        waits.begin(goal(until=stage, once=False)) for stage in STAGES
    ]

    def looked() -> list[bool]:
        waits.look()
        return [wait.result.done() for wait in (began, answered, settled, ended)]

    assert looked() == [False] * 4
    alice.call("180-1-200")
    assert looked() == [True, False, False, False]
    alice.advance(1)
    assert looked() == [True, True, False, False]
    alice.ack()
    assert looked() == [True, True, True, False]
    alice.bye()
    assert looked() == [True] * 4
    assert waits.pending == []


def test_what_has_happened_ends_a_wait_at_once(owner: Owner, waits: Waits) -> None:
    owner.dial("486", "480")
    assert given(waits.begin(goal(count=2, once=False))) == [1, 2]


def test_each_call_is_given_once(owner: Owner, waits: Waits) -> None:
    owner.dial("486", "480")
    assert [given(waits.begin(goal())) for _ in range(3)] == [[1], [2], None]
    owner.dial("503")
    waits.look()
    assert waits.pending == []


def test_only_what_fits_counts(owner: Owner, waits: Waits) -> None:
    owner.dial("486")
    busy = waits.begin(replace(goal(), conditions=asked("{uri.user: 480}")))
    ringing = waits.begin(goal(statuses=[180, 183]))
    assert (given(busy), given(ringing)) == (None, None)
    owner.dial("480", "180-486")
    waits.look()
    assert (given(busy), given(ringing)) == ([2], [3])


def test_one_call_alone(owner: Owner, waits: Waits) -> None:
    owner.dial("200", "486")
    first = owner.stack.journal.records[0]
    wait = waits.begin(replace(goal(until="ended", once=False), record=first))
    assert given(wait) is None
    assert waits.reason(wait, "enough").splitlines() == [
        "test_pbx.py:7: waited in vain for call 1 to have ended: enough",
        "near: call 1, INVITE 200 <- alice from 192.0.2.9:5070 (udp), got 100 200 by dial",
        "  progress  wanted ended, got settled; it goes on  (test_pbx.py:7)",
    ]
    first.ended = 1.0
    waits.look()
    assert given(wait) == [1]


def test_the_end_is_told_to_whoever_waits(waits: Waits) -> None:
    wait = waits.begin(goal())
    waits.end("the responder stopped")
    assert waits.pending == []
    with pytest.raises(AssertionError, match="in vain for a call that has been settled: the resp"):
        wait.result.result()


def test_a_wait_that_is_forgotten_is_no_longer_looked_at(owner: Owner, waits: Waits) -> None:
    wait = waits.begin(goal())
    waits.forget(wait)
    waits.forget(wait)
    owner.dial("486")
    waits.look()
    assert not wait.result.done()


# Why not


def test_nothing_came(owner: Owner, waits: Waits) -> None:
    wait = waits.begin(goal())
    assert waits.reason(wait, "not within 5 s").splitlines() == [
        "test_pbx.py:7: waited in vain for a call that has been settled: not within 5 s",
        "no request came at all",
    ]
    owner.stack.source_refused("udp", ("203.0.113.9", 5060), 1.0)
    owner.network.receive(owner.alice.flow, b"GARBAGE\r\n\r\n")
    told = list(nothing_came(owner.stack.journal))
    assert told[1] == "messages from sources that are not allowed: 1"
    assert told[2].startswith("from 192.0.2.9:5070 (udp) came what belonged to no call: ")


def test_the_nearest_are_told_field_by_field(owner: Owner, waits: Waits) -> None:
    owner.dial("480", "486", "486", "486", "486")
    waits.begin(goal())
    wanted = replace(goal(statuses=[480, 503], count=2), conditions=asked("{uri.user: 480}"))
    assert waits.reason(waits.begin(wanted), "not within 1 s").splitlines() == [
        (
            "test_pbx.py:7: waited in vain for 2 calls that have been settled, with uri.user 480,"
            " status 480 or 503: not within 1 s"
        ),
        "near: call 1, INVITE 480 <- alice from 192.0.2.9:5070 (udp), got 100 480 by dial",
        "  call  wanted one not waited for yet, got returned by an earlier wait_for_call",
        "near: call 5, INVITE 486 <- alice from 192.0.2.9:5070 (udp), got 100 486 by dial",
        "  uri.user  wanted 480, got 486  (f.yaml:1)",
        "  status    wanted 480 or 503, got 100 486  (test_pbx.py:7)",
        "near: call 4, INVITE 486 <- alice from 192.0.2.9:5070 (udp), got 100 486 by dial",
        "  uri.user  wanted 480, got 486  (f.yaml:1)",
        "  status    wanted 480 or 503, got 100 486  (test_pbx.py:7)",
        "and 2 more, no nearer",
    ]


def test_how_many_came_is_told(owner: Owner, waits: Waits) -> None:
    owner.dial("486", "480")
    wait = waits.begin(replace(goal(count=3, once=False), statuses=range(400, 500)))
    assert waits.reason(wait, "enough").splitlines() == [
        (
            "test_pbx.py:7: waited in vain for 3 calls that have been settled, with status 400 to"
            " 499: enough"
        ),
        "2 came",
    ]


def test_a_record_that_was_dropped_is_told(owner: Owner, waits: Waits) -> None:
    owner.dial("486")
    owner.stack.journal.records[0].evict()
    assert "record  wanted kept, got dropped" in waits.reason(waits.begin(goal(count=2)), "")


@pytest.mark.parametrize(
    ("number", "advance", "told"),
    [
        ("silent", 0.0, "no final response yet"),
        ("486", 0.0, "answered 486; no ACK has come"),
        ("486", 40.0, "ended"),
    ],
)
def test_progress(owner: Owner, number: str, advance: float, told: str) -> None:
    owner.alice.call(number)
    owner.alice.advance(advance)
    assert progress(owner.stack.journal.records[0]) == told


def test_a_call_that_stands_is_settled(owner: Owner) -> None:
    owner.dial("200")
    assert progress(owner.stack.journal.records[0]) == "settled; it goes on"

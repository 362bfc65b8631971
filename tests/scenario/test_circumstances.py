"""Rules that answer depending on states, rates, calls and times, as callers see them."""

import pytest

from responder.testing.caller import Caller
from responder.testing.network import Network
from tests.scenario.scenarios import caller_of, stack_behind, stack_of


def answers(caller: Caller, count: int = 1, every: float = 0.0) -> list[int]:
    """Place calls one after another, each given up at once, and return their final statuses."""
    before = len(caller.statuses())
    for _ in range(count):
        caller.call("x")
        if caller.statuses()[-1] >= 300:
            caller.ack()
        else:
            caller.ack()
            caller.bye()
        caller.advance(every)
    return [status for status in caller.statuses()[before:] if status != 100]


def others(caller: Caller, method: str = "OPTIONS", count: int = 1) -> list[int]:
    before = len(caller.statuses())
    for _ in range(count):
        caller.start(method, "x")
    return caller.statuses()[before:]


# States.

LOST = """
state: registered
rules:
  - match: {method: REGISTER}
    when: {state: registered}
    respond: 200
    set: {state: lost}
  - match: {method: REGISTER}
    when: {state: lost}
    respond: 503
    set: {state: back}
  - match: {method: REGISTER}
    respond: 200
"""


def test_registered_then_lost_then_back() -> None:
    assert others(caller_of(LOST), "REGISTER", 4) == [200, 503, 200, 200]


def test_a_state_may_change_later() -> None:
    alice = caller_of("""
state: up
rules:
  - {when: {state: up}, match: {method: OPTIONS}, respond: 200, set: {state: down, after: 30s}}
  - {when: {state: down}, match: {method: OPTIONS}, respond: 503}
""")
    assert others(alice) == [200]
    alice.advance(29.0)
    # The latest word holds: this puts it off.
    assert others(alice) == [200]
    alice.advance(29.0)
    assert others(alice) == [200]
    alice.advance(30.0)
    assert others(alice) == [503]
    alice.advance(100.0)
    assert others(alice) == [503]


def test_states_have_names_and_are_changed_by_steps() -> None:
    alice = caller_of("""
state: {trunk: up, failures: 0}
rules:
  - match: {method: OPTIONS}
    when: {state: {trunk: {not: drained}, failures: {below: 2}}}
    respond: [{set: {state: {failures: {add: 1}}}}, 500]
  - match: {method: OPTIONS}
    when: {state: {failures: {above: 1}, trunk: {any: [up, back]}}}
    set: {state: {trunk: drained}}
    respond: 503
  - {match: {method: OPTIONS}, respond: 404}
""")
    assert others(alice, count=4) == [500, 500, 503, 404]
    situation = stack_behind(alice).uas.engine.situation
    assert situation.values == {("a", "trunk"): "drained", ("a", "failures"): "2"}


def test_the_record_tells_of_changes() -> None:
    alice = caller_of("""
state: {a: up, b: 1}
rules:
  - match: {method: OPTIONS}
    set: {state: {a: down, b: {add: -2.5}}}
    respond: [{set: {state: {a: {add: 1}}}}, {set: {state: {b: 0}, after: 2s}}, 200]
""")
    others(alice)
    (record,) = stack_behind(alice).journal.records
    assert record.notes() == [
        "state a: up -> down",
        "state b: 1 -> -1.5",
        'state a is "down": no number can be added to it',
        "state b changes in 2 s",
    ]


def test_a_number_that_is_asked_for_is_not_met_by_words() -> None:
    alice = caller_of("state: up\nrules: [{when: {state: {above: 1}}, respond: 486}]\ndial: false")
    assert answers(alice) == [404]


def test_scenarios_do_not_share_states() -> None:
    one = "state: up\nrules: [{match: {uri.user: a}, set: {state: down}, respond: 486}]"
    other = "state: up\nrules: [{when: {state: up}, respond: 480}]"
    alice = caller_of(one, other)
    alice.call("a")
    alice.ack()
    alice.call("b")
    assert [status for status in alice.statuses() if status >= 200] == [486, 480]


# Rates.

OVERLOADED = """
rules:
  - match: {method: OPTIONS}
    when: {rate: {above: 10/s, for: 30s}}
    respond: {status: 503, headers: {Retry-After: 30}}
  - {match: {method: OPTIONS}, respond: 200}
"""


def test_above_ten_calls_a_second_it_refuses_for_half_a_minute_then_recovers() -> None:
    alice = caller_of(OVERLOADED)
    assert others(alice, count=12) == [200] * 10 + [503] * 2
    alice.advance(29.9)
    assert others(alice) == [503]
    alice.advance(0.2)
    assert others(alice) == [200]


def test_a_rate_that_is_kept_is_not_above() -> None:
    alice = caller_of(OVERLOADED)
    for _ in range(30):
        assert others(alice) == [200]
        alice.advance(0.1)


def test_without_a_time_it_holds_as_long_as_the_rate_is_above() -> None:
    alice = caller_of("""
rules:
  - {match: {method: OPTIONS}, when: {rate: {above: 2/m}}, respond: 480}
  - {match: {method: OPTIONS}, respond: 200}
""")
    got = []
    for _ in range(5):
        got += others(alice)
        alice.advance(25.0)
    assert got == [200, 200, 480, 480, 480]
    alice.advance(60.0)
    assert others(alice) == [200]


def test_only_what_fits_the_match_and_gets_there_counts() -> None:
    alice = caller_of("""
rules:
  - {match: {method: OPTIONS, uri.user: other}, respond: 404}
  - {match: {method: OPTIONS}, when: {rate: {above: 1/s}}, respond: 480}
  - {respond: 200}
""")
    alice.start("OPTIONS", "other")
    alice.start("MESSAGE", "x")
    alice.start("OPTIONS", "x")
    alice.start("OPTIONS", "x")
    assert alice.statuses() == [404, 200, 200, 480]


# Calls in progress.

CHANNELS = """
rules:
  - {name: full, match: {method: INVITE}, when: {calls: {above: 2}}, respond: 486}
  - {name: free, match: {method: INVITE}, respond: [180, {wait: 5s}, 200]}
  - {name: asked, match: {method: OPTIONS}, when: {calls: {above: 1, of: free}}, respond: 503}
  - {name: well, match: {method: OPTIONS}, respond: 200}
"""


def callers(count: int, *texts: str) -> list[Caller]:
    network = Network(stack_of(*texts))
    return [Caller(network, remote=(f"192.0.2.{20 + each}", 5070)) for each in range(count)]


def test_calls_in_progress_are_counted_until_their_end() -> None:
    a, b, c = callers(3, CHANNELS)
    a.call("x")
    assert others(c) == [200]
    b.call("x")
    assert others(c) == [503]
    c.call("x")
    assert c.statuses()[-1] == 486
    c.ack()
    a.advance(5.0)
    a.ack()
    b.ack()
    c.call("x")
    assert c.statuses()[-1] == 486
    c.ack()
    a.bye()
    assert others(c) == [200]
    c.call("x")
    assert c.statuses()[-1] == 180
    c.cancel()
    b.bye()
    assert len(stack_behind(c).uas.engine.situation.calls) == 0


def test_a_call_that_is_never_answered_ends_too() -> None:
    alice, bob = callers(
        2,
        """
rules:
  - {match: {method: INVITE}, when: {calls: {above: 1}}, respond: 486}
  - {respond: silent}
""",
    )
    alice.call("x")
    bob.call("x")
    assert bob.statuses() == [486]
    bob.ack()
    alice.advance(64.0)
    bob.call("x")
    assert bob.statuses() == [486]


# Times.

TRUNKS = """
rules:
  - {match: {uri.user: a}, when: {from: 10s, until: 40s}, respond: 503}
  - {match: {uri.user: a}, respond: 486}
  - {match: {uri.user: b}, when: {from: 20s}, respond: {status: 480, after: 2s}}
  - {match: {uri.user: b}, respond: 486}
"""


def test_a_fails_b_slows_down_a_returns() -> None:
    a, b = callers(2, TRUNKS)
    told: list[tuple[int, int]] = []
    stack_behind(a).uas.engine.situation.begin(a.network.now)
    for _ in range(5):
        a.call("a")
        b.call("b")
        before = a.network.now
        a.ack()
        a.advance(2.0)
        b.ack()
        told.append((a.statuses()[-1], b.statuses()[-1]))
        a.advance(before + 10.0 - a.network.now)
    assert told == [(486, 486), (503, 486), (503, 480), (503, 480), (486, 480)]


@pytest.mark.parametrize(
    ("since", "expected"),
    [("start", [480, 480]), ("first-call", [486, 480]), ("first-request", [480, 480])],
)
def test_what_times_are_counted_from(since: str, expected: list[int]) -> None:
    alice = caller_of(f"""
rules:
  - {{match: {{method: INVITE}}, when: {{from: 5s, since: {since}}}, respond: 480}}
  - {{match: {{method: INVITE}}, respond: 486}}
  - {{respond: 200}}
""")
    stack_behind(alice).uas.engine.situation.begin(alice.network.now)
    assert others(alice) == [200]
    alice.advance(6.0)
    assert answers(alice, 2, every=6.0) == expected

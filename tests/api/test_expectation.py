"""Rules that a program writes."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from responder.api.expectation import Expectation
from responder.api.spot import spot
from responder.scenario.findings import BadScenario
from tests.api.calls import Owner


@pytest.fixture
def owner() -> Owner:
    return Owner()


def expect(owner: Owner, match: Mapping[str, object] | None = None) -> Expectation:
    return Expectation(owner, match or {}, spot())


def said(action: Callable[[], object]) -> str:
    """Return the sentence of what is wrong, without its place, which has to be this file."""
    with pytest.raises(BadScenario) as raised:
        action()
    [finding] = raised.value.findings
    assert Path(finding.file).name == "test_expectation.py"
    assert finding.place.line == action.__code__.co_firstlineno
    return finding.text


def test_it_answers_once_it_is_told_what(owner: Owner) -> None:
    busy = expect(owner, {"uri.user": "1001"})
    assert owner.dial("1001") == [200]
    assert (busy.complete, busy.name, busy.answered) == (False, "", 0)
    assert "without an answer" in repr(busy)
    busy.respond(486)
    assert owner.dial("1001", "1002") == [486, 200]
    assert (busy.complete, busy.answered) == (True, 1)
    line = busy.place.rpartition(":")[2]
    assert busy.name == f"test_expectation/line {line}"
    assert owner.alice.received[-1].fields[b"server"].endswith(b"sip-responder") is False
    assert repr(busy) == f"<Expectation {busy.name} ({busy.place})>"


def test_a_limit_in_any_order(owner: Owner) -> None:
    expect(owner).once().respond(503)
    expect(owner).respond(486).times(2)
    assert owner.dial(*["x"] * 4) == [503, 486, 486, 200]


def test_what_is_said_last_holds(owner: Owner) -> None:
    busy = expect(owner).respond(503).respond(486)
    assert owner.dial("x") == [486]
    busy.respond(480)
    assert owner.dial("x") == [480]
    busy.remove()
    assert owner.dial("x") == [200]
    assert busy.complete


def test_a_response_with_all_it_may_have(owner: Owner) -> None:
    expect(owner).respond(
        486,
        reason="On the phone",
        headers={"Retry-After": 5, "X-A": ["a", "b"]},
        body="text",
        after="1s",
    )
    owner.alice.call("x")
    owner.alice.advance(1)
    last = owner.alice.last()
    assert (last.status, last.reason, last.body) == (486, b"On the phone", b"text")
    assert (last.fields[b"retry-after"], last.values(b"x-a")) == (b"5", [b"a", b"b"])


def test_media_descriptions_faults_and_keys_to_come(owner: Owner) -> None:
    expect(owner, {"uri.user": "a"}).respond(200, media="silence", fault={"duplicate": 1})
    expect(owner, {"uri.user": "b"}).respond(183, sdp="none", media="none")
    owner.alice.call("a")
    assert [message.status for message in owner.alice.received].count(200) == 2
    owner.alice.ack()
    owner.alice.call("b")
    assert owner.alice.last().body == b""


def test_steps_and_sequences(owner: Owner) -> None:
    expect(owner, {"uri.user": "a"}).respond([180, {"wait": "2s"}, {"status": 486}])
    owner.alice.call("a")
    owner.alice.advance(2)
    owner.alice.ack()
    assert owner.alice.ladder() == ["-> INVITE", "<- 180", "+2 <- 486", "-> ACK"]
    expect(owner, {"uri.user": "b"}).sequence(
        {"times": 2, "respond": 503}, [180, 486], then="cycle"
    )
    assert owner.dial(*"bbbb") == [503, 503, 486, 503]
    expect(owner, {"uri.user": "c"}).sequence(503, 486, per="call-id")
    assert owner.dial(*"cc") == [503, 503]


def test_names(owner: Owner) -> None:
    first = expect(owner).named("first").once().respond(503)
    second = expect(owner).once().respond(486).named("second")
    assert [first.name, second.name] == ["test_expectation/first", "test_expectation/second"]
    assert owner.dial("x", "x") == [503, 486]
    assert [use.answered for use in owner.rulebook.uses()] == [1, 1]


def test_rules_of_one_line_are_told_apart(owner: Owner) -> None:
    names = [expect(owner, {"uri.user": each}).respond(486).name for each in "abc"]
    assert [name.partition("#")[2] for name in names] == ["", "2", "3"]


def test_further_keys_of_a_rule(owner: Owner) -> None:
    expect(owner).with_keys(authenticate=True).respond(486)
    assert owner.dial("x") == [401]


def test_mistakes_are_told_at_the_line_of_the_call(owner: Owner) -> None:
    busy = expect(owner, {"uri.user": "1001"})
    assert said(lambda: Expectation(owner, {"user": "1"}, spot())).startswith(
        'unknown key "user" in match'
    )
    assert said(lambda: busy.respond(99)).startswith("respond: found 99, expected a status")
    assert said(lambda: busy.respond(486, header={})) == (
        'unknown key "header" in a status step; did you mean "headers"?'
    )
    assert said(lambda: busy.respond([180], after="2s")) == (
        '"after" goes with a single status: put it into its step'
    )
    assert said(lambda: busy.respond([486, 200])).startswith("never carried out")
    assert said(lambda: busy.times(0)).startswith("times: found 0, expected a whole number")
    assert said(lambda: busy.named("a(b)")).startswith('name: found "a(b)", expected a name')
    assert said(lambda: busy.sequence(503, then="stop")).startswith('then: found "stop"')
    assert said(lambda: busy.with_keys(authentcate=1)).startswith('unknown key "authentcate"')
    assert said(lambda: busy.sequence(503).once()) == (
        "a sequence counts its requests by itself: leave out times"
    )
    expect(owner).named("taken")
    assert said(lambda: busy.named("taken")) == 'name: another rule is called "taken" already'
    assert busy.respond(486).complete


def test_a_file_that_a_step_names_is_beside_the_program(owner: Owner) -> None:
    expect(owner).respond(486, body={"file": "calls.py"})
    owner.dial("x")
    assert owner.alice.last().body == (Path(__file__).parent / "calls.py").read_bytes()

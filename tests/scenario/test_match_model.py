"""What a rule asks of a request."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.scenario.match_model import Match, Wanted
from tests.scenario.requests import seen

START = "INVITE sip:2001@Example.com;user=Phone SIP/2.0"


def matches(match: dict[str, Any], *lines: str, start: str = START, body: str = "") -> bool:
    made = Match.model_validate(match).conditions(lambda _: "", ())
    view = seen(*lines, start=start, body=body)
    return all(condition.passes(view) for condition in made)


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({}, True),
        ({"method": "INVITE"}, True),
        ({"method": ["OPTIONS", "INVITE"]}, True),
        ({"method": "OPTIONS"}, False),
        ({"uri": "sip:2001@example.COM;user=phone"}, True),
        ({"uri": "sip:2001@example.com"}, False),
        ({"uri": {"prefix": "sip:2"}}, True),
        ({"uri.user": 2001}, True),
        ({"uri.user": {"regex": r"^2\d{3}$"}}, True),
        ({"uri.user": {"regex": "^3"}}, False),
        ({"uri.user": {"prefix": 2, "not": {"equals": 2001}}}, False),
        ({"uri.user": {"any": [2000, {"contains": "00"}]}}, True),
        ({"uri.user": {"all": [{"prefix": 2}, {"contains": 9}]}}, False),
        ({"uri.host": "EXAMPLE.com"}, True),
        ({"uri.host": {"regex": "^EX"}}, True),
        ({"uri.host": {"contains": "AMP"}}, True),
        ({"uri.host": {"prefix": "exam"}}, True),
        ({"uri.param.user": "phone"}, True),
        ({"uri.param.lr": {"absent": True}}, True),
        ({"from": "sip:alice@atlanta.example;p=1"}, True),
        ({"from.user": "alice"}, True),
        ({"from.user": "ALICE"}, False),
        ({"from.host": "Atlanta.Example"}, True),
        ({"from.display": "Alice"}, True),
        ({"from.tag": {"present": True}}, True),
        ({"from.param.tag": "A1"}, True),
        ({"to": "sip:bob@biloxi.example"}, True),
        ({"to.user": "bob"}, True),
        ({"to.host": "biloxi.example"}, True),
        ({"to.display": {"absent": True}}, True),
        ({"to.tag": {"absent": True}}, True),
        ({"to.tag": {"absent": False}}, False),
        ({"contact": "sip:a@one.example"}, True),
        ({"contact.user": "b"}, True),
        ({"contact.host": "two.example"}, True),
        ({"contact.display": {"present": False}}, True),
        ({"contact.param.expires": 60}, True),
        ({"header": {"User-Agent": {"contains": "Linphone"}, "X-Test": {"absent": True}}}, True),
        ({"header": {"user-agent": "Linphone/5"}}, True),
        ({"header": {"m": {"contains": "one"}}}, True),
        ({"header": {"Subject": "no"}}, False),
        ({"body": {"contains": "m=audio"}}, True),
        ({"call-id": "one@host"}, True),
        ({"source": "192.0.2.0/24"}, True),
        ({"source": ["10.0.0.0/8", "::1"]}, False),
        ({"transport": ["tcp", "udp"]}, True),
        ({"transport": "tcp"}, False),
        ({"port": 5060}, True),
        ({"port": [5062, 5064]}, False),
        ({"any": [{"method": "OPTIONS"}, {"uri.user": 2001}]}, True),
        ({"any": [{"method": "OPTIONS"}]}, False),
        ({"all": [{"method": "INVITE"}, {"uri.user": 2001}]}, True),
        ({"not": {"method": "INVITE", "uri.user": 2002}}, True),
        ({"not": {"method": "INVITE"}}, False),
        ({"method": "INVITE", "uri.user": 2001, "from.user": "bob"}, False),
    ],
    ids=str,
)
def test_a_request_matches(match: dict[str, Any], expected: bool) -> None:
    contact = "Contact: <sip:a@one.example>;expires=60, <sip:b@two.example>"
    assert (
        matches(match, contact, "User-Agent: Linphone/5", body="v=0\r\nm=audio 1 RTP/AVP 0\r\n")
        is expected
    )


TEXTS = st.text("ab1", min_size=1, max_size=3)


@given(TEXTS, TEXTS)
def test_operators_do_what_they_are_called(value: str, wanted: str) -> None:
    def holds(operators: object) -> bool:
        return Wanted.model_validate(operators).predicate()((value.encode(),))

    assert holds(wanted) is (value == wanted)
    assert holds({"regex": f"^{wanted}$"}) is (value == wanted)
    assert holds({"contains": wanted}) is (wanted in value)
    assert holds({"prefix": wanted}) is value.startswith(wanted)
    assert holds({"not": wanted}) is (value != wanted)
    assert holds({"any": [wanted, value]}) is True
    assert holds({"all": [wanted, value]}) is (value == wanted)


def test_what_is_wanted_is_told_in_words() -> None:
    wanted = Wanted.model_validate(
        {
            "any": [1, {"prefix": 2, "contains": "x"}],
            "all": [{"regex": "^a"}],
            "not": {"absent": True},
            "present": True,
        }
    )
    assert wanted.words() == "present and (1 or *x* and 2*) and (/^a/) and not absent"


def test_method_and_exact_user_are_for_the_index() -> None:
    match = Match.model_validate({"method": ["INVITE", "MESSAGE"], "uri.user": "b"})
    assert (match.methods, match.user) == ((b"INVITE", b"MESSAGE"), b"b")
    assert [each.indexed for each in match.conditions(lambda _: "", ())] == [True, True]
    more = Match.model_validate({"uri.user": {"equals": "b", "regex": "b"}})
    assert (more.methods, more.user) == ((), b"b")
    assert [each.indexed for each in more.conditions(lambda _: "", ())] == [False]


def test_each_condition_knows_where_it_is_written() -> None:
    match = Match.model_validate(
        {"method": "INVITE", "header": {"X-A": 1}, "uri.param.y": 2, "not": {"port": 1}}
    )
    made = match.conditions(lambda path: ".".join(map(str, path)), ("match",))
    assert {each.field: each.place for each in made} == {
        "method": "match.method",
        "header X-A": "match.header.X-A",
        "uri.param.y": "match.uri.param.y",
        "not": "match.not",
    }

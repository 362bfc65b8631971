"""Conditions on requests."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.scenario import matching, view
from responder.scenario.matching import Condition, Predicate
from tests.scenario.requests import seen

VALUES = st.lists(st.binary(max_size=6), max_size=3).map(tuple)
WANTED = st.binary(max_size=3)


@given(VALUES, WANTED)
def test_operators_hold_for_one_value_of_several(values: tuple[bytes, ...], wanted: bytes) -> None:
    assert matching.equals(wanted)(values) is any(v == wanted for v in values)
    assert matching.contains(wanted, False)(values) is any(wanted in v for v in values)
    assert matching.starts(wanted, False)(values) is any(v.startswith(wanted) for v in values)
    assert matching.searched(lambda v: v == wanted)(values) is (wanted in values)


@given(VALUES, WANTED)
def test_folded_operators_are_those_of_lower_case(values: tuple[bytes, ...], wanted: bytes) -> None:
    lower = tuple(value.lower() for value in values)
    folded = wanted.lower()
    assert matching.equals_folded(wanted)(values) is matching.equals(folded)(lower)
    assert matching.contains(wanted, True)(values) is matching.contains(folded, False)(lower)
    assert matching.starts(wanted, True)(values) is matching.starts(folded, False)(lower)


@given(VALUES, st.lists(WANTED, min_size=1, max_size=3))
def test_any_all_and_not_are_those_of_logic(values: tuple[bytes, ...], wanted: list[bytes]) -> None:
    each = [matching.contains(one, False) for one in wanted]
    said = [holds(values) for holds in each]
    assert matching.one_of(each)(values) is any(said)
    assert matching.each_of(each)(values) is all(said)
    assert matching.negated(each[0])(values) is not said[0]


@given(VALUES)
def test_a_field_is_present_or_absent(values: tuple[bytes, ...]) -> None:
    assert matching.present(True)(values) is (len(values) > 0)
    assert matching.present(False)(values) is (len(values) == 0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"sip:bob@example.com", True),
        (b"SIP:bob@EXAMPLE.com", True),
        (b"sip:b%6Fb@example.com", True),
        (b"sip:BOB@example.com", False),
        (b"sip:bob@example.com:5060", False),
        (b"sip:bob@[", False),
        (b"tel:1", False),
    ],
)
def test_uris_are_compared_as_the_rfc_says(value: bytes, expected: bool) -> None:
    assert matching.equals_uri(b"sip:bob@example.com")((value,)) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("10.1.2.3", True),
        ("11.1.2.3", False),
        ("::ffff:10.1.2.3", True),
        ("2001:db8::1", True),
        ("2001:db8::1%eth0", True),
        ("2001:db9::1", False),
        ("no address", False),
    ],
)
def test_a_source_belongs_to_a_network(host: str, expected: bool) -> None:
    networks = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32")]
    holds = matching.in_networks(networks)
    assert holds((host.encode(),)) is expected
    assert holds((host.encode(),)) is expected


def subject(holds: Predicate) -> Condition:
    return matching.on_field("header Subject", "x", "f:1", view.header(b"subject"), holds)


A = subject(matching.equals(b"a"))
B = subject(matching.equals(b"b"))


def test_whole_matches_are_joined() -> None:
    a, both = seen("Subject: a"), seen("Subject: a", "Subject: b")
    either = matching.any_match("any", "f:2", [[B], [A]])
    each = matching.all_matches("all", "f:3", [[A], [B]])
    neither = matching.no_match("not", "f:4", [B])
    assert [c.passes(a) for c in (either, each, neither)] == [True, False, True]
    assert [c.passes(both) for c in (either, each, neither)] == [True, True, False]
    assert either.passes(seen()) is False
    assert [either.wanted, each.wanted, neither.wanted] == [
        "any of 2 matches",
        "all of 2 matches",
        "not header Subject x",
    ]
    assert [either.got(a), each.got(a), neither.got(both)] == [
        "none of them",
        "header Subject",
        "that",
    ]


def test_what_a_request_has_is_told_and_cut() -> None:
    assert A.got(seen()) == "nothing"
    assert A.got(seen("Subject: one", "s: two")) == "one, two"
    assert A.got(seen("Subject: " + "x" * 70)) == "x" * 60 + "..."
    assert A.got(seen("Subject: \udcff")) == "\\xff"

"""What a request has to be, by keyword arguments."""

from typing import cast

import pytest

from responder.api.asked import Asked, match_of, query
from responder.api.matchers import regex
from responder.scenario.findings import BadScenario
from responder.scenario.match_model import Match
from tests.api.calls import HERE


def test_the_keyword_arguments_are_the_keys_of_a_match() -> None:
    fields = {
        name: field.alias or name
        for name, field in Match.model_fields.items()
        if name not in {"method", "params"}
    }
    assert set(Asked.__annotations__) - {"match"} == fields.keys()
    every = cast("Asked", {name: {"regex": "x"} for name in fields})
    assert list(match_of(every)) == list(fields.values())


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"to": "1001"}, {"to.user": "1001"}),
        (
            {"from_": 1001, "uri": "a", "contact": "b"},
            {"from.user": 1001, "uri.user": "a", "contact.user": "b"},
        ),
        ({"to": "sip:1001@pbx.test"}, {"to": "sip:1001@pbx.test"}),
        ({"to": "1001@pbx.test"}, {"to": "1001@pbx.test"}),
        ({"to": regex("pbx")}, {"to": {"regex": "pbx"}}),
        ({"body": "x"}, {"body": "x"}),
        ({"match": {"uri.param.transport": "tcp"}}, {"uri.param.transport": "tcp"}),
    ],
)
def test_a_bare_value_of_an_address_is_its_user_part(
    asked: Asked, match: dict[str, object]
) -> None:
    assert match_of(asked) == match
    assert match_of(asked, "INVITE") == {"method": "INVITE", **match}


def test_a_query_is_checked_as_a_file_is() -> None:
    [method, to] = query({"to": "1001"}, ["INVITE", "MESSAGE"], HERE)
    assert (method.field, method.wanted) == ("method", "INVITE or MESSAGE")
    assert (to.field, to.wanted, to.place) == ("to.user", "1001", "test_pbx.py:7")
    assert query({}, None, HERE) == ()


def test_a_mistake_is_a_sentence_at_the_line_of_the_call() -> None:
    with pytest.raises(BadScenario) as raised:
        query(cast("Asked", {"too": "1001"}), "invite", HERE)
    assert sorted(str(raised.value).splitlines()) == [
        'test_pbx.py:7:5: method: found "invite", expected INVITE: methods are written in capitals',
        'test_pbx.py:7:5: unknown key "too" in match; did you mean "to"?',
    ]

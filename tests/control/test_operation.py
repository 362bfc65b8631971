"""One operation: what its handler is helped with."""

import pytest
from aiohttp.test_utils import make_mocked_request

from responder.control.operation import as_json, number_of
from responder.control.problem import Problem


def test_a_document_is_compact_and_what_is_no_text_harms_nothing() -> None:
    response = as_json({"a": "\u00e9\ud800", "b": [1]}, 201, {"ETag": "x"})
    assert (response.status, response.headers["ETag"]) == (201, "x")
    assert response.body == b'{"a":"\xc3\xa9?","b":[1]}'
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(("query", "expected"), [("", 7), ("?n=1", 1), ("?n=9", 9)])
def test_a_number_of_a_query(query: str, expected: int) -> None:
    assert number_of(make_mocked_request("GET", f"/{query}"), "n", 7, 9) == expected


@pytest.mark.parametrize("value", ["", "0", "10", "-1", "x", "1.5", "\u0663", "9" * 30])
def test_what_is_none_is_a_problem(value: str) -> None:
    request = make_mocked_request("GET", f"/?n={value}")
    with pytest.raises(Problem, match="expected a number from 1 to 9") as caught:
        number_of(request, "n", 7, 9)
    assert caught.value.status == 400

"""Errors as problem details."""

import json

from responder.control.problem import Problem


def test_a_problem_says_what_is_wrong_and_more() -> None:
    response = Problem(422, "It is wrong.", {"errors": [1]}, {"ETag": '"1"'}).response()
    assert response.content_type == "application/problem+json"
    assert response.headers["ETag"] == '"1"'
    assert isinstance(response.body, bytes)
    assert json.loads(response.body) == {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "It is wrong.",
        "errors": [1],
    }

"""Who is let in."""

import pytest
from aiohttp.test_utils import make_mocked_request

from responder.control.problem import Problem
from responder.control.security import let_in
from responder.control.settings import Http

LOCAL = Http(names=("Responder.lab",))
GUARDED = Http("0.0.0.0", token="secret")


def status(http: Http, method: str = "GET", path: str = "/api/v1/calls", **headers: str) -> int:
    """Return the status of the problem; 0 for none."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        let_in(http, make_mocked_request(method, path, headers=named))
    except Problem as problem:
        return problem.status
    return 0


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:8060", 0),
        ("localhost:8060", 0),
        ("box.localhost", 0),
        ("[::1]:8060", 0),
        ("10.0.0.5", 0),
        ("responder.LAB:8060", 0),
        ("evil.example", 421),
        ("127.0.0.1.evil.example:8060", 421),
        ("localhost.evil.example", 421),
        ("", 421),
    ],
)
def test_a_name_that_may_have_been_turned_to_this_machine_is_refused(
    host: str, expected: int
) -> None:
    assert status(LOCAL, Host=host) == expected
    assert status(LOCAL, "GET", "/", Host=host) == expected


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://127.0.0.1:8060", 0),
        ("https://127.0.0.1:8060", 0),
        ("http://127.0.0.1:9999", 403),
        ("http://evil.example", 403),
        ("file://127.0.0.1:8060", 403),
        ("http://[", 403),
        ("null", 403),
    ],
)
def test_another_page_may_not_write(origin: str, expected: int) -> None:
    asked = {"Host": "127.0.0.1:8060", "Origin": origin}
    for method in ("POST", "PUT", "DELETE"):
        assert status(LOCAL, method, **asked) == expected
    assert status(LOCAL, "GET", **asked) == 0
    assert status(LOCAL, "POST", Host="127.0.0.1:8060") == 0


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("Bearer secret", 0),
        ("bearer  secret", 0),
        ("Bearer other", 401),
        ("Basic secret", 401),
        ("Bearer \xe9", 401),
        ("", 401),
    ],
)
def test_a_token_opens_what_tells_of_calls(shown: str, expected: int) -> None:
    asked = {"Host": "box.lab", "Authorization": shown}
    assert status(GUARDED, **asked) == expected
    assert status(GUARDED, "GET", "/metrics", **asked) == expected


@pytest.mark.parametrize("path", ["/", "/page/page.js", "/livez", "/readyz", "/openapi.json"])
def test_the_page_itself_needs_no_token(path: str) -> None:
    assert status(GUARDED, "GET", path, Host="box.lab") == 0


def test_a_refusal_says_what_to_do() -> None:
    request = make_mocked_request("GET", "/metrics", headers={"Host": "box"})
    with pytest.raises(Problem, match="Send Authorization: Bearer TOKEN") as caught:
        let_in(GUARDED, request)
    assert caught.value.headers == {"WWW-Authenticate": 'Bearer realm="sip-responder"'}
    with pytest.raises(Problem, match="start it with --http-name box"):
        let_in(LOCAL, request)

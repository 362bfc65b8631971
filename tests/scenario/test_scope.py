"""What templates may name is what they are told to be able to name."""

import pytest

from responder.scenario import scope
from responder.scenario.scope import CALLED, NAMED_FREELY, PARTS, SCOPES, Facts, Part
from responder.scenario.view import View
from tests.scenario.requests import flow, request

# None of the usual form, so that the exact grammar is asked.
LINES = (
    'Contact: "A" <sip:a:p@h:1;x=y>;q=1',
    'From: "A" <sip:a:p@h:1>;tag=t',
    'To: "B" <sip:b:p@h>;tag=u',
)
VIEW = View(request(*LINES), flow())
FACTS = Facts(VIEW, 1, 1, "s/r", b"bob", 0.0, 1.0, 0.0, {("s", "state"): "up"}, lambda: 0.5)


def missing(name: str) -> object:
    return f"no {name}"


def at(path: str) -> object:
    """Return what a path of names leads to, as a template finds it."""
    first, *rest = path.split(".")
    found: object = SCOPES[first](FACTS, "s", missing)
    for name in rest:
        found = getattr(found, name)
    return found


@pytest.mark.parametrize("path", sorted(PARTS))
def test_each_part_that_is_listed_is_there_and_no_other(path: str) -> None:
    found = at(path)
    names = {name for name in dir(found) if not name.startswith("_")}
    # "from" cannot be a property; the others are there and of no use in a template
    assert names ^ PARTS[path] <= {"from", "later", "scheme", "tag"}
    for name in PARTS[path] - {"port", "param"}:
        assert getattr(found, name) is not None


def test_what_is_called_can_be() -> None:
    for path in CALLED - {"range"}:
        assert callable(at(path))
    for path in NAMED_FREELY:
        assert isinstance(at(path), scope.Looked)


def test_what_a_looked_up_name_gives() -> None:
    header = at("request.header")
    assert isinstance(header, scope.Looked)
    assert header("call-id") == header["i"] == "one@host"
    assert header("X") == "no request.header('X')"
    with pytest.raises(KeyError):
        header["X"]


def test_the_only_state_reads_as_its_value() -> None:
    assert str(at("state")) == "up"


def test_a_time_goes_no_further_than_a_hundred_years() -> None:
    now = at("now")
    assert isinstance(now, scope.Now)
    assert now.later(1e30).year == 2070
    assert now.later(-1e30).year == 1869


def test_only_parts_are_handed_to_templates() -> None:
    assert all(isinstance(at(name), Part) for name in SCOPES)


@pytest.mark.parametrize(
    "value",
    ["<sip:bob@h>", "Bob B <sip:b.o-b@h:5060;a=b>;tag=1", '"B, o" <sips:bob@h.example?a=b>'],
)
def test_an_address_of_the_usual_form_is_what_the_exact_grammar_says(value: str) -> None:
    view = View(request(f"To: {value}"), flow())
    usual = scope.RequestScope(view, missing).to
    exact = scope.AddressScope(view.addresses(b"to")[0], "request.to", missing)
    assert isinstance(usual, scope.UsualAddress)
    assert (usual.user, usual.host, str(usual)) == (exact.user, exact.host, str(exact))
    for name in ("display", "tag", "port"):
        assert getattr(usual, name, None) == getattr(exact, name, None)


@pytest.mark.parametrize(
    "value", ["<sip:b%6Fb@h>", "<sip:b:p@h>", "<sip:bob@[::1]>", "<sip:h>", "<tel:+1>", "sip:bob@h"]
)
def test_any_other_form_goes_through_the_exact_grammar(value: str) -> None:
    view = View(request(f"To: {value}"), flow())
    assert isinstance(scope.RequestScope(view, missing).to, scope.AddressScope)


def test_a_request_uri_that_is_none_is_text() -> None:
    view = View(request(start="INVITE :: SIP/2.0"), flow())
    assert scope.RequestScope(view, missing).uri == "::"

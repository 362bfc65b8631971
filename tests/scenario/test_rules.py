"""Which program answers a request: the first rule that matches, then dialling."""

import pytest

from responder.scenario import matching, view
from responder.scenario.matching import Condition
from responder.scenario.rules import _MOST_DIALLED, Found, Rule, Rules, overrules, redirects
from responder.scenario.steps import Program, Respond, Silent, Step, Wait
from responder.scenario.view import View
from responder.sip.message import Message, parse
from tests.scenario.requests import flow


def request(method: str, uri: str, to: str = "<sip:to@h>", subject: str = "x") -> Message:
    text = f"{method} {uri} SIP/2.0\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n"
    return parse(text.encode())


def program(name: str, *steps: Step) -> Program:
    return Program(name, (steps,))


def subject(wanted: bytes) -> Condition:
    return matching.on_field(
        "header Subject", "", "", view.header(b"subject"), matching.equals(wanted)
    )


def find(rules: Rules, method: str, uri: str, subject: str = "x") -> str | None:
    """Return the name of the program that answers."""
    found = rules.find(request(method, uri, subject=subject), flow()).program
    return found.name if found is not None else None


INVITE = (b"INVITE",)
RULES = Rules(
    (
        Rule(program("urgent"), conditions=(subject(b"urgent"),)),
        Rule(program("two"), (b"SUBSCRIBE", b"NOTIFY"), b"bob"),
        Rule(program("both"), INVITE, b"bob"),
        Rule(program("too late"), INVITE, b"bob"),
        Rule(program("method"), (b"MESSAGE",)),
        Rule(program("user"), user=b"bob"),
        Rule(program("escaped"), user=b"a b"),
    )
)


@pytest.mark.parametrize(
    ("method", "uri", "name"),
    [
        ("INVITE", "sip:bob@h", "both"),
        ("INVITE", "sips:bob@h;x=y", "both"),
        ("INVITE", "sip:b%6Fb@h", "both"),
        ("OPTIONS", "sip:bob@h", "user"),
        ("NOTIFY", "sip:bob@h", "two"),
        ("SUBSCRIBE", "sip:bob@h", "two"),
        ("MESSAGE", "sip:bob@h", "method"),
        ("MESSAGE", "sip:carol@h", "method"),
        ("MESSAGE", "tel:1", "method"),
        ("INVITE", "sip:a%20b@h", "escaped"),
        ("INVITE", "sip:BOB@h", None),
        ("INVITE", "sip:486@h", "dial"),
        ("INVITE", "sip:carol@h", None),
        ("INVITE", "sip:h", None),
        ("INVITE", "tel:1", None),
        ("INVITE", "sip:bob@[", None),
    ],
)
def test_the_first_rule_that_matches_answers_and_dialling_goes_last(
    method: str, uri: str, name: str | None
) -> None:
    for _ in range(2):
        assert find(RULES, method, uri) == name


def test_a_rule_without_method_and_user_keeps_its_place_before_exact_ones() -> None:
    assert find(RULES, "INVITE", "sip:bob@h", "urgent") == "urgent"
    assert find(RULES, "INVITE", "sip:486@h", "urgent") == "urgent"


def test_ten_thousand_rules_ask_no_more_than_those_for_the_user_that_is_dialled() -> None:
    asked: list[str] = []

    def counts(name: str) -> Condition:
        def passes(_: View) -> bool:
            asked.append(name)
            return True

        return Condition("x", "", "", passes, lambda _: "")

    exact = [
        Rule(program(f"{n}"), INVITE, b"%d" % n, (counts(f"{n}"),)) for n in range(1000, 11_000)
    ]
    never = Rule(program("never"), INVITE, conditions=(subject(b"never"),))
    rules = Rules((*exact[:5_000], never, *exact[5_000:]))
    assert find(rules, "INVITE", "sip:9999@h") == "9999"
    assert find(rules, "INVITE", "sip:486@h") == "dial"
    assert asked == ["9999"]


def test_what_the_index_has_seen_to_is_not_asked_again() -> None:
    def fails(_: View) -> bool:
        raise AssertionError

    indexed = Condition("method", "INVITE", "", fails, lambda _: "", indexed=True)
    assert find(Rules((Rule(program("r"), INVITE, None, (indexed,)),)), "INVITE", "sip:x@h") == "r"


def test_a_rule_that_is_spent_leaves_the_request_to_those_behind_it() -> None:
    rules = Rules((Rule(program("first")), Rule(program("second"))))
    found = rules.find(
        request("INVITE", "sip:x@h"),
        flow(),
        7.0,
        lambda rule, _, now: now == 7.0 and rule.program.name == "first",
    )
    assert found.rule is rules.rules[1]


def test_a_rule_for_everything_leaves_nothing_to_dial() -> None:
    assert find(Rules((Rule(program("all")),)), "INVITE", "sip:486@h") == "all"


def test_dialling_can_be_turned_off() -> None:
    found = Rules(dial=False).find(request("INVITE", "sip:486@h"), flow())
    assert (found.user, found.program, found.rule) == (b"486", None, None)


@pytest.mark.parametrize(
    ("to", "user", "steps"),
    [
        ("<sip:403@h>", b"403", (Respond(403),)),
        ('"Four" <sip:403@h;after=1s>;x=y', b"403", (Wait(1.0), Respond(403))),
        ("<sip:h>", b"", None),
        ("<<", b"", None),
    ],
)
def test_register_dials_in_to(to: str, user: bytes, steps: tuple[Step, ...] | None) -> None:
    found = Rules().find(request("REGISTER", "sip:486@h", to), flow())
    assert found.user == user
    assert (found.program.attempts[0] if found.program is not None else None) == steps


def test_the_user_is_returned_as_it_was_sent() -> None:
    found = Rules().find(request("INVITE", "sip:4%386@h"), flow())
    assert found.user == b"4%386"
    assert found.program is not None
    assert found.program.attempts[0][-1] == Respond(486)


def test_the_user_that_is_dialled_is_known_where_a_rule_answers_too() -> None:
    rules = Rules((Rule(program("r")),))
    assert rules.find(request("INVITE", "sip:bob@h"), flow()).user == b"bob"
    assert rules.find(request("REGISTER", "sip:h", "<sip:carol@h>"), flow()).user == b"carol"


def test_numbers_without_end_do_not_grow_the_memory() -> None:
    rules = Rules()
    for number in range(_MOST_DIALLED + 25):
        rules.find(request("INVITE", f"sip:user{number}@h"), flow())
        assert len(rules._dialled) <= _MOST_DIALLED


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((Respond(302),), True),
        ((Respond(180), Wait(1), Respond(399)), True),
        ((Respond(200),), False),
        ((Respond(486), Respond(302)), False),
        ((Respond(180),), False),
        ((Silent(),), False),
    ],
)
@pytest.mark.row("RDR-03")
def test_a_program_redirects_if_its_first_final_response_does(
    steps: tuple[Step, ...], expected: bool
) -> None:
    assert redirects(program("p", *steps)) is expected


def test_no_program_does_not_redirect() -> None:
    assert redirects(None) is False


@pytest.mark.parametrize(
    ("methods", "method", "answer", "status", "expected"),
    [
        ((b"FOO",), b"FOO", 200, 501, True),
        ((), b"FOO", 200, 501, False),
        ((), b"FOO", 302, 501, True),
        ((b"FOO",), b"FOO", 200, 420, False),
        ((b"FOO",), b"FOO", 302, 420, True),
        ((b"BYE",), b"BYE", 500, 481, True),
        ((), b"BYE", 500, 481, False),
        (INVITE, b"INVITE", 486, 481, False),
        ((b"BYE",), b"BYE", 500, 400, False),
    ],
)
def test_a_rule_overrules_what_the_protocol_says_where_it_names_the_method(
    methods: tuple[bytes, ...], method: bytes, answer: int, status: int, expected: bool
) -> None:
    rule = Rule(program("r", Respond(answer)), methods)
    assert overrules(Found(b"", rule.program, rule), status, method) is expected


def test_what_is_dialled_overrules_only_as_a_redirection() -> None:
    assert overrules(Found(b"", program("dial", Respond(302)), None), 420, b"INVITE")
    assert not overrules(Found(b"", program("dial", Respond(200)), None), 481, b"BYE")

"""Which program answers a request: exact rules by method and user, then dialling."""

import pytest

from responder.scenario.rules import Rule, Rules, redirects
from responder.scenario.steps import Program, Respond, Silent, Step, Wait
from responder.sip.message import Message, parse


def request(method: str, uri: str, to: str = "<sip:to@h>") -> Message:
    return parse(f"{method} {uri} SIP/2.0\r\nTo: {to}\r\n\r\n".encode())


def program(name: str, *steps: Step) -> Program:
    return Program(name, (steps,))


RULES = Rules(
    (
        Rule(program("both"), b"INVITE", b"bob"),
        Rule(program("too late"), b"INVITE", b"bob"),
        Rule(program("user"), None, b"bob"),
        Rule(program("method"), b"MESSAGE"),
    )
)


@pytest.mark.parametrize(
    ("method", "uri", "name"),
    [
        ("INVITE", "sip:bob@h", "both"),
        ("INVITE", "sips:bob@h;x=y", "both"),
        ("OPTIONS", "sip:bob@h", "user"),
        ("MESSAGE", "sip:bob@h", "user"),
        ("MESSAGE", "sip:carol@h", "method"),
        ("MESSAGE", "tel:1", "method"),
        ("INVITE", "sip:486@h", "dial"),
        ("INVITE", "sip:carol@h", None),
        ("INVITE", "sip:h", None),
        ("INVITE", "tel:1", None),
    ],
)
def test_the_most_exact_rule_answers_and_dialling_goes_last(
    method: str, uri: str, name: str | None
) -> None:
    for _ in range(2):
        _, found = RULES.find(request(method, uri))
        assert (found.name if found is not None else None) == name


def test_a_rule_for_everything_leaves_nothing_to_dial() -> None:
    rules = Rules((Rule(program("all")),))
    _, found = rules.find(request("INVITE", "sip:486@h"))
    assert found is not None
    assert found.name == "all"


def test_dialling_can_be_turned_off() -> None:
    assert Rules(dial=False).find(request("INVITE", "sip:486@h")) == (b"486", None)


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
    found, made = Rules().find(request("REGISTER", "sip:486@h", to))
    assert found == user
    assert (made.attempts[0] if made is not None else None) == steps


def test_the_user_is_returned_as_it_was_sent() -> None:
    user, made = Rules().find(request("INVITE", "sip:4%386@h"))
    assert user == b"4%386"
    assert made is not None
    assert made.attempts[0][-1] == Respond(486)


def test_numbers_without_end_do_not_grow_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("responder.scenario.rules._MOST_DIALLED", 10)
    rules = Rules()
    for number in range(25):
        rules.find(request("INVITE", f"sip:user{number}@h"))
        assert len(rules._dialled) <= 10


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

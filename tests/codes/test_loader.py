"""A registry file is read as written, and a fault in it is reported by entry and key."""

import re

import pytest

from responder.codes import BUILDERS, PLACEHOLDER
from responder.codes.loader import read

ENTRY = """
[486]
phrase = "Busy Here"
rfc = "RFC 3261"
sections = "21.4.24"
status = "current"
methods = ["INVITE"]
description = "This phone is busy."
"""


def _with_rule(rule: str) -> str:
    return f'{ENTRY}headers = [{{ name = "Allow", need = "required", value = "x" }}, {{ {rule} }}]'


def test_entry_without_options() -> None:
    (code,) = read(ENTRY).values()
    assert (code.status, code.phrase, code.rfc, code.sections, code.state) == (
        486,
        "Busy Here",
        "RFC 3261",
        "21.4.24",
        "current",
    )
    assert code.methods == ("INVITE",)
    assert code.description == "This phone is busy."
    assert code.requested is None
    assert code.registered
    assert code.known
    assert code.headers == ()


def test_entry_with_options() -> None:
    code = read(f'{ENTRY}requested = "Bussy"\niana = false')[486]
    assert code.requested == "Bussy"
    assert not code.registered


def test_codes_are_in_ascending_order_whatever_the_order_of_the_file() -> None:
    assert list(read(ENTRY + ENTRY.replace("486", "180"))) == [180, 486]


def test_rule_without_options() -> None:
    required, recommended = read(
        _with_rule('name = "Date", need = "recommended", value = "{date}"')
    )[486].headers
    assert (recommended.name, recommended.need, recommended.value) == (
        "Date",
        "recommended",
        "{date}",
    )
    assert recommended.methods == frozenset()
    assert recommended.when == ()
    assert recommended.one_of is None
    assert not recommended.send
    assert required.send


def test_rule_with_options() -> None:
    rule = read(
        _with_rule(
            'name = "Path", need = "recommended", value = "<{host}>, {request:Path}", '
            'methods = ["REGISTER", "INVITE"], when = "in-request and not-supported:path", '
            'send = true, one_of = "group"'
        )
    )[486].headers[1]
    assert rule.value == "<{host}>, {request:Path}"
    assert rule.methods == frozenset({"REGISTER", "INVITE"})
    assert rule.when == ("in-request", "not-supported:path")
    assert rule.send
    assert rule.one_of == "group"


@pytest.mark.parametrize(
    "condition",
    [
        "in-request",
        "dialog",
        "reliable",
        "body",
        "cause:type",
        "cause:encoding",
        "cause:language",
        "supported:sec-agree",
        "not-supported:100rel",
    ],
)
def test_conditions(condition: str) -> None:
    rule = f'name = "X", need = "required", value = "x", when = "{condition}"'
    assert read(_with_rule(rule))[486].headers[1].when == (condition,)


@pytest.mark.parametrize("builder", sorted(BUILDERS))
def test_builders(builder: str) -> None:
    rule = f'name = "X", need = "required", value = "a {{{builder}}} b"'
    value = read(_with_rule(rule))[486].headers[1].value
    assert PLACEHOLDER.findall(value) == [builder]


RULE = 'name = "X", need = "required", value = "x"'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(
            ENTRY.replace("486", "99"), "[99]: an entry's name is a status", id="status-too-low"
        ),
        pytest.param(ENTRY.replace("486", "700"), "[700]: an entry's name", id="status-too-high"),
        pytest.param(ENTRY.replace("486", "busy"), "[busy]: an entry's name", id="status-a-word"),
        pytest.param("486 = 1", "[486]: must be a table", id="entry-not-a-table"),
        pytest.param(
            f'{ENTRY}frase = "x"', "[486]: 'frase' is not a key; the keys are", id="unknown-key"
        ),
        pytest.param(ENTRY.replace("phrase", "requested"), "phrase is missing", id="no-phrase"),
        pytest.param(
            ENTRY.replace('"Busy Here"', "7"), "phrase must be text, not 7", id="phrase-a-number"
        ),
        pytest.param(
            ENTRY.replace("Busy Here", " "), "phrase must be text, not ' '", id="phrase-blank"
        ),
        pytest.param(
            ENTRY.replace("current", "fresh"),
            "status must be one of current, deprecated, reserved, not 'fresh'",
            id="unknown-state",
        ),
        pytest.param(f"{ENTRY}iana = 0", "iana must be true or false, not 0", id="flag-a-number"),
        pytest.param(
            ENTRY.replace('["INVITE"]', "[]"),
            'methods must name a method, or be ["any"]',
            id="none",
        ),
        pytest.param(
            ENTRY.replace('["INVITE"]', '"INVITE"'), "methods must be a list", id="methods-text"
        ),
        pytest.param(
            ENTRY.replace('["INVITE"]', '["INVITE", 1]'),
            "methods must be a list of text",
            id="methods-mixed",
        ),
        pytest.param(
            f"{ENTRY}headers = [1]", "[486] headers[0]: must be a table", id="rule-not-a-table"
        ),
        pytest.param(
            _with_rule(f"{RULE}, colour = 1"), "headers[1]: 'colour' is not a key", id="rule-key"
        ),
        pytest.param(
            _with_rule(RULE.replace("required", "nice")),
            "headers[1]: need must be one of recommended, required, not 'nice'",
            id="unknown-need",
        ),
        pytest.param(
            _with_rule(RULE.replace('"x"', '"{magic}"')),
            "headers[1]: value names {magic}, which is not a builder",
            id="unknown-builder",
        ),
        pytest.param(
            _with_rule(RULE.replace('"x"', '"{request:}"')),
            "headers[1]: value names {request:}, which is not a builder",
            id="request-without-name",
        ),
        pytest.param(
            _with_rule(RULE.replace('"x"', '"{host"')),
            "headers[1]: value has a brace without its pair",
            id="open-brace",
        ),
        pytest.param(
            _with_rule(f'{RULE}, when = "dialog or body"'),
            "headers[1]: when has 'dialog or body', which is not a condition",
            id="unknown-condition",
        ),
        pytest.param(
            _with_rule(f'{RULE}, when = "dialog and cause:colour"'),
            "headers[1]: when has 'cause:colour', which is not a condition",
            id="unknown-cause",
        ),
    ],
)
def test_a_fault_is_reported_by_entry_and_key(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        read(text)


def test_text_that_is_not_toml() -> None:
    with pytest.raises(ValueError, match="line 1"):
        read("[486\n")

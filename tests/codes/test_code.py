"""A code tells its class and its references, and turns into JSON."""

import dataclasses
import json

import pytest

from responder.codes import Code, HeaderRule


def _code(status: int = 482, sections: str = "21.4.20; 8.2.2.2; RFC 5393 §4") -> Code:
    return Code(
        status=status,
        phrase="Loop Detected",
        requested=None,
        rfc="RFC 3261",
        sections=sections,
        state="current",
        registered=True,
        methods=("INVITE", "OPTIONS"),
        description="Round and round.",
        headers=(
            HeaderRule(
                name="Allow",
                need="recommended",
                value="{allow}",
                methods=frozenset({"OPTIONS", "INVITE"}),
                when=("dialog", "body"),
                send=False,
                one_of=None,
            ),
        ),
        known=True,
    )


@pytest.mark.parametrize(("status", "klass"), [(100, 1), (199, 1), (200, 2), (486, 4), (699, 6)])
def test_class_is_the_first_digit(status: int, klass: int) -> None:
    assert _code(status).klass == klass


def test_reference_is_where_the_code_is_defined() -> None:
    assert _code().reference == "RFC 3261 §21.4.20"


def test_references_name_the_rfc_of_every_section() -> None:
    assert _code().references == ("RFC 3261 §21.4.20", "RFC 3261 §8.2.2.2", "RFC 5393 §4")


def test_code_and_rule_cannot_be_changed_and_have_no_dict() -> None:
    code = _code()
    for thing in (code, code.headers[0]):
        assert not hasattr(thing, "__dict__")
        with pytest.raises(dataclasses.FrozenInstanceError):
            delattr(thing, dataclasses.fields(thing)[0].name)


def test_data_survives_json() -> None:
    assert json.loads(json.dumps(_code().as_data())) == {
        "status": 482,
        "phrase": "Loop Detected",
        "requested": None,
        "class": "4xx",
        "rfc": "RFC 3261",
        "references": ["RFC 3261 §21.4.20", "RFC 3261 §8.2.2.2", "RFC 5393 §4"],
        "state": "current",
        "registered": True,
        "methods": ["INVITE", "OPTIONS"],
        "description": "Round and round.",
        "headers": [
            {
                "name": "Allow",
                "need": "recommended",
                "value": "{allow}",
                "methods": ["INVITE", "OPTIONS"],
                "when": ["dialog", "body"],
                "send": False,
                "one_of": None,
            }
        ],
        "known": True,
    }

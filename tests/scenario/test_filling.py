"""Which responses are templates."""

import subprocess
import sys

import pytest

from responder.scenario.filling import is_template, templated
from responder.scenario.steps import Respond, Sdp
from tests.scenario.scenarios import compiled


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"{{ x }}", True),
        (b"{% if x %}", True),
        (b"{ x }", False),
        (b"{# x #}", False),
        (b"", False),
    ],
)
def test_a_value_with_double_braces_or_a_tag_is_one(value: bytes, expected: bool) -> None:
    assert is_template(value) is expected


@pytest.mark.parametrize(
    "step",
    [
        Respond(486, b"{{ now }}"),
        Respond(486, headers=((b"A", b"{{ now }}"),)),
        Respond(486, beside=((b"A", b"{{ now }}"),)),
        Respond(486, body=b"{{ now }}"),
        Respond(200, sdp=Sdp(b"v=0 {{ now }}")),
    ],
)
def test_each_value_of_a_response_may_be_one(step: Respond) -> None:
    assert templated(step, "s", (), lambda *_: None).filling is not None


def test_what_has_none_stays_as_it_is() -> None:
    step = Respond(486, b"x", sdp=Sdp())
    assert templated(step, "s", (), lambda *_: None) is step
    body = Respond(486, body=b"{{ a file says this }}")
    assert templated(body, "s", (), lambda *_: None, body=False) is body


def test_jinja_is_imported_by_templates_alone() -> None:
    code = """
import sys
from tests.scenario.scenarios import compiled
compiled("rules: [{respond: 486}]")
assert "jinja2" not in sys.modules
compiled("rules: [{respond: {status: 486, reason: '{{ now }}'}}]")
assert "jinja2" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_what_is_wrong_is_told_where_it_stands() -> None:
    with pytest.raises(Exception, match=r"a.yaml:1:43: X-A: unknown name"):
        compiled("rules: [{respond: {status: 486, headers: {X-A: '{{ x }}'}}}]")

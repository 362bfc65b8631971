"""Templates filled in: what they give, what is missing, and that nothing gets out of hand."""

import random
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.scenario.scope import Facts
from responder.scenario.steps import Media, Respond, Sdp
from responder.scenario.templates import OWN_FILTERS, Sandbox, compile_filling
from responder.scenario.view import View
from responder.sip.authenticator import Terms
from tests.scenario.requests import flow, request
from tests.scenario.scenarios import caller_of, stack_behind

LINES = (
    'From: "Alice A." <sip:al%40ice:pw@atlanta.example:5070;transport=tcp>;tag=a1',
    "Contact: <sip:alice@192.0.2.9>;expires=60",
    "Subject: hello",
    "X-Two: one",
    "X-Two: two",
    "CSeq: 7 INVITE",
)
VALUES = {("s", "state"): "up", ("s", "count"): "3"}


def facts(*lines: str, body: str = "") -> Facts:
    view = View(request(*(lines or LINES), body=body), flow())
    chance = random.Random(1).random
    return Facts(view, 2, 17, "s/busy", b"b%6Fb", 100.0, 101.5, 1_000_000.0, VALUES, chance)


def filled(text: str, *lines: str, body: str = "") -> tuple[str, list[str]]:
    """Return what a template gives as the value of a header field, and what is told of it."""
    noted: list[str] = []
    step = Respond(486, headers=((b"X", text.encode()),))
    filling = compile_filling(
        step, "s", frozenset({"state", "count"}), lambda _, said: noted.append(said), True
    )
    assert noted == []
    made, told = filling.fill(step, facts(*lines, body=body))
    return made.headers[0][1].decode("utf-8", "surrogateescape"), told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ request.method }}", "INVITE"),
        ("{{ request.uri }}", "sip:bob@example.com"),
        ("{{ request.uri.user }}@{{ request.uri.host }}", "bob@example.com"),
        ("{{ request.uri.scheme }}", "sip"),
        ("{{ request.from }}", "sip:al%40ice:pw@atlanta.example:5070;transport=tcp"),
        ("{{ request.from.user }}", "al@ice"),
        ("{{ request.from.user | escape }}", "al%40ice"),
        ("{{ request.from.display }}", "Alice A."),
        ("{{ request.from.display | quote }}", '"Alice A."'),
        ("{{ request.from.tag }} {{ request.from.port }}", "a1 5070"),
        ("{{ request.from.uri.param.transport }}", "tcp"),
        ("{{ request.contact.param('Expires') }}", "60"),
        ("{{ request.to.host }}", "biloxi.example"),
        ("{{ request.call_id }}", "one@host"),
        ("{{ request.cseq }}/{{ request.cseq.number + 1 }}", "7 INVITE/8"),
        ("{{ request.cseq.method }}", "INVITE"),
        ("{{ request.header('subject') }}", "hello"),
        ("{{ request.header.Subject }} {{ request.header['S'] }}", "hello hello"),
        ("{{ request.headers('X-Two') | join(', ') }}", "one, two"),
        ("{% for each in request.headers('X-Two') %}{{ loop.index }}{% endfor %}", "12"),
        ("{{ request.source }}:{{ request.source_port }}", "192.0.2.9:5070"),
        ("{{ request.transport }} {{ request.port }}", "udp 5060"),
        ("{{ call.attempt }} {{ call.number }} {{ call.rule }}", "2 17 s/busy"),
        ("{{ call.user }} {{ call.duration }}", "bob 1.5"),
        ("{{ now }}", "1970-01-12T13:48:21Z"),
        ("{{ now | iso }} {{ now.epoch }}", "1970-01-12T13:48:21Z 1000101"),
        ("{{ now | plus(60) | rfc1123 }}", "Mon, 12 Jan 1970 13:49:21 GMT"),
        ("{{ now.year }}-{{ now.month }}-{{ now.day }}", "1970-1-12"),
        ("{{ now.hour }} {{ now.minute }} {{ now.second }} {{ now.weekday }}", "13 48 21 1"),
        ("{{ now | epoch }}", "1000101"),
        ("{{ state }} {{ state.count | int + 1 }}", "up 4"),
        ("{{ random.integer(5, 5) }}{{ random.choice(['x']) }}", "5x"),
        ("{{ 'gone' if state.count == '3' else 'there' }}", "gone"),
        ("{% if call.attempt is odd %}odd{% else %}even{% endif %}", "even"),
        ("{{ 2 * 3 }} {{ 7 % 4 }} {{ 10 // 3 }} {{ 1.25 | round(1) }}", "6 3 3 1.2"),
        ("{{ 'a-b' | replace('-', '+') | upper }}", "A+B"),
        ("{{ request.header.Nothing | default('none') }}", "none"),
        ("{% for n in range(3) %}{{ n }}{% endfor %}", "012"),
        ("{{ '{{' }}{# this stays #}", "{{{# this stays #}"),
    ],
)
def test_what_names_stand_for(text: str, expected: str) -> None:
    assert filled(text) == (expected, [])


def test_random_choices_are_those_of_the_seed() -> None:
    text = "{{ random.hex(8) }} {{ random.integer(1, 6) }} {{ random.choice(['a', 'b', 'c']) }}"
    assert filled(text) == filled(text)
    assert len(filled("{{ random.hex(1000) }}")[0]) == 64


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[{{ request.header('X-Not') }}]", ["request.header('X-Not')"]),
        ("[{{ request.header.XNot }}{{ request.header.XNot }}]", ["XNot"]),
        ("[{{ request.contact.user }}{{ request.from.display }}]", ["contact", "display"]),
        ("[{{ request.uri.param.x }}{{ request.uri.port }}]", ["x", "port"]),
        ("[{{ request.to.param('x') }}]", ["request.to.param('x')"]),
    ],
)
def test_what_a_request_does_not_have_is_empty_and_told(text: str, names: list[str]) -> None:
    assert filled(text, "From: <sip:h>;tag=1") == (
        "[]",
        [f"header X: there is no {name}" for name in names],
    )


def test_a_request_uri_of_another_scheme_is_text() -> None:
    view = View(request(start="INVITE tel:+1 SIP/2.0"), flow())
    step = Respond(486, b"{{ request.uri }}{{ request.uri.user }}")
    filling = compile_filling(step, "s", frozenset(), lambda *_: None, True)
    made, told = filling.fill(step, Facts(view, 1, 1, "", b"", 0.0, 0.0, 0.0, {}, lambda: 0.0))
    assert made.reason == b"tel:+1"
    assert told == ["reason: there is no user"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ 'a' * 1000000000 }}", '"*" is for numbers'),
        ("{{ '%999999999d' % 1 }}", '"%" is for numbers'),
        ("{{ 1000000000000 * 1000000000000 }}", "a product is beyond 10^18"),
        ("{% for n in range(1001) %}x{% endfor %}", "a range has at most 1,000 numbers"),
        ("{{ 'aaaa' | replace('a', request.body) }}", "replace gives more than 65,000 characters"),
        ("{{ range(1000) | join(request.body) }}", "join gives more than 65,000 characters"),
        ("{% for n in range(9) %}{{ request.body }}{% endfor %}", "it gives more than 65,000"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ 'a' + 1 }}", "can only concatenate str"),
        ("{{ random.choice([]) }}", "list index out of range"),
        ("{{ call.rule | plus(1) }}", "plus wants a time"),
        ("{{ call.rule | iso }}", "iso wants a time"),
        ("{{ request.header.X.y < 1 }}", "undefined"),
    ],
)
def test_a_template_that_fails_gives_nothing_and_is_told(text: str, why: str) -> None:
    value, (told,) = filled(text, body="y" * 40_000)
    assert value == ""
    assert told.startswith("header X is empty: its template failed: ")
    assert why in told


def test_what_a_peer_says_splits_no_header() -> None:
    value, told = filled("a {{ request.from.user }}", "From: <sip:x%0D%0AX-Evil%3A%001@h>;tag=1")
    assert value == "a x  X-Evil: 1"
    assert told == ["header X: line breaks and control characters became spaces"]


def test_octets_that_are_no_text_pass_as_they_came() -> None:
    message = request("Subject: \udcff\udcfe")
    step = Respond(486, b"{{ request.header.Subject }}")
    filling = compile_filling(step, "s", frozenset(), lambda *_: None, True)
    view = View(message, flow())
    made, _ = filling.fill(step, Facts(view, 1, 1, "", b"", 0.0, 0.0, 0.0, {}, lambda: 0.0))
    assert made.reason == b"\xff\xfe"


def test_only_templates_change_and_nothing_of_a_response_is_lost() -> None:
    whole = Respond(
        200,
        b"{{ call.attempt }}",
        headers=((b"A", b"1"),),
        omit=frozenset({b"allow"}),
        kind=b"a/b",
        body=b"body",
        sdp=Sdp(b"v=0\r\n", (b"pcma",), "sendonly"),
        media=Media("tone"),
        beside=((b"B", b"{{ call.number }}"), (b"C", b"2")),
        fault="f",
        terms=Terms(b"realm"),
        to=b"INFO",
        reliable=True,
    )
    plain = Respond(100)
    kept = {field.name for field in fields(Respond)} - {"filling"}
    assert all(getattr(whole, name) != getattr(plain, name) for name in kept)
    filling = compile_filling(whole, "s", frozenset(), lambda *_: None, True)
    made, _ = filling.fill(replace(whole, filling=filling), facts())
    assert made == replace(whole, reason=b"2", beside=((b"B", b"17"), (b"C", b"2")))


def test_a_description_keeps_its_line_ends() -> None:
    step = Respond(200, sdp=Sdp(b"v=0\r\ns={{ call.number }}\r\n"))
    filling = compile_filling(step, "s", frozenset(), lambda *_: None, True)
    made, _ = filling.fill(step, facts())
    assert made.sdp == Sdp(b"v=0\r\ns=17\r\n")
    body = Respond(200, body=b"a\n{{ call.number }}\n", kind=b"text/plain")
    filling = compile_filling(body, "s", frozenset(), lambda *_: None, True)
    assert filling.fill(body, facts())[0].body == b"a\n17\n"


def test_nothing_of_python_is_reached() -> None:
    environment = Sandbox("\n")
    for text in ("{{ ''.__class__ }}", "{{ request.__init__ }}", "{{ request['_view'] }}"):
        environment.notes.clear()
        template = environment.from_string(text)
        assert template.render({"request": object()}) in {"", None}
        assert environment.notes
    assert environment.globals == {}
    assert set(OWN_FILTERS) <= set(environment.filters)


@given(st.text(alphabet="{}%| .()'\"abrequstcalnow0123*+-", max_size=60))
def test_no_text_raises(text: str) -> None:
    noted: list[Any] = []
    step = Respond(486, b"{{ call.attempt }}" + text.encode())
    filling = compile_filling(step, "s", frozenset(), lambda *said: noted.append(said), True)
    if not noted:
        made, _ = filling.fill(step, facts())
        assert isinstance(made.reason, bytes)


def test_a_call_gets_its_own_values_and_the_record_what_was_missing() -> None:
    alice = caller_of("""
scenario: s
state: {trunk: up}
rules:
  - name: busy
    per: from.user
    sequence:
      - times: 2
        respond:
          status: 486
          reason: "Busy for {{ request.from.user }} ({{ call.attempt }})"
          headers:
            Subject: ["{{ request.header.Subject }}", plain]
            Allow: {add: "{{ state.trunk }}"}
          body: "{{ call.number }}"
""")
    for _ in range(2):
        alice.call("x")
        alice.ack()
    first, second = [each for each in alice.received if each.status == 486]
    assert first.reason == b"Busy for alice (1)"
    assert second.reason == b"Busy for alice (2)"
    assert (first.body, second.body) == (b"1", b"2")
    assert first.values(b"subject") == [b"", b"plain"]
    assert b"up" in first.values(b"allow")
    assert stack_behind(alice).journal.records[0].notes() == ["header Subject: there is no Subject"]


def test_a_copy_of_the_request_gets_a_copy_of_the_response() -> None:
    alice = caller_of("rules: [{respond: {status: 486, reason: '{{ random.hex(16) }}'}}]")
    alice.call("x")
    alice.again()
    first, second = alice.received
    assert first.reason == second.reason
    assert len(first.reason) == 16


@pytest.mark.parametrize("text", ["{{" + "(" * 30_000, "{{" + "-" * 30_000 + "1}}"])
def test_a_template_that_is_nested_too_deeply_is_told(text: str) -> None:
    noted: list[tuple[tuple[str, ...], str]] = []
    step = Respond(486, text.encode())
    compile_filling(step, "s", frozenset(), lambda *said: noted.append(said), True)
    assert noted == [(("reason",), "reason: this template is nested too deeply")]

"""Steps that go along with a call, as scenario files write them, and what they compile to."""

import pytest

from responder.scenario import steps
from responder.scenario.call_model import Auth
from responder.scenario.steps import Ask, Close, Raw, Receive
from tests.scenario.read_steps import compiled


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"receive": "ACK"}, (Receive(b"ACK"),)),
        ({"receive": 200, "within": "2s"}, (Receive(b"", 200, 200, within=2.0),)),
        ({"receive": "2xx"}, (Receive(b"", 200, 299),)),
        ({"receive": "4XX"}, (Receive(b"", 400, 499),)),
        ({"receive": "x-odd"}, (Receive(b"x-odd"),)),
        ({"receive": "INFO", "otherwise": []}, (Receive(b"INFO", otherwise=0),)),
        (
            {"receive": "INFO", "otherwise": [{"send": "BYE"}, {"receive": 200}]},
            (Receive(b"INFO", otherwise=2), Ask(b"BYE"), Receive(b"", 200, 200)),
        ),
        ({"receive": "INFO", "otherwise": "close"}, (Receive(b"INFO", otherwise=1), Close())),
        ({"send": "BYE"}, (Ask(b"BYE"),)),
        (
            {"send": "INFO", "headers": {"X-A": "1", "X-B": {"add": "b"}, "Allow": None}},
            (
                Ask(
                    b"INFO",
                    headers=((b"X-A", b"1"),),
                    beside=((b"X-B", b"b"),),
                    omit=frozenset({b"allow"}),
                ),
            ),
        ),
        (
            {"send": "MESSAGE", "body": "hello"},
            (Ask(b"MESSAGE", kind=b"text/plain;charset=utf-8", body=b"hello"),),
        ),
        (
            {"send": "INVITE", "sdp": {"direction": "sendonly"}},
            (Ask(b"INVITE", sdp=steps.Sdp(None, (), "sendonly")),),
        ),
        ({"send": "INVITE", "sdp": "none"}, (Ask(b"INVITE", sdp=steps.Sdp(b"")),)),
        (
            {"send": "BYE", "auth": {"user": "u", "password": 12}},
            (Ask(b"BYE", user=b"u", password=b"12"),),
        ),
        ({"raw": "a\nb\r\n\n"}, (Raw(b"a\r\nb\r\n\r\n"),)),
        ({"raw": {"hex": "00 ff"}}, (Raw(b"\x00\xff"),)),
        ({"raw": {"base64": "AP8="}}, (Raw(b"\x00\xff"),)),
        ({"raw": {"file": "x.bin"}}, (Raw(b"<x.bin>"),)),
        ("close", (Close(),)),
        ({"reset": True}, (Close(reset=True),)),
    ],
)
def test_what_steps_compile_to(value: object, expected: tuple[steps.Step, ...]) -> None:
    assert compiled(value) == expected


def test_the_matchers_of_rules_look_into_what_is_received() -> None:
    (step,) = compiled({"receive": "INFO", "match": {"body": {"contains": "x"}}})
    assert isinstance(step, Receive)
    (condition,) = step.conditions
    assert (condition.field, condition.wanted) == ("body", "*x*")
    assert condition.place == "f.yaml:0.match.body"


def test_a_password_is_in_no_repr() -> None:
    assert "secret" not in repr(Auth(user="u", password="secret"))
    assert "secret" not in repr(Ask(b"BYE", user=b"u", password=b"secret"))

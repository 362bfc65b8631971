"""Steps that answer a request, as scenario files write them, and what they compile to."""

import pytest

from responder.scenario import steps
from responder.scenario.steps import Change, Respond, Set, Silent, Wait
from tests.scenario.read_steps import READ, compiled


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (486, (Respond(486),)),
        ({"status": 486}, (Respond(486),)),
        ([180, {"wait": "2s"}, 486], (Respond(180), Wait(2.0), Respond(486))),
        ({"status": 486, "after": 1.5}, (Wait(1.5), Respond(486))),
        ({"status": 486, "after": 0}, (Respond(486),)),
        ("silent", (Silent(),)),
        (
            [{"set": {"state": "down", "after": "2s"}}, 486],
            (Set((Change(("s", "state"), "down"),), 2.0), Respond(486)),
        ),
        (
            [{"set": {"state": {"state": {"add": 1}}}}, 486],
            (Set((Change(("s", "state"), None, 1.0),)), Respond(486)),
        ),
        ([180, {"silent": True}], (Respond(180), Silent())),
        ({"status": 486, "reason": ""}, (Respond(486, b""),)),
        ({"status": 486, "reason": "Occupé"}, (Respond(486, "Occupé".encode()),)),
        (
            {"status": 486, "headers": {"Retry-After": 120, "X-A": ["a", "b"]}},
            (Respond(486, headers=((b"Retry-After", b"120"), (b"X-A", b"a"), (b"X-A", b"b"))),),
        ),
        (
            {
                "status": 486,
                "headers": {"Allow": None, "X-A": {"add": "a"}, "X-B": {"remove": True}},
            },
            (Respond(486, beside=((b"X-A", b"a"),), omit=frozenset({b"allow", b"x-b"})),),
        ),
        (
            {"status": 200, "body": "hello"},
            (Respond(200, kind=b"text/plain;charset=utf-8", body=b"hello"),),
        ),
        (
            {"status": 200, "body": {"type": "text/x", "file": "b.txt"}},
            (Respond(200, kind=b"text/x", body=b"<b.txt>"),),
        ),
        (
            {"status": 200, "body": {"type": "application/sdp", "text": "v=0\ns=-\n"}},
            (Respond(200, kind=b"application/sdp", body=b"v=0\r\ns=-\r\n"),),
        ),
        ({"status": 200, "sdp": "none"}, (Respond(200, sdp=steps.Sdp(b"")),)),
        ({"status": 200, "sdp": "v=0\ns=-"}, (Respond(200, sdp=steps.Sdp(b"v=0\r\ns=-\r\n")),)),
        (
            {"status": 200, "sdp": {"codecs": ["PCMA", "opus"], "direction": "sendonly"}},
            (Respond(200, sdp=steps.Sdp(None, (b"pcma", b"opus"), "sendonly")),),
        ),
        ({"status": 183, "reliable": True}, (Respond(183, reliable=True),)),
        ({"status": 200, "to": "INFO"}, (Respond(200, to=b"INFO"),)),
        ({"status": 200, "media": "silence"}, (Respond(200, media=steps.Media("silence")),)),
        (
            {"status": 183, "media": {"tone": [350, 440]}},
            (Respond(183, media=steps.Media("tone", (350.0, 440.0))),),
        ),
        (
            {"status": 200, "media": {"file": "hello.wav"}},
            (Respond(200, media=steps.Media("file", file="here/hello.wav")),),
        ),
    ],
)
def test_what_steps_compile_to(value: object, expected: tuple[steps.Step, ...]) -> None:
    assert compiled(value) == expected


def test_what_was_read_is_read_again_as_it_is() -> None:
    made = READ.validate_python([180, {"wait": 1}, {"receive": "ACK", "otherwise": []}, "silent"])
    assert READ.validate_python(made) == made

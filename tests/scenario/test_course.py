"""Courses that a call can take; what it cannot is in broken.txt."""

import pytest

from tests.scenario.scenarios import compiled


@pytest.mark.parametrize(
    "steps",
    [
        "[486, {receive: ACK}]",
        "[180, {receive: CANCEL}, 200]",
        "[180, {receive: CANCEL, within: 2s, otherwise: [486]}]",
        "[200, {receive: ACK}, {wait: 1s}, {send: BYE}, {receive: 200}]",
        "[200, {receive: INFO}, {wait: 1s}, 415]",
        "[200, {receive: INFO}, {status: 415, to: INFO}]",
        "[200, {receive: INVITE}, 180, {wait: 1s}, 486, {send: BYE}]",
        "[183, {receive: UPDATE}, 200, 200, {receive: BYE}]",
        "[183, {send: UPDATE}, {receive: 2xx}, 200]",
        "[200, {receive: BYE}, 500, {send: INFO}]",
        "[200, {receive: BYE}, 401, {receive: BYE}, 200]",
        "[200, silent]",
        "[200, {raw: x}, {wait: 1s}, reset]",
        "[180, {receive: INFO, within: 1s, otherwise: [{wait: 2s}]}, 200]",
        "[200, {receive: INFO, within: 1s, otherwise: [{send: BYE}, {receive: 200}]}]",
    ],
)
def test_a_course_that_a_call_can_take(steps: str) -> None:
    assert compiled(f"rules: [{{match: {{method: INVITE}}, respond: {steps}}}]").findings == ()


@pytest.mark.parametrize("steps", ["[200, close]", "[{raw: x}, 200, {wait: 1s}, reset]"])
def test_a_request_outside_a_call_may_lose_its_connection(steps: str) -> None:
    assert compiled(f"rules: [{{match: {{method: MESSAGE}}, respond: {steps}}}]").findings == ()


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ("{send: NOTIFY}", "NOTIFY has no Event: give it under headers"),
        ("{send: REFER}", "REFER has no Refer-To: give it under headers"),
        ("{send: MESAGE}", 'send: no RFC names "MESAGE"; did you mean MESSAGE?'),
    ],
)
def test_a_request_that_is_odd_is_warned_of(step: str, sentence: str) -> None:
    found = compiled(f"rules: [{{respond: [200, {step}, {{receive: 200}}]}}]").findings
    assert next(str(each).partition(": warning: ")[2] for each in found) == sentence

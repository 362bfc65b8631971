"""Which request a status answers, as far as the list of steps tells."""

import pytest

from responder.scenario.steps import Receive
from tests.scenario.read_steps import compiled


@pytest.mark.parametrize(
    ("value", "answered"),
    [
        ([{"receive": "INFO"}, 415], [True]),
        ([{"receive": "INFO"}, {"wait": 1}, 415], [True]),
        ([{"receive": "INFO"}, {"receive": 200}, 415], [True, False]),
        ([{"receive": "INFO"}, {"receive": "BYE"}, 415], [False, True]),
        ([{"receive": "INFO"}, 180], [False]),
        ([{"receive": "INVITE"}, 180], [True]),
        ([{"receive": "INFO"}, {"status": 200, "to": "INVITE"}], [False]),
        ([{"receive": "INFO"}, {"status": 200, "to": "INFO"}], [True]),
        ([{"receive": "INFO"}], [False]),
        ([{"receive": "ACK"}, 200], [False]),
        ([{"receive": 200}, 200], [False]),
        ([{"receive": "CANCEL"}, 200], [True]),
        ([{"receive": "CANCEL"}, 180, {"receive": "ACK"}], [False, False]),
        ([{"receive": "CANCEL"}, {"status": 200, "to": "INFO"}], [False]),
        ([{"receive": "INFO", "otherwise": [486]}], [False]),
        ([{"receive": "INFO", "otherwise": [486]}, 200], [True]),
    ],
)
def test_which_requests_a_status_answers(value: object, answered: list[bool]) -> None:
    steps = [step for step in compiled(value) if isinstance(step, Receive)]
    assert [step.answered for step in steps] == answered

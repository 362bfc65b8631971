"""Holds what a stack did about a message against what is expected of it."""

import re

from responder.sip.message import Message, parse
from tests.torture.corpus import Hazard
from tests.torture.replay import Replayed, consult_oracle, well_formed

_ECHOED = (b"from", b"call-id", b"cseq")


def judge(hazard: Hazard, transport: str, replayed: Replayed) -> None:
    """Fail unless a message got what it should have, in a form that anybody can read."""
    expected = hazard.udp if transport == "udp" else hazard.tcp
    assert expected is not None
    statuses = [parse(final).status for final in replayed.finals]
    assert len(statuses) <= 1, f"more than one final response: {statuses}"
    outcome = statuses[0] if statuses else "dropped"
    assert outcome in expected, f"expected {expected}, got {outcome}: {replayed.finals}"
    if outcome == "dropped":
        assert not replayed.responses
    request = parse(hazard.data)
    for data in dict.fromkeys(replayed.responses):
        _judge_response(hazard, request, data)
    for data in dict.fromkeys(replayed.requests):
        well_formed(data)
    for final in replayed.finals:
        _judge_headers(hazard, parse(final))
        assert re.search(hazard.always, final.decode("latin-1")), f"{hazard.always!r} not found"


def _judge_response(hazard: Hazard, request: Message, data: bytes) -> None:
    response = well_formed(data)
    consult_oracle(data, [name for name, _ in hazard.unreadable])
    for name in _ECHOED:
        if len(request.values(name)) == 1:
            assert response.fields.get(name) == request.fields[name], f"{name!r} is not as it came"
    assert len(response.values(b"via")) == len(request.values(b"via"))
    if hazard.never:
        assert not re.search(hazard.never, data.decode("latin-1"))


def _judge_headers(hazard: Hazard, response: Message) -> None:
    for name, value in hazard.headers:
        got = response.header(name)
        assert got is not None, f"no {name}"
        assert not value or got == value

"""Redirections that lead back to where they come from (RFC 3261 section 8.3)."""

import pytest

from responder.scenario.redirection import LOOP, leads_back
from responder.sip.message import parse
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

SELF = "sip:302@192.0.2.1"


@pytest.mark.parametrize(
    ("uri", "headers", "expected"),
    [
        (SELF, ((b"Contact", b"<sip:302@192.0.2.1>"),), True),
        (SELF + ";contact=x", ((b"m", b"<sip:other@h>, <sip:302@192.0.2.1>"),), True),
        (SELF, ((b"Contact", b"<sip:200@192.0.2.1>"),), False),
        (SELF, ((b"X", b"<sip:302@192.0.2.1>"),), False),
        (SELF, ((b"Contact", b"<<"),), False),
        (SELF, ((b"Contact", b"*"),), False),
        ("tel:+1", ((b"Contact", b"<tel:+1>"),), False),
        (SELF, (), False),
    ],
)
def test_only_the_uri_itself_leads_back(
    uri: str, headers: tuple[tuple[bytes, bytes], ...], expected: bool
) -> None:
    request = parse(f"INVITE {uri} SIP/2.0\r\n\r\n".encode())
    assert leads_back(request, headers) is expected


def notes_of(dialled: str) -> list[str]:
    stack = Stack(Settings(), counted_tokens())
    alice = Caller(Network(stack))
    alice.call(dialled)
    assert alice.last().fields[b"contact"].startswith(b"<sip:")
    return stack.journal.records[-1].notes()


def test_what_is_dialled_is_sent_and_noted() -> None:
    """A tester may want to see a phone go round in circles: it is its choice."""
    assert notes_of(f"{SELF};contact=sip:302%40192.0.2.1") == [LOOP]


@pytest.mark.parametrize("dialled", ["302", "300", f"{SELF};contact=sip:bob%40192.0.2.1"])
def test_other_redirections_are_not_remarked_on(dialled: str) -> None:
    assert notes_of(dialled) == []

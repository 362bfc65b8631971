"""The session description in the 2xx of a call, and how an offer is refused."""

import pytest

from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import LOCAL, Network
from responder.testing.tokens import counted_tokens

VIDEO_ONLY = OFFER[: OFFER.index(b"m=audio")] + b"m=video 40000 RTP/AVP 31\r\n"


@pytest.fixture
def stack() -> Stack:
    return Stack(Settings(), counted_tokens())


@pytest.fixture
def alice(stack: Stack) -> Caller:
    return Caller(Network(stack))


@pytest.mark.row("INV-03")
@pytest.mark.parametrize(
    ("body", "code"),
    [(VIDEO_ONLY, "304"), (OFFER.replace(b"0 8 101", b"99"), "305")],
    ids=["no-audio", "no-codec"],
)
def test_an_offer_that_cannot_be_taken_is_488_with_the_reason(
    alice: Caller, stack: Stack, body: bytes, code: str
) -> None:
    """A Warning tells what was wrong with the offer; no dialog comes of it."""
    alice.call("180-1-200", body=body)
    alice.advance(1.0)
    final = alice.final("INVITE")
    assert final.status == 488
    assert str(final.header("Warning")).startswith(f'{code} {LOCAL[0]}:{LOCAL[1]} "')
    assert not stack.endpoint.dialogs


@pytest.mark.row("INV-03")
def test_the_warning_of_an_ipv6_host_has_its_brackets(stack: Stack) -> None:
    """A warn-agent is written like the host and port of a URI."""
    network = Network(stack)
    alice = Caller(network, remote=("2001:db8::9", 5070))
    alice.flow = network.datagrams(("2001:db8::9", 5070), ("2001:db8::1", 5060))
    alice.call("200", body=VIDEO_ONLY)
    warning = str(alice.final("INVITE").header("Warning"))
    assert warning.startswith("304 [2001:db8::1]:5060 ")


def test_an_offer_that_is_no_description_is_400(alice: Caller) -> None:
    alice.call("200", body=b"nonsense")
    assert alice.final("INVITE").status == 400

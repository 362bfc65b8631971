"""An attempt says at once what it cannot be."""

import pytest

from responder.probe.attempt import Attempt
from responder.sip.errors import Misuse
from responder.sip.headers.uri import parse_uri


def test_only_sip_uris_are_dialled() -> None:
    with pytest.raises(Misuse, match="SIP URIs"):
        Attempt(parse_uri(b"tel:+123"))


@pytest.mark.parametrize("name", [b"Via", b"v", b"cseq"])
def test_what_the_transaction_writes_cannot_be_replaced(name: bytes) -> None:
    with pytest.raises(Misuse, match="transaction's own"):
        Attempt(parse_uri(b"sip:486@192.0.2.9"), headers=((name, b"x"),))

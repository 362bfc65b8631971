"""An outbound proxy: RFC 3261 sections 8.1.2 and 12.2.1.1."""

from responder.sip.headers.uri import parse_uri
from tests.probe.far_end import FarEnd

PROXY = parse_uri(b"sip:192.0.2.9:5060")
ROUTE = b"<sip:192.0.2.9:5060;lr>"
DIALLED = "sip:486@far.invalid"


def test_the_request_goes_there_with_a_route_and_the_uri_as_dialled() -> None:
    far = FarEnd(DIALLED, proxy=PROXY)
    invite = far.last()
    assert (invite.flow, invite.address) == (far.flow, None)
    assert invite.message.uri == b"sip:486@far.invalid"
    assert invite.message.values(b"route") == [ROUTE]
    assert far.result.record.source == "192.0.2.9:5060"


def test_the_ack_of_a_failure_and_a_cancel_take_the_same_way() -> None:
    far = FarEnd(DIALLED, proxy=PROXY, timeout=5.0)
    far.answer(180)
    far.network.advance(5.0)
    cancel = far.last(b"CANCEL")
    far.respond(cancel, 200)
    (ack,) = far.respond(far.requests()[0], 487)
    for sent in (cancel, ack):
        assert sent.message.values(b"route") == [ROUTE]
        assert sent.address is None


def test_an_answered_call_takes_the_route_that_was_recorded() -> None:
    """The proxy of the INVITE that records nothing is out of the call (12.2.1.1)."""
    far = FarEnd(DIALLED, proxy=PROXY)
    ack, bye = far.answer(200, b"Contact: <sip:callee@192.0.2.40>")
    for sent in (ack, bye):
        assert sent.message.values(b"route") == []
        assert sent.address == ("192.0.2.40", 0)


def test_a_proxy_that_records_its_route_stays_in_the_call() -> None:
    far = FarEnd(DIALLED, proxy=PROXY)
    recorded = b"Record-Route: <sip:192.0.2.9;lr;did=1>"
    ack, bye = far.answer(200, b"Contact: <sip:callee@192.0.2.40>", recorded)
    for sent in (ack, bye):
        assert sent.message.uri == b"sip:callee@192.0.2.40"
        assert sent.message.values(b"route") == [b"<sip:192.0.2.9;lr;did=1>"]


def test_a_redirected_request_goes_by_way_of_the_proxy_too() -> None:
    far = FarEnd(DIALLED, proxy=PROXY, follow=True)
    _, second = far.answer(302, b"Contact: <sip:other@192.0.2.77:5070>")
    assert second.message.uri == b"sip:other@192.0.2.77:5070"
    assert second.message.values(b"route") == [ROUTE]
    assert second.address is None
    assert far.notes == ["following to sip:other@192.0.2.77:5070"]


def test_a_request_with_credentials_goes_by_way_of_the_proxy_too() -> None:
    far = FarEnd(DIALLED, proxy=PROXY, user=b"alice", password=b"secret")
    _, second = far.answer(407, b'Proxy-Authenticate: Digest realm="r", nonce="1", qop="auth"')
    assert second.message.values(b"route") == [ROUTE]
    assert b'uri="sip:486@far.invalid"' in second.message.fields[b"proxy-authorization"]


def test_over_tcp_the_connection_goes_to_the_proxy() -> None:
    far = FarEnd(DIALLED, proxy=PROXY, transport="tcp")
    flow = far.open()
    assert flow.remote == ("192.0.2.9", 5060)
    assert far.last().message.values(b"route") == [ROUTE]


def test_a_route_of_ones_own_replaces_the_header_field_alone() -> None:
    far = FarEnd(DIALLED, proxy=PROXY, headers=((b"Route", b"<sip:else.invalid;lr>"),))
    assert far.last().message.values(b"route") == [b"<sip:else.invalid;lr>"]
    assert far.last().address is None

"""Finding challenges and what answers them."""

from responder.journal.verdicts.credentials import challenges, credentials, retried, uses
from responder.sip.message import parse
from tests.answering import login
from tests.judging import caller, evidence


def test_only_digests_that_can_be_read_count() -> None:
    lines = [
        'WWW-Authenticate: Digest realm="a", nonce="1"',
        "WWW-Authenticate: Digest realm=",
        "WWW-Authenticate: Bearer x",
        'Proxy-Authenticate: Digest realm="p", nonce="2"',
    ]
    for status, realm in ((401, b"a"), (407, b"p")):
        response = parse("\r\n".join([f"SIP/2.0 {status} No", *lines, "", ""]).encode())
        assert [each.param(b"realm") for each in challenges(response)] == [realm]


def test_credentials_stand_in_the_field_of_the_status() -> None:
    request = parse(b'INVITE sip:x SIP/2.0\r\nProxy-Authorization: Digest realm="p"\r\n\r\n')
    assert credentials(request, 401) == []
    assert [each.param(b"realm") for each in credentials(request, 407)] == [b"p"]


def test_the_retry_continues_the_call_or_is_the_first_with_the_nonce() -> None:
    alice, bob = caller(), caller()
    for who in (alice, bob):
        who.call("401-200")
        who.ack()
        headers = login(who, who.uri("401-200"))
        if who is alice:
            who.send(who.request("INVITE", who.uri("401-200"), headers))
        else:
            who.call("401-200", headers)
        what = evidence(who)
        (exchange,) = what.reading.exchanges
        found = retried(what, exchange)
        assert found is not None
        assert found.message.data == who.invite
        assert [use.message.data for use in uses(what, exchange)] == [who.invite]

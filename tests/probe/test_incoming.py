"""Requests that reach a caller, inside its call or not."""

import pytest

from responder.sip.errors import Malformed
from responder.sip.headers.via import parse_via
from responder.sip.message import parse
from tests.probe.far_end import FarEnd

CONTACT = b"Contact: <sip:far@192.0.2.9>"


@pytest.mark.parametrize(
    ("method", "status"),
    [
        (b"OPTIONS", 200),
        (b"INFO", 200),
        (b"MESSAGE", 200),
        (b"NOTIFY", 200),
        (b"INVITE", 488),
        (b"UPDATE", 488),
        (b"CANCEL", 481),
        (b"REFER", 405),
        (b"FOO", 405),
    ],
)
def test_requests_inside_the_call(method: bytes, status: int) -> None:
    far = FarEnd(hold=60.0)
    far.answer(200, CONTACT)
    [reply] = far.send(method)
    assert reply.message.status == status
    assert reply.message.fields[b"to"] == far.last(b"INVITE").message.fields[b"from"]
    assert (b"allow" in reply.message.fields) == (status == 405 or method == b"OPTIONS")
    assert far.result.end == "answered"
    [again] = far.send(method)
    assert again.data == reply.data


def test_a_refused_request_is_repeated_until_its_ack() -> None:
    far = FarEnd(hold=60.0)
    far.answer(200, CONTACT)
    far.send(b"INVITE")
    assert [sent.message.status for sent in far.network.advance(1)] == [488]
    invite = b"z9hG4bKfar1INVITE"
    via = b"SIP/2.0/UDP 192.0.2.9:5060;branch=" + invite
    assert far.send(b"ACK", via=via) == []
    assert far.network.advance(20) == []


def test_an_ack_that_belongs_to_nothing_is_absorbed() -> None:
    far = FarEnd()
    assert far.send(b"ACK") == []


@pytest.mark.parametrize(
    ("method", "changes", "status"),
    [
        pytest.param(b"BYE", {"tag": b"other"}, 481, id="bye-of-another-dialog"),
        pytest.param(b"INVITE", {"tag": b"other"}, 481, id="re-invite-of-another-dialog"),
        pytest.param(b"INFO", {"call-id": b"other"}, 481, id="another-call"),
        pytest.param(b"INFO", {"to": b"<sip:p@x>;tag=other"}, 481, id="another-tag"),
        pytest.param(b"BYE", {"to": b"<sip:p@x>"}, 481, id="bye-without-tag"),
        pytest.param(b"OPTIONS", {"to": b"<sip:p@x>"}, 200, id="outside-options"),
        pytest.param(b"INVITE", {"to": b"<sip:p@x>"}, 486, id="outside-invite"),
        pytest.param(b"SUBSCRIBE", {"to": b"<sip:p@x>"}, 405, id="outside-subscribe"),
        pytest.param(b"OPTIONS", {"from": b"<sip:p"}, 400, id="bad-from"),
    ],
)
def test_requests_that_belong_to_no_call_of_ours(
    method: bytes, changes: dict[str, bytes], status: int
) -> None:
    far = FarEnd(hold=60.0)
    far.answer(200, CONTACT)
    [reply] = far.send(method, **changes)
    assert reply.message.status == status
    assert b"tag=" in reply.message.fields[b"to"]


@pytest.mark.parametrize(
    "changes",
    [{"call-id": b""}, {"via": b"nonsense"}, {"content-length": b"99"}],
    ids=["no-call-id", "bad-via", "cut-off"],
)
def test_requests_that_cannot_be_read_are_dropped(changes: dict[str, bytes]) -> None:
    far = FarEnd()
    assert far.send(b"OPTIONS", **changes) == []
    assert far.notes[0].startswith("dropped this request: ")


def test_requests_of_rfc_2543_are_told_apart_without_a_branch() -> None:
    far = FarEnd(hold=60.0)
    far.answer(200, CONTACT)
    for number in (1, 2):
        [reply] = far.send(b"INFO", number, via=b"SIP/2.0/UDP 192.0.2.9:5060")
        assert reply.message.fields[b"cseq"] == b"%d INFO" % number


def test_a_notify_of_a_subscription_is_taken() -> None:
    far = FarEnd(method=b"SUBSCRIBE", headers=((b"Event", b"presence"),))
    far.answer(200, CONTACT)
    [reply] = far.send(b"NOTIFY")
    assert reply.message.status == 200


def test_a_request_over_tcp_is_answered_where_it_came_from() -> None:
    far = FarEnd(transport="tcp", hold=60.0)
    flow = far.open()
    far.answer(200, b"Contact: <sip:far@192.0.2.9;transport=tcp>")
    [reply] = far.send(b"BYE", via=b"SIP/2.0/TCP 192.0.2.9:5060;branch=z9hG4bKx")
    assert reply.flow is flow
    assert far.settled()


def test_an_early_dialog_takes_requests_too() -> None:
    far = FarEnd()
    far.answer(183)
    [reply] = far.send(b"UPDATE")
    assert reply.message.status == 488


@pytest.mark.parametrize("to", [b"<sip:486@192.0.2.9>", b"<sip:unclosed"], ids=["none", "bad"])
def test_a_far_end_without_a_tag_is_a_dialog_all_the_same(to: bytes) -> None:
    far = FarEnd()
    far.answer(180, to=to)
    ack, _ = far.answer(200, CONTACT, to=to)
    assert ack.message.fields[b"to"] == to


def test_a_malformed_answer_is_never_an_error() -> None:
    with pytest.raises(Malformed):
        parse_via(b"nonsense")
    far = FarEnd()
    assert far.answer(200, via=b"nonsense") == []
    assert far.notes[0].startswith("dropped this response: Via")
    assert parse(far.last().data).fault is None

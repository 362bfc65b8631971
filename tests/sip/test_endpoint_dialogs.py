"""Conversations inside a dialog, and responses to requests of our own."""

import pytest

from responder.sip.message import parse
from responder.testing.caller import OFFER, Caller
from tests.reinvites import reinvite
from tests.sip.endpoint_callers import plain_caller, stack_of


@pytest.fixture
def caller() -> Caller:
    return plain_caller()


# Dialogs.


@pytest.mark.row("RSP-03")
def test_a_request_inside_a_dialog_keeps_its_one_tag(caller: Caller) -> None:
    caller.call("200")
    caller.ack()
    caller.inside("OPTIONS")
    to = caller.last().fields[b"to"]
    assert to == parse(caller.sent).fields[b"to"]
    assert to.count(b"tag=") == 1


@pytest.mark.row("RSP-13")
def test_our_bye_follows_the_recorded_route(caller: Caller) -> None:
    routes = ["<sip:p1.example;lr>", "<sip:p2.example;lr>, <sip:p3.example;lr;x=1>"]
    caller.call("200", {"Record-Route": routes})
    assert caller.last().values(b"record-route") == [route.encode() for route in routes]
    caller.ack()
    stack_of(caller).shut_down(caller.network.now)
    caller.network.collect()
    bye = caller.last()
    assert bye.values(b"route") == [
        b"<sip:p1.example;lr>",
        b"<sip:p2.example;lr>",
        b"<sip:p3.example;lr;x=1>",
    ]


def test_a_request_that_is_older_than_the_latest_is_refused(caller: Caller) -> None:
    caller.call("200")
    caller.ack()
    caller.inside("INFO", {"CSeq": "100 INFO"})
    caller.inside("INFO", {"CSeq": "99 INFO"})
    assert caller.statuses()[2:] == [200, 500]


def test_an_unknown_method_inside_a_dialog_that_is_not_there_is_still_unknown(
    caller: Caller,
) -> None:
    caller.start("FOO", headers={"To": "<sip:x@h>;tag=1"})
    caller.start("INFO", headers={"To": "<sip:x@h>;tag=1"})
    assert caller.statuses() == [501, 481]


def test_an_invite_while_another_one_waits_is_put_off(caller: Caller) -> None:
    caller.ring()
    caller.inside("INVITE")
    assert caller.ladder()[3:] == ["-> INVITE", "<- 500"]
    assert 0 <= int(caller.last().fields[b"retry-after"]) <= 10


def test_an_update_before_the_offer_is_answered_is_put_off(caller: Caller) -> None:
    caller.ring(body=OFFER)
    caller.inside("UPDATE", body=OFFER)
    assert caller.statuses()[-1] == 500
    assert b"retry-after" in caller.last().fields
    caller.inside("UPDATE")
    assert caller.statuses()[-1] == 200


def test_invites_of_both_sides_do_not_cross(caller: Caller) -> None:
    caller.call("200", body=OFFER)
    caller.ack()
    (dialog,) = stack_of(caller).endpoint.dialogs.values()
    reinvite(stack_of(caller), dialog, caller.network.now, OFFER)
    caller.network.collect()
    caller.inside("INVITE", body=OFFER)
    caller.ack()
    ours = next(message for message in reversed(caller.received) if not message.status)
    caller.advance(0.1)
    assert ours.method == b"INVITE"
    ok = caller.reply(200)
    caller.send(ok)
    caller.again(ok)
    assert caller.ladder()[4:] == [
        "<- INVITE",
        "-> INVITE",
        "<- 491",
        "-> ACK",
        "+0.1 -> 200",
        "<- ACK",
        "-> 200 again",
        "<- ACK again",
    ]


# Responses to requests of ours.


@pytest.mark.parametrize(
    "change",
    [
        {"Via": ["SIP/2.0/UDP a;branch=z9hG4bKx", "SIP/2.0/UDP b"]},
        {"Via": "SIP/2.0/UDP a;branch=z9hG4bKx, SIP/2.0/UDP b"},
        {"Via": "SIP/2.0/UDP a;branch=z9hG4bKx"},
        {"Via": None},
        {"CSeq": None},
        {"CSeq": ""},
        {"Content-Length": "x"},
    ],
    ids=["two", "two-in-one", "unknown", "no-via", "no-cseq", "empty-cseq", "malformed"],
)
def test_a_response_that_belongs_to_nothing_is_kept_aside(
    caller: Caller, change: dict[str, str | list[str] | None]
) -> None:
    caller.call("200")
    caller.ack()
    stack_of(caller).shut_down(caller.network.now)
    caller.network.collect()
    ok = caller.reply(200, change)
    caller.network.receive(caller.flow, ok)
    assert len(stack_of(caller).journal.strays) == 1
    assert len(stack_of(caller).endpoint.clients) == 1


def test_a_response_may_space_its_via_and_cseq_as_it_likes(caller: Caller) -> None:
    caller.call("200")
    caller.ack()
    stack_of(caller).shut_down(caller.network.now)
    caller.network.collect()
    bye = caller.last()
    via = bye.fields[b"via"].decode().replace(";rport", " ; rport=5070")
    caller.answer(200, {"Via": via, "CSeq": "1\tBYE"})
    caller.advance(10)
    assert not stack_of(caller).endpoint.clients

"""What the caller's own requests inside a call are answered with."""

import pytest

from responder.scenario.in_dialog import response_to
from responder.sip.message import parse
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens

ANSWERS = [
    ("BYE", {}, 200),
    ("OPTIONS", {}, 200),
    ("MESSAGE", {"Content-Type": "text/plain"}, 200),
    ("UPDATE", {}, 200),
    ("INFO", {}, 200),
    ("INFO", {"Info-Package": "x"}, 469),
    ("PRACK", {"RAck": "1 1 INVITE"}, 481),
    ("NOTIFY", {"Event": "refer"}, 481),
    ("SUBSCRIBE", {"Event": "presence"}, 489),
    ("REFER", {"Refer-To": "<sip:x@h>"}, 603),
    ("FOO", {}, 501),
]


@pytest.mark.parametrize(("method", "headers", "status"), ANSWERS)
def test_each_method_gets_the_status_that_says_what_there_is(
    method: str, headers: dict[str, str], status: int
) -> None:
    caller = Caller(Network(Stack(Settings(), counted_tokens())))
    caller.call("200", body=OFFER)
    caller.ack()
    caller.inside(method, headers)
    assert caller.ladder()[4:] == [f"-> {method}", f"<- {status} to {method}"]


def test_an_info_of_a_package_is_told_that_none_is_received() -> None:
    caller = Caller(Network(Stack(Settings(), counted_tokens())))
    caller.call("200", body=OFFER)
    caller.ack()
    caller.inside("INFO", {"Info-Package": "x"})
    assert caller.last().fields[b"recv-info"] == b""


def test_a_notify_belongs_to_what_we_subscribed_to() -> None:
    notify = parse(b"NOTIFY sip:a SIP/2.0\r\n\r\n")
    assert response_to(notify, subscribed=True).status == 200


@pytest.mark.parametrize("method", ["PRACK", "NOTIFY", "XYZ"])
def test_what_needs_something_that_was_never_begun_gets_481(method: str) -> None:
    assert response_to(parse(f"{method} sip:a SIP/2.0\r\n\r\n".encode())).status == 481
